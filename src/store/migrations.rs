//! Database migrations, which are embedded in the program.

use std::collections::HashSet;

use diesel::{
    PgConnection, QueryableByName, RunQueryDsl, SqliteConnection,
    backend::Backend,
    connection::SimpleConnection,
    migration::{Migration, MigrationSource},
    pg::Pg,
    sql_query,
    sql_types::Text,
    sqlite::Sqlite,
};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

use super::{
    db::{Db, TransactionMode},
    error::StoreError,
    postgres,
    secondary_indexes::RemovedIndexes,
    tx::{Tx, TxConnection},
};

const SQLITE: EmbeddedMigrations = embed_migrations!("migrations/sqlite");
const POSTGRES: EmbeddedMigrations = embed_migrations!("migrations/postgres");

/// The result of [`Db::migrate`](super::Db::migrate).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MigrationReport {
    /// The names of the migrations that were applied.
    pub applied: Vec<String>,
    /// Notes for the operator: records that need attention.
    pub notes: Vec<String>,
}

impl Db {
    /// Brings the tables up to date, all or nothing. Several replicas may do it
    /// at once.
    ///
    /// # Errors
    /// [`StoreError::Newer`] if a newer version of this program was here,
    /// [`StoreError::Migration`] if a migration failed.
    pub fn migrate(&self) -> Result<MigrationReport, StoreError> {
        let run = |tx: &mut Tx<'_>| {
            let applied = match &mut tx.conn {
                TxConnection::Sqlite(conn) => run(*conn, SQLITE)?,
                TxConnection::Postgres(conn) => {
                    conn.batch_execute(postgres::MIGRATION_LOCK)?;
                    conn.batch_execute(postgres::NO_STATEMENT_LIMIT)?;
                    run(*conn, POSTGRES)?
                }
            };
            let notes = fill_keys(tx, &applied)?;
            Ok::<_, StoreError>(MigrationReport { applied, notes })
        };
        self.try_once(None, TransactionMode::LongWrite, run).map_err(|failed| failed.error)
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

    fn migrations(&self) -> Result<MigrationProgress, StoreError> {
        self.try_once(None, TransactionMode::Read, |tx| match &mut tx.conn {
            TxConnection::Sqlite(conn) => progress_of_sqlite(conn),
            TxConnection::Postgres(conn) => {
                // Waits for another replica that migrates.
                conn.batch_execute(postgres::MIGRATION_LOCK)?;
                progress_of_postgres(conn)
            }
        })
        .map_err(|failed| failed.error)
    }
}

/// The migrations after which all comparison keys are computed: SQL can't
/// lower case as we do.
const CHANGE_KEYS: [&str; 5] = ["0002", "0004", "0006", "0015", "0020"];

/// Computes the keys that these migrations added or changed. Returns notes for the operator.
fn fill_keys(tx: &mut Tx<'_>, applied: &[String]) -> Result<Vec<String>, StoreError> {
    let has_any = |versions: &[&str]| {
        applied.iter().any(|name| versions.iter().any(|version| name.starts_with(version)))
    };
    let changes_keys = has_any(&CHANGE_KEYS);
    let fills_values = changes_keys || has_any(&["0019"]);
    let indexes = match &mut tx.conn {
        TxConnection::Postgres(conn) if fills_values => Some(RemovedIndexes::remove(conn)?),
        TxConnection::Postgres(_) | TxConnection::Sqlite(_) => None,
    };
    let mut notes = Vec::new();
    if changes_keys {
        notes.extend(tx.recompute_comparison_keys()?);
    }
    if changes_keys || has_any(&["0010"]) {
        notes.extend(tx.fill_connection_keys()?.iter().map(ToString::to_string));
    }
    if changes_keys || has_any(&["0011"]) {
        notes.extend(tx.fill_scim_client_keys()?);
    }
    if fills_values {
        tx.fill_user_values()?;
    }
    if let (TxConnection::Postgres(conn), Some(indexes)) = (&mut tx.conn, indexes) {
        indexes.create(conn)?;
    }
    Ok(notes)
}

