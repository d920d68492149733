//! The errors of the store, and their conversion from those of the databases.

use std::fmt::Display;

use diesel::result::{DatabaseErrorInformation, DatabaseErrorKind, Error as DieselError};

use super::{address::AddressError, sql::NulInText};

/// The error of a store operation.
///
/// Its messages contain no secret and no value of a row, so they may be logged. They
/// are not meant for people who log in.
#[derive(Debug, Clone, thiserror::Error)]
pub enum StoreError {
    /// A unique value exists already. After a lost race, a retry finds the other row.
    #[error("another row has the same {0}")]
    Conflict(UniqueKey),
    /// The row was changed or deleted since it was read: another transaction was faster.
    #[error("the row of {table} has changed since it was read")]
    Stale {
        /// The row's table.
        table: &'static str,
    },
    /// It refers to a row that does not exist, or is another account's.
    #[error("refers to a row that does not exist")]
    Dangling,
    /// A text holds NUL, which PostgreSQL can't store.
    #[error("a text holds NUL")]
    Nul,
    /// A row has a value that Usher never writes.
    #[error("the row {id} of {table} can't be read: {what}")]
    Corrupt {
        /// The row's table.
        table: &'static str,
        /// The row's key.
        id: String,
        /// What is wrong.
        what: String,
    },
    /// The database could not order this transaction among others, after
    /// several tries.
    #[error("the database is too busy: {0}")]
    Contended(String),
    /// A lock could not be acquired in time.
    #[error("a lock could not be acquired in time: {0}")]
    Locked(String),
    /// The database can't be reached, was lost, or has no free connection.
    #[error("the database is not available: {0}")]
    Unavailable(String),
    /// The database takes no writes at this moment.
    #[error("the database is read-only: {0}")]
    ReadOnly(String),
    /// The data of the database is damaged.
    #[error("the database is damaged: {0}. Stop Usher and restore a backup (`usher restore`)")]
    Damaged(String),
    /// The server rejects the connection, and will reject it again.
    #[error("the database rejected the connection: {0}")]
    Rejected(String),
    /// The file does not exist, and must not be created.
    #[error("the database {0} does not exist")]
    Missing(String),
    /// The database rejected a statement for an unexpected reason.
    #[error("the database rejected a statement: {0}")]
    StatementFailed(String),
    /// An earlier statement of the transaction failed: it can only be rolled
    /// back.
    #[error("an earlier statement of this transaction failed")]
    Aborted,
    /// The transaction was a rehearsal: it succeeded, and was rolled back.
    #[error("the transaction was rolled back, because it was a rehearsal")]
    Rehearsed,
    /// The text is not the address of a database.
    #[error("the database's address {0}")]
    Address(#[from] AddressError),
    /// The tables could not be brought up to date.
    #[error("migrating the database failed: {0}")]
    Migration(String),
    /// The database was migrated by a newer version of this program.
    #[error("the database is newer than this program: it has migration {0}")]
    Newer(String),
}

impl StoreError {
    /// The error of a pool that could not open a connection.
    pub(super) fn from_pool(message: impl Display) -> Self {
        let message = message.to_string();
        if message.contains(READ_ONLY) {
            return Self::ReadOnly(READ_ONLY.to_owned());
        }
        match DAMAGED.iter().find(|text| message.contains(*text)) {
            Some(text) => Self::Damaged((*text).to_owned()),
            None => Self::Unavailable(message),
        }
    }

    /// Whether the database can't be used at this moment by any request.
    pub(super) fn is_outage(&self) -> bool {
        matches!(
            self,
            Self::Unavailable(_)
                | Self::ReadOnly(_)
                | Self::Damaged(_)
                | Self::Rejected(_)
                | Self::Missing(_)
        )
    }

    /// Whether the connection can't be used any more: it is closed, which Diesel
    /// notices only inside a transaction; or it is read-only, while a new one may reach
    /// a writable server or file.
    pub(super) fn ends_connection(&self) -> bool {
        match self {
            Self::Unavailable(why) => CLOSED.iter().any(|text| why.contains(text)),
            Self::ReadOnly(_) => true,
            _ => false,
        }
    }

