//! PostgreSQL: a pool of connections.

use std::time::Duration;

use diesel::{
    Connection,
    connection::SimpleConnection,
    r2d2::{ConnectionManager, CustomizeConnection, Error as ManagerError, NopErrorHandler, Pool},
    sql_types::Integer,
};

use super::{address::PostgresAddress, db::PoolOptions, error::StoreError, sql};

/// The connection that the queries below are compiled for.
pub(crate) type Conn = diesel::PgConnection;

/// Holds the row until the transaction ends. Without it, two transactions
/// read the same row, and the slower one's write undoes the faster one's.
macro_rules! locked {
    ($query:expr) => {
        $query.for_update()
    };
}

diesel::define_sql_function! {
    #[sql_name = "strpos"]
    fn place_in(text: sql::Text, part: sql::Text) -> Integer;
}
diesel::define_sql_function! {
    #[sql_name = "right"]
    fn last_of(text: sql::Text, chars: Integer) -> sql::Text;
}

/// The rows of an account, to be walked along an index that begins with it.
///
/// Not by `=`: PostgreSQL takes the account out of the order then, and may walk
/// the primary key instead, over the rows of every other account.
macro_rules! of_account {
    ($column:expr, $account:expr) => {
        $column.eq_any(vec![Id($account.as_uuid())])
    };
}

/// Whether a text contains another, to the letter.
macro_rules! contains {
    ($text:expr, $part:expr) => {
        $crate::store::postgres::place_in($text, Str::new($part)).gt(0)
    };
}

/// Whether a text ends with another.
macro_rules! ends {
    ($text:expr, $part:expr, $chars:expr) => {
        $crate::store::postgres::last_of($text, $chars).eq(Str::new($part))
    };
}

/// Holds the row against whoever would change it, but not against others who
/// do the same.
macro_rules! held {
    ($query:expr) => {
        $query.for_share()
    };
}

/// Holds the row as `locked!` does, but lets others refer to it meanwhile.
macro_rules! locked_but_for_references {
    ($query:expr) => {
        $query.for_no_key_update()
    };
}

#[path = "queries/mod.rs"]
pub(super) mod queries;

/// A transaction that writes. Rows that are read to be written are locked, and
/// what must be unique is so by an index: no more isolation is needed.
pub(super) const WRITE: &str = "BEGIN ISOLATION LEVEL READ COMMITTED";
/// A transaction that reads: it sees one state of everything from its first
/// statement on.
pub(super) const READ: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";

/// What must hold for each connection. A transaction whose program hangs does
/// not hold others up.
const SETTINGS: &str = "SET idle_in_transaction_session_timeout = '60s';
    SET client_min_messages = 'warning';";

/// Lets one replica migrate at a time: held until the transaction ends. The
/// number is any that nobody else uses.
pub(super) const MIGRATION_LOCK: &str = "SELECT pg_advisory_xact_lock(7311690351224513)";

/// Lets a migration take as long as it needs.
pub(super) const NO_STATEMENT_LIMIT: &str = "SET LOCAL statement_timeout = 0";

#[derive(Debug)]
struct Settings {
    sql: String,
}

impl Settings {
    /// The settings of a session, with the limits that the address leaves to us.
    fn new(address: &PostgresAddress, wait: Duration) -> Self {
        let limits = [("lock_timeout", wait), ("statement_timeout", wait * 6)];
        let limits = limits.map(|(name, default)| match address.session_limit(name) {
            // Checked: a number with a unit.
            Some(Some(value)) => format!("SET {name} = '{value}';"),
            Some(None) => String::new(),
            None => format!("SET {name} = {};", default.as_millis()),
        });
        Self { sql: limits.concat() + SETTINGS }
    }
}

impl CustomizeConnection<Conn, ManagerError> for Settings {
    fn on_acquire(&self, conn: &mut Conn) -> Result<(), ManagerError> {
        Ok(conn.batch_execute(&self.sql)?)
    }
}

