//! What of a request is fixed instead of refused, for clients that are known
//! to speak otherwise than the RFCs.

use std::collections::BTreeSet;

use crate::domain::api_key::Dialect;
pub use crate::domain::compatibility_fix::CompatibilityFix;

/// The maximum number of fixes of a request that are reported. Further ones are applied all the same.
const MAX_TOLD: usize = 50;

/// How a client speaks, and what of its request was fixed so far.
#[derive(Debug, Clone)]
pub struct CompatibilityFixes {
    dialect: Dialect,
    made: Vec<(CompatibilityFix, String)>,
}

impl CompatibilityFixes {
    /// None yet.
    #[must_use]
    pub fn of(dialect: Dialect) -> Self {
        Self { dialect, made: Vec::new() }
    }

    /// Whether anything may be fixed. If so, it is noted; `what` names the
    /// attribute, never a value.
    pub fn allow(&mut self, fix: CompatibilityFix, what: &str) -> bool {
        let lenient = self.dialect != Dialect::Strict;
        let is_told = |(kind, about): &(CompatibilityFix, String)| *kind == fix && about == what;
        if lenient && self.made.len() < MAX_TOLD && !self.made.iter().any(is_told) {
            self.made.push((fix, what.to_owned()));
        }
        lenient
    }

    /// The kinds of what was fixed, each once.
    #[must_use]
    pub fn kinds(&self) -> Vec<CompatibilityFix> {
        let kinds: BTreeSet<_> = self.made.iter().map(|(kind, _)| *kind).collect();
        kinds.into_iter().collect()
    }

    /// Each, with the attribute that it is about.
    #[must_use]
    pub fn made(&self) -> &[(CompatibilityFix, String)] {
        &self.made
    }
}
