//! Rejected and denied logins: Usher writes an attempt, and nothing else.

use reqwest::StatusCode;
use usher::domain::{
    attempt::{Attempt, AttemptOutcome},
    provisioning::{Decision, Denial},
};

use crate::{
    support::{
        browser::{Browser, location},
        db::{Rows, TestDb},
    },
    world::{PERSISTENT, Person, World, failed_check_ids},
};

const ADA: &str = "ada@example.com";

/// Runs a login that is rejected, and compares every row of every table.
async fn leaves_an_attempt_alone(world: &World, person: &Person) -> Attempt {
    let browser = Browser::new();
    let before = world.server.db().rows();
    let response = world.try_login(&browser, person).await;
    let attempt = world.expect_rejection(&browser, &response).await;
    let after = world.server.db().rows();
    assert_eq!(after["attempts"].len(), before["attempts"].len() + 1);
    assert_eq!(other_tables(after), other_tables(before));
    attempt
}

/// Everything but attempts and answered requests: those end by themselves.
fn other_tables(mut rows: Rows) -> Rows {
    rows.remove("attempts").unwrap();
    rows.remove("seen_assertions").unwrap();
    // Which certificate verified a response, also one of a rejected login.
    rows.remove("certificate_uses").unwrap();
    rows
}

async fn rejected_message_leaves_only_an_attempt(db: TestDb) {
    let world = World::new(db);
    let person = Person::with_email(ADA)
        .with_attribute("teamName", "Red")
        .with_audience("https://another.example");
    let attempt = leaves_an_attempt_alone(&world, &person).await;
    assert_eq!(attempt.outcome, AttemptOutcome::Rejected);
    assert_eq!(failed_check_ids(&attempt), ["conditions.audience"]);
    // Its signature holds: it is found by the person whom it was about.
    assert_eq!(attempt.plan, None);
    assert_eq!((attempt.subject.as_deref(), attempt.email.as_deref()), (Some(ADA), Some(ADA)));
    // Its request still waits for a valid response.
    assert_eq!(world.count_rows("seen_assertions"), 0);
}

async fn malformed_message_leaves_only_an_attempt(db: TestDb) {
    let world = World::new(db);
    let before = other_tables(world.server.db().rows());
    for field in [None, Some(""), Some("%"), Some("AAAA"), Some("PHg+")] {
        let browser = Browser::new();
        let response = world.server.post_acs(&browser, field, None).await;
        let attempt = world.expect_rejection(&browser, &response).await;
        assert_eq!(attempt.outcome, AttemptOutcome::Rejected, "{field:?}");
        assert!(attempt.checks.failed().next().is_some());
    }
    assert_eq!(other_tables(world.server.db().rows()), before);
}

async fn missing_guard_attribute_leaves_only_an_attempt(db: TestDb) {
    let world = World::with_guard(db, "role");
    let attempt =
        leaves_an_attempt_alone(&world, &Person::with_email(ADA).with_attribute("teamName", "Red"))
            .await;
    assert_eq!(attempt.outcome, AttemptOutcome::Denied);
    assert_eq!(failed_check_ids(&attempt), Vec::<&str>::new());
    // The identity provider has answered: its request can't be answered again.
    assert_eq!(world.count_rows("seen_assertions"), 1);
}

async fn login_of_a_disabled_user_leaves_only_an_attempt(db: TestDb) {
    let world = World::new(db);
    world.login(&Person::with_email(ADA)).await;
    world.server.db().run("UPDATE users SET status = 'DISABLED'");
    let attempt = leaves_an_attempt_alone(&world, &Person::with_email(ADA)).await;
    assert!(matches!(attempt.plan.unwrap().decision, Decision::Deny(Denial::UserDisabled(_))));
}

async fn identity_conflict_leaves_only_an_attempt(db: TestDb) {
    let world = World::new(db);
    world.login(&Person::with_email(ADA)).await;
    let other = Person::with_name_id("u-2", PERSISTENT).with_attribute("email", ADA);
    let attempt = leaves_an_attempt_alone(&world, &other).await;
    assert!(matches!(attempt.plan.unwrap().decision, Decision::Deny(Denial::IdentityConflict(_))));
}

async fn subject_without_a_usable_address_or_length_creates_no_user(db: TestDb) {
    let world = World::new(db);
    let attempt = leaves_an_attempt_alone(&world, &Person::with_name_id("u-2", PERSISTENT)).await;
    assert_eq!(attempt.plan.unwrap().decision, Decision::Deny(Denial::EmailUnusable));
    let nameless = Person::with_email(&"x".repeat(257));
    let attempt = leaves_an_attempt_alone(&world, &nameless).await;
    assert_ne!(attempt.outcome, AttemptOutcome::Created);
}

/// An attempt lists every check in the same order, even after a failure.
async fn attempt_has_every_check(db: TestDb) {
    let world = World::new(db);
    world.login(&Person::with_email(ADA)).await;
    let ids = |attempt: &Attempt| -> Vec<&str> {
        attempt.checks.iter().map(|check| check.id.as_str()).collect()
    };
    let all = ids(&world.latest_attempt());
    assert!(all.contains(&"replay"), "{all:?}");
    let foreign = world
        .expect_failed_login(&Person::with_email(ADA).with_audience("https://another.example"))
        .await;
    assert_eq!(ids(&foreign), all);
    for field in [None, Some("AAAA"), Some("PHg+")] {
        let browser = Browser::new();
        let response = world.server.post_acs(&browser, field, None).await;
        let attempt = world.expect_rejection(&browser, &response).await;
        assert_eq!(ids(&attempt), all, "{field:?}");
    }
}

/// A disabled connection does not begin a login, and rejects one that began before.
async fn login_on_a_disabled_connection_leaves_only_an_attempt(db: TestDb) {
    let world = World::new(db);
    let server = &world.server;
    let browser = Browser::new();
    let request = server.begin_login(&browser).await;
    server.disable_connection(server.connection.id);
    let before = other_tables(server.db().rows());

    let sent = Browser::new().get(&server.saml("login")).await;
    assert_eq!((sent.status(), location(&sent)), (StatusCode::FORBIDDEN, ""));
    assert!(sent.text().await.unwrap().contains("switched off"));

    let response = world.response_to(&request, &Person::with_email(ADA));
    let response = server.post_acs(&browser, Some(&response), Some(&request.relay_state)).await;
    let attempt = world.expect_rejection(&browser, &response).await;
    assert_eq!(attempt.plan.unwrap().decision, Decision::Deny(Denial::ConnectionDisabled));
    assert_eq!(other_tables(server.db().rows()), before);
}

on_both_databases! {
    rejected_message_leaves_only_an_attempt,
    malformed_message_leaves_only_an_attempt,
    attempt_has_every_check,
    missing_guard_attribute_leaves_only_an_attempt,
    login_of_a_disabled_user_leaves_only_an_attempt,
    identity_conflict_leaves_only_an_attempt,
    subject_without_a_usable_address_or_length_creates_no_user,
    login_on_a_disabled_connection_leaves_only_an_attempt,
}