    /// The same error, if it is one of those.
    pub(super) fn as_outage(&self) -> Option<Self> {
        self.is_outage().then(|| self.clone())
    }
}

/// A unique key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum UniqueKey {
    /// An account's slug, in the deployment.
    AccountSlug,
    /// A user's e-mail address, by its key, in the account.
    UserEmail,
    /// A connection's name, by its key, in the account.
    ConnectionName,
    /// A SCIM client's name, by its key, in the account.
    ScimClientName,
    /// A custom attribute's name, by its key, in the account.
    AttributeName,
    /// A team's name, by its key, in the account.
    TeamName,
    /// A subject, on the connection.
    IdentitySubject,
    /// A user's identity, on the connection: there is one.
    IdentityUser,
    /// A user in a team: once.
    Membership,
    /// A session's token.
    SessionToken,
    /// An attempt's reference, in the deployment.
    Reference,
    /// A user's `externalId`, in the account.
    UserExternalId,
    /// A user's `userName`, by its key, in the account.
    UserName,
    /// One of Usher's IDs, or another constraint that is not listed here.
    Other,
}

/// Each with its constraint's name, which PostgreSQL tells, and its columns,
/// which SQLite tells.
const CONSTRAINTS: [(UniqueKey, &str, &str); 13] = [
    (UniqueKey::AccountSlug, "accounts_slug", "accounts.slug"),
    (UniqueKey::UserEmail, "users_email", "users.account_id, users.email_key"),
    (UniqueKey::UserName, "users_user_name", "users.account_id, users.user_name_key"),
    (UniqueKey::UserExternalId, "users_external_id", "users.account_id, users.external_id"),
    (UniqueKey::ConnectionName, "connections_name", "connections.account_id, connections.name_key"),
    (
        UniqueKey::ScimClientName,
        "scim_clients_name",
        "scim_clients.account_id, scim_clients.name_key",
    ),
    (
        UniqueKey::AttributeName,
        "attribute_definitions_name",
        "attribute_definitions.account_id, attribute_definitions.name_key",
    ),
    (UniqueKey::TeamName, "teams_name", "teams.account_id, teams.name_key"),
    (
        UniqueKey::IdentitySubject,
        "identities_subject",
        "identities.connection_id, identities.subject, identities.comparison",
    ),
    (UniqueKey::IdentityUser, "identities_user", "identities.connection_id, identities.user_id"),
    (UniqueKey::Membership, "memberships_pkey", "memberships.team_id, memberships.user_id"),
    (UniqueKey::SessionToken, "sessions_token", "sessions.token_hash"),
    (UniqueKey::Reference, "attempts_reference", "attempts.reference"),
];

impl UniqueKey {
    fn from_violation(error: &dyn DatabaseErrorInformation) -> Self {
        let columns = error.message().strip_prefix("UNIQUE constraint failed: ");
        let found = CONSTRAINTS.into_iter().find(|(_, name, its_columns)| {
            error.constraint_name() == Some(name) || columns == Some(its_columns)
        });
        found.map_or(Self::Other, |(unique, _, _)| unique)
    }
}

impl Display for UniqueKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::AccountSlug => "account slug",
            Self::UserEmail => "user e-mail address",
            Self::ConnectionName => "connection name",
            Self::ScimClientName => "SCIM client name",
            Self::AttributeName => "custom attribute name",
            Self::TeamName => "team name",
            Self::IdentitySubject => "identity subject",
            Self::IdentityUser => "identity user",
            Self::Membership => "membership",
            Self::SessionToken => "session token",
            Self::Reference => "attempt reference",
            Self::UserExternalId => "user external ID",
            Self::UserName => "user name",
            Self::Other => "identifier",
        })
    }
}

