//! Who asked: a message answers a request of this browser, on this
//! connection, once, within ten minutes.

use chrono::TimeDelta;
use usher::domain::connection::{ProvisioningPolicy, SamlPolicy};

use crate::{
    support::{
        browser::{Browser, location},
        db::TestDb,
    },
    world::{LOGIN, Person, World, failed},
};

const IN_RESPONSE_TO: &str = "response.in_response_to";

fn ada() -> Person {
    Person::with_email("ada@example.com")
}

async fn several_tabs_of_a_browser_share_its_cookie(db: TestDb) {
    let world = World::new(db);
    let server = &world.server;
    let browser = Browser::new();
    let first = server.begin_login(&browser).await;
    let cookie = browser.cookie(LOGIN).unwrap();
    let second = server.begin_login(&browser).await;
    assert_eq!(browser.cookie(LOGIN), Some(cookie));
    assert_ne!((&first.id, &first.relay_state), (&second.id, &second.relay_state));
    for request in [second, first] {
        let answer = world.response_to(&request, &ada());
        let answer = server.post_acs(&browser, Some(&answer), Some(&request.relay_state)).await;
        assert_eq!(location(&answer), "/");
    }
}

async fn a_forged_cookie_is_rejected(db: TestDb) {
    let world = World::new(db);
    for forged in ["", "x", &"=".repeat(43), &"a".repeat(5_000)] {
        let browser = Browser::new();
        browser.take_cookie(LOGIN, forged);
        world.server.begin_login(&browser).await;
        let cookie = browser.cookie(LOGIN).unwrap();
        assert_eq!(cookie.len(), 43);
        assert_ne!(cookie, forged);
    }
}

async fn login_started_in_another_browser_is_rejected(db: TestDb) {
    let world = World::new(db);
    let request = world.server.begin_login(&Browser::new()).await;
    let other = Browser::new();
    world.server.begin_login(&other).await;
    for browser in [other, Browser::new()] {
        let answer = world.response_to(&request, &ada());
        let answer = world.server.post_acs(&browser, Some(&answer), None).await;
        let attempt = world.expect_rejection(&browser, &answer).await;
        assert_eq!(failed(&attempt), [IN_RESPONSE_TO]);
    }
    // It is still its own browser's to end.
    assert_eq!(world.count_rows("pending_requests"), 2);
}

async fn login_is_completed_once(db: TestDb) {
    let world = World::new(db);
    let server = &world.server;
    let browser = Browser::new();
    let request = server.begin_login(&browser).await;
    let relay_state = Some(request.relay_state.as_str());
    let answer = world.response_to(&request, &ada());
    assert_eq!(location(&server.post_acs(&browser, Some(&answer), relay_state).await), "/");
    // Another message, genuine as well, for the same request.
    let again = world.response_to(&request, &ada());
    let again = server.post_acs(&browser, Some(&again), relay_state).await;
    assert!(location(&again).starts_with("/signin/error/"), "{again:?}");
    let attempts = server.attempts();
    let rejected = attempts.iter().find(|attempt| !failed(attempt).is_empty()).unwrap();
    assert!(failed(rejected).contains(&IN_RESPONSE_TO), "{:#?}", rejected.checks);
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
        let answer = world.response_to(&request, &ada());
        let answer = world.server.post_acs(&browser, Some(&answer), None).await;
        assert_eq!(location(&answer) == "/", let_in, "{later}: {:#?}", world.latest_attempt());
        if !let_in {
            let attempt = world.expect_rejection(&browser, &answer).await;
            assert_eq!(failed(&attempt), [IN_RESPONSE_TO]);
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
    let crossed = crate::support::server::AuthnRequest { id: request.id.clone(), ..others };
    let answer = world.response_to(&crossed, &ada());
    let fields = [("SAMLResponse", answer.as_str())];
    let answer = browser.post_form(&server.saml_of(&other, "acs"), &fields).await;
    let attempt = world.expect_rejection(&browser, &answer).await;
    assert_eq!(attempt.connection, other.id);
    assert_eq!(failed(&attempt), [IN_RESPONSE_TO]);
    // And a message for the one, brought to the other.
    let answer = world.response_to(&request, &ada());
    let fields = [("SAMLResponse", answer.as_str())];
    let answer = browser.post_form(&server.saml_of(&other, "acs"), &fields).await;
    let attempt = world.expect_rejection(&browser, &answer).await;
    assert!(failed(&attempt).contains(&"response.destination"), "{:#?}", attempt.checks);
}

async fn an_unsolicited_response_is_rejected(db: TestDb) {
    let world = World::new(db);
    let browser = Browser::new();
    let answer = world.unsolicited_response(&ada());
    let answer = world.server.post_acs(&browser, Some(&answer), None).await;
    let attempt = world.expect_rejection(&browser, &answer).await;
    assert_eq!(failed(&attempt), [IN_RESPONSE_TO]);
}

async fn unsolicited_response_is_accepted_where_allowed(db: TestDb) {
    let saml = SamlPolicy { idp_initiated: true, ..SamlPolicy::default() };
    let world = World::with_policies(db, saml, ProvisioningPolicy::default());
    let browser = Browser::new();
    let answer = world.unsolicited_response(&ada());
    let answer = world.server.post_acs(&browser, Some(&answer), None).await;
    assert_eq!(location(&answer), "/");
    assert!(world.session(&browser).await.is_some());
    // An answer to an unknown request is not an unsolicited response.
    let browser = Browser::new();
    let request = world.server.begin_login(&Browser::new()).await;
    let answer = world.response_to(&request, &ada());
    let answer = world.server.post_acs(&browser, Some(&answer), None).await;
    let attempt = world.expect_rejection(&browser, &answer).await;
    assert_eq!(failed(&attempt), [IN_RESPONSE_TO]);
}

on_both_databases! {
    several_tabs_of_a_browser_share_its_cookie,
    a_forged_cookie_is_rejected,
    login_started_in_another_browser_is_rejected,
    login_is_completed_once,
    a_login_may_take_ten_minutes,
    a_request_of_one_connection_is_not_answered_on_another,
    an_unsolicited_response_is_rejected,
    unsolicited_response_is_accepted_where_allowed,
}
