//! No query looks at a whole table: what `SQLite` says of its plans. The two
//! databases have the same indexes. (For the pages of lists, both are asked:
//! `tests/store/lists/plans.rs`.)

use std::sync::{Arc, Mutex};

use diesel::{
    Connection as _, QueryableByName, RunQueryDsl, connection::InstrumentationEvent, sql_query,
    sql_types,
};
use uuid::Uuid;

use super::{AttemptFilter, Db, KeyOwner, PoolOptions, StoreError, Tx, tx::Inner};
use crate::domain::{
    Timestamp,
    attempt::{Outcome, Reference},
    email::Email,
    id::ConnectionId,
    team::TeamName,
};

#[derive(QueryableByName)]
struct Step {
    #[diesel(sql_type = sql_types::Text)]
    detail: String,
}

fn conn<'a>(tx: &'a mut Tx<'_>) -> &'a mut super::sqlite::Conn {
    match &mut tx.conn {
        Inner::Sqlite(conn) => conn,
        Inner::Postgres(_) => unreachable!("the test opens a file"),
    }
}

/// The statements that some work runs.
fn statements(db: &Db, work: impl Fn(&mut Tx<'_>) -> Result<(), StoreError>) -> Vec<String> {
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
    // The values stand behind the statement.
    seen.iter().map(|text| text.split(" -- binds").next().unwrap_or_default().to_owned()).collect()
}

fn steps(db: &Db, statement: &str) -> Vec<String> {
    db.write(|tx| {
        let explained = sql_query(format!("EXPLAIN QUERY PLAN {statement}"));
        let steps: Vec<Step> = explained.load(conn(tx))?;
        Ok::<_, StoreError>(steps.into_iter().map(|step| step.detail).collect())
    })
    .unwrap()
}

#[test]
fn no_query_looks_at_a_whole_table() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("usher.sqlite");
    let db = Db::open(path.to_str().unwrap(), &PoolOptions::default()).unwrap();
    db.migrate().unwrap();

    let (account, user, session) = (Uuid::nil().into(), Uuid::nil().into(), Uuid::nil().into());
    let connection: ConnectionId = Uuid::nil().into();
    let now = Timestamp::UNIX_EPOCH;
    let email: Email = "a@b.c".parse().unwrap();
    let team: TeamName = "Ops".parse().unwrap();
    let reference = Reference::new([0; 12]);
    let filters = [None, Some(connection)].map(|connection| AttemptFilter {
        connection,
        outcome: Some(Outcome::Denied),
        before: Some(now),
        limit: 1,
    });
    let statements = statements(&db, |tx| {
        tx.account_by_slug("a")?;
        tx.account(account)?;
        tx.connection(connection)?;
        tx.connections(account)?;
        tx.connection_for_update(account, connection)?;
        tx.keys(KeyOwner::Deployment)?;
        tx.keys(KeyOwner::Account(account))?;
        tx.pending_request(connection, "_a")?;
        tx.take_pending_request(connection, "_a")?;
        tx.known_by_identity(account, connection, "a")?;
        tx.known_by_email(account, connection, email.key())?;
        tx.user(account, user)?;
        tx.known_teams(account, &[team.key().clone()])?;
        tx.teams_of(account, user)?;
        tx.teams_of_users(account, &[user, user])?;
        tx.identities_of_users(account, &[user, user])?;
        tx.session_by_hash([0; 32])?;
        tx.delete_session(account, session)?;
        tx.attempt_by_reference(account, &reference)?;
        tx.attempt_of_any_account(&reference)?;
        for filter in &filters {
            tx.attempts(account, filter)?;
        }
        tx.audit(account, 1)?;
        tx.delete_expired(now, now)?;
        Ok(())
    });
    // Those above, with the six of a sweep.
    assert_eq!(statements.len(), 29, "{statements:#?}");
    for statement in statements {
        let steps = steps(&db, &statement);
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
fn many_are_looked_up_one_by_one_however_many_the_account_has() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("usher.sqlite");
    let db = Db::open(path.to_str().unwrap(), &PoolOptions::default()).unwrap();
    db.migrate().unwrap();
    let (account, team) = (Uuid::nil().into(), Uuid::nil().into());
    // As many as one statement asks for.
    let emails: Vec<Email> = (0..500).map(|at| format!("{at}@b.c").parse().unwrap()).collect();
    let emails: Vec<_> = emails.iter().map(|email| email.key().clone()).collect();
    let names: Vec<TeamName> = (0..500).map(|at| format!("Team {at}").parse().unwrap()).collect();
    let names: Vec<_> = names.iter().map(|name| name.key().clone()).collect();
    let texts: Vec<_> = (0..500).map(|at| at.to_string()).collect();
    let users: Vec<_> = (0..500).map(|at| Uuid::from_u128(at).into()).collect();
    let teams: Vec<_> = (0..500).map(|at| Uuid::from_u128(at).into()).collect();
    let statements = statements(&db, |tx| {
        tx.users_by_email(account, &emails)?;
        tx.users_by_email_for_update(account, &emails)?;
        tx.users_by_external_id(account, &texts)?;
        tx.deleted_by_email(account, &emails)?;
        tx.known_teams(account, &names)?;
        tx.known_teams_by_id(account, &teams)?;
        tx.teams_of_users(account, &users)?;
        tx.identities_of_users(account, &users)?;
        tx.account_roles_for_update(account, &users)?;
        tx.team_roles(account, team, &users)?;
        tx.delete_memberships(account, team, &users)?;
        Ok(())
    });
    assert_eq!(statements.len(), 11);
    for statement in statements {
        let steps = steps(&db, &statement);
        assert!(!steps.iter().any(|step| step.starts_with("SCAN")), "{statement}: {steps:?}");
        let whole = steps.iter().any(|step| step.ends_with("(account_id=?)"));
        assert!(!whole, "all rows of the account: {statement}: {steps:?}");
    }
}

#[test]
fn a_login_is_recorded_by_the_index_of_users() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("usher.sqlite");
    let db = Db::open(path.to_str().unwrap(), &PoolOptions::default()).unwrap();
    db.migrate().unwrap();
    let statements = statements(&db, |tx| {
        // Nobody is there, which is told, and is not what is looked at here.
        let (account, user) = (Uuid::nil().into(), Uuid::nil().into());
        let _ = tx.record_login(account, user, Timestamp::UNIX_EPOCH, true);
        tx.failed = false;
        let _ = tx.record_login(account, user, Timestamp::UNIX_EPOCH, false);
        tx.failed = false;
        Ok(())
    });
    assert_eq!(statements.len(), 2);
    for statement in statements {
        let steps = steps(&db, &statement);
        assert!(steps.iter().all(|step| step.starts_with("SEARCH users USING INDEX")), "{steps:?}");
    }
}
