//! What can go wrong in a use case.

use std::error::Error as StdError;

use uuid::Uuid;

use crate::{
    domain::{
        Timestamp,
        api_key::Scope,
        etag::IfMatch,
        field_error::{FieldError, Reason},
        role::AccountRole,
    },
    scim::error::ScimError,
    store::StoreError,
};

/// Why a use case did not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is no such thing in this account.
    #[error("there is no {thing} {name}")]
    NotFound {
        /// The kind of thing, e.g. `connection`.
        thing: &'static str,
        /// What was looked for.
        name: String,
    },
    /// Values that must be unique belong to other things.
    #[error("{}", already_exists(.thing, .conflicts))]
    Exists {
        /// The kind of thing.
        thing: &'static str,
        /// Each value that is taken.
        conflicts: Vec<Conflict>,
    },
    /// The thing has changed since its caller looked at it.
    #[error("{thing} {name} has changed since: read it again, and change what it is now")]
    Changed {
        /// The kind of thing.
        thing: &'static str,
        /// Which.
        name: String,
        /// The state that its caller wants to change.
        if_match: IfMatch,
    },
    /// The thing exists, and its caller wants to create it.
    #[error("{thing} {name} exists already, and If-None-Match: * allows only to create it")]
    AlreadyThere {
        /// The kind of thing.
        thing: &'static str,
        /// Which.
        name: String,
    },
    /// The caller has the secret of a key whose time is over.
    #[error("the API key expired at {at}: use another key, or create a new one")]
    KeyExpired {
        /// When.
        at: Timestamp,
    },
    /// It would leave an account that nobody can administer.
    #[error("{0}")]
    Refused(Refusal),
    /// The caller may not do this.
    #[error("this needs the scope {0}, which the key does not have")]
    MissingScope(Scope),
    /// The caller has lost the right to it since they were let in.
    #[error("the credentials were revoked while this request was in progress: nothing was changed")]
    Revoked,
    /// The admin API is for administrators.
    #[error("this needs the account role ADMIN, and the user is {0}")]
    NotAdmin(AccountRole),
    /// What was given can't be used. All faults at once.
    #[error("{}", listed(.0))]
    Invalid(Vec<FieldError>),
    /// SCIM has a word for what is wrong.
    #[error(transparent)]
    Scim(#[from] ScimError),
    /// A key in the database was sealed with another secret key.
    #[error(
        "a private key in the database can't be opened: it was sealed with another secret key (see secret_key and secret_key_file)"
    )]
    Sealed,
    /// Others hold what would have to be changed, and did not let go of it in
    /// time: nothing was changed, and the same may go well at once.
    #[error("others were changing the same things for too long: nothing was changed")]
    Busy(#[source] Box<dyn StdError + Send + Sync>),
    /// The database can't be reached: later may go well.
    #[error("the database is not available")]
    Unavailable(#[source] StoreError),
    /// The database said something else.
    #[error("the database failed")]
    Store(#[source] StoreError),
    /// Something that should not be able to fail did.
    #[error("{what} failed")]
    Internal {
        /// What failed.
        what: &'static str,
        /// Why, for the log.
        #[source]
        source: Box<dyn StdError + Send + Sync>,
    },
}

/// A value that must be unique, and that another thing has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conflict {
    /// The kind of thing.
    pub thing: &'static str,
    /// The field's name on the wire.
    pub field: &'static str,
    /// Its value.
    pub value: String,
    /// The thing that has it, if it is known.
    pub id: Option<Uuid>,
}

impl Conflict {
    /// The conflict as a fault of its field.
    #[must_use]
    pub fn fault(&self) -> FieldError {
        let Self { thing, field, value, id } = self;
        let (statement, remedy) = match id {
            Some(id) => (
                format!("belongs to the {thing} {id}"),
                format!("Update the {thing} {id}, or use another {field}."),
            ),
            None => (format!("belongs to another {thing}"), format!("Use another {field}.")),
        };
        let expected = format!("a value that no other {thing} has");
        FieldError::new(*field, value, Reason::new(statement, expected, remedy))
    }
}

fn already_exists(thing: &str, conflicts: &[Conflict]) -> String {
    let each = conflicts.iter().map(|conflict| conflict.fault().to_string());
    format!("the {thing} exists already: {}", each.collect::<Vec<_>>().join("; "))
}

/// What is not done unless the caller insists (`force`).
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Nobody could administer the account any more.
    #[error(
        "this is the last user of the account with the role ADMIN who may log in: make another one first, or repeat the request with force=true"
    )]
    LastAdmin {
        /// The field that would take the administrator away; `force` for a deletion.
        field: &'static str,
    },
    /// No key could make keys any more.
    #[error(
        "this is the last key of the account that may make keys (keys:write): make another one first, or repeat the request with force=true"
    )]
    LastKeyMaker,
    /// Users would not be known any more.
    #[error(
        "{users} of the account's users are known by this connection: to delete it, with their sessions and its attempts, repeat the request with force=true (on the command line: --force); to keep people out, disable it instead"
    )]
    ConnectionInUse {
        /// How many.
        users: u64,
    },
    /// A SCIM client could not push users any more.
    #[error(
        "{keys} of the SCIM client's keys are valid: to delete it, with its keys and its external IDs, repeat the request with force=true (on the command line: --force)"
    )]
    ScimClientInUse {
        /// How many.
        keys: usize,
    },
    /// A key that has expired is not replaced.
    #[error(
        "the key expired at {} and can't be rotated: create a new key (for a SCIM client with its scimClientId, so that the external IDs stay)",
        at.to_rfc3339_opts(chrono::SecondsFormat::Secs, true)
    )]
    KeyExpired {
        /// When.
        at: Timestamp,
    },
    /// An account would fill the database with files.
    #[error(
        "the account has {} imports that have not ended: wait for one of them, or cancel one",
        crate::app::import::limits::MOST_UNFINISHED
    )]
    TooManyImports,
    /// Logins would wait too long for the writes of an import.
    #[error(
        "the import creates {created} users and changes {changed}, all or nothing. On SQLite, logins wait for such an import, so it may create at most {} users, and each change counts as two. Use mode={}, or several files. Nothing was written",
        crate::app::import::limits::MOST_AT_ONCE_ON_SQLITE,
        crate::domain::import::Mode::RowByRow.as_str()
    )]
    ImportTooLarge {
        /// The users that it creates.
        created: u64,
        /// The users that it changes.
        changed: u64,
    },
    /// Logins would wait too long for the writes of an import on this machine.
    #[error(
        "the import, all or nothing, keeps logins waiting for too long: on SQLite they wait for such an import, and it is slow on this machine. Use mode={}, or several files. Nothing was written",
        crate::domain::import::Mode::RowByRow.as_str()
    )]
    ImportTooSlow,
    /// Everybody who signs in with the certificate would be locked out.
    #[error(
        "the certificate {fingerprint} verified the latest login, at {}: without it, nobody could log in until the identity provider signs with another one. Keep it beside the new certificate until then. If the identity provider signs with the new one already, repeat the request with force=true (on the command line: --force)",
        last_used_at.to_rfc3339_opts(chrono::SecondsFormat::Secs, true)
    )]
    CertificateInUse {
        /// SHA-256 of the DER, in hexadecimal.
        fingerprint: String,
        /// When it last verified a login, to the minute.
        last_used_at: Timestamp,
    },
    /// A caller would lock themselves out.
    #[error("a key can't delete itself: do it with another key, or as a signed-in ADMIN")]
    OwnKey,
}

