//! Messages that are genuine, and brought again, or by somebody else, or too
//! late. Each on both databases.

use chrono::TimeDelta;
use usher::domain::attempt::AttemptOutcome;

use super::{
    AttackScene, Browser, ForgedMessage, SamlPolicy, Server, Signed, TestDb, attempt_of,
    begin_login, expect_rejection, failed_checks, location, server, signed_in,
};

/// A connection where nobody needs to ask, and a message for it.
async fn unasked(db: TestDb) -> (Server, String) {
    let server = server(db, SamlPolicy { idp_initiated: true, ..SamlPolicy::default() });
    let (mut scene, _) = begin_login(&server, &Browser::new()).await;
    scene.context.request = None;
    (server, field(&scene))
}

fn field(scene: &AttackScene) -> String {
    ForgedMessage::from(scene.valid_response(Signed::Both)).field.unwrap()
}

async fn message_is_accepted_once(db: TestDb) {
    let (server, field) = unasked(db).await;
    let (first, second) = (Browser::new(), Browser::new());
    assert_eq!(location(&server.post_acs(&first, Some(&field), None).await), "/");
    assert!(signed_in(&server, &first).await);
    for browser in [second, Browser::new()] {
        let response = server.post_acs(&browser, Some(&field), None).await;
        let attempt = expect_rejection(&server, &browser, &response).await;
        assert_eq!(failed_checks(&attempt.checks), ["replay"]);
    }
}

async fn message_is_accepted_once_across_replicas(db: TestDb) {
    let (server, field) = unasked(db).await;
    let replica = server.replica();
    assert_eq!(location(&server.post_acs(&Browser::new(), Some(&field), None).await), "/");
    let browser = Browser::new();
    let response = replica.post_acs(&browser, Some(&field), None).await;
    let attempt = expect_rejection(&replica, &browser, &response).await;
    assert_eq!(failed_checks(&attempt.checks), ["replay"]);
}

async fn one_of_many_simultaneous_replays_is_accepted(db: TestDb) {
    let (server, field) = unasked(db).await;
    let replica = server.replica();
    let (mut browsers, mut posts) = (Vec::new(), Vec::new());
    browsers.resize_with(16, Browser::new);
    for (number, browser) in browsers.iter().enumerate() {
        let server = if number % 2 == 0 { &server } else { &replica };
        posts.push(server.post_acs(browser, Some(&field), None));
    }
    let answers = futures_util::future::join_all(posts).await;
    let let_in = answers.iter().filter(|answer| location(answer) == "/").count();
    assert_eq!(let_in, 1);
    let attempts = server.attempts();
    assert_eq!(attempts.len(), 16);
    let rejected = attempts.iter().filter(|attempt| attempt.outcome == AttemptOutcome::Rejected);
    assert_eq!(rejected.filter(|attempt| failed_checks(&attempt.checks) == ["replay"]).count(), 15);
}

async fn response_to_a_request_is_accepted_once(db: TestDb) {
    let server = server(db, SamlPolicy::default());
    let browser = Browser::new();
    let (scene, request) = begin_login(&server, &browser).await;
    let relay_state = Some(request.relay_state.as_str());
    let field = field(&scene);
    assert_eq!(location(&server.post_acs(&browser, Some(&field), relay_state).await), "/");
    // Its own browser is sent to where the login went, and nothing comes of it.
    let again = server.post_acs(&browser, Some(&field), relay_state).await;
    assert_eq!(location(&again), "/");
    assert!(again.headers().get("set-cookie").is_none(), "{again:?}");
    assert_eq!(server.attempts().len(), 1);
    let thief = Browser::new();
    let again = server.post_acs(&thief, Some(&field), relay_state).await;
    let attempt = attempt_of(&server, &again);
    assert!(failed_checks(&attempt.checks).contains(&"response.in_response_to"), "{attempt:#?}");
}

async fn response_is_accepted_in_the_browser_of_the_request_only(db: TestDb) {
    let server = server(db, SamlPolicy::default());
    let (scene, request) = begin_login(&server, &Browser::new()).await;
    let other = Browser::new();
    let _ = begin_login(&server, &other).await;
    let relay_state = Some(request.relay_state.as_str());
    let response = server.post_acs(&other, Some(&field(&scene)), relay_state).await;
    let attempt = expect_rejection(&server, &other, &response).await;
    assert!(failed_checks(&attempt.checks).contains(&"response.in_response_to"), "{attempt:#?}");
}

async fn rejected_response_does_not_consume_the_request(db: TestDb) {
    let server = server(db, SamlPolicy::default());
    let browser = Browser::new();
    let (scene, request) = begin_login(&server, &browser).await;
    let relay_state = Some(request.relay_state.as_str());
    let forged = crate::signatures::changed_assertion(&scene);
    let response = server.post_acs(&browser, forged.field.as_deref(), relay_state).await;
    expect_rejection(&server, &browser, &response).await;
    let valid = server.post_acs(&browser, Some(&field(&scene)), relay_state).await;
    assert_eq!(location(&valid), "/");
}

async fn response_after_ten_minutes_is_rejected(db: TestDb) {
    let server = server(db, SamlPolicy::default());
    let browser = Browser::new();
    let (mut scene, request) = begin_login(&server, &browser).await;
    server.clock.advance(TimeDelta::minutes(11));
    scene.context.now = server.clock.now();
    let relay_state = Some(request.relay_state.as_str());
    let response = server.post_acs(&browser, Some(&field(&scene)), relay_state).await;
    let attempt = expect_rejection(&server, &browser, &response).await;
    assert!(failed_checks(&attempt.checks).contains(&"response.in_response_to"), "{attempt:#?}");
}

async fn message_issued_an_hour_ago_is_rejected(db: TestDb) {
    let (server, field) = unasked(db).await;
    server.clock.advance(TimeDelta::minutes(60));
    let browser = Browser::new();
    let response = server.post_acs(&browser, Some(&field), None).await;
    let attempt = expect_rejection(&server, &browser, &response).await;
    assert!(failed_checks(&attempt.checks).contains(&"response.issue_instant"), "{attempt:#?}");
}

macro_rules! on_both_databases {
    ($($name:ident),* $(,)?) => {
        mod sqlite {$(
            #[tokio::test]
            async fn $name() {
                super::$name(super::TestDb::sqlite()).await;
            }
        )*}

        mod postgres {$(
            #[tokio::test]
            async fn $name() {
                super::$name(super::TestDb::postgres()).await;
            }
        )*}
    };
}

on_both_databases! {
    message_is_accepted_once,
    message_is_accepted_once_across_replicas,
    one_of_many_simultaneous_replays_is_accepted,
    response_to_a_request_is_accepted_once,
    response_is_accepted_in_the_browser_of_the_request_only,
    rejected_response_does_not_consume_the_request,
    response_after_ten_minutes_is_rejected,
    message_issued_an_hour_ago_is_rejected,
}