impl From<DieselError> for StoreError {
    fn from(error: DieselError) -> Self {
        match error {
            DieselError::DatabaseError(kind, what) => from_database_error(&kind, what.as_ref()),
            DieselError::SerializationError(why) if why.is::<NulInText>() => Self::Nul,
            DieselError::DeserializationError(why) => {
                Self::Corrupt { table: "?", id: "?".into(), what: why.to_string() }
            }
            DieselError::BrokenTransactionManager
            | DieselError::RollbackErrorOnCommit { .. }
            | DieselError::RollbackTransaction
            | DieselError::AlreadyInTransaction
            | DieselError::NotInTransaction => Self::Unavailable(error.to_string()),
            other => Self::StatementFailed(other.to_string()),
        }
    }
}

fn from_database_error(
    kind: &DatabaseErrorKind,
    what: &dyn DatabaseErrorInformation,
) -> StoreError {
    let message = || what.message().trim().to_owned();
    match kind {
        DatabaseErrorKind::UniqueViolation => StoreError::Conflict(UniqueKey::from_violation(what)),
        DatabaseErrorKind::ForeignKeyViolation => StoreError::Dangling,
        DatabaseErrorKind::SerializationFailure => StoreError::Contended(message()),
        DatabaseErrorKind::ClosedConnection | DatabaseErrorKind::UnableToSendCommand => {
            StoreError::Unavailable(message())
        }
        DatabaseErrorKind::ReadOnlyTransaction => StoreError::ReadOnly(message()),
        // No violation has an error kind of its own.
        _ => classify_message(message()),
    }
}

/// The messages of the databases if a lock could not be acquired: PostgreSQL's 55P03, SQLite's
/// SQLITE_BUSY.
const LOCKED: [&str; 2] = ["canceling statement due to lock timeout", "database is locked"];

/// The messages of PostgreSQL and libpq for a closed connection.
const CLOSED: [&str; 8] = [
    "terminating connection due to",
    "server closed the connection",
    "no connection to the server",
    "connection to server was lost",
    "could not receive data from server",
    "could not send data to server",
    "SSL SYSCALL error",
    "SSL connection has been closed",
];

/// The messages of SQLite for a file that can't be written.
const READ_ONLY: &str = "attempt to write a readonly database";

/// The messages of SQLite for a damaged file.
const DAMAGED: [&str; 2] = ["database disk image is malformed", "file is not a database"];

/// The beginnings of messages of databases that can't work at the moment. SQLite: SQLITE_FULL,
/// SQLITE_IOERR, SQLITE_CANTOPEN. PostgreSQL: classes 53, 57 and 58.
const UNAVAILABLE: [&str; 11] = [
    "database or disk is full",
    "disk I/O error",
    "unable to open database file",
    "No space left on device",
    "could not extend file",
    "could not write",
    "the database system is",
    "canceling statement due to statement timeout",
    "canceling statement due to conflict with recovery",
    "remaining connection slots are reserved",
    "sorry, too many clients already",
];

fn classify_message(message: String) -> StoreError {
    let contains_any = |texts: &[&str]| texts.iter().any(|text| message.contains(text));
    if message == "deadlock detected" {
        StoreError::Contended(message)
    } else if LOCKED.contains(&message.as_str()) {
        StoreError::Locked(message)
    } else if message == READ_ONLY {
        StoreError::ReadOnly(message)
    } else if contains_any(&DAMAGED) {
        StoreError::Damaged(message)
    } else if contains_any(&UNAVAILABLE) || contains_any(&CLOSED) {
        StoreError::Unavailable(message)
    } else {
        StoreError::StatementFailed(message)
    }
}

/// The table and ID of a row, for error messages.
#[derive(Clone, Copy)]
pub(super) struct RowRef<I> {
    pub(super) table: &'static str,
    pub(super) id: I,
}

impl<I: Display> RowRef<I> {
    pub(super) fn corrupt(&self, what: impl Display) -> StoreError {
        StoreError::Corrupt { table: self.table, id: self.id.to_string(), what: what.to_string() }
    }
}
