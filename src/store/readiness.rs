//! Readiness: whether a login could be written. The probe uses its own connection, so
//! that it does not depend on the pool.

use std::{
    io::Write,
    path::Path,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    thread,
    time::{Duration, Instant},
};

use diesel::{
    QueryableByName, RunQueryDsl, connection::SimpleConnection, sql_query, sql_types::Integer,
};

use super::{
    address::PostgresAddress,
    error::StoreError,
    outage::{Operation, Outages},
    postgres, sqlite,
    sqlite_file::{self, OpenedFile},
};

/// The lifetime of a result.
const FRESH_FOR: Duration = Duration::from_secs(1);

/// The time limit for the database.
const RESPONSE_TIMEOUT: Duration = Duration::from_secs(3);

/// The longest time until another try starts beside one that does not end.
const MAX_RESPONSE_TIMEOUT: Duration = Duration::from_secs(300);

/// The room on the disk that a login may need: as much is written, and deleted.
static PROBE_BYTES: [u8; 256 * 1024] = [0; 256 * 1024];

/// The maximum size of a SQLite file that every probe checks for damage.
const SMALL_FILE_BYTES: u64 = 4 * 1024 * 1024;

/// The minimum pause between checks of a larger file, also as a multiple of the duration of a
/// check.
const CHECK_EVERY: Duration = Duration::from_secs(60);
const CHECK_PAUSE: u32 = 100;

/// Reads a row of each table that a login reads.
const READ: &str = "SELECT 1 FROM (SELECT 1 FROM accounts LIMIT 1) AS a;
    SELECT 1 FROM (SELECT 1 FROM connections LIMIT 1) AS c;
    SELECT 1 FROM (SELECT 1 FROM users LIMIT 1) AS u;
    SELECT 1 FROM (SELECT 1 FROM identities LIMIT 1) AS i;
    SELECT 1 FROM (SELECT 1 FROM sessions LIMIT 1) AS s;
    SELECT 1 FROM (SELECT 1 FROM attempts LIMIT 1) AS t;
    SELECT 1 FROM (SELECT 1 FROM audit_events LIMIT 1) AS e;";

/// A lock on a row is written like a change, and changes nothing.
const WRITE_ON_POSTGRES: &str = "SET LOCAL statement_timeout = 2000;
    SELECT id FROM accounts ORDER BY id LIMIT 1 FOR NO KEY UPDATE SKIP LOCKED;";

/// Tries the database, at most once a second. Clones are the same one.
#[derive(Clone)]
pub(super) struct Readiness(Arc<Probe>);

struct Probe {
    target: Target,
    outages: Arc<Outages>,
    state: Mutex<ProbeState>,
    check: Mutex<DamageCheck>,
}

enum Target {
    Sqlite(Arc<OpenedFile>),
    Postgres(PostgresAddress, Box<Mutex<Option<postgres::Conn>>>),
}

#[derive(Default)]
struct ProbeState {
    /// The end of the last probe, and its error.
    finding: Option<(Instant, Option<StoreError>)>,
    running_since: Option<Instant>,
    /// The number of the last probe.
    number: u64,
    /// The abandoned probes that still wait for a response.
    abandoned: u32,
}

/// The check of a large file.
#[derive(Default)]
struct DamageCheck {
    is_running: bool,
    next: Option<Instant>,
}

impl Readiness {
    pub(super) fn for_sqlite(file: Arc<OpenedFile>, outages: &Arc<Outages>) -> Self {
        Self::new(Target::Sqlite(file), outages)
    }

    pub(super) fn for_postgres(address: &PostgresAddress, outages: &Arc<Outages>) -> Self {
        Self::new(Target::Postgres(address.clone(), Box::default()), outages)
    }

    fn new(target: Target, outages: &Arc<Outages>) -> Self {
        let outages = Arc::clone(outages);
        let (state, check) = (Mutex::default(), Mutex::default());
        Self(Arc::new(Probe { target, outages, state, check }))
    }

    /// Returns the last result if it is fresh. Otherwise starts a new probe and returns `None`.
    pub(super) fn poll(&self) -> Option<Result<(), StoreError>> {
        let mut state = lock(&self.0.state);
        if let Some((at, error)) = &state.finding
            && at.elapsed() < FRESH_FOR
        {
            return Some(error.as_ref().and_then(StoreError::as_outage).map_or(Ok(()), Err));
        }
        match state.running_since {
            Some(since) if since.elapsed() >= RESPONSE_TIMEOUT => {
                let error = StoreError::Unavailable(format!(
                    "it has not answered for {} seconds",
                    since.elapsed().as_secs()
                ));
                self.0.outages.record(Operation::Read, Some(&error));
                if since.elapsed() >= state.timeout() {
                    // It may wait on a connection to a server that no longer exists.
                    state.abandoned = state.abandoned.saturating_add(1);
                    self.start(&mut state).err();
                }
                Some(Err(error))
            }
            Some(_) => None,
            None => self.start(&mut state).err().map(Err),
        }
    }

    fn start(&self, state: &mut ProbeState) -> Result<(), StoreError> {
        state.number = state.number.wrapping_add(1);
        let (probe, number) = (Arc::clone(&self.0), state.number);
        let started = thread::Builder::new().name("readiness".into()).spawn(move || {
            probe.run(number);
        });
        state.running_since = started.is_ok().then(Instant::now);
        started
            .map(drop)
            .map_err(|error| StoreError::Unavailable(format!("no thread can be started: {error}")))
    }
}

