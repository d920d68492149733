//! Tests that each index is needed. A unique index enforces a rule, so it needs no query.

use std::collections::BTreeSet;

use diesel::{QueryableByName, RunQueryDsl, sql_query, sql_types};
use uuid::Uuid;

use super::{
    super::{Db, StoreError, Tx},
    conn, explain, migrated_db,
    queries::{record_logins, run_api_queries, run_login_queries},
    record_statements,
};
use crate::domain::{
    Timestamp,
    filter::ValueType,
    lists::{Key, ListAttribute, Listing, equal},
};

#[derive(QueryableByName)]
struct TextRow {
    #[diesel(sql_type = sql_types::Text)]
    line: String,
}

/// The indexes that are not unique.
const INDEXES: &str = "SELECT indexes.name AS line
    FROM sqlite_schema AS tables, pragma_index_list(tables.name) AS indexes
    WHERE tables.type = 'table' AND indexes.\"unique\" = 0";

/// The look-ups of the rows that refer to a deleted row, one for each foreign key.
const REFERENCES: &str = "SELECT format('SELECT 1 FROM %s WHERE %s', tables.name,
        group_concat(keys.\"from\" || ' = ?', ' AND ')) AS line
    FROM sqlite_schema AS tables, pragma_foreign_key_list(tables.name) AS keys
    WHERE tables.type = 'table' GROUP BY tables.name, keys.id";

/// Lists all resources by each of their attributes, and in each of their orders.
fn run_lists(tx: &mut Tx<'_>) -> Result<(), StoreError> {
    let (account, team) = (Uuid::nil().into(), Uuid::nil().into());
    list_by_each(|listing| tx.list_users(account, listing).map(drop))?;
    list_by_each(|listing| tx.list_deleted_users(account, listing).map(drop))?;
    list_by_each(|listing| tx.list_teams(account, listing).map(drop))?;
    list_by_each(|listing| tx.list_members(account, team, listing).map(drop))?;
    list_by_each(|listing| tx.list_attempts(account, listing).map(drop))?;
    list_by_each(|listing| tx.list_audit(account, listing).map(drop))?;
    list_by_each(|listing| tx.list_imports(account, listing).map(drop))?;
    list_by_each(|listing| tx.list_connections(account, listing).map(drop))?;
    list_by_each(|listing| tx.list_api_keys(account, listing).map(drop))?;
    list_by_each(|listing| tx.list_scim_clients(account, listing).map(drop))
}

fn list_by_each<A: ListAttribute>(
    mut list: impl FnMut(&Listing<A>) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    list(&Listing::first(1))?;
    for by in A::attributes() {
        let key = match by.value_type() {
            ValueType::Moment => Key::Moment(Timestamp::UNIX_EPOCH),
            ValueType::Id => Key::Id(Uuid::nil()),
            ValueType::Bool => Key::Bool(true),
            ValueType::Name(names) => Key::Name(names.first().copied().unwrap_or_default()),
            ValueType::Text
            | ValueType::Identifier
            | ValueType::Exact
            | ValueType::NameOrPart(_)
            | ValueType::Element(_) => Key::Text("a".to_owned()),
        };
        list(&Listing { condition: Some(equal(by, &key)), ..Listing::first(1) })?;
        if by.is_sortable() {
            list(&Listing { sort: Some(by), ..Listing::first(1) })?;
        }
    }
    Ok(())
}

fn ask(db: &Db, sql: &str) -> Vec<String> {
    let rows = db.write(|tx| Ok::<_, StoreError>(sql_query(sql).load(conn(tx))?));
    rows.unwrap().into_iter().map(|row: TextRow| row.line).collect()
}

/// Returns the indexes that none of the statements, and no foreign key, uses.
fn find_unused(db: &Db, statements: &[String]) -> Vec<String> {
    let references = ask(db, REFERENCES);
    let steps = statements.iter().chain(&references).flat_map(|statement| explain(db, statement));
    // What follows the name of the index is how it is searched.
    let name = |step: String| Some(step.split_once("INDEX ")?.1.split(' ').next()?.to_owned());
    let used: BTreeSet<String> = steps.filter_map(name).collect();
    let mut indexes = ask(db, INDEXES);
    assert!(indexes.len() > 30, "{indexes:?}");
    indexes.retain(|index| !used.contains(index));
    indexes
}

#[test]
fn every_index_serves_a_query_or_a_foreign_key() {
    let (_folder, db) = migrated_db();
    let statements = record_statements(&db, |tx| {
        run_login_queries(tx)?;
        run_api_queries(tx)?;
        record_logins(tx);
        run_lists(tx)
    });
    assert_eq!(find_unused(&db, &statements), [""; 0]);
    // An index that is not needed is found.
    let index = "CREATE INDEX accounts_by_contact ON accounts (contact)";
    db.write(|tx| Ok::<_, StoreError>(sql_query(index).execute(conn(tx))?)).unwrap();
    assert_eq!(find_unused(&db, &statements), ["accounts_by_contact"]);
}
