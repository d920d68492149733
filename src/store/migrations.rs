//! Bringing the tables up to date. The migrations are part of the program.

use std::collections::HashSet;

use diesel::backend::Backend;
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

use super::error::StoreError;

pub(super) const SQLITE: EmbeddedMigrations = embed_migrations!("migrations/sqlite");
pub(super) const POSTGRES: EmbeddedMigrations = embed_migrations!("migrations/postgres");

/// What [`Db::migrate`](super::Db::migrate) did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MigrationReport {
    /// The names of the migrations that were applied.
    pub applied: Vec<String>,
    /// What an operator should know: records that need their attention.
    pub notes: Vec<String>,
}

/// The migrations after which all comparison keys are computed: SQL can't
/// lower case as we do.
const CHANGE_KEYS: [&str; 3] = ["0002", "0004", "0006"];

/// Whether comparison keys are to be computed after these migrations.
pub(super) fn change_keys(applied: &[String]) -> bool {
    applied.iter().any(|name| CHANGE_KEYS.iter().any(|adds| name.starts_with(adds)))
}

/// Runs what was not run yet, in the transaction that is under way. Returns
/// the names of what was run.
pub(super) fn run<DB: Backend>(
    conn: &mut impl MigrationHarness<DB>,
    ours: EmbeddedMigrations,
) -> Result<Vec<String>, StoreError> {
    let todo = todo(conn, ours)?;
    conn.run_migrations(&todo).map_err(failed)?;
    Ok(names(&todo))
}

/// The names of what was not run yet.
pub(super) fn pending<DB: Backend>(
    conn: &mut impl MigrationHarness<DB>,
    ours: EmbeddedMigrations,
) -> Result<Vec<String>, StoreError> {
    todo(conn, ours).map(|todo| names(&todo))
}

type Migrations<DB> = Vec<Box<dyn diesel::migration::Migration<DB>>>;

fn todo<DB: Backend>(
    conn: &mut impl MigrationHarness<DB>,
    ours: EmbeddedMigrations,
) -> Result<Migrations<DB>, StoreError> {
    use diesel::migration::MigrationSource;

    let known = MigrationSource::<DB>::migrations(&ours).map_err(failed)?;
    let known: HashSet<_> = known.iter().map(|one| one.name().version().as_owned()).collect();
    let applied = conn.applied_migrations().map_err(failed)?;
    if let Some(foreign) = applied.iter().find(|version| !known.contains(*version)) {
        return Err(StoreError::Newer(foreign.to_string()));
    }
    conn.pending_migrations(ours).map_err(failed)
}

fn names<DB: Backend>(migrations: &Migrations<DB>) -> Vec<String> {
    migrations.iter().map(|one| one.name().to_string()).collect()
}

fn failed(error: Box<dyn std::error::Error + Send + Sync>) -> StoreError {
    StoreError::Migration(error.to_string())
}
