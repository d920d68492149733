//! Tests that no query scans a whole table, by the query plans of SQLite. Both
//! databases have the same indexes. `tests/store/lists/plans.rs` tests the pages of
//! lists on both.

mod import_job;

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex},
};

use diesel::{
    Connection as _, QueryableByName, RunQueryDsl, connection::InstrumentationEvent, sql_query,
    sql_types,
};
use uuid::Uuid;

use self::import_job::import_job;
use super::{
    Db, IdempotentRequest, ImportLease, KeyOwner, PoolOptions, StoreError, Tx,
    tx::{self, TxConnection},
};
use crate::domain::{
    Timestamp,
    attempt::AttemptReference,
    audit::Author,
    email::Email,
    id::{AccountId, ConnectionId, ImportId, TeamId, UserId},
    import::{Format, ImportCounts, ImportJob, ImportOptions, JobState},
    subject::SubjectKey,
    team::TeamName,
};

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

/// The queries of logins.
fn run_login_queries(tx: &mut Tx<'_>) -> Result<(), StoreError> {
    let (account, user, session) = (Uuid::nil().into(), Uuid::nil().into(), Uuid::nil().into());
    let connection: ConnectionId = Uuid::nil().into();
    let now = Timestamp::UNIX_EPOCH;
    let (email, team): (Email, TeamName) = ("a@b.c".parse().unwrap(), "Ops".parse().unwrap());
    let reference = AttemptReference::new([0; 12]);
    tx.account_by_slug("a")?;
    tx.account(account)?;
    tx.connection(connection)?;
    tx.connection_by_name(account, "a")?;
    tx.certificate_uses(account, connection)?;
    tx.forget_certificate_use(account, connection, "a")?;
    tx.idp_metadata(account, connection)?;
    tx.delete_idp_metadata(account, connection)?;
    tx.count_logins(account, connection)?;
    tx.connection_for_update(account, connection)?;
    tx.keys(KeyOwner::Deployment)?;
    tx.keys(KeyOwner::Account(account))?;
    tx.pending_request(connection, "_a")?;
    tx.take_pending_request(connection, "_a")?;
    tx.existing_user_by_identity(account, connection, &SubjectKey::exact("A@b.example"))?;
    tx.existing_user_by_email(account, connection, email.key())?;
    tx.existing_user_by_user_name(account, connection, &email.key().into())?;
    tx.user(account, user)?;
    tx.existing_teams(account, &[team.key().clone()])?;
    tx.teams_of(account, user)?;
    tx.teams_of_users(account, &[user, user])?;
    tx.display_names(account, &[user, user])?;
    tx.identities_of_users(account, &[user, user])?;
    tx.session_by_hash([0; 32])?;
    tx.delete_session(account, session)?;
    tx.attempt_of_any_account(&reference)?;
    tx.compatibility_fixes(account, Uuid::nil().into())?;
    tx.count_compatibility_fixes(account, Uuid::nil().into(), &[], now)?;
    tx.delete_expired(now, now)?;
    Ok(())
}

