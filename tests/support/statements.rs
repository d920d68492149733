//! The statements that reach the databases of tests.

use std::{
    cell::RefCell,
    collections::BTreeSet,
    sync::{Mutex, MutexGuard, PoisonError},
    thread,
    time::{Duration, Instant},
};

use diesel::connection::{Instrumentation, InstrumentationEvent, set_default_instrumentation};
use tokio::task::yield_now;

use super::db::TestDb;

/// What was seen on the connections of the databases, each with its address.
static SEEN: Mutex<Vec<Seen>> = Mutex::new(Vec::new());

thread_local! {
    /// The address that this thread connects to.
    static ADDRESS: RefCell<String> = const { RefCell::new(String::new()) };
}

struct Seen {
    address: String,
    statement: Statement,
}

/// A statement, without its values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Statement {
    /// It was sent.
    Sent(String),
    /// It was prepared, to be used again on its connection.
    Prepared(String),
}

/// The statements of the databases whose address contains a text.
pub(crate) struct Statements {
    database: String,
}

impl Statements {
    /// Follows the connections to a database that are opened from now on.
    pub(crate) fn follow(address: &str) -> Self {
        set_default_instrumentation(|| Some(Box::new(Recorder::default()))).unwrap();
        // The folder of a file, or the name of a database.
        let parts: Vec<_> = address.rsplit('/').take(2).collect();
        let name = if address.starts_with("sqlite:") { parts[1] } else { parts[0] };
        Self { database: name.to_owned() }
    }

    /// Returns what was sent since the last call, and forgets it.
    pub(crate) fn take(&self) -> Vec<String> {
        let mut seen = lock();
        let (ours, others) = seen.drain(..).partition::<Vec<_>, _>(|one| {
            one.address.contains(&self.database) && matches!(one.statement, Statement::Sent(_))
        });
        *seen = others;
        let sent = ours.into_iter().filter_map(|one| match one.statement {
            Statement::Sent(sql) => Some(sql),
            Statement::Prepared(_) => None,
        });
        sent.collect()
    }

    /// The statements that connections have prepared.
    pub(crate) fn prepared(&self) -> BTreeSet<String> {
        let seen = lock();
        let ours = seen.iter().filter(|one| one.address.contains(&self.database));
        let prepared = ours.filter_map(|one| match &one.statement {
            Statement::Prepared(sql) => Some(sql.clone()),
            Statement::Sent(_) => None,
        });
        prepared.collect()
    }
}

fn lock() -> MutexGuard<'static, Vec<Seen>> {
    SEEN.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Sets up a new connection, which its pool opens whenever it wants to.
fn sets_a_connection_up(sql: &str) -> bool {
    sql.starts_with("SET lock_timeout") || (sql.starts_with("PRAGMA") && !sql.contains("BEGIN"))
}

/// Records the statements of a connection.
struct Recorder {
    address: String,
}

impl Default for Recorder {
    fn default() -> Self {
        Self { address: ADDRESS.with_borrow(Clone::clone) }
    }
}

impl Recorder {
    fn record(&self, statement: Statement) {
        lock().push(Seen { address: self.address.clone(), statement });
    }
}

impl Instrumentation for Recorder {
    fn on_connection_event(&mut self, event: InstrumentationEvent<'_>) {
        // Neither what is recorded behind the responses nor other background work.
        let is_request = thread::current().name() != Some("usage");
        match event {
            InstrumentationEvent::StartEstablishConnection { url, .. } => {
                self.address = url.to_owned();
                ADDRESS.set(self.address.clone());
            }
            InstrumentationEvent::StartQuery { query, .. } if is_request => {
                // The values follow the statement.
                let text = query.to_string();
                let sql = text.split(" -- binds").next().unwrap_or_default();
                if !sql.contains("import_jobs") && !sets_a_connection_up(sql) {
                    self.record(Statement::Sent(sql.to_owned()));
                }
            }
            InstrumentationEvent::CacheQuery { sql, .. } => {
                self.record(Statement::Prepared(sql.to_owned()));
            }
            _ => {}
        }
    }
}

/// Waits until a connection to the database waits for a lock of another. On SQLite, where this
/// can't be seen, gives way once.
pub(crate) async fn wait_for_lock(db: &TestDb) {
    if db.is_embedded() {
        return yield_now().await;
    }
    let begin = Instant::now();
    while db.query_lines(WAITING)[0] == "0" {
        assert!(begin.elapsed() < Duration::from_secs(60), "nothing waits for a lock");
        yield_now().await;
    }
}

/// The number of connections to the database that wait for a lock.
const WAITING: &str = "SELECT count(*)::text AS line FROM pg_stat_activity \
    WHERE datname = current_database() AND wait_event_type = 'Lock'";
