//! SQLite: one file, one writer, and several readers.

use std::{path::Path, sync::Arc, time::Duration};

use diesel::{
    Connection, QueryableByName, RunQueryDsl,
    connection::SimpleConnection,
    r2d2::{ConnectionManager, CustomizeConnection, Error as ManagerError, NopErrorHandler, Pool},
    sql_query,
    sql_types::{Integer, Text},
};

use super::{
    error::StoreError,
    pool_options::PoolOptions,
    sql,
    sqlite_file::{self, OpenedFile, UseLock},
};

/// The connection that the queries below are compiled for.
pub(crate) type Conn = diesel::SqliteConnection;

/// No lock is needed, because there is only one writer.
macro_rules! locked {
    ($query:expr) => {
        $query
    };
}

diesel::define_sql_function! {
    #[sql_name = "instr"]
    fn place_in(text: sql::Text, part: sql::Text) -> Integer;
}
diesel::define_sql_function! {
    #[sql_name = "substr"]
    fn from_place(text: sql::Text, place: Integer) -> sql::Text;
}

/// The rows of an account, to be scanned in an index that begins with it.
macro_rules! of_account {
    ($column:expr, $account:expr) => {
        $column.eq(UuidValue($account.as_uuid()))
    };
}

/// Whether a text contains another, exactly: `LIKE` ignores case.
macro_rules! contains {
    ($text:expr, $part:expr) => {
        $crate::store::sqlite::place_in($text, TextValue::new($part)).gt(0)
    };
}

/// Whether a text ends with another.
macro_rules! ends {
    ($text:expr, $part:expr, $chars:expr) => {
        // Counted from the end.
        $crate::store::sqlite::from_place($text, -$chars).eq(TextValue::new($part))
    };
}

/// Whether two values are the same, or both `NULL`.
macro_rules! same_as {
    ($column:expr, $value:expr) => {
        $column.is($value)
    };
}

macro_rules! share_lock {
    ($query:expr) => {
        $query
    };
}

macro_rules! locked_but_for_references {
    ($query:expr) => {
        $query
    };
}

/// Executes statements that belong together, one after the other.
macro_rules! execute_together {
    ($conn:expr, $($statement:expr),+) => {{
        let run = || -> diesel::QueryResult<()> {
            $($statement.execute($conn)?;)+
            Ok(())
        };
        run()
    }};
}

/// Whether the parts of [`queries::together`] are one statement.
const WRITES_TOGETHER: bool = false;

/// The manager of a user, as an ID: `NULL` if it is not the usual form of one.
const MANAGER_ID: &str = "CASE WHEN users.manager GLOB '????????-????-????-????-????????????' \
    THEN unhex(users.manager, '-') END";

#[path = "queries/mod.rs"]
pub(super) mod queries;

/// A transaction that writes: the writer's lock is taken at its beginning, so
/// that what it reads can't change under it.
///
/// The pages that a savepoint may have to restore stay in memory, not in a file for each
/// transaction.
pub(super) const WRITE: &str = "PRAGMA temp_store = MEMORY; BEGIN IMMEDIATE";
/// The same for work that may take long: memory may not suffice for what a migration sorts.
pub(super) const LONG_WRITE: &str = "PRAGMA temp_store = FILE; BEGIN IMMEDIATE";
/// A transaction that reads: it sees one state of everything from its first
/// statement on.
pub(super) const READ: &str = "BEGIN";

/// The settings of each connection. `synchronous=FULL`: an acknowledged write is on the disk.
/// The log is written back every 16 MB, because pages that many logins write to are then
/// written back once for all of them.
const SETTINGS: &str = "PRAGMA foreign_keys = ON;
    PRAGMA synchronous = FULL;
    PRAGMA trusted_schema = OFF;
    PRAGMA cache_size = -16000;
    PRAGMA wal_autocheckpoint = 4000;
    PRAGMA journal_size_limit = 67108864;";

#[derive(Debug)]
struct Settings {
    role: ConnectionRole,
    /// The time to wait for another process, such as the command line beside the server.
    wait: Duration,
}

#[derive(Debug, Clone, Copy)]
enum ConnectionRole {
    Writer,
    Reader,
}

impl CustomizeConnection<Conn, ManagerError> for Settings {
    fn on_acquire(&self, conn: &mut Conn) -> Result<(), ManagerError> {
        conn.batch_execute(&format!("PRAGMA busy_timeout = {}", self.wait.as_millis()))?;
        conn.batch_execute(SETTINGS)?;
        conn.batch_execute(match self.role {
            ConnectionRole::Writer => "PRAGMA journal_mode = WAL",
            ConnectionRole::Reader => "PRAGMA query_only = ON",
        })?;
        Ok(())
    }
}

