//! Tests that no query scans a whole table, by the query plans of SQLite. Both
//! databases have the same indexes. `tests/store/lists/plans.rs` tests the pages of
//! lists on both.

mod foreign_keys;
mod import_job;
mod needed_indexes;
mod planned_writes;
mod queries;

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex},
};

use diesel::{
    Connection as _, QueryableByName, RunQueryDsl, connection::InstrumentationEvent, sql_query,
    sql_types,
};
use uuid::Uuid;

use self::queries::{record_logins, run_api_queries, run_login_queries};
use super::{
    Db, PoolOptions, StoreError, Tx,
    tx::{self, TxConnection},
};
use crate::domain::{email::Email, team::TeamName};

#[derive(QueryableByName)]
struct PlanStep {
    #[diesel(sql_type = sql_types::Text)]
    detail: String,
}

fn conn<'a>(tx: &'a mut Tx<'_>) -> &'a mut super::sqlite::Conn {
    match &mut tx.conn {
        TxConnection::Sqlite(conn) => conn,
        TxConnection::Postgres(_) => unreachable!("the test opens a file"),
    }
}

fn migrated_db() -> (tempfile::TempDir, Db) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("usher.sqlite");
    let db = Db::open(path.to_str().unwrap(), &PoolOptions::default()).unwrap();
    db.migrate().unwrap();
    (folder, db)
}

/// Returns the statements that a transaction runs.
fn record_statements(db: &Db, work: impl Fn(&mut Tx<'_>) -> Result<(), StoreError>) -> Vec<String> {
    let seen = Arc::new(Mutex::new(Vec::new()));
    db.write(|tx| {
        let log = Arc::clone(&seen);
        conn(tx).set_instrumentation(move |event: InstrumentationEvent<'_>| {
            if let InstrumentationEvent::StartQuery { query, .. } = event {
                log.lock().unwrap().push(query.to_string());
            }
        });
        work(tx)?;
        conn(tx).set_instrumentation(|_: InstrumentationEvent<'_>| {});
        Ok::<_, StoreError>(())
    })
    .unwrap();
    let seen = seen.lock().unwrap();
    // The values follow the statement.
    seen.iter().map(|text| text.split(" -- binds").next().unwrap_or_default().to_owned()).collect()
}

fn explain(db: &Db, statement: &str) -> Vec<String> {
    db.write(|tx| {
        let explained = sql_query(format!("EXPLAIN QUERY PLAN {statement}"));
        let steps: Vec<PlanStep> = explained.load(conn(tx))?;
        Ok::<_, StoreError>(steps.into_iter().map(|step| step.detail).collect())
    })
    .unwrap()
}

#[test]
fn no_query_scans_a_table() {
    let (_folder, db) = migrated_db();
    let statements = record_statements(&db, run_login_queries);
    let read = ["accounts", "connections", "keys", "identities", "users", "teams", "memberships"];
    assert_about(&statements, &read);
    assert_about(&statements, &["sessions", "attempts"]);
    assert_all_use_an_index(&db, &statements);
}

/// Asserts that the statements read each of these tables.
#[track_caller]
fn assert_about(statements: &[String], tables: &[&str]) {
    for table in tables {
        let is_about = |statement: &String| statement.contains(&format!("`{table}`"));
        assert!(statements.iter().any(is_about), "nothing about {table}: {statements:#?}");
    }
}

/// Asserts that each statement uses an index.
#[track_caller]
fn assert_all_use_an_index(db: &Db, statements: &[String]) {
    for statement in statements {
        // The inserted rows are not looked up.
        if statement.starts_with("INSERT") && !statement.contains("SELECT") {
            continue;
        }
        let steps = explain(db, statement);
        assert!(steps.iter().any(|step| step.contains("USING")), "{statement}: {steps:?}");
        assert!(!steps.iter().any(|step| step.starts_with("SCAN")), "{statement}: {steps:?}");
        // Sorting is for the few rows of a list by name, not for what grows.
        if statement.contains("attempts") || statement.contains("audit_events") {
            assert!(
                !steps.iter().any(|step| step.contains("TEMP B-TREE")),
                "{statement}: {steps:?}"
            );
        }
    }
}

#[test]
fn no_query_of_the_admin_api_scans_a_table() {
    let (_folder, db) = migrated_db();
    let statements = record_statements(&db, run_api_queries);
    assert_about(&statements, &["users", "memberships", "audit_events", "import_jobs"]);
    assert_about(&statements, &["teams", "api_keys", "idempotent_answers", "scim_clients"]);
    assert_all_use_an_index(&db, &statements);
}

/// The queries without an interesting plan: they insert, read the few accounts or the
/// removals that have not ended, belong
/// to a migration, or replace a row by its key.
const WITHOUT_PLAN: [&str; 16] = [
    "accounts",
    "attribute_removals",
    "recompute_comparison_keys",
    "put_idp_metadata",
    "put_memberships",
    "begin_idempotent",
    "record_certificate_uses",
    "remember_assertion",
    "remember_request",
    "update_account",
    "update_attribute_definition",
    "update_connection",
    "update_identity_subject",
    "update_scim_client",
    "update_team",
    "update_user",
];

/// Returns the queries whose plans are tested here.
fn queries_with_plans(db: &Db) -> BTreeSet<&'static str> {
    db.write(|tx| {
        run_login_queries(tx)?;
        run_api_queries(tx)?;
        record_logins(tx);
        Ok::<_, StoreError>(std::mem::take(&mut tx.calls))
    })
    .unwrap()
}

