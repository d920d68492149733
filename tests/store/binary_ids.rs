//! The migration that makes the IDs of a SQLite database BLOBs.

use usher::{
    domain::{
        account::Account,
        attempt::{Attempt, AttemptOutcome},
        check::{Check, CheckId},
        lists::Listing,
    },
    store::{Db, StoreError},
};

use crate::{
    lists::many_rows::ManyRows,
    older_version::restore_text_ids,
    support::db::TestDb,
    world::{account, attempt, connection, now},
};

/// Adds a row to each table that [`ManyRows`] does not fill, and a row with and without
/// each ID that may be missing.
const ROWS: &str = "
    INSERT INTO identities (id, account_id, connection_id, subject, user_id, created_at, comparison)
        SELECT randomblob(16), u.account_id, c.id, 'ada', u.id, 1, 'EXACT'
        FROM users u, connections c LIMIT 1;
    INSERT INTO sessions (id, account_id, user_id, connection_id, attempt_id, token_hash, created_at, expires_at)
        SELECT randomblob(16), u.account_id, u.id, c.id, randomblob(16), randomblob(32), 1, 2
        FROM users u, connections c LIMIT 1;
    INSERT INTO user_external_ids SELECT c.account_id, c.id, u.id, 'x' FROM scim_clients c, users u LIMIT 1;
    INSERT INTO team_external_ids SELECT c.account_id, c.id, t.id, 'x' FROM scim_clients c, teams t LIMIT 1;
    INSERT INTO deleted_identities SELECT u.account_id, c.id, 'bob', u.id, 'EXACT'
        FROM deleted_users u, connections c LIMIT 1;
    INSERT INTO seen_assertions SELECT randomblob(32), id, account_id, 1 FROM connections LIMIT 1;
    INSERT INTO idp_metadata SELECT id, account_id, '<x/>' FROM connections LIMIT 1;
    INSERT INTO certificate_uses SELECT id, 'ab', account_id, 1 FROM connections LIMIT 1;
    INSERT INTO attempt_messages (attempt_id, account_id, sealed, expires_at)
        SELECT id, account_id, randomblob(40), 1 FROM attempts LIMIT 1;
    INSERT INTO audit_events (id, account_id, at, actor, action, target, changes, user_id)
        SELECT randomblob(16), account_id, 1, 'command_line', 'user.create', id, '[]', id FROM users LIMIT 1;
    INSERT INTO api_keys (id, account_id, name, hash, hint, scopes, created_at)
        SELECT randomblob(16), id, 'one', randomblob(32), 'h', '[\"users:read\"]', 1 FROM accounts LIMIT 1;
    INSERT INTO scim_repairs SELECT account_id, id, 'operation-case', 3, 1 FROM scim_clients LIMIT 1;
    INSERT INTO idempotent_answers SELECT id, randomblob(16), randomblob(32), randomblob(32), NULL, 1 FROM accounts;
    INSERT INTO keys SELECT randomblob(16), id, 'saml_signing', x'00', x'0001', 1, 2 FROM accounts;
    INSERT INTO keys VALUES (randomblob(16), NULL, 'token_signing', x'00', x'0001', 1, NULL);
    INSERT INTO attribute_definitions SELECT randomblob(16), id, 'shoeSize', 'shoesize', '{}', 1, 1, 1 FROM accounts;
    INSERT INTO attribute_removals SELECT id, 'hat', 'hat', randomblob(16) FROM accounts;
    INSERT INTO import_parts SELECT id, 0, x'00ff' FROM import_jobs LIMIT 1;
    INSERT INTO import_results SELECT id, 0, x'00ff' FROM import_jobs LIMIT 1;
    UPDATE import_jobs SET lease_holder = randomblob(16), actor = 'user', actor_id = randomblob(16)
        WHERE id = (SELECT max(id) FROM import_jobs);";

/// An account with rows in every table.
fn fill(db: &TestDb) -> Account {
    let ours = account("a");
    let okta = connection(&ours);
    db.write(|tx| tx.insert_account(&ours).and_then(|()| tx.insert_connection(&okta))).unwrap();
    let many = ManyRows::new(db, &ours, 30);
    many.users();
    many.user_values();
    many.teams();
    many.memberships();
    many.attempts(okta.id);
    many.audit();
    many.imports();
    many.connections();
    many.scim_clients();
    many.keys();
    many.deleted_users();
    db.run(ROWS);
    let signed_in = Attempt {
        outcome: AttemptOutcome::SignedIn,
        subject: Some("\u{1f600}".into()),
        checks: CheckId::ALL.into_iter().map(|check| Check::passed(check, "a", "a")).collect(),
        ..attempt(&okta, now())
    };
    db.write(|tx| tx.insert_attempt(&signed_in)).unwrap();
    ours
}

