//! Opening a database, and what every transaction goes through.

use std::{fmt, time::Duration};

use diesel::{
    connection::{AnsiTransactionManager, Connection, TransactionManager},
    r2d2::{ConnectionManager, Pool, PooledConnection, R2D2Connection},
};

use super::{
    error::StoreError,
    migrations::{self, MigrationReport},
    postgres, sqlite,
    tx::{Inner, Tx},
};

/// How often a transaction is tried that the database could not order among
/// others.
const TRIES: u32 = 5;

/// How connections are shared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PoolOptions {
    /// How many connections at most. On SQLite these read; one more writes.
    pub connections: u32,
    /// How long to wait for one to come free; and for what others hold: as
    /// long on SQLite, twice as long on PostgreSQL.
    pub wait: Duration,
}

impl Default for PoolOptions {
    fn default() -> Self {
        Self { connections: 8, wait: Duration::from_secs(5) }
    }
}

/// A database. Clones are the same one. Its calls block.
#[derive(Clone)]
pub struct Db(Kind);

#[derive(Clone)]
enum Kind {
    Sqlite(sqlite::Pools),
    Postgres(postgres::Database),
}

impl fmt::Debug for Db {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.0 {
            Kind::Sqlite(_) => "Db(SQLite)",
            Kind::Postgres(_) => "Db(PostgreSQL)",
        })
    }
}

impl Db {
    /// Opens a database: `sqlite:PATH` or a path that begins with `/` or `.`
    /// (the file is made if it is not there, its folder is not), or
    /// `postgres://…`, as libpq reads it (`?host=/folder` or `%2Ffolder` as the
    /// host for a Unix socket). The tables are not touched: see
    /// [`Db::migrate`].
    ///
    /// # Errors
    /// [`StoreError::Address`] for anything else, so that a mistyped address
    /// does not become a file; [`StoreError::Unavailable`] if the database
    /// can't be reached. Neither repeats a password.
    pub fn open(address: &str, options: &PoolOptions) -> Result<Self, StoreError> {
        if address.contains('\0') {
            return Err(StoreError::Address("it holds NUL"));
        }
        if address.starts_with("postgres://") || address.starts_with("postgresql://") {
            return Ok(Self(Kind::Postgres(postgres::Database::open(address, options)?)));
        }
        let path = match address.strip_prefix("sqlite:") {
            Some(path) => path.strip_prefix("//").unwrap_or(path),
            None if address.starts_with(['/', '.']) => address,
            None => {
                return Err(StoreError::Address(
                    "it begins with none of sqlite:, postgres://, postgresql://, / and .",
                ));
            }
        };
        match path {
            "" => Err(StoreError::Address("sqlite: is followed by no path")),
            ":memory:" => Err(StoreError::Address("a database in memory can't be shared")),
            path => Ok(Self(Kind::Sqlite(sqlite::Pools::open(path, options)?))),
        }
    }

    /// Whether the database is embedded in this process, so that nobody else
    /// works on it.
    #[must_use]
    pub fn is_embedded(&self) -> bool {
        matches!(self.0, Kind::Sqlite(_))
    }

    /// Brings the tables up to date, all or nothing. Several replicas may do it
    /// at once.
    ///
    /// # Errors
    /// [`StoreError::Newer`] if a newer version of this program was here,
    /// [`StoreError::Migration`] if a migration failed.
    pub fn migrate(&self) -> Result<MigrationReport, StoreError> {
        self.once(Mode::Write, |tx| {
            let applied = match &mut tx.conn {
                Inner::Sqlite(conn) => migrations::run(*conn, migrations::SQLITE)?,
                Inner::Postgres(conn) => {
                    use diesel::connection::SimpleConnection;
                    conn.batch_execute(postgres::MIGRATION_LOCK)?;
                    migrations::run(*conn, migrations::POSTGRES)?
                }
            };
            let notes = match migrations::change_keys(&applied) {
                true => tx.recompute_comparison_keys()?,
                false => Vec::new(),
            };
            Ok::<_, StoreError>(MigrationReport { applied, notes })
        })
        .map_err(|failed| failed.error)
    }

