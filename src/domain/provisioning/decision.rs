//! The plan of a login.

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
    /// The fallbacks. Empty unless the login sets attributes.
    pub fallbacks: Vec<ValueFallback>,
}

/// The decision of a plan, with everything it touches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    /// The user does not exist, and is created.
    Create(Box<UserCreation>),
    /// The first login of a staged user. The prepared values stay, unless the connection's
    /// update policies change them.
    Claim(ExistingUserLogin),
    /// The user exists, and has logged in before.
    SignIn(ExistingUserLogin),
    /// The login is denied.
    Deny(Denial),
}

/// The login of an existing user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExistingUserLogin {
    /// The user.
    pub user: UserId,
    /// How they were found.
    pub found_by: FoundBy,
    /// The subject of a new identity, if the user has none on this connection and the subject
    /// is not transient. If the user was found by an identity: its new subject.
    pub link: Option<SubjectKey>,
    /// The changes of the user's attributes, which update policies of the connection
    /// request. Empty by default.
    pub changes: Vec<AttributeChange>,
    /// The changes of the user's memberships, which update policies request.
    pub teams: Vec<TeamChange>,
}

/// A change of an attribute of an existing user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AttributeChange {
    /// The attribute. The mobile number is [`MobileNumber`](super::ProfileField::MobileNumber),
    /// and a list has an entry for each type.
    pub field: MappingTarget,
    /// The value before, as a text; a mobile number in E.164.
    pub before: Option<String>,
    /// The value after.
    pub after: Option<String>,
    /// Its source.
    pub source: ValueSource,
}

/// A change of a membership of an existing user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TeamChange {
    /// The requested role before. `None`: the user is added to the team.
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
    /// How an existing user was found.
    FoundBy as "way to find a user" {
        /// By an identity of this connection.
        Identity = "identity",
        /// By their e-mail address.
        Email = "email",
    }
}

/// A user to create, with the source of each value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserCreation {
    /// The subject of the new identity, unless it is transient.
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
    /// The other attributes.
    pub profile: Profile,
    /// The source of each field of the profile that has a value. First and last name always
    /// have one. The mobile number is [`MobileNumber`](super::ProfileField::MobileNumber).
    pub sources: Vec<(MappingTarget, ValueSource)>,
    /// The teams to which the user is added, each once.
    pub teams: Vec<TeamAssignment>,
}

/// A team to which a user is added.
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

/// A value with its source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ValueWithSource<T> {
    /// The value.
    pub value: T,
    /// Its source.
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