#[test]
fn every_query_has_a_plan_test() {
    let (_folder, db) = migrated_db();
    let with_plans = queries_with_plans(&db);
    let names: Vec<_> = tx::QUERIES.iter().chain(tx::RECORD_QUERIES).collect();
    assert!(names.len() > 80, "{names:?}");
    for name in names {
        // tests/store checks the pages of lists, on both databases. The queries that fill
        // tables are for migrations.
        let elsewhere = ["insert_", "list_", "fill_"].iter().any(|kind| name.starts_with(kind));
        let is_tested = elsewhere || WITHOUT_PLAN.contains(name) || with_plans.contains(name);
        assert!(is_tested, "the plan of {name} is not looked at");
    }
}

#[test]
fn bulk_lookup_uses_the_index_in_accounts_of_any_size() {
    let (_folder, db) = migrated_db();
    let (account, team) = (Uuid::nil().into(), Uuid::nil().into());
    // As many as one statement takes.
    let emails: Vec<Email> = (0..500).map(|at| format!("{at}@b.c").parse().unwrap()).collect();
    let emails: Vec<_> = emails.iter().map(|email| email.key().clone()).collect();
    let names: Vec<TeamName> = (0..500).map(|at| format!("Team {at}").parse().unwrap()).collect();
    let names: Vec<_> = names.iter().map(|name| name.key().clone()).collect();
    let texts: Vec<_> = (0..500).map(|at| at.to_string()).collect();
    let users: Vec<_> = (0..500).map(|at| Uuid::from_u128(at).into()).collect();
    let teams: Vec<_> = (0..500).map(|at| Uuid::from_u128(at).into()).collect();
    let statements = record_statements(&db, |tx| {
        tx.users_by_email(account, &emails)?;
        tx.users_with_email(account, &emails)?;
        let user_names: Vec<_> = emails.iter().map(Into::into).collect();
        tx.users_by_user_name(account, &user_names)?;
        tx.users_by_external_id(account, &texts)?;
        tx.clear_external_ids(account, &texts)?;
        tx.deleted_by_email(account, &emails)?;
        tx.existing_teams(account, &names)?;
        tx.existing_teams_by_id(account, &teams)?;
        tx.teams_of_users(account, &users)?;
        tx.identities_of_users(account, &users)?;
        tx.membership_users_for_update(account, &users)?;
        tx.requested_roles(account, team, &users)?;
        tx.delete_memberships(account, team, &users)?;
        Ok(())
    });
    let read = ["users", "deleted_users", "teams", "memberships", "identities"];
    assert_about(&statements, &read);
    for statement in statements {
        let steps = explain(&db, &statement);
        assert!(!steps.iter().any(|step| step.starts_with("SCAN")), "{statement}: {steps:?}");
        let whole = steps.iter().any(|step| step.ends_with("(account_id=?)"));
        assert!(!whole, "all rows of the account: {statement}: {steps:?}");
    }
}

#[test]
fn login_is_recorded_by_an_index_lookup() {
    let (_folder, db) = migrated_db();
    let statements = record_statements(&db, |tx| {
        record_logins(tx);
        Ok(())
    });
    assert_about(&statements, &["users"]);
    for statement in statements {
        let steps = explain(&db, &statement);
        assert!(steps.iter().all(|step| step.contains("INDEX ")), "{steps:?}");
        assert!(steps.iter().all(|step| step.starts_with("SEARCH ")), "{steps:?}");
    }
}