#[test]
fn no_query_scans_a_table() {
    let (_folder, db) = migrated_db();
    let statements = record_statements(&db, run_login_queries);
    let read = ["accounts", "connections", "keys", "identities", "users", "teams", "memberships"];
    assert_about(&statements, &read);
    assert_about(&statements, &["sessions", "attempts", "pending_requests"]);
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
        // What is put into a table is not looked for.
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

/// The queries of the admin API, of SCIM and of imports.
fn run_api_queries(tx: &mut Tx<'_>) -> Result<(), StoreError> {
    let id = Uuid::nil();
    let (account, user, team) = (id.into(), UserId::from(id), TeamId::from(id));
    let (connection, now) = (ConnectionId::from(id), Timestamp::UNIX_EPOCH);
    let email: Email = "a@b.c".parse().unwrap();
    let addresses = [email.key().clone()];
    let request =
        IdempotentRequest { account, caller: id, key_hash: [0; 32], request_hash: [0; 32] };
    tx.account_for_update(account)?;
    tx.connection_of(account, connection)?;
    tx.count_identities(account, connection)?;
    tx.delete_connection(account, connection)?;
    tx.api_key_by_hash([0; 32])?;
    tx.api_key(account, id.into())?;
    tx.api_keys_for_update(account)?;
    tx.api_key_for_update(account, id.into())?;
    tx.api_keys_of_client(account, id.into())?;
    tx.set_api_key_end(account, id.into(), now)?;
    tx.scim_client(account, id.into())?;
    tx.scim_client_for_update(account, id.into())?;
    tx.scim_client_by_name(account, "a")?;
    tx.scim_clients(account, &[id.into()])?;
    tx.count_external_ids(id.into())?;
    tx.delete_scim_client(account, id.into())?;
    tx.delete_api_key(account, id.into())?;
    tx.record_use(account, id.into(), now)?;
    tx.sessions_of(account, user, now)?;
    tx.idempotent_response(account, id, [0; 32])?;
    let _ = tx.store_idempotent_response(&request, &[], now);
    tx.failed = false;
    tx.release_idempotent(&request)?;
    tx.is_remembered(account, connection, "a", now)?;
    tx.user_for_update(account, user)?;
    tx.users_with_email(account, &addresses)?;
    tx.enabled_admins(account, 10)?;
    tx.users_by_email(account, &addresses)?;
    tx.users_by_user_name(account, &[email.key().into()])?;
    tx.users_by_external_id(account, &["a".into()])?;
    tx.enabled_admins_for_update(account)?;
    tx.clear_external_ids(account, &["a".into()])?;
    tx.leave_teams(account, user, &[team])?;
    tx.deleted_user(account, user)?;
    tx.deleted_by_subject(account, connection, &SubjectKey::exact("A@b.example"))?;
    tx.deleted_by_email(account, &addresses)?;
    tx.delete_deleted_user(account, user)?;
    tx.existing_teams_by_id(account, &[team])?;
    tx.team(account, team)?;
    tx.team_for_update(account, team)?;
    tx.team_for_share(account, team)?;
    tx.delete_team(account, team)?;
    tx.member(account, team, user)?;
    tx.all_members(account, team)?;
    tx.has_members(account, team)?;
    tx.memberships_of_user(account, user)?;
    tx.put_user_external_id(account, id.into(), user, None)?;
    tx.user_external_ids(id.into(), &[user])?;
    tx.users_by_scim_external_id(id.into(), "a", 1)?;
    tx.put_team_external_id(account, id.into(), team, None)?;
    tx.team_external_ids(id.into(), &[team])?;
    tx.teams_by_scim_external_id(id.into(), "a", 1)?;
    tx.account_roles_for_update(account, &[user])?;
    tx.requested_roles(account, team, &[user])?;
    tx.delete_memberships(account, team, &[user])?;
    tx.end_sessions(account, user)?;
    tx.end_sessions_through(account, user, connection)?;
    tx.has_identity(account, connection, user)?;
    tx.delete_identity(account, id.into())?;
    tx.delete_user(account, user)?;
    tx.attempt(account, id.into())?;
    tx.attempt_message(account, id.into(), now)?;
    tx.attempt_attributes(account, id.into(), now)?;
    tx.session_of_response(connection, [0; 32], now)?;
    tx.attempts_with_message(account, &[id.into()], now)?;
    tx.audit_entry(account, id.into())?;
    tx.names_of_keys(account, &[id.into()])?;
    tx.names_of_users(account, &[user])?;
    let job = ImportId::from(id);
    let lease = ImportLease { account, job, holder: id };
    tx.import_job(account, job)?;
    tx.unfinished_imports(account)?;
    tx.import_part(job, 0)?;
    tx.submit_import(account, job, 1, now)?;
    tx.has_runnable_import(now)?;
    tx.claim_import(id, now, now)?;
    tx.advance_import(&lease, now, 1, Some(&ImportCounts::default()))?;
    tx.end_import(&lease, &import_job(account, job))?;
    tx.import_results(job)?;
    tx.cancel_import(account, job, now, now)?;
    tx.delete_import(account, job)?;
    tx.end_import_leases(now)?;
    Ok(())
}

#[test]
fn no_query_of_the_admin_api_scans_a_table() {
    let (_folder, db) = migrated_db();
    let statements = record_statements(&db, run_api_queries);
    assert_about(&statements, &["users", "memberships", "audit_events", "import_jobs"]);
    assert_about(&statements, &["teams", "api_keys", "idempotent_answers", "scim_clients"]);
    assert_all_use_an_index(&db, &statements);
}

/// The queries without an interesting plan: they insert, read the few accounts, belong
/// to a migration, or replace a row by its key.
const WITHOUT_PLAN: [&str; 13] = [
    "accounts",
    "recompute_comparison_keys",
    "put_idp_metadata",
    "put_memberships",
    "begin_idempotent",
    "record_certificate_uses",
    "remember_assertion",
    "update_account",
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
        // Pages of lists are looked at by tests/store, on both databases.
        // Those that fill are for migrations.
        let elsewhere = ["insert_", "list_", "fill_"].iter().any(|kind| name.starts_with(kind));
        let is_tested = elsewhere || WITHOUT_PLAN.contains(name) || with_plans.contains(name);
        assert!(is_tested, "the plan of {name} is not looked at");
    }
}

#[derive(QueryableByName)]
struct NameRow {
    #[diesel(sql_type = sql_types::Text)]
    name: String,
}

/// A deletion of a row looks up the rows that refer to it.
#[test]
fn foreign_keys_are_indexed() {
    let (_folder, db) = migrated_db();
    // The columns of a foreign key that no index begins with: alone, or behind
    // the account.
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

#[test]
fn bulk_lookup_uses_the_index_in_accounts_of_any_size() {
    let (_folder, db) = migrated_db();
    let (account, team) = (Uuid::nil().into(), Uuid::nil().into());
    // As many as one statement asks for.
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
        tx.account_roles_for_update(account, &users)?;
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

/// Records logins of a user who does not exist: the errors do not matter here.
fn record_logins(tx: &mut Tx<'_>) {
    let (account, user) = (Uuid::nil().into(), Uuid::nil().into());
    for is_first in [true, false] {
        let _ = tx.record_login(account, user, Timestamp::UNIX_EPOCH, is_first);
        tx.failed = false;
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
        assert!(steps.iter().all(|step| step.starts_with("SEARCH users USING INDEX")), "{steps:?}");
    }
}
