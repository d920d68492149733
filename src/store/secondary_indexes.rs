//! The secondary indexes of a PostgreSQL database, which are removed while a migration fills
//! in many rows. Building an index once costs less than adding every row to it.

use diesel::{
    PgConnection, QueryableByName, RunQueryDsl, connection::SimpleConnection, sql_query,
    sql_types::Text,
};

use super::error::StoreError;

/// The statements that remove and create the indexes that enforce nothing, and the
/// references of the rows of `user_values`. None if there are no users.
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

/// Indexes that were removed.
pub(super) struct RemovedIndexes(Vec<IndexStatements>);

impl RemovedIndexes {
    /// Removes the indexes, in the transaction that is under way.
    pub(super) fn remove(conn: &mut PgConnection) -> Result<Self, StoreError> {
        let indexes: Vec<IndexStatements> = sql_query(STATEMENTS).load(conn)?;
        for index in &indexes {
            conn.batch_execute(&index.removal)?;
        }
        Ok(Self(indexes))
    }

    /// Creates them again.
    pub(super) fn create(self, conn: &mut PgConnection) -> Result<(), StoreError> {
        for index in self.0 {
            conn.batch_execute(&index.creation)?;
        }
        Ok(())
    }
}
