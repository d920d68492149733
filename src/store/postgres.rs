//! PostgreSQL: a pool of connections.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use diesel::{
    Connection,
    connection::SimpleConnection,
    r2d2::{ConnectionManager, CustomizeConnection, Error as ManagerError, NopErrorHandler, Pool},
    sql_types::Integer,
};

use super::{
    account_slots::AccountSlots, address::PostgresAddress, error::StoreError,
    pool_options::PoolOptions, running_queries::RunningQueries, sql,
};

/// The connection that the queries below are compiled for.
pub(crate) type Conn = diesel::PgConnection;

/// Locks the row until the transaction ends. Without the lock, the slower of two transactions
/// would undo the write of the faster one.
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

/// The rows of an account, to be scanned in an index that begins with it.
///
/// This does not use `=`: PostgreSQL would remove the account from the order, and might
/// scan the primary key instead, over the rows of all accounts.
macro_rules! of_account {
    ($column:expr, $account:expr) => {
        $column.eq_any(vec![UuidValue($account.as_uuid())])
    };
}

/// Whether a text contains another, to the letter.
macro_rules! contains {
    ($text:expr, $part:expr) => {
        $crate::store::postgres::place_in($text, TextValue::new($part)).gt(0)
    };
}

/// Whether a text ends with another.
macro_rules! ends {
    ($text:expr, $part:expr, $chars:expr) => {
        $crate::store::postgres::last_of($text, $chars).eq(TextValue::new($part))
    };
}

/// Whether two values are the same, or both `NULL`.
macro_rules! same_as {
    ($column:expr, $value:expr) => {
        $column.is_not_distinct_from($value)
    };
}

/// Locks the row against changes, but not against other shared locks.
macro_rules! share_lock {
    ($query:expr) => {
        $query.for_share()
    };
}

/// Locks the row as `locked!` does, but lets other transactions refer to it.
macro_rules! locked_but_for_references {
    ($query:expr) => {
        $query.for_no_key_update()
    };
}

/// Executes statements that belong together as one, in one round trip. Each sees the state
/// before all of them.
macro_rules! execute_together {
    ($conn:expr, $($statement:expr),+) => {
        super::together::Together::new(&[$(
            super::together::Part::change(&$statement, None)
        ),+])
        .get_result::<i32>($conn)
        .map(drop)
    };
}

/// The manager of a user, as an ID: `NULL` if it is not the usual form of one.
const MANAGER_ID: &str = "CASE WHEN users.manager ~ \
    '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' THEN CAST(users.manager AS uuid) END";

#[path = "queries/mod.rs"]
pub(super) mod queries;

/// Whether the parts of [`queries::together`] are one statement.
const WRITES_TOGETHER: bool = true;

/// A transaction that writes. Rows are locked when they are read for update, and unique
/// indexes prevent duplicates, so no higher isolation is needed.
pub(super) const WRITE: &str = "BEGIN ISOLATION LEVEL READ COMMITTED";
/// A transaction that reads: it sees one state of everything from its first
/// statement on.
pub(super) const READ: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";

/// The settings of each connection. A transaction whose program hangs does not block others.
const SETTINGS: &str = "SET idle_in_transaction_session_timeout = '60s';
    SET default_transaction_isolation = 'read committed';
    SET client_min_messages = 'warning';";

/// Lets one replica migrate at a time. The lock lasts until the transaction ends. The number is
/// arbitrary and used only here.
pub(super) const MIGRATION_LOCK: &str = "SELECT pg_advisory_xact_lock(7311690351224513)";

/// Lets a migration take as long as it needs.
pub(super) const NO_STATEMENT_LIMIT: &str = "SET LOCAL statement_timeout = 0";

#[derive(Debug)]
struct Settings {
    sql: String,
    queries: Arc<RunningQueries>,
}

impl Settings {
    /// The settings of a session, with the limits that the address leaves to us.
    fn new(address: &PostgresAddress, wait: Duration, queries: Arc<RunningQueries>) -> Self {
        let limits = [("lock_timeout", wait), ("statement_timeout", wait * 6)];
        let limits = limits.map(|(name, default)| match address.session_limit(name) {
            // Checked: a number with a unit.
            Some(Some(value)) => format!("SET {name} = '{value}';"),
            Some(None) => String::new(),
            None => format!("SET {name} = {};", default.as_millis()),
        });
        Self { sql: limits.concat() + SETTINGS, queries }
    }
}

impl CustomizeConnection<Conn, ManagerError> for Settings {
    fn on_acquire(&self, conn: &mut Conn) -> Result<(), ManagerError> {
        conn.set_instrumentation(self.queries.observe());
        Ok(conn.batch_execute(&self.sql)?)
    }
}

/// How long after its time limit a statement may still be answered.
const RESPONSE_MARGIN: Duration = Duration::from_secs(5);

/// One database. Clones are the same one.
#[derive(Clone)]
pub(super) struct PostgresDatabase(Arc<Shared>);

struct Shared {
    address: PostgresAddress,
    options: PoolOptions,
    /// After so long without a response, a connection is given up. `None`: the
    /// address leaves statements without a limit, or sets it where we can't read it.
    response_limit: Option<Duration>,
    current: Mutex<Connections>,
}

