//! Databases as earlier versions left them.

use std::{fs, path::Path};

use usher::store::MigrationReport;

use crate::support::db::{TestDb, uuid_text};

/// The migration that made the IDs of SQLite BLOBs, with its name.
const BINARY_IDS: (&str, &str) = ("0026", "0026_smaller_rows");

/// The BLOBs of 16 bytes that are not IDs.
const DIGESTS: [(&str, &str); 2] = [("attempt_templates", "id"), ("attempts", "template_id")];

/// Runs statements that undo migrations. On SQLite, they find the tables of before the IDs
/// were BLOBs, because an earlier migration creates tables whose IDs are texts.
pub(crate) fn run(db: &TestDb, sql: &str) {
    restore_text_ids(db);
    crate::corruption::run(db, sql);
}

/// Migrates a database on which [`run`] undid migrations. Names the migrations that these
/// were.
pub(crate) fn migrate(db: &TestDb) -> MigrationReport {
    let mut report = db.migrate().unwrap();
    if db.is_embedded() {
        assert_eq!(report.applied.pop().as_deref(), Some(BINARY_IDS.1));
    }
    report
}

/// Brings a SQLite database, with its rows, to the last schema whose IDs are texts.
pub(crate) fn restore_text_ids(db: &TestDb) {
    let names = |kinds: &str| {
        db.query_lines(&format!(
            "SELECT name AS line FROM sqlite_schema WHERE type IN ({kinds}) AND sql IS NOT NULL \
             AND name NOT LIKE 'sqlite%' AND substr(name, 1, 2) <> '__'"
        ))
    };
    if !db.is_embedded() || !is_applied(db) {
        return;
    }
    let mut tables = names("'table'");
    // Triggers count the users as they are copied.
    tables.sort_by_key(|table| table == "user_counts");
    let mut sql = vec!["PRAGMA foreign_keys = OFF; BEGIN IMMEDIATE".to_owned()];
    sql.extend(names("'trigger'").iter().map(|name| format!("DROP TRIGGER {name}")));
    sql.extend(names("'index'").iter().map(|name| format!("DROP INDEX {name}")));
    sql.extend(tables.iter().map(|table| format!("ALTER TABLE {table} RENAME TO {table}_after")));
    sql.extend(older_migrations());
    sql.extend(tables.iter().map(|table| copy_of(db, table)));
    sql.extend(tables.iter().map(|table| format!("DROP TABLE {table}_after")));
    sql.push(format!(
        "DELETE FROM __diesel_schema_migrations WHERE version >= '{}'; COMMIT",
        BINARY_IDS.0
    ));
    db.run(&sql.join(";\n"));
}

fn is_applied(db: &TestDb) -> bool {
    let sql = "SELECT version AS line FROM __diesel_schema_migrations";
    db.query_lines(sql).iter().any(|version| version == BINARY_IDS.0)
}

/// The migrations before the IDs were BLOBs.
fn older_migrations() -> Vec<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations/sqlite");
    let mut folders: Vec<_> =
        fs::read_dir(folder).unwrap().map(|folder| folder.unwrap().path()).collect();
    folders.retain(|folder| folder.file_name().unwrap().to_str().unwrap() < BINARY_IDS.0);
    folders.sort();
    folders.iter().map(|folder| fs::read_to_string(folder.join("up.sql")).unwrap()).collect()
}

/// The statements that fill a table from the renamed one.
fn copy_of(db: &TestDb, table: &str) -> String {
    let columns = db.query_lines(&format!("SELECT name AS line FROM pragma_table_info('{table}')"));
    let value = |column: &String| match DIGESTS.contains(&(table, column)) {
        true => column.clone(),
        false => format!(
            "iif(typeof({column}) = 'blob' AND length({column}) = 16, {}, {column})",
            uuid_text(column)
        ),
    };
    let values: Vec<_> = columns.iter().map(value).collect();
    format!(
        "DELETE FROM {table}; INSERT INTO {table} ({}) SELECT {} FROM {table}_after",
        columns.join(", "),
        values.join(", ")
    )
}
