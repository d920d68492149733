//! The errors of the use cases.

use std::error::Error as StdError;

use uuid::Uuid;

use super::rejection::Rejection;
use crate::{
    domain::{
        Timestamp,
        api_key::Scope,
        etag::{ETag, IfMatch},
        field_error::{FieldError, Reason},
        role::AccountRole,
    },
    scim::error::ScimError,
    store::{StoreError, UniqueKey},
};

/// The error of a use case.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The resource does not exist in this account.
    #[error("{thing} {name} was not found")]
    NotFound {
        /// The kind of resource, e.g. `connection`.
        thing: &'static str,
        /// The ID or name that was looked up.
        name: String,
    },
    /// Values that must be unique belong to other resources.
    #[error("{}", already_exists(.thing, .conflicts))]
    UniqueConflict {
        /// The kind of resource.
        thing: &'static str,
        /// Each value that is taken.
        conflicts: Vec<Conflict>,
    },
    /// The resource has changed since the caller read it.
    #[error("{thing} {name} has changed since: read it again, and repeat the change")]
    PreconditionFailed {
        /// The kind of resource.
        thing: &'static str,
        /// Which.
        name: String,
        /// The precondition that failed.
        if_match: IfMatch,
    },
    /// The resource exists already, but the caller wants to create it.
    #[error("{thing} {name} exists already. Leave If-None-Match out to update it")]
    AlreadyExists {
        /// The kind of resource.
        thing: &'static str,
        /// Which.
        name: String,
    },
    /// The API key has expired.
    #[error("the API key expired at {at}: use another key, or create a new one")]
    KeyExpired {
        /// When.
        at: Timestamp,
    },
    /// A rule of the account forbids the operation, for now.
    #[error("{0}")]
    Rejected(Rejection),
    /// The caller may not do this.
    #[error("this needs the scope {0}, which the key does not have")]
    MissingScope(Scope),
    /// The caller has lost the permission since they were authenticated.
    #[error("the credentials were revoked while this request was in progress. Nothing was changed")]
    Revoked,
    /// The admin API is for administrators.
    #[error("this needs the account role ADMIN, but the user has the role {0}")]
    NotAdmin(AccountRole),
    /// Values of the request are invalid. Holds every error.
    #[error("{}", join_errors(.0))]
    Invalid(Vec<FieldError>),
    /// An error that has a SCIM error type.
    #[error(transparent)]
    Scim(#[from] ScimError),
    /// A key in the database was sealed with another secret key.
    #[error(
        "a private key in the database can't be opened: it was sealed with another secret key (see secret_key and secret_key_file)"
    )]
    WrongSecretKey,
    /// A lock could not be acquired in time. Nothing was changed, and a retry
    /// may succeed at once.
    #[error("too many requests wait or change the same resources. Nothing was changed")]
    Busy(#[source] Box<dyn StdError + Send + Sync>),
    /// The database can't be reached. A later retry may succeed.
    #[error("the database is not available")]
    Unavailable(#[source] StoreError),
    /// The database failed in another way.
    #[error("the database failed")]
    Store(#[source] StoreError),
    /// An internal operation failed.
    #[error("{what} failed")]
    Internal {
        /// What failed.
        what: &'static str,
        /// Why, for the log.
        #[source]
        source: Box<dyn StdError + Send + Sync>,
    },
}

/// A value that must be unique, but that another resource has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conflict {
    /// The kind of resource.
    pub thing: &'static str,
    /// The field's name on the wire.
    pub field: &'static str,
    /// Its value.
    pub value: String,
    /// The resource that has it, if known.
    pub id: Option<Uuid>,
}

impl Conflict {
    /// The conflict as an error of its field.
    #[must_use]
    pub fn to_field_error(&self) -> FieldError {
        let Self { thing, field, value, id } = self;
        let (statement, remedy) = match id {
            Some(id) => (
                format!("belongs to the {thing} {id}"),
                format!("Update the {thing} {id}, or use another {field}."),
            ),
            None => (format!("belongs to another {thing}"), format!("Use another {field}.")),
        };
        let expected = format!("a value that no other {thing} has");
        FieldError::new(*field, value, Reason::new(statement, expected, remedy)).with_conflict(*id)
    }
}

fn already_exists(thing: &str, conflicts: &[Conflict]) -> String {
    let each = conflicts.iter().map(|conflict| conflict.to_field_error().to_string());
    format!("the {thing} exists already: {}", each.collect::<Vec<_>>().join("; "))
}

impl From<Conflict> for Error {
    fn from(conflict: Conflict) -> Self {
        Self::UniqueConflict { thing: conflict.thing, conflicts: vec![conflict] }
    }
}

impl From<FieldError> for Error {
    fn from(error: FieldError) -> Self {
        Self::Invalid(vec![error])
    }
}

impl Error {
    /// An internal error, which no caller can remedy.
    pub fn internal(
        what: &'static str,
        source: impl Into<Box<dyn StdError + Send + Sync>>,
    ) -> Self {
        Self::Internal { what, source: source.into() }
    }

    /// A unique value that belongs to another resource.
    pub fn unique_conflict(
        thing: &'static str,
        field: &'static str,
        value: impl ToString,
        id: Option<Uuid>,
    ) -> Self {
        Conflict { thing, field, value: value.to_string(), id }.into()
    }

    /// The error of a write, which is a conflict if the unique index of names decided that
    /// another thing was first.
    pub(super) fn from_name_index(
        error: StoreError,
        thing: &'static str,
        name: impl ToString,
    ) -> Self {
        use UniqueKey::{AttributeName, ConnectionName, ScimClientName, TeamName};
        match error {
            StoreError::Conflict(AttributeName | ConnectionName | ScimClientName | TeamName) => {
                Self::unique_conflict(thing, "name", name, None)
            }
            other => other.into(),
        }
    }

    /// A resource whose state does not match `if_match`.
    pub fn precondition(thing: &'static str, name: impl ToString, if_match: &IfMatch) -> Self {
        let name = name.to_string();
        match if_match {
            IfMatch::Absent => Self::AlreadyExists { thing, name },
            IfMatch::Unconditional | IfMatch::Any | IfMatch::OneOf(_) => {
                Self::PreconditionFailed { thing, name, if_match: if_match.clone() }
            }
        }
    }

    /// Checks that a thing with this entity tag matches `if_match`.
    ///
    /// # Errors
    /// [`Self::precondition`] if it does not.
    pub(super) fn check_match(
        if_match: &IfMatch,
        etag: &ETag,
        thing: &'static str,
        name: impl ToString,
    ) -> Result<(), Self> {
        if if_match.allows(etag) {
            return Ok(());
        }
        Err(Self::precondition(thing, name, if_match))
    }

    /// The database did not respond before the request's deadline.
    #[must_use]
    pub fn deadline_exceeded() -> Self {
        let reason = "it did not respond before the request's deadline";
        Self::Unavailable(StoreError::Unavailable(reason.into()))
    }

    /// A resource that does not exist.
    pub fn not_found(thing: &'static str, name: impl ToString) -> Self {
        Self::NotFound { thing, name: name.to_string() }
    }
}

fn join_errors(errors: &[FieldError]) -> String {
    errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}

impl From<StoreError> for Error {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Locked(_) | StoreError::Contended(_) => Self::Busy(error.into()),
            StoreError::Unavailable(_)
            | StoreError::ReadOnly(_)
            | StoreError::Damaged(_)
            | StoreError::Rejected(_)
            | StoreError::Missing(_) => Self::Unavailable(error),
            _ => Self::Store(error),
        }
    }
}
