//! Who asked: a message answers a request of this browser, on this
//! connection, once, within ten minutes.

use chrono::TimeDelta;
use futures_util::future::join_all;
use reqwest::Method;
use usher::domain::connection::{ProvisioningPolicy, SamlPolicy};

use crate::{
    support::{
        browser::{Browser, location},
        db::TestDb,
        server::AuthnRequest,
    },
    world::{LOGIN, Person, World, failed_check_ids},
};

const IN_RESPONSE_TO: &str = "response.in_response_to";

fn ada() -> Person {
    Person::with_email("ada@example.com")
}

/// Posts a valid response to a request. Returns whether it signs the person in.
async fn is_answered(world: &World, browser: &Browser, request: &AuthnRequest) -> bool {
    let response = world.response_to(request, &ada());
    let posted = world.server.post_acs(browser, Some(&response), Some(&request.relay_state)).await;
    location(&posted) == "/"
}

/// What failed, in words, when a browser posts a valid response to a request.
async fn rejection(world: &World, browser: &Browser, request: &AuthnRequest) -> String {
    let response = world.response_to(request, &ada());
    let posted = world.server.post_acs(browser, Some(&response), None).await;
    let attempt = world.expect_rejection(browser, &posted).await;
    assert_eq!(failed_check_ids(&attempt), [IN_RESPONSE_TO]);
    attempt.checks.failed().next().unwrap().actual.clone()
}

async fn beginning_a_login_writes_nothing(db: TestDb) {
    let world = World::new(db);
    let before = world.server.db().rows();
    for _ in 0..3 {
        world.server.begin_login(&Browser::new()).await;
    }
    assert_eq!(world.server.db().rows(), before);
}

/// Any page could otherwise begin many logins in a browser, and fill it with cookies.
async fn image_of_a_page_begins_no_login(db: TestDb) {
    let world = World::new(db);
    for (mode, status) in [("no-cors", 400), ("cors", 400), ("", 400), ("navigate", 303)] {
        let browser = Browser::new();
        let request = browser.request(Method::GET, &world.server.saml("login"));
        let response = browser.send(request.header("Sec-Fetch-Mode", mode)).await;
        assert_eq!(response.status().as_u16(), status, "{mode}");
        assert_eq!(browser.cookies(LOGIN).is_empty(), status == 400, "{mode}");
    }
}

/// Tabs that a browser restores begin at the same time, without each other's cookies.
async fn three_tabs_complete_their_logins_in_any_order(db: TestDb) {
    let world = World::new(db);
    let server = &world.server;
    for order in [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] {
        let browser = Browser::new();
        let begun = (0..3).map(|_| server.begin_login(&browser));
        let requests = join_all(begun).await;
        assert_eq!(browser.cookies(LOGIN).len(), 3);
        for tab in order {
            assert!(is_answered(&world, &browser, &requests[tab]).await, "{order:?}");
        }
    }
}

async fn cookies_of_a_browser_are_bounded_and_the_oldest_is_removed_first(db: TestDb) {
    let world = World::new(db);
    let (server, browser) = (&world.server, Browser::new());
    let mut requests = Vec::new();
    for _ in 0..40 {
        server.clock.advance(TimeDelta::seconds(1));
        requests.push(server.begin_login(&browser).await);
        let cookies = browser.cookies(LOGIN);
        let bytes: usize = cookies.iter().map(|(name, value)| name.len() + value.len() + 3).sum();
        assert!(bytes <= 4096, "{bytes}");
    }
    let stored = browser.cookies(LOGIN).len();
    assert!(stored > 10, "{stored} tabs");
    let (lost, recent) = requests.split_at(40 - stored);
    let reason = rejection(&world, &browser, lost.last().unwrap()).await;
    assert!(reason.contains("this browser has no cookie of the login"), "{reason}");
    assert!(is_answered(&world, &browser, &recent[0]).await, "the oldest that fits");

    // One that leads to a long address takes most of the space.
    let long = format!("{}?return_to=/{}", server.saml("login"), "a".repeat(2_047));
    let request = server.begin_login_at(&browser, &long).await;
    assert!(browser.cookies(LOGIN).len() < stored);
    let response = world.response_to(&request, &ada());
    let posted = server.post_acs(&browser, Some(&response), None).await;
    assert_eq!(location(&posted).len(), 2_048);
}

