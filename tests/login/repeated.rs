//! A response that is posted again: sent on in the browser that holds its session,
//! rejected everywhere else.

use chrono::TimeDelta;
use reqwest::{Response, StatusCode};
use usher::domain::connection::{ProvisioningPolicy, SamlPolicy};

use crate::{
    support::{
        browser::{Browser, location},
        db::TestDb,
        server::AuthnRequest,
    },
    world::{LOGIN, Person, SESSION, World, failed_check_ids},
};

fn ada() -> Person {
    Person::with_email("ada@example.com")
}

/// A login that is over, with the response that it took.
struct FinishedLogin {
    browser: Browser,
    request: AuthnRequest,
    response: String,
}

async fn finish_login(world: &World) -> FinishedLogin {
    let browser = Browser::new();
    let path = format!("{}?return_to=/orders", world.server.saml("login"));
    let request = world.server.begin_login_at(&browser, &path).await;
    let response = world.response_to(&request, &ada());
    let first = world.server.post_acs(&browser, Some(&response), Some(&request.relay_state)).await;
    assert!(first.status() == StatusCode::SEE_OTHER && location(&first) == "/orders", "{first:?}");
    FinishedLogin { browser, request, response }
}

async fn post(world: &World, browser: &Browser, done: &FinishedLogin) -> Response {
    // So that attempts are in the order in which they were made.
    world.server.clock.advance(TimeDelta::milliseconds(1));
    world.server.post_acs(browser, Some(&done.response), Some(&done.request.relay_state)).await
}

async fn repeated_post_in_the_same_browser_is_redirected_to_the_target(db: TestDb) {
    let world = World::new(db);
    let done = finish_login(&world).await;
    let (rows, session) = (world.server.db().rows(), done.browser.cookie(SESSION));
    for _ in 0..2 {
        let again = post(&world, &done.browser, &done).await;
        assert_eq!((again.status(), location(&again)), (StatusCode::SEE_OTHER, "/orders"));
    }
    assert_eq!(done.browser.cookie(SESSION), session);
    assert_eq!(world.server.db().rows(), rows, "session and attempt stay as they are");

    // A cross-site POST does not carry the session's cookie: either of the two does.
    for name in [format!("{LOGIN}{}", done.request.id), SESSION.to_owned()] {
        let browser = Browser::new();
        browser.take_cookie(&name, &done.browser.cookie(&name).unwrap());
        assert_eq!(location(&post(&world, &browser, &done).await), "/orders", "{name}");
    }
    assert_eq!(world.server.db().rows(), rows);
}

async fn repeated_post_in_another_browser_is_rejected(db: TestDb) {
    let world = World::new(db);
    let done = finish_login(&world).await;
    let other = world.login(&Person::with_email("grace@example.com")).await;
    let session = other.cookie(SESSION);
    for browser in [Browser::new(), other] {
        let response = post(&world, &browser, &done).await;
        assert!(location(&response).starts_with("/signin/error/"), "{response:?}");
        assert_eq!(failed_check_ids(&world.latest_attempt()), ["response.in_response_to"]);
        assert!(browser.cookie(SESSION).is_none() || browser.cookie(SESSION) == session);
    }
    assert_eq!(world.count_rows("sessions"), 2);
}

async fn repeated_post_after_the_session_ended_is_rejected(db: TestDb) {
    let world = World::new(db);
    let done = finish_login(&world).await;
    world.send_from_own_page(&done.browser, reqwest::Method::DELETE, "/session").await;
    assert_eq!(world.count_rows("sessions"), 0);
    let response = post(&world, &done.browser, &done).await;
    assert!(location(&response).starts_with("/signin/error/"), "{response:?}");
    assert_eq!(failed_check_ids(&world.latest_attempt()), ["response.in_response_to"]);
}

async fn another_response_to_the_same_request_is_rejected(db: TestDb) {
    let world = World::new(db);
    let done = finish_login(&world).await;
    let response = world.response_to(&done.request, &ada());
    let another = FinishedLogin { response, ..done };
    let response = post(&world, &another.browser, &another).await;
    assert!(location(&response).starts_with("/signin/error/"), "{response:?}");
}

async fn unsolicited_response_is_redirected_by_the_session_cookie(db: TestDb) {
    let saml = SamlPolicy { idp_initiated: true, ..SamlPolicy::default() };
    let world = World::with_policies(db, saml, ProvisioningPolicy::default());
    let (browser, answer) = (Browser::new(), world.unsolicited_response(&ada()));
    for _ in 0..2 {
        let posted = world.server.post_acs(&browser, Some(&answer), None).await;
        assert_eq!(location(&posted), "/");
    }
    assert_eq!((world.count_rows("attempts"), world.count_rows("sessions")), (1, 1));
    let other = Browser::new();
    let posted = world.server.post_acs(&other, Some(&answer), None).await;
    assert_eq!(failed_check_ids(&world.expect_rejection(&other, &posted).await), ["replay"]);
}

on_both_databases! {
    repeated_post_in_the_same_browser_is_redirected_to_the_target,
    repeated_post_in_another_browser_is_rejected,
    repeated_post_after_the_session_ended_is_rejected,
    another_response_to_the_same_request_is_rejected,
    unsolicited_response_is_redirected_by_the_session_cookie,
}
