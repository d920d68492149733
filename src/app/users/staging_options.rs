//! Options for staging users, and the outcome of each draft.

use crate::{
    app::error::Conflict,
    domain::{
        Timestamp, audit::Author, field_error::FieldError, id::UserId, import::FieldChange,
        provenance::Provenance, user::User,
    },
};

/// The parameters for staging users.
#[derive(Debug, Clone, Copy)]
pub struct StagingOptions<'a> {
    /// The author of the users.
    pub author: &'a Author,
    /// The current time.
    pub now: Timestamp,
    /// The policy for users whose address exists already.
    pub on_existing: ExistingUserPolicy,
    /// Whether missing teams are created. This needs the scope `teams:write`.
    pub create_missing_teams: bool,
}

impl StagingOptions<'_> {
    /// The record of who sets the values.
    pub(super) fn provenance(&self) -> Provenance {
        self.author.provenance(self.now)
    }
}

/// The policy for a user whose address exists already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExistingUserPolicy {
    /// [`StagingOutcome::Exists`].
    Reject,
    /// They are not changed: [`StagingOutcome::Unchanged`] if they have all values of the
    /// draft already, else [`StagingOutcome::Exists`].
    Keep,
    /// They stay as they are: [`StagingOutcome::Skipped`].
    Skip,
    /// They get the values of the draft, and keep what it leaves out, as in a PATCH:
    /// [`StagingOutcome::Changed`], or [`StagingOutcome::Unchanged`] if they have all
    /// values already.
    Update,
}

impl ExistingUserPolicy {
    /// Whether the patch is compared with the existing user.
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
    /// The user who has it.
    pub user: UserId,
}

impl From<IdentifierConflict> for Conflict {
    fn from(conflict: IdentifierConflict) -> Self {
        let IdentifierConflict { field, value, user } = conflict;
        Self { thing: "user", field, value, id: Some(user.as_uuid()) }
    }
}

impl IdentifierConflict {
    /// The conflict of the address of an existing user.
    pub(super) fn with_address(user: &User) -> Self {
        Self { field: "email", value: user.email.to_string(), user: user.id }
    }

    /// Whether it is what an identity provider calls the user.
    pub(super) fn is_user_name(&self) -> bool {
        self.field != "externalId"
    }
}

/// The outcome of a draft.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StagingOutcome {
    /// The user was created.
    Created(Box<User>),
    /// The user existed, and has changed.
    Changed(UserId),
    /// The user existed, and already was as requested.
    Unchanged(UserId),
    /// The user existed, and was skipped.
    Skipped(UserId),
    /// At least one unique value belongs to another user.
    Exists(Vec<IdentifierConflict>),
    /// It can't be used: the errors of its values, and those that belong to another user.
    /// Nothing of it was written.
    Rejected(Vec<FieldError>, Vec<IdentifierConflict>),
}

/// The planned outcome of a draft.
#[derive(Debug)]
pub(crate) struct PlannedUser {
    /// The user after the write.
    pub(crate) staged: StagingOutcome,
    /// The fields that will change.
    pub(crate) changes: Vec<FieldChange>,
}