async fn tampered_cookie_answers_no_request(db: TestDb) {
    let world = World::new(db);
    let browser = Browser::new();
    let (first, second) =
        (world.server.begin_login(&browser).await, world.server.begin_login(&browser).await);
    let cookie = |request: &AuthnRequest| format!("{LOGIN}{}", request.id);
    let value = browser.cookie(&cookie(&first)).unwrap();
    let flipped = |index: usize| {
        let mut bytes = value.clone().into_bytes();
        bytes[index] = if bytes[index] == b'A' { b'B' } else { b'A' };
        String::from_utf8(bytes).unwrap()
    };
    let (begin, end) = (flipped(3), flipped(value.len() - 3));
    let other = browser.cookie(&cookie(&second)).unwrap();
    let long = "a".repeat(5_000);
    for forged in ["x", "=", "%00", &value[1..], &value[..40], &begin, &end, &other, &long] {
        let browser = Browser::new();
        browser.take_cookie(&cookie(&first), forged);
        let reason = rejection(&world, &browser, &first).await;
        assert!(reason.contains("was changed, or sealed with another secret key"), "{reason}");
        // The next login removes what can't be read, and goes on.
        let request = world.server.begin_login(&browser).await;
        assert!(is_answered(&world, &browser, &request).await, "{forged}");
    }
    assert!(is_answered(&world, &browser, &first).await);
}

async fn cookie_of_another_secret_key_answers_no_request(db: TestDb) {
    let world = World::new(db);
    let browser = Browser::new();
    let request = world.server.begin_login(&browser).await;
    let rotated = world.replica_with_key("OTg3NjU0MzIxMDk4NzY1NDMyMTA5ODc2NTQzMjEwOTg=");
    let reason = rejection(&rotated, &browser, &request).await;
    assert!(reason.contains("sealed with another secret key"), "{reason}");
    assert!(is_answered(&world, &browser, &request).await, "under its own key");
}

async fn request_is_answered_once_across_replicas(db: TestDb) {
    let world = World::new(db);
    let replica = world.replica();
    let browser = Browser::new();
    let request = world.server.begin_login(&browser).await;
    assert!(is_answered(&replica, &browser, &request).await, "on another than it was begun on");
    let signed_out = Browser::new();
    for (name, value) in browser.cookies(LOGIN) {
        signed_out.take_cookie(&name, &value);
    }
    for server in [&world, &replica] {
        let reason = rejection(server, &signed_out, &request).await;
        assert!(reason.contains("was answered already"), "{reason}");
    }
    assert_eq!(world.count_rows("sessions"), 1);
}

async fn login_started_in_another_browser_is_rejected(db: TestDb) {
    let world = World::new(db);
    let own = Browser::new();
    let request = world.server.begin_login(&own).await;
    let other = Browser::new();
    world.server.begin_login(&other).await;
    for browser in [other, Browser::new()] {
        let reason = rejection(&world, &browser, &request).await;
        assert!(reason.contains("begun in another browser"), "{reason}");
    }
    assert!(is_answered(&world, &own, &request).await, "in its own browser");
}

async fn login_is_completed_once(db: TestDb) {
    let world = World::new(db);
    let server = &world.server;
    let browser = Browser::new();
    let request = server.begin_login(&browser).await;
    let relay_state = Some(request.relay_state.as_str());
    let response = world.response_to(&request, &ada());
    assert_eq!(location(&server.post_acs(&browser, Some(&response), relay_state).await), "/");
    // Another message, genuine as well, for the same request.
    let again = world.response_to(&request, &ada());
    let again = server.post_acs(&browser, Some(&again), relay_state).await;
    assert!(location(&again).starts_with("/signin/error/"), "{again:?}");
    let attempts = server.attempts();
    let rejected = attempts.iter().find(|attempt| !failed_check_ids(attempt).is_empty()).unwrap();
    assert!(failed_check_ids(rejected).contains(&IN_RESPONSE_TO), "{:#?}", rejected.checks);
    assert_eq!(world.count_rows("sessions"), 1);
}

