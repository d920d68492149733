//! The secondary indexes of a PostgreSQL database. A migration that inserts many rows drops
//! them and creates them again: building an index once costs less than adding every row to it.

use diesel::{
    PgConnection, QueryableByName, RunQueryDsl, connection::SimpleConnection, sql_query,
    sql_types::Text,
};

use super::error::StoreError;

/// Selects the statements that drop and create the indexes that are not unique, and the
/// foreign keys of `user_values`. Returns no rows if there are no users.
const STATEMENTS: &str = "\
    SELECT format('DROP INDEX %s', indexrelid::regclass) AS removal, \
           pg_get_indexdef(indexrelid) AS creation \
    FROM pg_index \
    WHERE indrelid IN ('users'::regclass, 'user_values'::regclass) AND NOT indisunique \
      AND EXISTS (SELECT FROM users) \
    UNION ALL \
    SELECT format('ALTER TABLE %s DROP CONSTRAINT %I', conrelid::regclass, conname), \
           format('ALTER TABLE %s ADD CONSTRAINT %I %s', conrelid::regclass, conname, \
                  pg_get_constraintdef(oid)) \
    FROM pg_constraint \
    WHERE conrelid = 'user_values'::regclass AND contype = 'f' AND EXISTS (SELECT FROM users)";

#[derive(QueryableByName)]
struct IndexStatements {
    #[diesel(sql_type = Text)]
    removal: String,
    #[diesel(sql_type = Text)]
    creation: String,
}

/// The indexes that were dropped.
pub(super) struct RemovedIndexes(Vec<IndexStatements>);

impl RemovedIndexes {
    /// Drops the indexes in the current transaction.
    pub(super) fn remove(conn: &mut PgConnection) -> Result<Self, StoreError> {
        let indexes: Vec<IndexStatements> = sql_query(STATEMENTS).load(conn)?;
        for index in &indexes {
            conn.batch_execute(&index.removal)?;
        }
        Ok(Self(indexes))
    }

    /// Creates the indexes again.
    pub(super) fn create(self, conn: &mut PgConnection) -> Result<(), StoreError> {
        for index in self.0 {
            conn.batch_execute(&index.creation)?;
        }
        Ok(())
    }
}
