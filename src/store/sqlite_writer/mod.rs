//! The writer of a SQLite file: writes that wait at the same time are committed together.
//!
//! SQLite has one writer, and a commit waits for the disk. So the writes queue up, and the one
//! whose turn it is gets the only writing connection, with an open transaction: the *group*.
//! Each write runs on its own thread, in a savepoint. It hands the connection to the next one,
//! and waits. The last one commits for all of them. No write waits for others to arrive: a
//! group has the writes that arrived while the previous ones ran or were committed.
//!
//! The connection goes to the writes, not the writes to a thread of the writer, because the
//! closures borrow from their requests.

mod group;
mod queue;
mod waiting;

#[cfg(test)]
mod tests;

use std::{panic::resume_unwind, sync::Arc, time::Duration};

use diesel::r2d2::{ConnectionManager, Pool};
use uuid::Uuid;

use self::{
    group::{Group, GroupLimits},
    queue::WriteQueue,
};
use super::{
    deadline,
    error::StoreError,
    sqlite::{Conn, LONG_WRITE, WRITE},
    sqlite_file::OpenedFile,
    transaction::TransactionError,
    tx::Tx,
};

/// The writer of a file.
pub(super) struct SqliteWriter {
    /// The only connection.
    pool: Pool<ConnectionManager<Conn>>,
    file: Arc<OpenedFile>,
    queue: WriteQueue,
    limits: GroupLimits,
}

impl SqliteWriter {
    /// Writes by the only connection of a pool.
    pub(super) fn new(pool: Pool<ConnectionManager<Conn>>, file: Arc<OpenedFile>) -> Self {
        Self { pool, file, queue: WriteQueue::default(), limits: GroupLimits::default() }
    }

    /// How long a write waits for its turn.
    pub(super) fn wait(&self) -> Duration {
        self.pool.connection_timeout()
    }

    /// Runs a write when its turn has come, and returns when it is durable. One that is
    /// `alone` shares its transaction with no others, which would wait for it.
    ///
    /// # Errors
    /// Those of `work` and of the commit. [`StoreError::Locked`] if its turn does not come in
    /// time, or if too many wait. Retryable if the group was rolled back because of another
    /// write.
    pub(super) fn write<T, E: From<StoreError>>(
        &self,
        account: Option<Uuid>,
        alone: bool,
        work: impl FnOnce(&mut Tx<'_>) -> Result<T, E>,
    ) -> Result<T, TransactionError<E>> {
        let turn = self.queue.wait_for_turn(account, self.wait());
        let mut turn = turn.map_err(TransactionError::new)?;
        deadline::check().map_err(TransactionError::without_outage)?;
        if alone {
            turn.begin_exclusive_group();
        }
        let group = match turn.group.take() {
            Some(group) => group,
            None => self.begin_group(alone).map_err(TransactionError::new)?,
        };
        let (result, joined) = group.run(work);
        let commit = joined.map(|(group, commit)| {
            turn.group = Some(group);
            commit
        });
        drop(turn);
        let result = result.unwrap_or_else(|panic| resume_unwind(panic));
        match commit.map_or(Ok(()), |commit| commit.wait()) {
            Ok(()) => result,
            Err(error) => Err(TransactionError::new(error)),
        }
    }

    fn begin_group(&self, alone: bool) -> Result<Group, StoreError> {
        self.file.check()?;
        self.file.check_writable()?;
        let sql = if alone { LONG_WRITE } else { WRITE };
        Group::begin(&self.pool, sql, self.limits)
    }
}
