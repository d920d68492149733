//! Faults: what is wrong with a value that somebody gave us.

use std::borrow::Cow;

/// What is wrong with one value that was given, and what would be right.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {value:?} {reason}")]
pub struct Fault {
    /// The field: its name, or its place in a body (`teams/0/role`).
    pub field: Cow<'static, str>,
    /// What was given.
    pub value: String,
    /// What is wrong with it, and the remedy.
    pub reason: String,
}

impl Fault {
    /// Names a value that can't be used.
    pub fn new(
        field: impl Into<Cow<'static, str>>,
        value: impl Into<String>,
        reason: impl ToString,
    ) -> Self {
        Self { field: field.into(), value: value.into(), reason: reason.to_string() }
    }
}