/// The pools of one file.
#[derive(Clone)]
pub(super) struct Pools {
    pub(super) writer: Pool<ConnectionManager<Conn>>,
    pub(super) readers: Pool<ConnectionManager<Conn>>,
    pub(super) file: Arc<OpenedFile>,
    /// Given back last, when the pools are gone.
    _lock: Arc<UseLock>,
}

impl Pools {
    /// Opens a file. If it does not exist, creates it for its owner alone, or fails. SQLite
    /// gives the files beside it the same permissions.
    pub(super) fn open(
        path: &str,
        options: &PoolOptions,
        create: bool,
    ) -> Result<Self, StoreError> {
        let file = sqlite_file::resolve(path)?;
        if !create && !file.exists() {
            return Err(StoreError::Missing(path.to_owned()));
        }
        if let Some(folder) = file.parent() {
            // Where SQLite puts the log, without which it can't even read.
            sqlite_file::check_writable(folder)?;
        }
        let lock = Arc::new(UseLock::shared(&file)?);
        if create {
            sqlite_file::create(&file)?;
        }
        let manager = || Ok::<_, StoreError>(ConnectionManager::new(file_uri(&file)?));
        let pool = |size: u32, part: ConnectionRole| {
            Pool::builder()
                .max_size(size)
                .min_idle(Some(1))
                .max_lifetime(None)
                .idle_timeout(None)
                .test_on_check_out(false)
                .connection_timeout(options.wait)
                .error_handler(Box::new(NopErrorHandler))
                .connection_customizer(Box::new(Settings { role: part, wait: options.wait }))
                .build(manager()?)
                .map_err(StoreError::from_pool)
        };
        // The writer first: it sets the journal mode, which allows reads during a write.
        let writer = pool(1, ConnectionRole::Writer)?;
        let readers = pool(options.connections.max(1), ConnectionRole::Reader)?;
        Ok(Self { writer, readers, file: Arc::new(OpenedFile::new(file)?), _lock: lock })
    }
}

/// The URI of an existing file. Unlike with a path, SQLite does not create a missing file.
fn file_uri(path: &Path) -> Result<String, StoreError> {
    match url::Url::from_file_path(path) {
        Ok(mut url) if path.to_str().is_some() => {
            url.set_query(Some("mode=rw"));
            Ok(url.into())
        }
        _ => Err(StoreError::Unavailable("the file's path is not UTF-8".into())),
    }
}

/// A connection to a file that exists, which does not belong to the pools.
pub(super) fn connect(path: &Path, wait: Duration) -> Result<Conn, StoreError> {
    let failed = |error: diesel::ConnectionError| {
        StoreError::Unavailable(format!("{}: {error}", path.display()))
    };
    let mut conn = Conn::establish(&file_uri(path)?).map_err(failed)?;
    conn.batch_execute(&format!("PRAGMA busy_timeout = {}", wait.as_millis()))?;
    conn.batch_execute("PRAGMA synchronous = FULL; PRAGMA trusted_schema = OFF;")?;
    Ok(conn)
}

/// What a check of a file found.
#[derive(QueryableByName)]
struct DamageFinding {
    #[diesel(sql_type = Text)]
    finding: String,
}

/// Looks for damage, but not at whether the indexes agree with their tables.
pub(super) fn quick_check(path: &Path) -> Result<(), StoreError> {
    let mut conn = connect(path, Duration::from_secs(5))?;
    check(&mut conn, "SELECT quick_check AS finding FROM pragma_quick_check")
}

/// Looks for damage of every kind.
pub(super) fn integrity_check(conn: &mut Conn) -> Result<(), StoreError> {
    check(conn, "SELECT integrity_check AS finding FROM pragma_integrity_check")?;
    let broken = "SELECT \"table\" || ' refers to a row of ' || parent || ' that does not exist' \
                  AS finding FROM pragma_foreign_key_check LIMIT 3";
    let findings: Vec<DamageFinding> = sql_query(broken).load(conn)?;
    match findings.first() {
        None => Ok(()),
        Some(first) => Err(StoreError::Damaged(first.finding.clone())),
    }
}

fn check(conn: &mut Conn, sql: &str) -> Result<(), StoreError> {
    let findings: Vec<DamageFinding> = sql_query(sql).load(conn)?;
    match findings.first() {
        Some(first) if first.finding == "ok" => Ok(()),
        // The first line of the findings is enough.
        Some(first) => Err(StoreError::Damaged(first.finding.trim().replace('\n', " "))),
        None => Err(StoreError::Damaged("its check found nothing".into())),
    }
}