impl ProbeState {
    /// The duration of a probe after which another one starts beside it. The time grows with
    /// the number of waiting tries, because each occupies a thread.
    fn timeout(&self) -> Duration {
        (RESPONSE_TIMEOUT * (1 << self.abandoned.min(10))).min(MAX_RESPONSE_TIMEOUT)
    }
}

impl Probe {
    fn run(self: Arc<Self>, number: u64) {
        let error = match &self.target {
            Target::Sqlite(file) => self.try_sqlite(file).err(),
            Target::Postgres(address, conn) => try_postgres(address, conn).err(),
        };
        // Another transaction holds a lock, so the database works.
        let error = error.filter(|error| !matches!(error, StoreError::Locked(_)));
        let error = error.map(|error| {
            error.as_outage().unwrap_or_else(|| StoreError::Unavailable(error.to_string()))
        });
        let mut state = lock(&self.state);
        if state.number != number {
            // A later probe has started, and its result will be newer.
            state.abandoned = state.abandoned.saturating_sub(1);
            return;
        }
        self.outages.record(Operation::Write, error.as_ref());
        state.finding = Some((Instant::now(), error));
        state.running_since = None;
    }

    fn try_sqlite(self: &Arc<Self>, file: &OpenedFile) -> Result<(), StoreError> {
        file.check_with_log()?;
        file.check_writable()?;
        // A new connection, because an existing one may have old pages in its cache.
        let mut conn = sqlite::connect(file.path(), Duration::from_millis(100))?;
        conn.batch_execute(READ)?;
        self.check_for_damage(file.path())?;
        check_disk_space(file.path())?;
        write_to_sqlite(&mut conn)
    }

    /// Small files are checked at once, larger ones from time to time in the background.
    fn check_for_damage(self: &Arc<Self>, path: &Path) -> Result<(), StoreError> {
        let size =
            std::fs::metadata(path).map_err(|error| sqlite_file::file_error(path, &error))?.len();
        if size <= SMALL_FILE_BYTES {
            sqlite::quick_check(path)?;
            self.outages.end_damage();
            return Ok(());
        }
        self.check_in_background(path);
        match self.outages.has_damage() {
            true => Err(StoreError::Damaged("damage was found earlier".into())),
            false => Ok(()),
        }
    }

    fn check_in_background(self: &Arc<Self>, path: &Path) {
        let mut check = lock(&self.check);
        if check.is_running || check.next.is_some_and(|next| Instant::now() < next) {
            return;
        }
        check.is_running = true;
        let (probe, path) = (Arc::clone(self), path.to_owned());
        let started = thread::Builder::new().name("quick_check".into()).spawn(move || {
            let started = Instant::now();
            match sqlite::quick_check(&path) {
                Ok(()) => probe.outages.end_damage(),
                Err(error) => probe.outages.record(Operation::Read, Some(&error)),
            }
            let mut check = lock(&probe.check);
            let pause = CHECK_EVERY.max(started.elapsed() * CHECK_PAUSE);
            (check.is_running, check.next) = (false, Some(Instant::now() + pause));
        });
        check.is_running = started.is_ok();
    }
}

/// Whether the disk has room for a login.
fn check_disk_space(path: &Path) -> Result<(), StoreError> {
    let Some(folder) = path.parent() else { return Ok(()) };
    // It has no name, so it disappears even after a crash.
    let written = tempfile::tempfile_in(folder).and_then(|mut file| file.write_all(&PROBE_BYTES));
    written.map_err(|error| {
        StoreError::Unavailable(format!("nothing can be written to {}: {error}", folder.display()))
    })
}

/// The user version, a number in the file that SQLite leaves to applications.
#[derive(QueryableByName)]
struct UserVersion {
    #[diesel(sql_type = Integer)]
    user_version: i32,
}

/// Commits a change of one page, which does not touch Usher's tables.
fn write_to_sqlite(conn: &mut sqlite::Conn) -> Result<(), StoreError> {
    // Other connections write the log back.
    conn.batch_execute("PRAGMA wal_autocheckpoint = 0; BEGIN IMMEDIATE")?;
    let before: UserVersion = sql_query("PRAGMA user_version").get_result(conn)?;
    let after = before.user_version.wrapping_add(1) & i32::MAX;
    Ok(conn.batch_execute(&format!("PRAGMA user_version = {after}; COMMIT"))?)
}

fn try_postgres(
    address: &PostgresAddress,
    cached: &Mutex<Option<postgres::Conn>>,
) -> Result<(), StoreError> {
    let sql = format!("{}; {READ} {WRITE_ON_POSTGRES} COMMIT", postgres::WRITE);
    // A statement of its own: the lock is free again when the connection is put back.
    let idle = lock(cached).take();
    if let Some(mut conn) = idle
        && conn.batch_execute(&sql).is_ok()
    {
        *lock(cached) = Some(conn);
        return Ok(());
    }
    // It may have died since the last time.
    let mut conn = postgres::connect(address)?;
    conn.batch_execute(&sql)?;
    *lock(cached) = Some(conn);
    Ok(())
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
