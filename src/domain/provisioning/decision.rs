//! The plan that comes out of the rules.

use super::fallback::ValueFallback;
use crate::domain::{
    email::Email,
    id::{TeamId, UserId},
    mapping_target::MappingTarget,
    membership::MembershipEffect,
    named_enum::{coded, named},
    role::{AccountRole, TeamRole},
    subject::SubjectKey,
    team::TeamName,
    user::Profile,
    user_name::UserName,
};

/// What a login does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// The decision.
    pub decision: Decision,
    /// The values that were replaced on the way. Empty unless the login sets attributes.
    pub fallbacks: Vec<ValueFallback>,
}

/// The decision of a plan, with everything it touches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    /// There is no such user: make one.
    Create(Box<UserCreation>),
    /// An administrator prepared this user, and this is their first login.
    /// What was prepared stands, unless the connection's update policies change it.
    Claim(ExistingUserLogin),
    /// The user is there and has logged in before.
    SignIn(ExistingUserLogin),
    /// The login is denied.
    Deny(Denial),
}

/// How a known user comes in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExistingUserLogin {
    /// Whom.
    pub user: UserId,
    /// How they were found.
    pub found_by: FoundBy,
    /// The subject to make an identity of, if they have none on this
    /// connection yet and the subject is not transient. If they were found by
    /// an identity: the subject that it has from now on.
    pub link: Option<SubjectKey>,
    /// The changes of the user's attributes, which update policies of the connection
    /// request. Empty by default.
    pub changes: Vec<AttributeChange>,
    /// The changes of the user's memberships, likewise.
    pub teams: Vec<TeamChange>,
}

/// A change of an attribute of an existing user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AttributeChange {
    /// What changes. The mobile number stands under [`MobileNumber`](super::ProfileField::MobileNumber), and each
    /// list under its type.
    pub field: MappingTarget,
    /// The value before, as a text; a mobile number in E.164.
    pub before: Option<String>,
    /// The value after.
    pub after: Option<String>,
    /// Where it came from.
    pub source: ValueSource,
}

/// A change of a membership of an existing user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TeamChange {
    /// The requested role before. `None`: the user comes into the team.
    pub before: Option<TeamRole>,
    /// Whether the user leaves the team.
    pub is_removal: bool,
    /// The team with the role after the change; of a membership that is removed, the role
    /// before it.
    pub assignment: TeamAssignment,
}

impl TeamChange {
    /// The effect on the membership.
    #[must_use]
    pub fn effect(&self) -> MembershipEffect {
        let to = self.assignment.requested;
        match self.before {
            Some(role) if self.is_removal => MembershipEffect::Remove(role),
            Some(from) => MembershipEffect::Change { from, to },
            None => MembershipEffect::Add(to),
        }
    }
}

impl ExistingUserLogin {
    /// A login that changes nothing of the user.
    #[must_use]
    pub fn new(user: UserId, found_by: FoundBy, link: Option<SubjectKey>) -> Self {
        Self { user, found_by, link, changes: Vec::new(), teams: Vec::new() }
    }

    /// Whether the login changes an attribute or a membership.
    #[must_use]
    pub fn changes_user(&self) -> bool {
        !self.changes.is_empty() || !self.teams.is_empty()
    }
}

named! {
    /// How a known user was found.
    FoundBy as "way to find a user" {
        /// By an identity of this connection.
        Identity = "identity",
        /// By their e-mail address.
        Email = "email",
    }
}

/// A user to be made, each value with where it came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserCreation {
    /// The subject to make an identity of, unless it is transient.
    pub link: Option<SubjectKey>,
    /// The address.
    pub email: ValueWithSource<Email>,
    /// The account's own ID.
    pub external_id: Option<String>,
    /// The `userName`, if it differs from the address.
    pub user_name: Option<UserName>,
    /// The account role.
    pub role: ValueWithSource<AccountRole>,
    /// The display name, if it differs from first and last name.
    pub display_name: Option<String>,
    /// The manager, as plain text.
    pub manager: Option<String>,
    /// Everything else of the person.
    pub profile: Profile,
    /// Where each field of the profile that has a value came from; first and
    /// last name always. The mobile number stands under
    /// [`MobileNumber`](super::ProfileField::MobileNumber).
    pub sources: Vec<(MappingTarget, ValueSource)>,
    /// The teams that the user is put into, each once.
    pub teams: Vec<TeamAssignment>,
}

/// A team that a user is put into.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TeamAssignment {
    /// The team's name: its own spelling if it exists, else the assertion's.
    pub name: TeamName,
    /// The team, if it exists. Otherwise it is created.
    pub existing: Option<TeamId>,
    /// The role that is requested and stored.
    pub requested: TeamRole,
    /// The role in effect. Never lower than the account role.
    pub role: ValueWithSource<TeamRole>,
}

/// A value with where it came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ValueWithSource<T> {
    /// The value.
    pub value: T,
    /// Where it came from.
    pub source: ValueSource,
}

coded! {
    /// Where a value came from.
    ValueSource {
        /// The `NameID`.
        NameId = "NAME_ID",
        /// An attribute, by the name under which it was received.
        Attribute(String) = "ATTRIBUTE",
        /// Parsed from the e-mail address.
        EmailAddress = "EMAIL_ADDRESS",
        /// The default, because nothing (usable) was there.
        Default = "DEFAULT",
        /// The default value that the connection has for the field.
        ConnectionDefault = "CONNECTION_DEFAULT",
        /// Nothing: the value was removed, because the assertion does not have it any more.
        NotReceived = "NOT_RECEIVED",
        /// A team role that was raised to the account role.
        RaisedToAccountRole = "RAISED_TO_ACCOUNT_ROLE",
    }
}

coded! {
    /// The reason to deny a login although every check passed.
    Denial {
        /// The connection is disabled.
        ConnectionDisabled = "CONNECTION_DISABLED",
        /// The user is disabled.
        UserDisabled(UserId) = "USER_DISABLED",
        /// The user was deleted, and the account has no login make them again.
        UserDeleted(UserId) = "USER_DELETED",
        /// The subject, or the attribute that the connection asks for instead, is
        /// absent, ambiguous, or out of bounds.
        SubjectUnusable = "SUBJECT_UNUSABLE",
        /// No usable e-mail address was found, and no identity either.
        EmailUnusable = "EMAIL_UNUSABLE",
        /// The user with this address is called otherwise by this connection.
        IdentityConflict(UserId) = "IDENTITY_CONFLICT",
        /// The guard attribute is not in the assertion, and the user would have
        /// to be created.
        GuardAttributeMissing {
            /// The attribute that was looked for.
            attribute: String,
        } = "GUARD_ATTRIBUTE_MISSING",
    }
}

impl Denial {
    /// The user whose login is denied. A deleted user does not exist any more.
    #[must_use]
    pub fn user(&self) -> Option<UserId> {
        match self {
            Self::UserDisabled(user) | Self::UserDeleted(user) | Self::IdentityConflict(user) => {
                Some(*user)
            }
            Self::ConnectionDisabled
            | Self::SubjectUnusable
            | Self::EmailUnusable
            | Self::GuardAttributeMissing { .. } => None,
        }
    }
}
