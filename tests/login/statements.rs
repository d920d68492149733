//! How many statements a login takes.

use chrono::TimeDelta;
use usher::domain::attempt::AttemptOutcome;

use crate::{
    support::{browser::Browser, db::TestDb, statements::Statements},
    world::{Person, SESSION, World},
};

on_both_databases! {
    login_of_a_known_user_takes_few_statements,
}

/// Begins and ends transactions, and is no statement of the login.
fn is_control(statement: &str) -> bool {
    ["PRAGMA", "BEGIN", "SAVEPOINT", "RELEASE", "COMMIT"]
        .iter()
        .any(|word| statement.starts_with(word))
}

async fn login_of_a_known_user_takes_few_statements(db: TestDb) {
    let statements = Statements::follow(db.address());
    let is_sqlite = db.address().starts_with("sqlite:");
    let world = World::new(db);
    let person = Person::with_email("ada@example.com").with_attribute("firstName", "Ada");
    for _ in 0..3 {
        world.login(&person).await;
    }
    for seconds in [1, 3_600] {
        world.server.clock.advance(TimeDelta::seconds(seconds));
        let browser = Browser::new();
        let request = world.server.begin_login(&browser).await;
        let response = world.response_to(&request, &person);
        statements.take();
        world.server.post_acs(&browser, Some(&response), Some(&request.relay_state)).await;
        let sent = statements.take();
        assert!(browser.cookie(SESSION).is_some());
        assert_eq!(world.latest_attempt().outcome, AttemptOutcome::SignedIn);
        if is_sqlite {
            let begin = sent.iter().position(|one| is_control(one)).unwrap();
            let (before, transaction) = sent.split_at(begin);
            let transaction = transaction.iter().filter(|one| !is_control(one));
            assert!((1..=2).contains(&before.len()), "before the transaction: {sent:#?}");
            assert!((1..=5).contains(&transaction.count()), "in the transaction: {sent:#?}");
        } else {
            assert!((1..=3).contains(&sent.len()), "round trips: {sent:#?}");
        }
        let prepared = statements.prepared();
        for statement in sent.iter().filter(|one| !is_control(one)) {
            assert!(prepared.contains(statement.trim_end()), "prepared each time: {statement}");
        }
    }
}