    /// The names of the migrations that [`Db::migrate`] would run.
    ///
    /// # Errors
    /// As [`Db::migrate`].
    pub fn pending_migrations(&self) -> Result<Vec<String>, StoreError> {
        self.once(Mode::Write, |tx| match &mut tx.conn {
            Inner::Sqlite(conn) => migrations::pending(*conn, migrations::SQLITE),
            Inner::Postgres(conn) => {
                use diesel::connection::SimpleConnection;
                conn.batch_execute(postgres::MIGRATION_LOCK)?;
                migrations::pending(*conn, migrations::POSTGRES)
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
        self.once(Mode::Read, work).map_err(|failed| failed.error)
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
        match &self.0 {
            Kind::Sqlite(pools) => {
                let unavailable = |why: &dyn fmt::Display| StoreError::Unavailable(why.to_string());
                ask(&pools.readers, unavailable, |conn| Inner::Sqlite(conn), work)
            }
            Kind::Postgres(database) => {
                let unavailable = |why: &dyn fmt::Display| database.unavailable(why);
                ask(&database.pool, unavailable, |conn| Inner::Postgres(conn), work)
            }
        }
    }

    /// Writes: all of `work` or, if it fails, nothing. When this returns, the
    /// write is durable. `work` is called again, from the beginning, if the
    /// database could not order the transaction among others: what it changes
    /// outside of the database must bear that.
    ///
    /// # Errors
    /// Those of `work`, [`StoreError::Unavailable`], and
    /// [`StoreError::Locked`] if others did not give free in time what they
    /// hold. If a call on [`Tx`]
    /// failed and `work` went on regardless, [`StoreError::Aborted`].
    pub fn write<T, E: From<StoreError>>(
        &self,
        mut work: impl FnMut(&mut Tx<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        for _ in 1..TRIES {
            match self.once(Mode::Write, &mut work) {
                Err(Failed { again: true, .. }) => {}
                ended => return ended.map_err(|failed| failed.error),
            }
        }
        self.once(Mode::Write, work).map_err(|failed| failed.error)
    }

    fn once<T, E: From<StoreError>>(
        &self,
        mode: Mode,
        work: impl FnOnce(&mut Tx<'_>) -> Result<T, E>,
    ) -> Result<T, Failed<E>> {
        match &self.0 {
            Kind::Sqlite(pools) => {
                let (pool, sql) = match mode {
                    Mode::Read => (&pools.readers, sqlite::READ),
                    Mode::Write => (&pools.writer, sqlite::WRITE),
                };
                let busy = |why: &dyn fmt::Display| match (mode, pool.state().connections) {
                    // It is there, so somebody writes.
                    (Mode::Write, 1) => StoreError::Locked(why.to_string()),
                    _ => StoreError::Unavailable(why.to_string()),
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
                let mut conn = begin(&database.pool, sql, busy).map_err(Failed::of)?;
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

/// Why a transaction failed, and whether it may be tried again.
struct Failed<E> {
    error: E,
    again: bool,
}

impl<E: From<StoreError>> Failed<E> {
    fn of(error: StoreError) -> Self {
        Self { again: matches!(error, StoreError::Contended(_)), error: error.into() }
    }
}

type Pooled<C> = PooledConnection<ConnectionManager<C>>;

/// Begins a transaction on a connection of the pool. Those that have died are
/// left behind, so that a database that was restarted is found again at once.
fn begin<C>(
    pool: &Pool<ConnectionManager<C>>,
    sql: &str,
    unavailable: impl Fn(&dyn fmt::Display) -> StoreError,
) -> Result<Pooled<C>, StoreError>
where
    C: R2D2Connection + Connection<TransactionManager = AnsiTransactionManager> + Send + 'static,
{
    let mut left = pool.max_size();
    loop {
        let mut conn = pool.get().map_err(|why| unavailable(&why))?;
        match AnsiTransactionManager::begin_transaction_sql(&mut *conn, sql) {
            Ok(()) => return Ok(conn),
            Err(_) if conn.is_broken() && left > 0 => left -= 1,
            Err(error) => return Err(error.into()),
        }
    }
}

/// Does the work on a connection of the pool, outside of any transaction.
fn ask<C, T, E: From<StoreError>>(
    pool: &Pool<ConnectionManager<C>>,
    unavailable: impl Fn(&dyn fmt::Display) -> StoreError,
    inner: impl for<'a> Fn(&'a mut C) -> Inner<'a>,
    mut work: impl FnMut(&mut Tx<'_>) -> Result<T, E>,
) -> Result<T, E>
where
    C: R2D2Connection + Send + 'static,
{
    let mut left = pool.max_size();
    loop {
        let mut conn = pool.get().map_err(|why| unavailable(&why))?;
        match work(&mut Tx::new(inner(&mut conn))) {
            Err(_) if conn.is_broken() && left > 0 => left -= 1,
            ended => return ended,
        }
    }
}

/// Does the work in the transaction that was begun, and ends it.
fn transact<'c, C, T, E>(
    conn: &'c mut C,
    inner: impl for<'a> FnOnce(&'a mut C) -> Inner<'a>,
    work: impl FnOnce(&mut Tx<'_>) -> Result<T, E>,
) -> Result<T, Failed<E>>
where
    C: Connection<TransactionManager = AnsiTransactionManager>,
    E: From<StoreError>,
{
    let mut tx = Tx::new(inner(conn));
    let result = work(&mut tx);
    let (failed, again) = (tx.failed, tx.contended);
    match result {
        Ok(value) if !failed => {
            let committed = AnsiTransactionManager::commit_transaction(conn);
            committed.map(|()| value).map_err(|error| Failed::of(error.into()))
        }
        result => {
            // If even this fails, the connection is broken, and the pool drops
            // it; the database rolls back by itself.
            let _ = AnsiTransactionManager::rollback_transaction(conn);
            Err(match result {
                Ok(_) => Failed { again, ..Failed::of(StoreError::Aborted) },
                Err(error) => Failed { again, error },
            })
        }
    }
}
