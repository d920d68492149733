//! The database handle: opening, reads and writes.

use std::{fmt, sync::Arc, time::Duration};

use super::{
    account_slots::AccountSlots,
    address::{self, DatabaseAddress},
    deadline,
    error::StoreError,
    migrations::{self, MigrationReport},
    outage::{Attempted, Outages},
    pool_options::PoolOptions,
    postgres,
    readiness::Readiness,
    sqlite,
    transaction::{Failed, ask, begin, transact},
    tx::{Inner, Tx},
};
use crate::domain::id::AccountId;

/// The maximum number of tries of a transaction that fails to serialize.
const TRIES: u32 = 5;

/// A database. Clones are the same one. Its calls block.
#[derive(Clone)]
pub struct Db {
    kind: Kind,
    outages: Arc<Outages>,
    readiness: Readiness,
}

#[derive(Clone)]
enum Kind {
    Sqlite(sqlite::Pools, Arc<AccountSlots>),
    Postgres(postgres::Database),
}

impl fmt::Debug for Db {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.kind {
            Kind::Sqlite(..) => "Db(SQLite)",
            Kind::Postgres(_) => "Db(PostgreSQL)",
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
    /// may be; [`StoreError::Rejected`] if it refuses us. None repeats a
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
            address::Kind::Sqlite(path) => {
                let pools = sqlite::Pools::open(path, options, create)?;
                let readiness = Readiness::of_sqlite(Arc::clone(&pools.file), &outages);
                // One writes at a time, and one waits for it: of an account, no
                // more, so that the accounts take turns.
                let total = usize::try_from(options.connections.max(1)).unwrap_or(1);
                let slots = AccountSlots::new(2, total, options.wait);
                (Kind::Sqlite(pools, Arc::new(slots)), readiness)
            }
            address::Kind::Postgres(address) => {
                let database = postgres::Database::open(address, options)?;
                (Kind::Postgres(database), Readiness::of_postgres(address, &outages))
            }
        };
        Ok(Self { kind, outages, readiness })
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
            Kind::Sqlite(pools, _) => sqlite::quick_check(pools.file.path()),
            Kind::Postgres(_) => Ok(()),
        }
    }

    /// Whether this process may write a SQLite file and its folder. Writes nothing.
    /// On PostgreSQL, asks nothing.
    ///
    /// # Errors
    /// [`StoreError::ReadOnly`] if it may not.
    pub fn check_writable(&self) -> Result<(), StoreError> {
        match &self.kind {
            Kind::Sqlite(pools, _) => pools.file.check_writable(),
            Kind::Postgres(_) => Ok(()),
        }
    }

    /// Whether the database is embedded in this process, so that nobody else
    /// works on it.
    #[must_use]
    pub fn is_embedded(&self) -> bool {
        matches!(self.kind, Kind::Sqlite(..))
    }

    /// How long one transaction may keep the only writer, so that others who wait
    /// for it have their turn in time. `None` where several write at once.
    #[must_use]
    pub fn writer_limit(&self) -> Option<Duration> {
        match &self.kind {
            Kind::Sqlite(pools, _) => Some(pools.writer.connection_timeout() / 2),
            Kind::Postgres(_) => None,
        }
    }

    /// Brings the tables up to date, all or nothing. Several replicas may do it
    /// at once.
    ///
    /// # Errors
    /// [`StoreError::Newer`] if a newer version of this program was here,
    /// [`StoreError::Migration`] if a migration failed.
    pub fn migrate(&self) -> Result<MigrationReport, StoreError> {
        self.once(None, Mode::Write, |tx| {
            let applied = match &mut tx.conn {
                Inner::Sqlite(conn) => migrations::run(*conn, migrations::SQLITE)?,
                Inner::Postgres(conn) => {
                    use diesel::connection::SimpleConnection;
                    conn.batch_execute(postgres::MIGRATION_LOCK)?;
                    conn.batch_execute(postgres::NO_STATEMENT_LIMIT)?;
                    migrations::run(*conn, migrations::POSTGRES)?
                }
            };
            let mut notes = match migrations::change_keys(&applied) {
                true => tx.recompute_comparison_keys()?,
                false => Vec::new(),
            };
            if migrations::add_connection_keys(&applied) {
                notes.extend(tx.fill_connection_keys()?.iter().map(ToString::to_string));
            }
            if migrations::add_scim_clients(&applied) {
                notes.extend(tx.fill_scim_client_keys()?);
            }
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

    fn migrations(&self) -> Result<migrations::Progress, StoreError> {
        self.once(None, Mode::Read, |tx| match &mut tx.conn {
            Inner::Sqlite(conn) => migrations::progress_of_sqlite(conn),
            Inner::Postgres(conn) => {
                use diesel::connection::SimpleConnection;
                // Waits for another replica that migrates.
                conn.batch_execute(postgres::MIGRATION_LOCK)?;
                migrations::progress_of_postgres(conn)
            }
        })
        .map_err(|failed| failed.error)
    }

    /// Reads: `work` sees one state of everything, whatever is written
    /// meanwhile. Writing fails.
    ///
    /// # Errors
    /// Those of `work`, and [`StoreError::Unavailable`].
    pub fn read<T, E: From<StoreError>>(
        &self,
        work: impl FnOnce(&mut Tx<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        self.once(None, Mode::Read, work).map_err(|failed| failed.error)
    }

    /// Reads by one statement, which sees one state of everything by itself: for
    /// what each request asks, and a transaction would cost more than. `work`
    /// is called again if the connection turns out to be dead.
    ///
    /// # Errors
    /// Those of `work`, and [`StoreError::Unavailable`].
    pub(crate) fn ask<T, E: From<StoreError>>(
        &self,
        work: impl FnMut(&mut Tx<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        let ended = match &self.kind {
            Kind::Sqlite(pools, _) => {
                let unavailable = |why: &dyn fmt::Display| StoreError::of_pool(why);
                match pools.file.check() {
                    Ok(()) => ask(&pools.readers, unavailable, |conn| Inner::Sqlite(conn), work),
                    Err(error) => Err(Failed::of(error)),
                }
            }
            Kind::Postgres(database) => {
                let unavailable = |why: &dyn fmt::Display| database.unavailable(why);
                ask(&database.connections().pool, unavailable, |conn| Inner::Postgres(conn), work)
            }
        };
        self.noted(Attempted::Read, ended).map_err(|failed| failed.error)
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

    fn write_in<T, E: From<StoreError>>(
        &self,
        account: Option<AccountId>,
        mut work: impl FnMut(&mut Tx<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        for _ in 1..TRIES {
            match self.once(account, Mode::Write, &mut work) {
                Err(Failed { again: true, .. }) => {}
                ended => return ended.map_err(|failed| failed.error),
            }
        }
        self.once(account, Mode::Write, work).map_err(|failed| failed.error)
    }

    fn once<T, E: From<StoreError>>(
        &self,
        account: Option<AccountId>,
        mode: Mode,
        work: impl FnOnce(&mut Tx<'_>) -> Result<T, E>,
    ) -> Result<T, Failed<E>> {
        let attempted = match mode {
            Mode::Read => Attempted::Read,
            Mode::Write => Attempted::Write,
        };
        let slots = match &self.kind {
            Kind::Sqlite(_, slots) => Arc::clone(slots),
            Kind::Postgres(database) => database.connections().slots,
        };
        let ended = deadline::check().map_err(Failed::of).and_then(|()| {
            let _slot = match mode {
                Mode::Read => None,
                Mode::Write => {
                    let entered = slots.enter(account.map(AccountId::as_uuid));
                    Some(entered.map_err(Failed::of)?)
                }
            };
            self.attempt(mode, work)
        });
        self.noted(attempted, ended)
    }

    /// Records whether the database is available.
    fn noted<T, E>(
        &self,
        attempted: Attempted,
        ended: Result<T, Failed<E>>,
    ) -> Result<T, Failed<E>> {
        match &ended {
            Ok(_) => self.outages.note(attempted, None),
            Err(Failed { outage: Some(error), .. }) => self.outages.note(attempted, Some(error)),
            Err(Failed { outage: None, .. }) => {}
        }
        ended
    }

    fn attempt<T, E: From<StoreError>>(
        &self,
        mode: Mode,
        work: impl FnOnce(&mut Tx<'_>) -> Result<T, E>,
    ) -> Result<T, Failed<E>> {
        match &self.kind {
            Kind::Sqlite(pools, _) => {
                pools.file.check().map_err(Failed::of)?;
                if matches!(mode, Mode::Write) {
                    pools.file.check_writable().map_err(Failed::of)?;
                }
                let (pool, sql) = match mode {
                    Mode::Read => (&pools.readers, sqlite::READ),
                    Mode::Write => (&pools.writer, sqlite::WRITE),
                };
                let busy = |why: &dyn fmt::Display| match (mode, pool.state().connections) {
                    // It is there, so somebody writes.
                    (Mode::Write, 1) => StoreError::Locked(why.to_string()),
                    _ => StoreError::of_pool(why),
                };
                let mut conn = begin(pool, sql, busy).map_err(Failed::of)?;
                transact(&mut *conn, |conn| Inner::Sqlite(conn), work)
            }
            Kind::Postgres(database) => {
                let sql = match mode {
                    Mode::Read => postgres::READ,
                    Mode::Write => postgres::WRITE,
                };
                let busy = |why: &dyn fmt::Display| database.unavailable(why);
                let mut conn =
                    begin(&database.connections().pool, sql, busy).map_err(Failed::of)?;
                transact(&mut *conn, |conn| Inner::Postgres(conn), work)
            }
        }
    }
}

#[derive(Clone, Copy)]
enum Mode {
    Read,
    Write,
}
