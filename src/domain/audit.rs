//! The audit: who changed what, when. Append-only.

use std::borrow::Cow;

use super::{
    Timestamp,
    id::{AccountId, AuditId},
};

/// One change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditEntry {
    /// Never changes.
    pub id: AuditId,
    /// Whose audit it stands in.
    pub account: AccountId,
    /// When.
    pub at: Timestamp,
    /// Who did it, e.g. `login` with the attempt's id, `cli` with none.
    pub actor: Actor,
    /// What was done, as `thing.verb`, e.g. `user.create`.
    pub action: Cow<'static, str>,
    /// To what: the thing's id.
    pub target: uuid::Uuid,
    /// From what to what, by field.
    pub changes: Vec<Change>,
}

/// Who changed something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Actor {
    /// A person's login, by its attempt.
    Login(super::id::AttemptId),
    /// Whoever has the command line of the machine.
    CommandLine,
}

/// A field before and after.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// The field's name on the wire.
    pub field: Cow<'static, str>,
    /// What it was, if it was.
    pub from: Option<String>,
    /// What it is, if it is.
    pub to: Option<String>,
}