/// What the store reads.
fn read(db: &Db, account: &Account) -> String {
    let read = db.read(|tx| {
        let id = account.id;
        Ok::<_, StoreError>(format!(
            "{:#?}",
            (
                tx.accounts()?,
                tx.list_users(id, &Listing::first(99))?,
                tx.list_deleted_users(id, &Listing::first(99))?,
                tx.list_teams(id, &Listing::first(99))?,
                tx.list_connections(id, &Listing::first(99))?,
                tx.list_attempts(id, &Listing::first(99))?,
                tx.list_audit(id, &Listing::first(99))?,
                tx.list_imports(id, &Listing::first(99))?,
                tx.list_api_keys(id, &Listing::first(99))?,
                tx.list_scim_clients(id, &Listing::first(99))?,
            )
        ))
    });
    read.unwrap()
}

/// The columns of all tables that have a type, as `table.column`.
fn columns(db: &TestDb, condition: &str) -> Vec<String> {
    db.query_lines(&format!(
        "SELECT tables.name || '.' || columns.name AS line \
         FROM sqlite_schema AS tables, pragma_table_info(tables.name) AS columns \
         WHERE tables.type = 'table' AND substr(tables.name, 1, 2) <> '__' AND {condition} ORDER BY 1"
    ))
}

/// The columns with IDs.
fn id_columns(db: &TestDb, kind: &str) -> Vec<String> {
    columns(
        db,
        &format!(
            "columns.type = '{kind}' AND tables.name || '.' || columns.name NOT IN \
             ('attempt_templates.id', 'attempts.template_id', 'audit_events.request_id', \
              'import_jobs.request_id', 'users.external_id', 'user_external_ids.external_id', \
              'team_external_ids.external_id', 'connections.idp_entity_id') AND \
             (columns.name = 'id' OR columns.name LIKE '%\\_id' ESCAPE '\\' \
              OR columns.name IN ('target', 'lease_holder'))"
        ),
    )
}

#[test]
fn rows_with_text_ids_are_kept_by_the_migration_to_binary_ids() {
    let db = TestDb::sqlite();
    let ours = fill(&db);
    let (rows, records) = (db.rows(), read(&db, &ours));
    for (table, rows) in &rows {
        assert!(!rows.is_empty(), "{table} has no rows");
    }
    let ids = id_columns(&db, "BLOB");
    assert!(ids.len() > 60, "{ids:?}");

    restore_text_ids(&db);
    assert_eq!(id_columns(&db, "TEXT"), ids);
    assert_eq!(db.rows(), rows, "in texts");
    assert_eq!(db.migrate().unwrap().applied, ["0026_smaller_rows"]);
    assert_eq!(id_columns(&db, "BLOB"), ids);
    assert_eq!(db.rows(), rows);
    assert_eq!(read(&db, &ours), records);
    let broken = db.query_lines("SELECT \"table\" AS line FROM pragma_foreign_key_check");
    assert_eq!(broken, [""; 0]);
    let check = db.query_lines("SELECT integrity_check AS line FROM pragma_integrity_check");
    assert_eq!(check, ["ok"]);
    // Triggers count again.
    db.run("DELETE FROM users WHERE id = (SELECT min(id) FROM users)");
    assert_eq!(db.query_lines("SELECT users || '' AS line FROM user_counts"), ["29"]);
}

#[test]
fn text_that_is_not_an_id_stops_the_migration_to_binary_ids() {
    let db = TestDb::sqlite();
    fill(&db);
    restore_text_ids(&db);
    let rows = db.rows();
    for (number, id) in id_columns(&db, "TEXT").iter().enumerate() {
        let (table, column) = id.split_once('.').unwrap();
        let first = format!("SELECT max({column}) AS line FROM {table} WHERE {column} IS NOT NULL");
        let first = db.query_lines(&first).remove(0);
        let invalid = ["not an ID", "", &first[..34]][number % 3];
        let replace = |from: &str, to: &str| {
            db.run(&format!(
                "PRAGMA foreign_keys = OFF; \
                 UPDATE {table} SET {column} = '{to}' WHERE {column} = '{from}'"
            ));
        };
        replace(&first, invalid);
        let failed = db.migrate().unwrap_err();
        assert!(
            matches!(&failed, StoreError::Migration(why) if why.contains("constraint failed")),
            "{id}: {failed:?}"
        );
        replace(invalid, &first);
    }
    assert_eq!(db.rows(), rows, "nothing was changed");
    assert_eq!(db.migrate().unwrap().applied, ["0026_smaller_rows"]);
}
