//! The input of the rules.

use super::decision::ValueWithSource;
use crate::domain::{
    Timestamp,
    attributes::Attributes,
    connection::{Connection, ProvisioningPolicy},
    custom_attribute::AttributeDefinition,
    email::{Email, EmailKey},
    id::{ConnectionId, TeamId, UserId},
    provenance::Setter,
    role::TeamRole,
    subject::SubjectKey,
    team::{TeamKey, TeamName},
    user::{User, UserStatus},
    user_name::UserName,
    value_name::ValueName,
};

/// The subject of a verified assertion (Core 2.4.1), as it was received.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subject {
    /// The text of the `NameID`, whole. Empty without a usable `NameID`, which
    /// only a connection with a subject attribute accepts.
    pub name_id: String,
    /// Its `Format`, if one was given.
    pub format: Option<String>,
}

/// The person whom an assertion identifies: the keys to look up before a plan is made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResolvedSubject {
    /// The subject of the identity. `None` for a transient `NameID`, which never becomes an
    /// identity.
    pub subject: Option<SubjectKey>,
    /// The e-mail address with its source, if one was found.
    pub email: Option<ValueWithSource<Email>>,
    /// Whether the address is a persistent `NameID`, which may only look like one.
    pub is_email_persistent_name_id: bool,
    /// The account's own ID of the person, if the connection maps an attribute to it.
    pub external_id: Option<String>,
    /// The `userName`, if the connection maps an attribute to it.
    pub user_name: Option<UserName>,
    /// The keys of the teams that the assertion names and that could be used.
    pub teams: Vec<TeamKey>,
}

/// The subject and the e-mail address that an assertion states, usable or not.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct StatedSubject {
    /// The value of the connection's subject attribute, or else the `NameID`.
    pub subject: Option<String>,
    /// The first usable e-mail address.
    pub email: Option<String>,
}

/// The records that the caller has looked up.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ExistingRecords {
    /// The user whose identity on this connection the subject is.
    pub by_identity: Option<ExistingUser>,
    /// The user of this account who has the e-mail address, or else the one with this
    /// SCIM userName. May be left out if there is a [`ExistingRecords::by_identity`].
    pub by_email: Option<ExistingUser>,
    /// The deleted user of this account who had the subject on this connection, or the
    /// e-mail address. May be left out if there is a user.
    pub deleted: Option<DeletedUserMatch>,
    /// The teams of this account among [`ResolvedSubject::teams`]. May be left out when
    /// there is a user and no [`ExistingRecords::record`].
    pub teams: Vec<ExistingTeam>,
    /// The whole record of the user. May be left out if the connection changes no existing
    /// users: see [`ProvisioningPolicy::changes_existing_users`].
    pub record: Option<Box<ExistingRecord>>,
    /// The unique values of the assertion that other users have.
    pub taken: TakenValues,
}

/// Which unique values of an assertion other users have. May be left out if no value is
/// set.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct TakenValues {
    /// The address, as an address or as a `userName`: see [`is_address_taken`].
    ///
    /// [`is_address_taken`]: super::is_address_taken
    pub is_email_taken: bool,
    /// [`ResolvedSubject::external_id`].
    pub is_external_id_taken: bool,
    /// [`ResolvedSubject::user_name`].
    pub is_user_name_taken: bool,
}

/// A user who was deleted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DeletedUserMatch {
    /// The user.
    pub id: UserId,
    /// Whether the account allows logins to create the user again.
    pub may_return: bool,
}

/// An existing user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExistingUser {
    /// The user.
    pub id: UserId,
    /// Whether they may log in, and whether they have.
    pub status: UserStatus,
    /// Their subject on this connection, if they have an identity on it.
    pub subject: Option<SubjectKey>,
    /// When their latest login is recorded, if one is.
    pub last_login_at: Option<Timestamp>,
}

/// The record of an existing user whom a login may change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExistingRecord {
    /// The user.
    pub user: User,
    /// Their memberships.
    pub teams: Vec<ExistingMembership>,
    /// The connection through which they log in.
    pub connection: ConnectionId,
    /// Whether the account has no other administrator who may log in.
    pub is_last_admin: bool,
}

impl ExistingRecord {
    fn setter(&self, value: ValueName) -> Option<Setter> {
        self.user.provenance.get(value).map(|record| record.setter)
    }

    /// Whether the value is a default.
    pub(super) fn is_default(&self, value: ValueName) -> bool {
        self.setter(value) == Some(Setter::Default)
    }

    /// Whether a login of this connection has set the value.
    pub(super) fn is_set_by_connection(&self, value: ValueName) -> bool {
        self.setter(value).is_some_and(|setter| setter.is_login_through(self.connection))
    }
}

/// A membership of an existing user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExistingMembership {
    /// The team.
    pub team: ExistingTeam,
    /// The requested role.
    pub requested: TeamRole,
    /// Whether a login of this connection has set it.
    pub set_by_connection: bool,
}

/// An existing team.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExistingTeam {
    /// Which.
    pub id: TeamId,
    /// Its name, in its own spelling.
    pub name: TeamName,
}

/// The input of the rules for one login.
#[derive(Debug, Clone, Copy)]
pub struct LoginInput<'a> {
    /// Whether the connection is enabled.
    pub connection_enabled: bool,
    /// The connection's policy.
    pub policy: &'a ProvisioningPolicy,
    /// The subject of the verified assertion.
    pub subject: &'a Subject,
    /// The attributes of the assertion.
    pub attributes: &'a Attributes,
    /// The definitions of the custom attributes of the account. May be left out if the
    /// connection maps none.
    pub definitions: &'a [AttributeDefinition],
}

impl<'a> LoginInput<'a> {
    /// The input for a login through a connection, without definitions.
    #[must_use]
    pub fn new(
        connection: &'a Connection,
        subject: &'a Subject,
        attributes: &'a Attributes,
    ) -> Self {
        Self {
            connection_enabled: connection.enabled,
            policy: &connection.provisioning,
            subject,
            attributes,
            definitions: &[],
        }
    }
}

impl ResolvedSubject {
    /// The key of the e-mail address, if one was found.
    #[must_use]
    pub fn email_key(&self) -> Option<&EmailKey> {
        self.email.as_ref().map(|email| email.value.key())
    }
}
