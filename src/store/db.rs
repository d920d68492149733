//! The database handle: opening, reads and writes.

use std::{fmt, sync::Arc, time::Duration};

use uuid::Uuid;

use super::{
    address::{self, DatabaseAddress},
    deadline,
    error::StoreError,
    outage::{Operation, Outages},
    pool_options::PoolOptions,
    postgres,
    readiness::Readiness,
    sqlite,
    sqlite_writer::SqliteWriter,
    transaction::{TransactionError, begin, query, statement, transact},
    tx::{Tx, TxConnection},
};
use crate::domain::id::AccountId;

/// The maximum number of tries of a transaction that fails to serialize.
const MAX_TRIES: u32 = 5;

/// How long the locks of one statement may have to be waited for: a write of one statement
/// that has less time is done in a transaction.
const MAX_STATEMENT_WAIT: Duration = Duration::from_secs(11);

/// A database. Clones are the same one. Its calls block.
#[derive(Clone)]
pub struct Db {
    kind: Backend,
    outages: Arc<Outages>,
    readiness: Readiness,
    /// Whether writes are rolled back.
    is_rehearsal: bool,
}

#[derive(Clone)]
enum Backend {
    Sqlite(sqlite::Pools, Arc<SqliteWriter>),
    Postgres(postgres::PostgresDatabase),
}

impl fmt::Debug for Db {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.kind {
            Backend::Sqlite(..) => "Db(SQLite)",
            Backend::Postgres(_) => "Db(PostgreSQL)",
        })
    }
}

impl Db {
    /// Opens a database by its [address](DatabaseAddress). A SQLite file is
    /// created if it does not exist; its folder is not. The tables are not
    /// touched: see [`Db::migrate`].
    ///
    /// # Errors
    /// [`StoreError::Address`] if the address can't be used;
    /// [`StoreError::Unavailable`] if the database can't be reached, and later
    /// may be; [`StoreError::Rejected`] if it rejects us. None repeats a
    /// password.
    pub fn open(address: &str, options: &PoolOptions) -> Result<Self, StoreError> {
        Self::open_address(&DatabaseAddress::parse(address)?, options, true)
    }

    /// Opens a database that exists: as [`Db::open`], but creates no file.
    ///
    /// # Errors
    /// As [`Db::open`], and [`StoreError::Missing`] if there is no file.
    pub fn open_existing(address: &str, options: &PoolOptions) -> Result<Self, StoreError> {
        Self::open_address(&DatabaseAddress::parse(address)?, options, false)
    }

    fn open_address(
        address: &DatabaseAddress,
        options: &PoolOptions,
        create: bool,
    ) -> Result<Self, StoreError> {
        let outages = Arc::new(Outages::default());
        let (kind, readiness) = match address.kind() {
            address::AddressKind::Sqlite(path) => {
                let pools = sqlite::Pools::open(path, options, create)?;
                let readiness = Readiness::for_sqlite(Arc::clone(&pools.file), &outages);
                let writer = SqliteWriter::new(pools.writer.clone(), Arc::clone(&pools.file));
                (Backend::Sqlite(pools, Arc::new(writer)), readiness)
            }
            address::AddressKind::Postgres(address) => {
                let database = postgres::PostgresDatabase::open(address, options)?;
                (Backend::Postgres(database), Readiness::for_postgres(address, &outages))
            }
        };
        Ok(Self { kind, outages, readiness, is_rehearsal: false })
    }

    /// Whether a login could be written, as checked within the last second. `None`
    /// while the check is running. Does not block, and needs no connection of the
    /// pool.
    #[must_use]
    pub fn readiness(&self) -> Option<Result<(), StoreError>> {
        self.readiness.poll()
    }

    /// Looks for damage in a SQLite file (`PRAGMA quick_check`). On PostgreSQL,
    /// does nothing: that is for its own tools.
    ///
    /// # Errors
    /// [`StoreError::Damaged`] with the first findings.
    pub fn check_integrity(&self) -> Result<(), StoreError> {
        match &self.kind {
            Backend::Sqlite(pools, _) => sqlite::quick_check(pools.file.path()),
            Backend::Postgres(_) => Ok(()),
        }
    }

    /// Whether this process may write a SQLite file and its folder. Writes nothing.
    /// On PostgreSQL, asks nothing.
    ///
    /// # Errors
    /// [`StoreError::ReadOnly`] if it may not.
    pub fn check_writable(&self) -> Result<(), StoreError> {
        match &self.kind {
            Backend::Sqlite(pools, _) => pools.file.check_writable(),
            Backend::Postgres(_) => Ok(()),
        }
    }

