//! The audit log: who changed what, and when. Append-only.

use std::borrow::Cow;

use super::{
    Timestamp,
    audited_field::AuditedField,
    id::{
        AccountId, ApiKeyId, AttemptId, AttributeDefinitionId, AuditId, ConnectionId, IdentityId,
        ScimClientId, TeamId, UserId,
    },
    named_enum::named,
    provenance::{Provenance, Setter},
    user::Origin,
};

/// One change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditEntry {
    /// Never changes.
    pub id: AuditId,
    /// The account whose audit has the entry.
    pub account: AccountId,
    /// When.
    pub at: Timestamp,
    /// The actor.
    pub actor: Actor,
    /// The ID of the request, as in its response and in the log.
    pub request: Option<String>,
    /// The action, as `resource.verb`, e.g. `user.create`.
    pub action: Cow<'static, str>,
    /// The target.
    pub target: AuditTarget,
    /// The changes, by field.
    pub changes: Vec<AuditChange>,
}

named! {
    /// The action of an audit entry.
    AuditAction {
        /// A team was created.
        TeamCreate = "team.create",
        /// A team was changed.
        TeamUpdate = "team.update",
        /// A team was deleted.
        TeamDelete = "team.delete",
        /// A user was added to a team.
        TeamMemberAdd = "team.member.add",
        /// The role of a member was changed.
        TeamMemberChange = "team.member.change",
        /// A user was removed from a team.
        TeamMemberRemove = "team.member.remove",
        /// A user was created.
        UserCreate = "user.create",
        /// A staged user logged in for the first time.
        UserClaim = "user.claim",
        /// A user was changed.
        UserUpdate = "user.update",
        /// The sessions of a user were ended.
        UserEndSessions = "user.end_sessions",
        /// A user was deleted.
        UserDelete = "user.delete",
        /// The record of a deleted user was removed.
        DeletedUserDelete = "deleted_user.delete",
        /// An identity was linked to a user.
        IdentityCreate = "identity.create",
        /// An identity was unlinked from a user.
        IdentityDelete = "identity.delete",
        /// A connection was created.
        ConnectionCreate = "connection.create",
        /// A connection was changed.
        ConnectionUpdate = "connection.update",
        /// A connection was deleted.
        ConnectionDelete = "connection.delete",
        /// An API key was created.
        KeyCreate = "key.create",
        /// An API key was rotated.
        KeyRotate = "key.rotate",
        /// An API key was deleted.
        KeyDelete = "key.delete",
        /// A SCIM client was created.
        ScimClientCreate = "scim_client.create",
        /// A SCIM client was changed.
        ScimClientUpdate = "scim_client.update",
        /// A SCIM client was deleted.
        ScimClientDelete = "scim_client.delete",
        /// A custom attribute was defined.
        AttributeDefinitionCreate = "attribute_definition.create",
        /// The definition of a custom attribute was changed.
        AttributeDefinitionUpdate = "attribute_definition.update",
        /// The definition of a custom attribute was deleted.
        AttributeDefinitionDelete = "attribute_definition.delete",
        /// An account was created.
        AccountCreate = "account.create",
        /// An account was changed.
        AccountUpdate = "account.update",
    }
}

/// The target of a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AuditTarget {
    /// The resource.
    pub id: uuid::Uuid,
    /// The user whom the change concerns: the user that was changed, or the owner of
    /// the identity or membership.
    pub user: Option<UserId>,
}

impl From<UserId> for AuditTarget {
    fn from(user: UserId) -> Self {
        Self { id: user.as_uuid(), user: Some(user) }
    }
}

impl From<(IdentityId, UserId)> for AuditTarget {
    fn from((identity, user): (IdentityId, UserId)) -> Self {
        Self { id: identity.as_uuid(), user: Some(user) }
    }
}

/// A membership: the team is the resource.
impl From<(TeamId, UserId)> for AuditTarget {
    fn from((team, user): (TeamId, UserId)) -> Self {
        Self { id: team.as_uuid(), user: Some(user) }
    }
}

macro_rules! targets_without_user {
    ($($id:ty),*) => {$(
        impl From<$id> for AuditTarget {
            fn from(id: $id) -> Self {
                Self { id: id.as_uuid(), user: None }
            }
        }
    )*};
}

targets_without_user!(
    AccountId,
    ApiKeyId,
    AttributeDefinitionId,
    ConnectionId,
    ScimClientId,
    TeamId
);

/// Who changed something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Actor {
    /// A person's login, by its attempt.
    Login(AttemptId),
    /// The operator on the command line.
    CommandLine,
    /// A program with a key of the admin API.
    ApiKey(ApiKeyId),
    /// An administrator who is signed in.
    User(UserId),
    /// An identity provider that uses SCIM.
    ScimClient(ScimClientId),
}