/// The connections to a database, and who may use them.
#[derive(Clone)]
pub(super) struct Connections {
    pub(super) pool: Pool<ConnectionManager<Conn>>,
    pub(super) slots: Arc<AccountSlots>,
    queries: Arc<RunningQueries>,
}

impl Connections {
    fn new(address: &PostgresAddress, options: &PoolOptions) -> Self {
        let queries = Arc::<RunningQueries>::default();
        let settings = Settings::new(address, options.wait, Arc::clone(&queries));
        let pool = Pool::builder()
            .max_size(options.connections.max(1))
            .min_idle(Some(0))
            // Beginning a transaction tests the connection.
            .test_on_check_out(false)
            .connection_timeout(options.wait)
            .error_handler(Box::new(NopErrorHandler))
            .connection_customizer(Box::new(settings))
            .build_unchecked(ConnectionManager::new(address.to_libpq()));
        let connections = usize::try_from(options.connections.max(1)).unwrap_or(1);
        // Some connections are left for reads, even if others wait for locks.
        let total = (connections - connections.div_ceil(4).min(connections - 1)).max(1);
        let slots = AccountSlots::new(connections.div_ceil(2).min(total), total, options.wait);
        Self { pool, slots: Arc::new(slots), queries }
    }
}

impl PostgresDatabase {
    /// Connects once, to report an error precisely, and then creates the pool.
    pub(super) fn open(
        address: &PostgresAddress,
        options: &PoolOptions,
    ) -> Result<Self, StoreError> {
        connect(address)?;
        let limit = match address.session_limit("statement_timeout") {
            None => Some(options.wait * 6),
            Some(value) => value.as_deref().and_then(parse_duration),
        };
        Ok(Self(Arc::new(Shared {
            current: Mutex::new(Connections::new(address, options)),
            response_limit: limit.map(|limit| limit + RESPONSE_MARGIN),
            address: address.clone(),
            options: options.clone(),
        })))
    }

    /// The current connections. They are replaced if one of them no longer answers, because its
    /// caller never returns it.
    pub(super) fn connections(&self) -> Connections {
        let Shared { address, options, response_limit: patience, current } = &*self.0;
        let mut current = current.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(limit) = patience
            && current.queries.has_older_than(*limit)
        {
            // The outage has a line of its own.
            tracing::debug!(
                seconds = limit.as_secs(),
                "the database does not answer on a connection; all connections are opened anew"
            );
            *current = Connections::new(address, options);
        }
        current.clone()
    }

    /// Converts a failure to connect, without secrets.
    pub(super) fn unavailable(&self, why: &dyn std::fmt::Display) -> StoreError {
        from_connection_error(&why.to_string(), &self.0.address.secrets())
    }
}

/// A time limit as PostgreSQL reads it: milliseconds, or a number with a unit.
/// `None` if there is no limit.
fn parse_duration(limit: &str) -> Option<Duration> {
    let digits = limit.find(|byte: char| !byte.is_ascii_digit()).unwrap_or(limit.len());
    let (number, unit) = limit.split_at_checked(digits)?;
    let millis = match unit {
        "" | "ms" => 1,
        "s" => 1_000,
        "min" => 60_000,
        "h" => 3_600_000,
        _ => return None,
    };
    let millis = number.parse::<u64>().ok()?.checked_mul(millis)?;
    (millis > 0).then(|| Duration::from_millis(millis))
}

/// A connection that does not belong to the pool.
pub(super) fn connect(address: &PostgresAddress) -> Result<Conn, StoreError> {
    Conn::establish(&address.to_libpq())
        .map_err(|why| from_connection_error(&why.to_string(), &address.secrets()))
}

/// The messages of libpq for a server that may be reachable later.
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

fn from_connection_error(message: &str, secrets: &[String]) -> StoreError {
    let is_transient = TRANSIENT.iter().any(|text| message.contains(text));
    let message = remove_secrets(message, secrets);
    match is_transient {
        true => StoreError::Unavailable(message),
        false => StoreError::Rejected(message),
    }
}

/// Leaves a message out if it holds a secret of the address: libpq repeats the
/// whole of an address that it can't read.
fn remove_secrets(message: &str, secrets: &[String]) -> String {
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
    fn time_limit_is_read_as_postgres_reads_it() {
        for (limit, millis) in [
            ("30000", Some(30_000)),
            ("500ms", Some(500)),
            ("2s", Some(2_000)),
            ("1min", Some(60_000)),
            ("1h", Some(3_600_000)),
            ("0", None),
            ("0s", None),
        ] {
            assert_eq!(parse_duration(limit), millis.map(Duration::from_millis), "{limit}");
        }
    }

    #[test]
    fn message_with_a_secret_or_the_address_is_suppressed() {
        let secrets = ["s%65cret", "secret", "other", ""].map(str::to_owned);
        for message in ["bad \"secret\"", "bad s%65cret", "in other", "in postgres://x"] {
            let redacted = remove_secrets(message, &secrets);
            assert!(redacted.contains("not repeated"), "{redacted}");
        }
        let plain = "could not translate host name \"db\"\n";
        assert_eq!(remove_secrets(plain, &secrets), plain.trim());
    }

    #[test]
    fn temporary_outage_differs_from_a_refused_connection() {
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
            let unavailable =
                matches!(from_connection_error(message, &[]), StoreError::Unavailable(_));
            assert_eq!(unavailable, may_come_back, "{message}");
        }
    }
}