    /// Whether the database is embedded in this process, so that no other process
    /// works on it.
    #[must_use]
    pub fn is_embedded(&self) -> bool {
        matches!(self.kind, Backend::Sqlite(..))
    }

    /// How long one transaction may keep the only writer, so that others who wait
    /// for it have their turn in time. `None` where several write at once.
    #[must_use]
    pub fn writer_limit(&self) -> Option<Duration> {
        match &self.kind {
            Backend::Sqlite(_, writer) => Some(writer.wait() / 2),
            Backend::Postgres(_) => None,
        }
    }

    /// Runs a read transaction. `work` sees one snapshot, independent of concurrent
    /// writes. A write in it fails.
    ///
    /// # Errors
    /// Those of `work`, and [`StoreError::Unavailable`].
    pub fn read<T, E: From<StoreError>>(
        &self,
        work: impl FnOnce(&mut Tx<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        self.try_once(None, TransactionMode::Read, work).map_err(|failed| failed.error)
    }

    /// Reads by one statement, which sees one state of everything by itself: for
    /// what each request asks, and a transaction would cost more than. `work`
    /// is called again if the connection turns out to be dead.
    ///
    /// # Errors
    /// Those of `work`, and [`StoreError::Unavailable`].
    pub(crate) fn query<T, E: From<StoreError>>(
        &self,
        work: impl FnMut(&mut Tx<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        let result = match &self.kind {
            Backend::Sqlite(pools, _) => {
                let unavailable = |why: &dyn fmt::Display| StoreError::from_pool(why);
                match pools.file.check() {
                    Ok(()) => {
                        query(&pools.readers, unavailable, |conn| TxConnection::Sqlite(conn), work)
                    }
                    Err(error) => Err(TransactionError::new(error)),
                }
            }
            Backend::Postgres(database) => {
                let unavailable = |why: &dyn fmt::Display| database.unavailable(why);
                query(
                    &database.connections().pool,
                    unavailable,
                    |conn| TxConnection::Postgres(conn),
                    work,
                )
            }
        };
        self.record_outage(Operation::Read, result).map_err(|failed| failed.error)
    }

    /// Writes: all of `work` or, if it fails, nothing. When this returns, the
    /// write is durable. `work` is called again, from the beginning, if the
    /// database could not order the transaction among others: what it changes
    /// outside of the database must bear that.
    ///
    /// # Errors
    /// Those of `work`, [`StoreError::Unavailable`], and
    /// [`StoreError::Locked`] if a lock could not be acquired in time. If a call
    /// on [`Tx`] failed and `work` went on regardless, [`StoreError::Aborted`].
    pub fn write<T, E: From<StoreError>>(
        &self,
        work: impl FnMut(&mut Tx<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        self.write_in(None, TransactionMode::Write, work)
    }

    /// Writes as [`Db::write`] does, beside a bounded number of other writes of
    /// the same account: those that wait for a lock leave connections to other
    /// accounts.
    ///
    /// # Errors
    /// As [`Db::write`]; [`StoreError::Locked`] also if too many writes of the
    /// account wait.
    pub fn write_for<T, E: From<StoreError>>(
        &self,
        account: AccountId,
        work: impl FnMut(&mut Tx<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        self.write_in(Some(account), TransactionMode::Write, work)
    }

    /// Writes as [`Db::write_for`] does, by one query of [`Tx`] that is one statement on
    /// PostgreSQL. There it is a transaction by itself, in one round trip.
    ///
    /// # Errors
    /// As [`Db::write_for`].
    pub fn write_statement_for<T, E: From<StoreError>>(
        &self,
        account: AccountId,
        work: impl FnMut(&mut Tx<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        // A statement can't be taken back at the deadline, as a transaction can.
        let mode = match self.is_rehearsal || !deadline::leaves(MAX_STATEMENT_WAIT) {
            true => TransactionMode::Write,
            false => TransactionMode::WriteStatement,
        };
        self.write_in(Some(account), mode, work)
    }

    /// Writes as [`Db::write_for`] does, for work that may take long. On SQLite, no other
    /// write waits for its commit in the same transaction.
    ///
    /// # Errors
    /// As [`Db::write_for`].
    pub fn write_long_for<T, E: From<StoreError>>(
        &self,
        account: AccountId,
        work: impl FnMut(&mut Tx<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        self.write_in(Some(account), TransactionMode::LongWrite, work)
    }

    /// The same database, whose writes are rolled back: each that would succeed fails
    /// with [`StoreError::Rehearsed`].
    #[must_use]
    pub fn into_rehearsal(self) -> Self {
        Self { is_rehearsal: true, ..self }
    }

    fn write_in<T, E: From<StoreError>>(
        &self,
        account: Option<AccountId>,
        mode: TransactionMode,
        mut work: impl FnMut(&mut Tx<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        let mut work = |tx: &mut Tx<'_>| match work(tx) {
            Ok(_) if self.is_rehearsal => Err(StoreError::Rehearsed.into()),
            result => result,
        };
        for _ in 1..MAX_TRIES {
            match self.try_once(account, mode, &mut work) {
                Err(TransactionError { is_retryable: true, .. }) => {}
                result => return result.map_err(|failed| failed.error),
            }
        }
        self.try_once(account, mode, work).map_err(|failed| failed.error)
    }

    pub(super) fn try_once<T, E: From<StoreError>>(
        &self,
        account: Option<AccountId>,
        mode: TransactionMode,
        work: impl FnOnce(&mut Tx<'_>) -> Result<T, E>,
    ) -> Result<T, TransactionError<E>> {
        let attempted = match mode {
            TransactionMode::Read => Operation::Read,
            TransactionMode::Write
            | TransactionMode::WriteStatement
            | TransactionMode::LongWrite => Operation::Write,
        };
        let account = account.map(AccountId::as_uuid);
        let result = deadline::check()
            .map_err(TransactionError::new)
            .and_then(|()| self.run(account, mode, work));
        self.record_outage(attempted, result)
    }

    /// Records whether the database is available.
    fn record_outage<T, E>(
        &self,
        attempted: Operation,
        result: Result<T, TransactionError<E>>,
    ) -> Result<T, TransactionError<E>> {
        match &result {
            Ok(_) => self.outages.record(attempted, None),
            Err(TransactionError { outage: Some(error), .. }) => {
                self.outages.record(attempted, Some(error))
            }
            Err(TransactionError { outage: None, .. }) => {}
        }
        result
    }

    fn run<T, E: From<StoreError>>(
        &self,
        account: Option<Uuid>,
        mode: TransactionMode,
        work: impl FnOnce(&mut Tx<'_>) -> Result<T, E>,
    ) -> Result<T, TransactionError<E>> {
        match (&self.kind, mode) {
            (Backend::Sqlite(pools, _), TransactionMode::Read) => {
                pools.file.check().map_err(TransactionError::new)?;
                let busy = |why: &dyn fmt::Display| StoreError::from_pool(why);
                let conn = begin(&pools.readers, sqlite::READ, busy);
                let mut conn = conn.map_err(TransactionError::new)?;
                transact(&mut *conn, |conn| TxConnection::Sqlite(conn), work)
            }
            (
                Backend::Sqlite(_, writer),
                TransactionMode::Write | TransactionMode::WriteStatement,
            ) => writer.write(account, false, work),
            (Backend::Sqlite(_, writer), TransactionMode::LongWrite) => {
                writer.write(account, true, work)
            }
            (Backend::Postgres(database), mode) => run_on_postgres(database, account, mode, work),
        }
    }
}

fn run_on_postgres<T, E: From<StoreError>>(
    database: &postgres::PostgresDatabase,
    account: Option<Uuid>,
    mode: TransactionMode,
    work: impl FnOnce(&mut Tx<'_>) -> Result<T, E>,
) -> Result<T, TransactionError<E>> {
    let connections = database.connections();
    let (sql, _slot) = match mode {
        TransactionMode::Read => (postgres::READ, None),
        TransactionMode::Write | TransactionMode::WriteStatement | TransactionMode::LongWrite => {
            let slot = connections.slots.acquire(account).map_err(TransactionError::new)?;
            (postgres::WRITE, Some(slot))
        }
    };
    let busy = |why: &dyn fmt::Display| database.unavailable(why);
    let pool = &connections.pool;
    if let TransactionMode::WriteStatement = mode {
        return statement(pool, busy, |conn| TxConnection::Postgres(conn), work);
    }
    let conn = begin(pool, sql, busy);
    let mut conn = conn.map_err(TransactionError::new)?;
    transact(&mut *conn, |conn| TxConnection::Postgres(conn), work)
}

#[derive(Clone, Copy)]
pub(super) enum TransactionMode {
    Read,
    Write,
    /// As `Write`, for one query, which is one statement on PostgreSQL.
    WriteStatement,
    /// As `Write`, for work that may take long.
    LongWrite,
}
