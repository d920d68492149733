//! Writes that are committed together.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::mpsc::{Receiver, Sender, channel},
    thread,
    time::{Duration, Instant},
};

use diesel::{
    connection::{AnsiTransactionManager, SimpleConnection, TransactionManager},
    r2d2::{ConnectionManager, Pool, PooledConnection},
};

use crate::store::{
    deadline,
    error::StoreError,
    sqlite::Conn,
    transaction::{TransactionError, attempt, begin, mark_if_broken},
    tx::{Tx, TxConnection},
};

const SAVEPOINT: &str = "SAVEPOINT write";
const RELEASE: &str = "RELEASE write";
const ROLL_BACK: &str = "ROLLBACK TO write; RELEASE write";

/// The limits of a group.
#[derive(Debug, Clone, Copy)]
pub(super) struct GroupLimits {
    /// The maximum number of writes that wait for one commit.
    pub(super) writes: usize,
    /// The time after its start in which writes can join a group.
    pub(super) time: Duration,
}

impl Default for GroupLimits {
    fn default() -> Self {
        Self { writes: 128, time: Duration::from_millis(20) }
    }
}

/// A transaction with the changes of one write or several, which wait for its commit.
/// Without a commit, it is rolled back on drop.
pub(super) struct Group {
    conn: PooledConnection<ConnectionManager<Conn>>,
    waiting: Vec<Sender<Result<(), StoreError>>>,
    limits: GroupLimits,
    begun: Instant,
    /// The earliest deadline of a write that has changed something.
    deadline: Option<Instant>,
}

/// The result of the work of a write, or its panic.
pub(super) type WorkResult<T, E> = thread::Result<Result<T, TransactionError<E>>>;

/// The result of the commit that a write waits for.
pub(super) struct PendingCommit(Receiver<Result<(), StoreError>>);

impl PendingCommit {
    /// Waits.
    ///
    /// # Errors
    /// That of the commit; [`StoreError::Contended`] if the group was rolled back for
    /// another reason, so that the write may run again.
    pub(super) fn wait(&self) -> Result<(), StoreError> {
        self.0.recv().unwrap_or_else(|_| {
            Err(StoreError::Contended("it was rolled back together with another write".into()))
        })
    }
}

impl Group {
    /// Begins a transaction with this SQL.
    pub(super) fn begin(
        pool: &Pool<ConnectionManager<Conn>>,
        sql: &str,
        limits: GroupLimits,
    ) -> Result<Self, StoreError> {
        let conn = begin(pool, sql, |why| StoreError::from_pool(why))?;
        Ok(Self { conn, waiting: Vec::new(), limits, begun: Instant::now(), deadline: None })
    }

    /// Runs a write. If it fails or panics, its changes are rolled back, and no others.
    ///
    /// The write then belongs to the group, also if it has failed: it may have read uncommitted
    /// changes. The group ends here, rolled back, if it has no other write, if the database
    /// can't be used, or if SQLite itself has rolled it back.
    pub(super) fn run<T, E: From<StoreError>>(
        mut self,
        work: impl FnOnce(&mut Tx<'_>) -> Result<T, E>,
    ) -> (WorkResult<T, E>, Option<(Self, PendingCommit)>) {
        let has_savepoint = !self.waiting.is_empty();
        let result = catch_unwind(AssertUnwindSafe(|| -> Result<T, TransactionError<E>> {
            self.execute_if(has_savepoint, SAVEPOINT).map_err(TransactionError::new)?;
            let value = attempt(TxConnection::Sqlite(&mut self.conn), work)?;
            self.execute_if(has_savepoint, RELEASE).map_err(TransactionError::new)?;
            Ok(value)
        }));
        let outage = match &result {
            Ok(Err(failed)) => failed.outage.as_ref(),
            Ok(Ok(_)) | Err(_) => None,
        };
        let is_changed = matches!(result, Ok(Ok(_)));
        let is_intact = is_changed
            || (has_savepoint && outage.is_none() && self.conn.batch_execute(ROLL_BACK).is_ok());
        if !is_intact {
            self.roll_back(outage);
            return (result, None);
        }
        let commit = self.join(is_changed);
        (result, Some((self, commit)))
    }

    fn execute_if(&mut self, is_needed: bool, sql: &str) -> Result<(), StoreError> {
        if is_needed { Ok(self.conn.batch_execute(sql)?) } else { Ok(()) }
    }

    fn join(&mut self, is_changed: bool) -> PendingCommit {
        let (sender, receiver) = channel();
        self.waiting.push(sender);
        if is_changed {
            self.deadline = self.deadline.into_iter().chain(deadline::current()).min();
        }
        PendingCommit(receiver)
    }

    /// Whether no other write may join.
    pub(super) fn is_full(&self) -> bool {
        self.waiting.len() >= self.limits.writes || self.begun.elapsed() >= self.limits.time
    }

    /// Commits, and notifies each write. After the deadline of one, rolls back instead: its
    /// caller already got the response that nothing was changed.
    pub(super) fn commit(mut self) {
        if self.deadline.is_some_and(|until| Instant::now() >= until) {
            return self.roll_back(None);
        }
        let committed = AnsiTransactionManager::commit_transaction(&mut *self.conn);
        let result = committed.map_err(StoreError::from);
        mark_if_broken(&mut *self.conn, result.as_ref().err());
        for write in self.waiting {
            // A write that panicked does not wait.
            let _ = write.send(result.clone());
        }
    }

    /// Rolls back. The waiting writes notice that their channel was closed.
    fn roll_back(mut self, outage: Option<&StoreError>) {
        // If this fails, the connection is broken, and the pool drops it.
        let _ = AnsiTransactionManager::rollback_transaction(&mut *self.conn);
        mark_if_broken(&mut *self.conn, outage);
    }
}