impl Refusal {
    /// The refusal's stable code, on every wire.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::LastAdmin { .. } => "last_admin",
            Self::LastKeyMaker => "last_key_maker",
            Self::ConnectionInUse { .. } | Self::ScimClientInUse { .. } => "in_use",
            Self::KeyExpired { .. } => "already_expired",
            Self::TooManyImports => "too_many_imports",
            Self::ImportTooLarge { .. } | Self::ImportTooSlow => "import_too_large",
            Self::CertificateInUse { .. } => "certificate_in_use",
            Self::OwnKey => "own_key",
        }
    }
}

impl From<FieldError> for Error {
    fn from(fault: FieldError) -> Self {
        Self::Invalid(vec![fault])
    }
}

impl Error {
    /// An error that nobody outside can do anything about.
    pub fn internal(
        what: &'static str,
        source: impl Into<Box<dyn StdError + Send + Sync>>,
    ) -> Self {
        Self::Internal { what, source: source.into() }
    }

    /// That a value, which must be unique, belongs to another thing.
    pub fn exists(
        thing: &'static str,
        field: &'static str,
        value: impl ToString,
        id: Option<Uuid>,
    ) -> Self {
        let conflict = Conflict { thing, field, value: value.to_string(), id };
        Self::Exists { thing, conflicts: vec![conflict] }
    }

    /// That a thing is not as its caller wants it.
    pub fn precondition(thing: &'static str, name: impl ToString, if_match: &IfMatch) -> Self {
        let name = name.to_string();
        match if_match {
            IfMatch::NotThere => Self::AlreadyThere { thing, name },
            IfMatch::Unconditional | IfMatch::Any | IfMatch::OneOf(_) => {
                Self::Changed { thing, name, if_match: if_match.clone() }
            }
        }
    }

    /// That the database did not answer before the request's deadline.
    #[must_use]
    pub fn no_answer() -> Self {
        let why = "it did not answer before the request's deadline";
        Self::Unavailable(StoreError::Unavailable(why.into()))
    }

    /// That a thing is not there.
    pub fn not_found(thing: &'static str, name: impl ToString) -> Self {
        Self::NotFound { thing, name: name.to_string() }
    }
}

fn listed(faults: &[FieldError]) -> String {
    faults.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
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
