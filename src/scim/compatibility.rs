//! Compatibility fixes: deviations from the RFCs that are accepted from known clients.

use std::collections::BTreeSet;

use crate::domain::api_key::Dialect;
pub use crate::domain::compatibility_fix::CompatibilityFix;

/// The maximum number of fixes of a request that are reported. Further ones are applied all the same.
const MAX_REPORTED: usize = 50;

/// The dialect of a client, and the fixes that were applied to its request.
#[derive(Debug, Clone)]
pub struct CompatibilityFixes {
    dialect: Dialect,
    applied: Vec<(CompatibilityFix, String)>,
}

impl CompatibilityFixes {
    /// Creates an empty list of fixes.
    #[must_use]
    pub fn new(dialect: Dialect) -> Self {
        Self { dialect, applied: Vec::new() }
    }

    /// Whether the dialect allows fixes. If it does, the fix is recorded. `what` is the
    /// name of the attribute, never a value.
    pub fn allow(&mut self, fix: CompatibilityFix, attribute: &str) -> bool {
        let is_lenient = self.dialect != Dialect::Strict;
        let is_reported =
            |(kind, about): &(CompatibilityFix, String)| *kind == fix && about == attribute;
        if is_lenient && self.applied.len() < MAX_REPORTED && !self.applied.iter().any(is_reported)
        {
            self.applied.push((fix, attribute.to_owned()));
        }
        is_lenient
    }

    /// The kinds of applied fixes, each once.
    #[must_use]
    pub fn kinds(&self) -> Vec<CompatibilityFix> {
        let kinds: BTreeSet<_> = self.applied.iter().map(|(kind, _)| *kind).collect();
        kinds.into_iter().collect()
    }

    /// The applied fixes, each with its attribute.
    #[must_use]
    pub fn applied(&self) -> &[(CompatibilityFix, String)] {
        &self.applied
    }
}