/// Runs the pending migrations in the current transaction. Returns their names.
fn run<DB: Backend>(
    conn: &mut impl MigrationHarness<DB>,
    embedded: EmbeddedMigrations,
) -> Result<Vec<String>, StoreError> {
    let pending = find_pending(conn, embedded)?;
    conn.run_migrations(&pending).map_err(failed)?;
    Ok(names(&pending))
}

/// The migrations of a database that were run.
pub(super) struct MigrationProgress {
    /// How many migrations were run.
    pub(super) applied: usize,
    /// The names of the pending migrations.
    pub(super) pending: Vec<String>,
}

/// One column of the query below.
#[derive(QueryableByName)]
struct VersionRow {
    #[diesel(sql_type = Text)]
    version: String,
}

const TABLE_OF_SQLITE: &str = "SELECT name AS version FROM sqlite_master \
     WHERE type = 'table' AND name = '__diesel_schema_migrations'";
const TABLE_OF_POSTGRES: &str = "SELECT to_regclass('__diesel_schema_migrations')::text AS version \
     WHERE to_regclass('__diesel_schema_migrations') IS NOT NULL";
const VERSIONS: &str = "SELECT version FROM __diesel_schema_migrations";

/// Returns the migrations of a SQLite database that were run. Writes nothing.
pub(super) fn progress_of_sqlite(
    conn: &mut SqliteConnection,
) -> Result<MigrationProgress, StoreError> {
    let found: Vec<VersionRow> = sql_query(TABLE_OF_SQLITE).load(conn)?;
    let applied = if found.is_empty() { Vec::new() } else { sql_query(VERSIONS).load(conn)? };
    progress(applied, &MigrationSource::<Sqlite>::migrations(&SQLITE).map_err(failed)?)
}

/// Returns the migrations of a PostgreSQL database that were run. Writes nothing.
fn progress_of_postgres(conn: &mut PgConnection) -> Result<MigrationProgress, StoreError> {
    let found: Vec<VersionRow> = sql_query(TABLE_OF_POSTGRES).load(conn)?;
    let applied = if found.is_empty() { Vec::new() } else { sql_query(VERSIONS).load(conn)? };
    progress(applied, &MigrationSource::<Pg>::migrations(&POSTGRES).map_err(failed)?)
}

fn progress<DB: Backend>(
    applied: Vec<VersionRow>,
    embedded: &Migrations<DB>,
) -> Result<MigrationProgress, StoreError> {
    let applied: HashSet<_> = applied.into_iter().map(|row| row.version).collect();
    let version = |migration: &dyn Migration<DB>| migration.name().version().to_string();
    let ours_all: HashSet<_> =
        embedded.iter().map(|migration| version(migration.as_ref())).collect();
    if let Some(foreign) = applied.iter().find(|version| !ours_all.contains(*version)) {
        return Err(StoreError::Newer(foreign.clone()));
    }
    let mut pending: Vec<_> = embedded
        .iter()
        .filter(|migration| !applied.contains(&version(migration.as_ref())))
        .collect();
    pending.sort_by_key(|migration| version(migration.as_ref()));
    let pending = pending.into_iter().map(|migration| migration.name().to_string()).collect();
    Ok(MigrationProgress { applied: applied.len(), pending })
}

type Migrations<DB> = Vec<Box<dyn Migration<DB>>>;

fn find_pending<DB: Backend>(
    conn: &mut impl MigrationHarness<DB>,
    embedded: EmbeddedMigrations,
) -> Result<Migrations<DB>, StoreError> {
    let known = MigrationSource::<DB>::migrations(&embedded).map_err(failed)?;
    let known: HashSet<_> =
        known.iter().map(|migration| migration.name().version().as_owned()).collect();
    let applied = conn.applied_migrations().map_err(failed)?;
    if let Some(foreign) = applied.iter().find(|version| !known.contains(*version)) {
        return Err(StoreError::Newer(foreign.to_string()));
    }
    conn.pending_migrations(embedded).map_err(failed)
}

fn names<DB: Backend>(migrations: &Migrations<DB>) -> Vec<String> {
    migrations.iter().map(|migration| migration.name().to_string()).collect()
}

fn failed(error: Box<dyn std::error::Error + Send + Sync>) -> StoreError {
    StoreError::Migration(error.to_string())
}
