//! SQLite: one file, one writer, and readers beside it.

use std::{fs::OpenOptions, os::unix::fs::OpenOptionsExt, path::Path, time::Duration};

use diesel::{
    connection::SimpleConnection,
    r2d2::{ConnectionManager, CustomizeConnection, Error as ManagerError, NopErrorHandler, Pool},
    sql_types::Integer,
};

use super::{db::PoolOptions, error::StoreError, sql};

/// The connection that the queries below are compiled for.
pub(crate) type Conn = diesel::SqliteConnection;

/// Nothing needs a lock: whoever writes is alone.
macro_rules! locked {
    ($query:expr) => {
        $query
    };
}

/// Nor is there an order in which locks are taken. To ask for one would have all
/// rows of the account walked in it, however few are wanted.
macro_rules! locked_by {
    ($query:expr, $order:expr) => {
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

/// The rows of an account, to be walked along an index that begins with it.
macro_rules! of_account {
    ($column:expr, $account:expr) => {
        $column.eq(Id($account.as_uuid()))
    };
}

/// Whether a text contains another, to the letter: `LIKE` has no ear for case.
macro_rules! contains {
    ($text:expr, $part:expr) => {
        $crate::store::sqlite::place_in($text, Str::new($part)).gt(0)
    };
}

/// Whether a text ends with another.
macro_rules! ends {
    ($text:expr, $part:expr, $chars:expr) => {
        // Counted from the end.
        $crate::store::sqlite::from_place($text, -$chars).eq(Str::new($part))
    };
}

macro_rules! held {
    ($query:expr) => {
        $query
    };
}

macro_rules! locked_but_for_references {
    ($query:expr) => {
        $query
    };
}

#[path = "queries/mod.rs"]
pub(super) mod queries;

/// A transaction that writes: the writer's lock is taken at its beginning, so
/// that what it reads can't change under it.
pub(super) const WRITE: &str = "BEGIN IMMEDIATE";
/// A transaction that reads: it sees one state of everything from its first
/// statement on.
pub(super) const READ: &str = "BEGIN";

/// What must hold for each connection. `synchronous=FULL`: an acknowledged
/// write is on the disk. The log is written back every 16 MB, because pages that many
/// logins write to are then written back once for all of them.
const SETTINGS: &str = "PRAGMA foreign_keys = ON;
    PRAGMA synchronous = FULL;
    PRAGMA trusted_schema = OFF;
    PRAGMA cache_size = -16000;
    PRAGMA wal_autocheckpoint = 4000;
    PRAGMA journal_size_limit = 67108864;";

#[derive(Debug)]
struct Settings {
    part: Part,
    /// How long another process (the command line beside the server) is waited
    /// for.
    wait: Duration,
}

#[derive(Debug, Clone, Copy)]
enum Part {
    Writer,
    Reader,
}

impl CustomizeConnection<Conn, ManagerError> for Settings {
    fn on_acquire(&self, conn: &mut Conn) -> Result<(), ManagerError> {
        conn.batch_execute(&format!("PRAGMA busy_timeout = {}", self.wait.as_millis()))?;
        conn.batch_execute(SETTINGS)?;
        conn.batch_execute(match self.part {
            Part::Writer => "PRAGMA journal_mode = WAL",
            Part::Reader => "PRAGMA query_only = ON",
        })?;
        Ok(())
    }
}

/// The pools of one file.
#[derive(Clone)]
pub(super) struct Pools {
    pub(super) writer: Pool<ConnectionManager<Conn>>,
    pub(super) readers: Pool<ConnectionManager<Conn>>,
}

impl Pools {
    /// Opens a file; makes it, for its owner alone, if it is not there. The
    /// files that SQLite puts beside it get the same permissions from it.
    pub(super) fn open(path: &str, options: &PoolOptions) -> Result<Self, StoreError> {
        let unavailable = |why: &dyn std::fmt::Display| StoreError::Unavailable(why.to_string());
        let made = OpenOptions::new().append(true).create(true).mode(0o600).open(path);
        made.map_err(|why| unavailable(&format_args!("{path}: {why}")))?;
        // SQLite would take `file:` at the beginning for a URI.
        let path = std::path::absolute(Path::new(path)).map_err(|why| unavailable(&why))?;
        let path = path.to_str().ok_or(StoreError::Address("the file's path is not UTF-8"))?;
        let pool = |size: u32, part: Part| {
            Pool::builder()
                .max_size(size)
                .min_idle(Some(1))
                .max_lifetime(None)
                .idle_timeout(None)
                .test_on_check_out(false)
                .connection_timeout(options.wait)
                .error_handler(Box::new(NopErrorHandler))
                .connection_customizer(Box::new(Settings { part, wait: options.wait }))
                .build(ConnectionManager::new(path))
                .map_err(|why| unavailable(&why))
        };
        // The writer first: it makes the file one that can be read beside it.
        let writer = pool(1, Part::Writer)?;
        Ok(Self { writer, readers: pool(options.connections.max(1), Part::Reader)? })
    }
}