/// The pool of one database, and the secrets of its address.
#[derive(Clone)]
pub(super) struct Database {
    pub(super) pool: Pool<ConnectionManager<Conn>>,
    secrets: Vec<String>,
}

impl Database {
    /// Connects once, to say what is wrong if something is; then makes the pool.
    pub(super) fn open(
        address: &PostgresAddress,
        options: &PoolOptions,
    ) -> Result<Self, StoreError> {
        connect(address)?;
        let pool = Pool::builder()
            .max_size(options.connections.max(1))
            .min_idle(Some(0))
            // Beginning a transaction tests the connection.
            .test_on_check_out(false)
            .connection_timeout(options.wait)
            .error_handler(Box::new(NopErrorHandler))
            .connection_customizer(Box::new(Settings::new(address, options.wait)))
            .build_unchecked(ConnectionManager::new(address.for_libpq()));
        Ok(Self { pool, secrets: address.secrets() })
    }

    /// What a failure to connect says, without what must not be told.
    pub(super) fn unavailable(&self, why: &dyn std::fmt::Display) -> StoreError {
        of_connection(&why.to_string(), &self.secrets)
    }
}

/// A connection of its own, beside the pool.
pub(super) fn connect(address: &PostgresAddress) -> Result<Conn, StoreError> {
    Conn::establish(&address.for_libpq())
        .map_err(|why| of_connection(&why.to_string(), &address.secrets()))
}

/// What libpq says of a server that may be reached later.
const TRANSIENT: [&str; 15] = [
    "Connection refused",
    "Connection reset",
    "Connection timed out",
    "timeout expired",
    "timed out waiting for connection",
    "could not translate host name",
    "No route to host",
    "Network is unreachable",
    "Host is down",
    "Is the server running",
    "the database system is",
    "too many clients already",
    "remaining connection slots",
    "server closed the connection",
    "session is read-only",
];

fn of_connection(message: &str, secrets: &[String]) -> StoreError {
    let is_transient = TRANSIENT.iter().any(|text| message.contains(text));
    let message = without_secrets(message, secrets);
    match is_transient {
        true => StoreError::Unavailable(message),
        false => StoreError::Rejected(message),
    }
}

/// Leaves a message out if it holds a secret of the address: libpq repeats the
/// whole of an address that it can't read.
fn without_secrets(message: &str, secrets: &[String]) -> String {
    let repeats = secrets.iter().any(|secret| !secret.is_empty() && message.contains(secret));
    if repeats || message.contains("://") {
        return "the address can't be used (it is not repeated here, for its password)".into();
    }
    message.trim().replace('\n', " ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_with_a_secret_or_the_address_is_left_out() {
        let secrets = ["s%65cret", "secret", "other", ""].map(str::to_owned);
        for message in ["bad \"secret\"", "bad s%65cret", "in other", "in postgres://x"] {
            let shown = without_secrets(message, &secrets);
            assert!(shown.contains("not repeated"), "{shown}");
        }
        let plain = "could not translate host name \"db\"\n";
        assert_eq!(without_secrets(plain, &secrets), plain.trim());
    }

    #[test]
    fn a_server_that_may_come_back_is_told_from_one_that_refuses_us() {
        for (message, may_come_back) in [
            ("connection to server at \"db\" failed: Connection refused", true),
            ("could not translate host name \"db\" to address: Name or service not known", true),
            (
                "connection to server on socket \"/x\" failed: No such file or directory\n\tIs the server running locally and accepting connections on that socket?",
                true,
            ),
            ("FATAL:  the database system is starting up", true),
            ("FATAL:  sorry, too many clients already", true),
            ("connection to server at \"db\" failed: timeout expired", true),
            ("FATAL:  password authentication failed for user \"usher\"", false),
            ("FATAL:  database \"usher\" does not exist", false),
            ("invalid URI query parameter: \"colour\"", false),
        ] {
            let unavailable = matches!(of_connection(message, &[]), StoreError::Unavailable(_));
            assert_eq!(unavailable, may_come_back, "{message}");
        }
    }
}
