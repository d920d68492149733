//! How users are staged, and what becomes of each draft.

use crate::domain::{
    Timestamp, audit::Author, field_error::FieldError, id::UserId, import::FieldChange, user::User,
};

/// How users are staged.
#[derive(Debug, Clone, Copy)]
pub struct Staging<'a> {
    /// Who stages them.
    pub author: &'a Author,
    /// When.
    pub now: Timestamp,
    /// What becomes of a user whose address is there already.
    pub if_there: ExistingUserPolicy,
    /// Whether teams that are named and not there are made. Whoever asks for
    /// it needs the scope `teams:write` as well.
    pub create_missing_teams: bool,
}

/// What becomes of a user whose address is there already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExistingUserPolicy {
    /// [`Staged::Exists`].
    Refuse,
    /// They stay as they are: [`Staged::Unchanged`] if all that the draft says
    /// is so already, else [`Staged::Exists`].
    Keep,
    /// They stay as they are: [`Staged::Skipped`].
    Skip,
    /// What the draft says is changed, what it leaves out stays as it is, as
    /// in a PATCH: [`Staged::Changed`], or [`Staged::Unchanged`] if all of it
    /// is so already.
    Update,
}

impl ExistingUserPolicy {
    /// Whether what the draft says is held against what is there.
    pub(super) fn compares(self) -> bool {
        matches!(self, Self::Keep | Self::Update)
    }
}

/// A value that must be unique and is another user's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdentifierConflict {
    /// The field's name on the wire: `email`, `userName` or `externalId`.
    pub field: &'static str,
    /// Its value.
    pub value: String,
    /// Whose it is.
    pub user: UserId,
}

impl IdentifierConflict {
    /// Whether it is what an identity provider calls the user.
    pub(super) fn is_name(&self) -> bool {
        self.field != "externalId"
    }
}

/// What became of a draft.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Staged {
    /// A user was made: this one.
    Created(Box<User>),
    /// The user was there, and has changed.
    Changed(UserId),
    /// The user was there, and is as the draft says.
    Unchanged(UserId),
    /// The user was there, and was not looked at.
    Skipped(UserId),
    /// Values that must be unique are another user's: at least one.
    Exists(Vec<IdentifierConflict>),
    /// It can't be used. Nothing of it was written.
    Refused(Vec<FieldError>),
}

/// What will become of a draft.
#[derive(Debug)]
pub(crate) struct Planned {
    /// What it will be.
    pub(crate) staged: Staged,
    /// The fields that will change.
    pub(crate) changes: Vec<FieldChange>,
}