impl Actor {
    /// The names of the kinds of actors.
    pub const KINDS: [&'static str; 5] =
        ["login", "command_line", "api_key", "user", "scim_client"];

    /// The name of its kind, in every interface and in the database.
    #[must_use]
    pub fn kind(self) -> &'static str {
        match self {
            Self::Login(_) => "login",
            Self::CommandLine => "command_line",
            Self::ApiKey(_) => "api_key",
            Self::User(_) => "user",
            Self::ScimClient(_) => "scim_client",
        }
    }

    /// The ID of the actor. The command line has none.
    #[must_use]
    pub fn id(self) -> Option<uuid::Uuid> {
        match self {
            Self::Login(attempt) => Some(attempt.as_uuid()),
            Self::CommandLine => None,
            Self::ApiKey(key) => Some(key.as_uuid()),
            Self::ScimClient(client) => Some(client.as_uuid()),
            Self::User(user) => Some(user.as_uuid()),
        }
    }
}

/// The way in which an actor acts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Via {
    /// A request or a command.
    Direct,
    /// An import.
    Import,
    /// A request with a key of a SCIM client.
    ScimKey(ApiKeyId),
    /// A login through a connection.
    Connection(ConnectionId),
}

/// The author of a change: an actor in an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Author {
    /// The account in which they act.
    pub account: AccountId,
    /// Who acts.
    pub actor: Actor,
    /// The way in which they act. It is not stored.
    pub via: Via,
    /// The ID of the request, if there is one.
    pub request: Option<String>,
}

impl Author {
    /// The origin of the records that they create.
    #[must_use]
    pub fn origin(&self) -> Origin {
        match self.actor {
            Actor::Login(_) => Origin::Login,
            Actor::CommandLine | Actor::ApiKey(_) | Actor::User(_) => Origin::Admin,
            Actor::ScimClient(_) => Origin::Scim,
        }
    }

    /// The record of the values that they set at a time.
    #[must_use]
    pub fn provenance(&self, at: Timestamp) -> Provenance {
        let setter = match self.actor {
            Actor::Login(attempt) => {
                let connection = match self.via {
                    Via::Connection(connection) => Some(connection),
                    Via::Direct | Via::Import | Via::ScimKey(_) => None,
                };
                Setter::Login { connection, attempt }
            }
            Actor::ScimClient(client) => Setter::ScimClient(client),
            Actor::ApiKey(key) => Setter::ApiKey(key),
            Actor::User(user) => Setter::User(user),
            Actor::CommandLine => Setter::CommandLine,
        };
        let is_import = self.via == Via::Import;
        Provenance { setter, is_import, at, request: self.request.clone() }
    }

    /// An actor of an account, by a request or a command.
    #[must_use]
    pub fn new(account: AccountId, actor: Actor, request: Option<String>) -> Self {
        Self { account, actor, via: Via::Direct, request }
    }

    /// The actor of the command line.
    #[must_use]
    pub fn command_line(account: AccountId) -> Self {
        Self::new(account, Actor::CommandLine, None)
    }
}

/// A field of a resource, with its value as text.
pub type AuditField = (AuditedField, Option<String>);

/// A field before and after.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditChange {
    /// The field's name on the wire.
    pub field: Cow<'static, str>,
    /// The value before, if there was one.
    pub from: Option<String>,
    /// The value after, if there is one.
    pub to: Option<String>,
}

impl AuditChange {
    /// A field that got a value.
    #[must_use]
    pub fn added(field: AuditedField, value: &(impl ToString + ?Sized)) -> Self {
        Self { field: field.as_str().into(), from: None, to: Some(value.to_string()) }
    }

    /// A field that lost its value.
    #[must_use]
    pub fn removed(field: AuditedField, value: &(impl ToString + ?Sized)) -> Self {
        Self { field: field.as_str().into(), from: Some(value.to_string()), to: None }
    }

    /// The fields that differ between two states of a resource. A state without
    /// fields is that of a resource that does not exist.
    #[must_use]
    pub fn diff(before: &[AuditField], after: &[AuditField]) -> Vec<Self> {
        let longest = before.len().max(after.len());
        let changes = (0..longest).filter_map(|index| {
            let (before, after) = (before.get(index), after.get(index));
            let (field, _) = before.or(after)?;
            let value = |side: Option<&AuditField>| side.and_then(|(_, value)| value.clone());
            Some(Self { field: field.as_str().into(), from: value(before), to: value(after) })
        });
        changes.filter(|change| change.from != change.to).collect()
    }
}
