//! A writer of a file with a table of numbers, and groups of writes.

use std::{
    fs,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::mpsc::{Sender, channel},
    thread::{self, Scope},
    time::{Duration, Instant},
};

use diesel::{
    QueryableByName, RunQueryDsl, connection::SimpleConnection, sql_query, sql_types::BigInt,
};

use crate::store::{
    deadline::with_deadline,
    error::StoreError,
    pool_options::PoolOptions,
    sqlite::{Conn, Pools},
    sqlite_writer::{SqliteWriter, group::GroupLimits},
    tx::{Tx, TxConnection},
};

#[derive(Debug, Clone)]
pub(super) enum Failure {
    Rule,
    Panic,
    Store(StoreError),
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

#[derive(QueryableByName)]
struct Number {
    #[diesel(sql_type = BigInt)]
    n: i64,
}

fn select_rows(conn: &mut Conn) -> Vec<i64> {
    let rows: Vec<Number> = sql_query("SELECT n FROM numbers ORDER BY n").load(conn).unwrap();
    rows.into_iter().map(|row| row.n).collect()
}

fn conn<'a>(tx: &'a mut Tx<'_>) -> &'a mut Conn {
    match &mut tx.conn {
        TxConnection::Sqlite(conn) => conn,
        TxConnection::Postgres(_) => unreachable!("the test opens a file"),
    }
}

pub(super) fn run(tx: &mut Tx<'_>, sql: &str) -> Result<(), Failure> {
    Ok(conn(tx).batch_execute(sql).map_err(StoreError::from)?)
}

pub(super) fn insert(tx: &mut Tx<'_>, n: i64) -> Result<(), Failure> {
    run(tx, &format!("INSERT INTO numbers VALUES ({n})"))
}

pub(super) fn rows(tx: &mut Tx<'_>) -> Vec<i64> {
    select_rows(conn(tx))
}

type Work = Box<dyn FnOnce(&mut Tx<'_>) -> Result<(), Failure> + Send>;

/// A write of a group.
pub(super) struct Unit {
    work: Work,
    alone: bool,
    until: Option<Instant>,
}

impl Unit {
    pub(super) fn alone(self) -> Self {
        Self { alone: true, ..self }
    }

    pub(super) fn until(self, until: Instant) -> Self {
        Self { until: Some(until), ..self }
    }
}

pub(super) struct TestWriter {
    writer: SqliteWriter,
    pools: Pools,
    folder: tempfile::TempDir,
}

impl TestWriter {
    pub(super) fn new() -> Self {
        Self::with_limits(GroupLimits { writes: usize::MAX, time: Duration::MAX })
    }

    pub(super) fn with_limits(limits: GroupLimits) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("test.sqlite");
        let options = PoolOptions { connections: 2, wait: Duration::from_secs(60) };
        let pools = Pools::open(path.to_str().unwrap(), &options, true).unwrap();
        let mut writer = SqliteWriter::new(pools.writer.clone(), pools.file.clone());
        writer.limits = limits;
        let writer = Self { writer, pools, folder };
        let tables = "CREATE TABLE numbers (n INTEGER PRIMARY KEY) STRICT;
            CREATE TABLE blobs (content BLOB) STRICT;
            CREATE TABLE children
                (n INTEGER REFERENCES numbers (n) DEFERRABLE INITIALLY DEFERRED) STRICT;";
        writer.write(|tx| run(tx, tables)).unwrap();
        writer
    }

    pub(super) fn write(
        &self,
        work: impl FnOnce(&mut Tx<'_>) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        self.write_unit(false, work)
    }

    fn write_unit(
        &self,
        alone: bool,
        work: impl FnOnce(&mut Tx<'_>) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        let write = || self.writer.write(None, alone, work).map_err(|failed| failed.error);
        catch_unwind(AssertUnwindSafe(write)).unwrap_or(Err(Failure::Panic))
    }

    pub(super) fn unit(
        &self,
        work: impl FnOnce(&mut Tx<'_>) -> Result<(), Failure> + Send + 'static,
    ) -> Unit {
        Unit { work: Box::new(work), alone: false, until: None }
    }

    /// Starts a write of the number 0 that keeps the turn until the returned sender is
    /// dropped, and then may fail.
    pub(super) fn close_gate<'s>(
        &'s self,
        scope: &'s Scope<'s, '_>,
        failure: Option<Failure>,
    ) -> Sender<()> {
        let (gate, opened) = channel::<()>();
        let (started, starts) = channel();
        scope.spawn(move || {
            let _ = self.write(|tx| {
                started.send(()).unwrap();
                let _ = opened.recv();
                insert(tx, 0)?;
                match failure {
                    None => Ok(()),
                    Some(Failure::Panic) => panic!("by intention"),
                    Some(failure) => Err(failure),
                }
            });
        });
        starts.recv().unwrap();
        gate
    }

    pub(super) fn wait_until_waiting(&self, writes: usize) {
        while self.writer.queue.waiting_writes() < writes {
            thread::yield_now();
        }
    }

    /// Runs writes in this order, after a write of the number 0.
    pub(super) fn run_group(&self, units: Vec<Unit>) -> Vec<Result<(), Failure>> {
        self.run_group_after(None, units)
    }

    pub(super) fn run_group_after(
        &self,
        failure: Option<Failure>,
        units: Vec<Unit>,
    ) -> Vec<Result<(), Failure>> {
        thread::scope(|scope| {
            let gate = self.close_gate(scope, failure);
            let mut threads = Vec::new();
            for Unit { work, alone, until } in units {
                threads.push(scope.spawn(move || match until {
                    Some(until) => with_deadline(until, || self.write_unit(alone, work)),
                    None => self.write_unit(alone, work),
                }));
                self.wait_until_waiting(threads.len());
            }
            drop(gate);
            threads.into_iter().map(|thread| thread.join().unwrap()).collect()
        })
    }

    /// What a reader sees.
    pub(super) fn rows(&self) -> Vec<i64> {
        select_rows(&mut self.pools.readers.get().unwrap())
    }

    /// The number of commits in the write-ahead log: of the frames with a size of the
    /// database (<https://www.sqlite.org/fileformat2.html#walformat>).
    pub(super) fn commits(&self) -> usize {
        let log = fs::read(self.folder.path().join("test.sqlite-wal")).unwrap();
        let number = |place: usize| u32::from_be_bytes(log[place..place + 4].try_into().unwrap());
        let frame = 24 + usize::try_from(number(8)).unwrap();
        let frames = (32..log.len()).step_by(frame);
        frames
            .filter(|place| log[place + 8..place + 16] == log[16..24] && number(place + 4) > 0)
            .count()
    }
}
