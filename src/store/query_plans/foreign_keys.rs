//! Tests the indexes of foreign keys.

use diesel::{QueryableByName, RunQueryDsl, sql_query, sql_types};

use super::{super::StoreError, conn, migrated_db};

#[derive(QueryableByName)]
struct NameRow {
    #[diesel(sql_type = sql_types::Text)]
    name: String,
}

/// A deletion of a row looks up the rows that refer to it.
#[test]
fn foreign_keys_are_indexed() {
    let (_folder, db) = migrated_db();
    // The foreign keys whose columns do not begin any index, with or without the account in
    // front.
    let missing = "SELECT DISTINCT tables.name || '.' || keys.\"from\" AS name
        FROM sqlite_schema AS tables, pragma_foreign_key_list(tables.name) AS keys
        WHERE tables.type = 'table'
          AND (keys.\"from\" <> 'account_id' OR keys.\"table\" = 'accounts')
          AND NOT EXISTS (
            SELECT 1 FROM pragma_index_list(tables.name) AS indexes,
                pragma_index_info(indexes.name) AS columns
            WHERE columns.name = keys.\"from\" AND indexes.partial = 0
              AND (columns.seqno = 0 OR columns.seqno = 1 AND EXISTS (
                SELECT 1 FROM pragma_index_info(indexes.name) AS first
                WHERE first.seqno = 0 AND first.name = 'account_id')))";
    let missing: Vec<NameRow> =
        db.write(|tx| Ok::<_, StoreError>(sql_query(missing).load(conn(tx))?)).unwrap();
    let missing: Vec<&str> = missing.iter().map(|column| column.name.as_str()).collect();
    assert!(missing.is_empty(), "{missing:?}");
}
