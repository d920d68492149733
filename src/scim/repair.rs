//! What of a request is mended instead of refused, for clients that are known
//! to speak otherwise than the RFCs.

use std::collections::BTreeSet;

use crate::domain::api_key::Dialect;
pub use crate::domain::repair::Repair;

/// The most repairs of a request that are told. Those behind them are made.
const MAX_TOLD: usize = 50;

/// How a client speaks, and what of its request was mended so far.
#[derive(Debug, Clone)]
pub struct Repairs {
    dialect: Dialect,
    made: Vec<(Repair, String)>,
}

impl Repairs {
    /// None yet.
    #[must_use]
    pub fn of(dialect: Dialect) -> Self {
        Self { dialect, made: Vec::new() }
    }

    /// Whether anything may be mended. If so, it is noted; `what` names the
    /// attribute, never a value.
    pub fn allow(&mut self, repair: Repair, what: &str) -> bool {
        let lenient = self.dialect != Dialect::Strict;
        let is_told = |(kind, about): &(Repair, String)| *kind == repair && about == what;
        if lenient && self.made.len() < MAX_TOLD && !self.made.iter().any(is_told) {
            self.made.push((repair, what.to_owned()));
        }
        lenient
    }

    /// The kinds of what was mended, each once.
    #[must_use]
    pub fn kinds(&self) -> Vec<Repair> {
        let kinds: BTreeSet<_> = self.made.iter().map(|(kind, _)| *kind).collect();
        kinds.into_iter().collect()
    }

    /// Each, with the attribute that it is about.
    #[must_use]
    pub fn made(&self) -> &[(Repair, String)] {
        &self.made
    }
}