/// To the minute: at ten minutes it is over, just before it is not.
async fn a_login_may_take_ten_minutes(db: TestDb) {
    let world = World::new(db);
    let just_before = TimeDelta::minutes(10) - TimeDelta::seconds(1);
    for (later, let_in) in [(just_before, true), (TimeDelta::minutes(10), false)] {
        let browser = Browser::new();
        let request = world.server.begin_login(&browser).await;
        world.server.clock.advance(later);
        let response = world.response_to(&request, &ada());
        let response = world.server.post_acs(&browser, Some(&response), None).await;
        assert_eq!(location(&response) == "/", let_in, "{later}: {:#?}", world.latest_attempt());
        if !let_in {
            let attempt = world.expect_rejection(&browser, &response).await;
            assert_eq!(failed_check_ids(&attempt), [IN_RESPONSE_TO]);
            // A browser drops the cookie then.
            let reason = rejection(&world, &Browser::new(), &request).await;
            assert!(reason.contains("begun too long ago"), "{reason}");
        }
    }
}

/// The same identity provider, the same browser, another connection.
async fn a_request_of_one_connection_is_not_answered_on_another(db: TestDb) {
    let world = World::new(db);
    let server = &world.server;
    let other = server.connect(&server.account, "Another", world.setup());
    let browser = Browser::new();
    let request = server.begin_login(&browser).await;
    let address = server.saml_of(&other, "login");
    let others = server.begin_login_at(&browser, &address).await;
    // Addressed to the other connection in every respect but the request.
    let crossed = AuthnRequest { id: request.id.clone(), ..others };
    let response = world.response_to(&crossed, &ada());
    let fields = [("SAMLResponse", response.as_str())];
    let response = browser.post_form(&server.saml_of(&other, "acs"), &fields).await;
    let attempt = world.expect_rejection(&browser, &response).await;
    assert_eq!(attempt.connection, other.id);
    assert_eq!(failed_check_ids(&attempt), [IN_RESPONSE_TO]);
    // And a message for the one, brought to the other.
    let response = world.response_to(&request, &ada());
    let fields = [("SAMLResponse", response.as_str())];
    let response = browser.post_form(&server.saml_of(&other, "acs"), &fields).await;
    let attempt = world.expect_rejection(&browser, &response).await;
    assert!(failed_check_ids(&attempt).contains(&"response.destination"), "{:#?}", attempt.checks);
}

async fn an_unsolicited_response_is_rejected(db: TestDb) {
    let world = World::new(db);
    let browser = Browser::new();
    let response = world.unsolicited_response(&ada());
    let response = world.server.post_acs(&browser, Some(&response), None).await;
    let attempt = world.expect_rejection(&browser, &response).await;
    assert_eq!(failed_check_ids(&attempt), [IN_RESPONSE_TO]);
}

async fn unsolicited_response_is_accepted_where_allowed(db: TestDb) {
    let saml = SamlPolicy { idp_initiated: true, ..SamlPolicy::default() };
    let world = World::with_policies(db, saml, ProvisioningPolicy::default());
    let browser = Browser::new();
    let response = world.unsolicited_response(&ada());
    let response = world.server.post_acs(&browser, Some(&response), None).await;
    assert_eq!(location(&response), "/");
    assert!(world.session(&browser).await.is_some());
    // An answer to an unknown request is not an unsolicited response.
    let browser = Browser::new();
    let request = world.server.begin_login(&Browser::new()).await;
    let response = world.response_to(&request, &ada());
    let response = world.server.post_acs(&browser, Some(&response), None).await;
    let attempt = world.expect_rejection(&browser, &response).await;
    assert_eq!(failed_check_ids(&attempt), [IN_RESPONSE_TO]);
}

on_both_databases! {
    beginning_a_login_writes_nothing,
    image_of_a_page_begins_no_login,
    three_tabs_complete_their_logins_in_any_order,
    cookies_of_a_browser_are_bounded_and_the_oldest_is_removed_first,
    tampered_cookie_answers_no_request,
    cookie_of_another_secret_key_answers_no_request,
    request_is_answered_once_across_replicas,
    login_started_in_another_browser_is_rejected,
    login_is_completed_once,
    a_login_may_take_ten_minutes,
    a_request_of_one_connection_is_not_answered_on_another,
    an_unsolicited_response_is_rejected,
    unsolicited_response_is_accepted_where_allowed,
}
