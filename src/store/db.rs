//! The database handle: opening, reads and writes.

use std::{fmt, sync::Arc, time::Duration};

use super::{
    account_slots::AccountSlots,
    address::{self, DatabaseAddress},
    deadline,
    error::StoreError,
    migrations::{self, MigrationReport},
    outage::{Operation, Outages},
    pool_options::PoolOptions,
    postgres,
    readiness::Readiness,
    sqlite,
    transaction::{TransactionError, begin, query, transact},
    tx::{Tx, TxConnection},
};
use crate::domain::id::AccountId;

/// The maximum number of tries of a transaction that fails to serialize.
const MAX_TRIES: u32 = 5;

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
    Sqlite(sqlite::Pools, Arc<AccountSlots>),
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
                // One writes at a time, and one waits for it: of an account, no
                // more, so that the accounts take turns.
                let total = usize::try_from(options.connections.max(1)).unwrap_or(1);
                let slots = AccountSlots::new(2, total, options.wait);
                (Backend::Sqlite(pools, Arc::new(slots)), readiness)
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
            Backend::Sqlite(pools, _) => Some(pools.writer.connection_timeout() / 2),
            Backend::Postgres(_) => None,
        }
    }

    /// Brings the tables up to date, all or nothing. Several replicas may do it
    /// at once.
    ///
    /// # Errors
    /// [`StoreError::Newer`] if a newer version of this program was here,
    /// [`StoreError::Migration`] if a migration failed.
    pub fn migrate(&self) -> Result<MigrationReport, StoreError> {
        self.try_once(None, TransactionMode::Write, |tx| {
            let applied = match &mut tx.conn {
                TxConnection::Sqlite(conn) => migrations::run(*conn, migrations::SQLITE)?,
                TxConnection::Postgres(conn) => {
                    use diesel::connection::SimpleConnection;
                    conn.batch_execute(postgres::MIGRATION_LOCK)?;
                    conn.batch_execute(postgres::NO_STATEMENT_LIMIT)?;
                    migrations::run(*conn, migrations::POSTGRES)?
                }
            };
            let notes = migrations::fill_keys(tx, &applied)?;
            Ok::<_, StoreError>(MigrationReport { applied, notes })
        })
        .map_err(|failed| failed.error)
    }

    /// The names of the migrations that [`Db::migrate`] would run. Writes
    /// nothing.
    ///
    /// # Errors
    /// As [`Db::migrate`].
    pub fn pending_migrations(&self) -> Result<Vec<String>, StoreError> {
        Ok(self.migrations()?.pending)
    }

    /// Whether no migration was run on the database yet.
    ///
    /// # Errors
    /// As [`Db::migrate`].
    pub fn is_empty(&self) -> Result<bool, StoreError> {
        Ok(self.migrations()?.applied == 0)
    }

    fn migrations(&self) -> Result<migrations::MigrationProgress, StoreError> {
        self.try_once(None, TransactionMode::Read, |tx| match &mut tx.conn {
            TxConnection::Sqlite(conn) => migrations::progress_of_sqlite(conn),
            TxConnection::Postgres(conn) => {
                use diesel::connection::SimpleConnection;
                // Waits for another replica that migrates.
                conn.batch_execute(postgres::MIGRATION_LOCK)?;
                migrations::progress_of_postgres(conn)
            }
        })
        .map_err(|failed| failed.error)
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
        self.write_in(None, work)
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
        self.write_in(Some(account), work)
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
        mut work: impl FnMut(&mut Tx<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        let mut work = |tx: &mut Tx<'_>| match work(tx) {
            Ok(_) if self.is_rehearsal => Err(StoreError::Rehearsed.into()),
            result => result,
        };
        for _ in 1..MAX_TRIES {
            match self.try_once(account, TransactionMode::Write, &mut work) {
                Err(TransactionError { is_retryable: true, .. }) => {}
                result => return result.map_err(|failed| failed.error),
            }
        }
        self.try_once(account, TransactionMode::Write, work).map_err(|failed| failed.error)
    }

    fn try_once<T, E: From<StoreError>>(
        &self,
        account: Option<AccountId>,
        mode: TransactionMode,
        work: impl FnOnce(&mut Tx<'_>) -> Result<T, E>,
    ) -> Result<T, TransactionError<E>> {
        let attempted = match mode {
            TransactionMode::Read => Operation::Read,
            TransactionMode::Write => Operation::Write,
        };
        let slots = match &self.kind {
            Backend::Sqlite(_, slots) => Arc::clone(slots),
            Backend::Postgres(database) => database.connections().slots,
        };
        let result = deadline::check().map_err(TransactionError::new).and_then(|()| {
            let _slot = match mode {
                TransactionMode::Read => None,
                TransactionMode::Write => {
                    let entered = slots.acquire(account.map(AccountId::as_uuid));
                    Some(entered.map_err(TransactionError::new)?)
                }
            };
            self.run(mode, work)
        });
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
        mode: TransactionMode,
        work: impl FnOnce(&mut Tx<'_>) -> Result<T, E>,
    ) -> Result<T, TransactionError<E>> {
        match &self.kind {
            Backend::Sqlite(pools, _) => {
                pools.file.check().map_err(TransactionError::new)?;
                if matches!(mode, TransactionMode::Write) {
                    pools.file.check_writable().map_err(TransactionError::new)?;
                }
                let (pool, sql) = match mode {
                    TransactionMode::Read => (&pools.readers, sqlite::READ),
                    TransactionMode::Write => (&pools.writer, sqlite::WRITE),
                };
                let busy = |why: &dyn fmt::Display| match (mode, pool.state().connections) {
                    // The only connection exists, so another request is writing.
                    (TransactionMode::Write, 1) => StoreError::Locked(why.to_string()),
                    _ => StoreError::from_pool(why),
                };
                let mut conn = begin(pool, sql, busy).map_err(TransactionError::new)?;
                transact(&mut *conn, |conn| TxConnection::Sqlite(conn), work)
            }
            Backend::Postgres(database) => {
                let sql = match mode {
                    TransactionMode::Read => postgres::READ,
                    TransactionMode::Write => postgres::WRITE,
                };
                let busy = |why: &dyn fmt::Display| database.unavailable(why);
                let mut conn = begin(&database.connections().pool, sql, busy)
                    .map_err(TransactionError::new)?;
                transact(&mut *conn, |conn| TxConnection::Postgres(conn), work)
            }
        }
    }
}

#[derive(Clone, Copy)]
enum TransactionMode {
    Read,
    Write,
}
