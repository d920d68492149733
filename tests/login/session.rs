//! `/session`: who is signed in, until when, and signing out.

use chrono::{SecondsFormat, TimeDelta};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use usher::domain::{Timestamp, custom_attribute::Visibility};

use crate::{
    custom_attributes::{configure, define_text},
    support::{
        browser::{Browser, location},
        db::TestDb,
    },
    world::{Person, SESSION, World},
};

const ADA: &str = "ada@example.com";

fn ada() -> Person {
    Person::with_email(ADA)
        .with_attribute("firstName", "Ada")
        .with_attribute("lastName", "Lovelace")
        .with_attribute("role", "USER")
        .with_values("teamName", &["Red", "Blue"])
        .with_values("teamRole", &["ADMIN", "USER"])
}

fn instant(at: Timestamp) -> String {
    at.to_rfc3339_opts(SecondsFormat::AutoSi, true)
}

/// A status, and the body as JSON.
async fn status_and_body(answer: reqwest::Response) -> (StatusCode, String, Value) {
    let kind = answer.headers()["content-type"].to_str().unwrap().to_owned();
    (answer.status(), kind, answer.json().await.unwrap())
}

async fn session_returns_the_signed_in_user(db: TestDb) {
    let world = World::new(db);
    let browser = world.login(&ada()).await;
    let now = world.server.clock.now();
    let response = browser.get(&world.url("/session")).await;
    assert_eq!(response.headers()["cache-control"], "no-store");
    let (status, kind, body) = status_and_body(response).await;
    assert_eq!((status, kind.as_str()), (StatusCode::OK, "application/json"));
    let user = world.user(ADA);
    let ids = |field: &str| {
        let rows = world.server.db().rows_of("teams");
        let id = |name: &str| {
            let found = rows.iter().find(|row| row["name"].as_str().unwrap().contains(name));
            found.unwrap()[field].as_str().unwrap().trim_matches('\'').to_owned()
        };
        (id("Blue"), id("Red"))
    };
    let (blue, red) = ids("id");
    assert_eq!(
        body,
        json!({
            "id": body["id"],
            "account": "default",
            "user": {
                "id": user.id.to_string(),
                "email": ADA,
                "firstName": "Ada",
                "lastName": "Lovelace",
                "role": "USER",
                "attributes": {},
            },
            "teams": [
                { "id": blue, "name": "Blue", "role": "USER" },
                { "id": red, "name": "Red", "role": "ADMIN" },
            ],
            "createdAt": instant(now),
            "expiresAt": instant(now + TimeDelta::hours(12)),
        })
    );
    assert!(body["id"].as_str().unwrap().parse::<usher::domain::id::SessionId>().is_ok());
}

async fn session_has_the_custom_attributes_of_the_product(db: TestDb) {
    let world = World::new(db);
    for (name, visibility) in
        [("a", Visibility::Admin), ("b", Visibility::Both), ("p", Visibility::Product)]
    {
        define_text(&world, name, visibility);
    }
    let mapping = json!({"attributes.a": "role", "attributes.b": "b", "attributes.p": "p"});
    configure(&world, &json!({ "mapping": mapping }));
    let person = ada().with_attribute("b", "2").with_attribute("p", "3");
    let browser = world.login(&person).await;
    assert_eq!(world.user(ADA).profile.custom.len(), 3);
    let now = world.server.clock.now();
    let (status, _, body) = status_and_body(browser.get(&world.url("/session")).await).await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(
        body,
        json!({
            "id": body["id"],
            "account": "default",
            "user": {
                "id": world.user(ADA).id.to_string(),
                "email": ADA,
                "firstName": "Ada",
                "lastName": "Lovelace",
                "role": "USER",
                "attributes": { "b": "2", "p": "3" },
            },
            "teams": body["teams"],
            "createdAt": instant(now),
            "expiresAt": instant(now + TimeDelta::hours(12)),
        })
    );
}

async fn invalid_cookie_is_not_a_session(db: TestDb) {
    let world = World::new(db);
    let real = world.login(&ada()).await.cookie(SESSION).unwrap();
    let mut other = real.clone().into_bytes();
    other[0] = if other[0] == b'A' { b'B' } else { b'A' };
    let other = String::from_utf8(other).unwrap();
    let longer = format!("{real}A");
    for cookie in ["", "x", &real[1..], &longer, &other, "%00", "' OR 1=1 --", "\u{e9}"] {
        let browser = Browser::new();
        browser.take_cookie(SESSION, cookie);
        let (status, kind, body) = status_and_body(browser.get(&world.url("/session")).await).await;
        assert_eq!((status, kind.as_str()), (StatusCode::UNAUTHORIZED, "application/problem+json"));
        assert_eq!((&body["status"], &body["code"]), (&json!(401), &json!("not_signed_in")));
        assert_eq!(location(&browser.get(&world.url("/")).await), "/signin");
    }
    let nobody = Browser::new().get(&world.url("/session")).await;
    assert_eq!(nobody.status(), StatusCode::UNAUTHORIZED);
    assert!(nobody.headers().contains_key("www-authenticate"));
}

async fn session_expires(db: TestDb) {
    let world = World::new(db);
    let browser = world.login(&ada()).await;
    world.server.clock.advance(TimeDelta::hours(12) - TimeDelta::microseconds(1));
    assert!(world.session(&browser).await.is_some());
    world.server.clock.advance(TimeDelta::microseconds(1));
    assert_eq!(world.session(&browser).await, None);
    assert_eq!(location(&browser.get(&world.url("/")).await), "/signin");
}

async fn identity_provider_can_shorten_a_session_but_not_extend_it(db: TestDb) {
    let world = World::new(db);
    let now = world.server.clock.now();
    for (theirs, ours) in [(1, 1), (100, 12)] {
        let until = now + TimeDelta::hours(theirs);
        let browser = world.login(&ada().with_session_until(until)).await;
        let session = world.session(&browser).await.unwrap();
        let expires_at = session["expiresAt"].as_str().unwrap().parse::<Timestamp>().unwrap();
        let created_at = session["createdAt"].as_str().unwrap().parse::<Timestamp>().unwrap();
        match ours {
            1 => assert_eq!(expires_at, until),
            hours => assert_eq!(expires_at, created_at + TimeDelta::hours(hours)),
        }
    }
    let browser = world.login(&ada().with_session_until(now + TimeDelta::hours(1))).await;
    world.server.clock.advance(TimeDelta::hours(1));
    assert_eq!(world.session(&browser).await, None);
}

async fn disabling_the_user_ends_the_session_at_once(db: TestDb) {
    let world = World::new(db);
    let (browser, other) =
        (world.login(&ada()).await, world.login(&Person::with_email("b@c.de")).await);
    world
        .server
        .db()
        .run("UPDATE users SET status = 'DISABLED' WHERE email_key = 'ada@example.com'");
    assert_eq!(world.session(&browser).await, None);
    let token = world.send_from_own_page(&browser, Method::POST, "/session/token").await;
    assert_eq!(token.status(), StatusCode::UNAUTHORIZED);
    assert!(world.session(&other).await.is_some());
}

async fn deleting_the_user_ends_the_session_at_once(db: TestDb) {
    let world = World::new(db);
    let browser = world.login(&ada()).await;
    world.server.db().run("DELETE FROM users");
    assert_eq!(world.session(&browser).await, None);
}

async fn signing_out_ends_the_session(db: TestDb) {
    let world = World::new(db);
    let browser = world.login(&ada()).await;
    let other = world.login(&ada()).await;
    let stolen = Browser::new();
    stolen.take_cookie(SESSION, &browser.cookie(SESSION).unwrap());
    let response = world.send_from_own_page(&browser, Method::DELETE, "/session").await;
    assert_eq!(response.status(), StatusCode::NO_CONTENT);
    assert_eq!(browser.cookie(SESSION), None);
    assert_eq!(world.session(&browser).await, None);
    assert_eq!(world.session(&stolen).await, None, "the cookie is worth nothing any more");
    assert!(world.session(&other).await.is_some(), "another device stays signed in");
    let again = world.send_from_own_page(&browser, Method::DELETE, "/session").await;
    assert_eq!(again.status(), StatusCode::NO_CONTENT);
}

/// A page of another site can't sign anybody out, nor get at a token.
async fn cross_site_request_cannot_use_the_session(db: TestDb) {
    let world = World::new(db);
    let browser = world.login(&ada()).await;
    let own = &world.server.address;
    let foreign: [&[(&str, &str)]; 8] = [
        &[],
        &[("origin", "https://evil.example")],
        &[("origin", "null")],
        &[("origin", "")],
        &[("origin", "https://evil.example"), ("sec-fetch-site", "same-origin")],
        &[("sec-fetch-site", "cross-site")],
        &[("sec-fetch-site", "same-site")],
        &[("sec-fetch-site", "none"), ("referer", own)],
    ];
    let doors = [
        (Method::DELETE, "/session"),
        (Method::POST, "/session/token"),
        (Method::POST, "/signout"),
    ];
    for (method, path) in doors {
        for headers in foreign {
            let mut request = browser.request(method.clone(), &world.url(path));
            for (name, value) in headers {
                request = request.header(*name, *value);
            }
            let response = browser.send(request).await;
            let expected =
                if path == "/signout" { StatusCode::BAD_REQUEST } else { StatusCode::FORBIDDEN };
            assert_eq!(response.status(), expected, "{path} {headers:?}");
            assert!(world.session(&browser).await.is_some(), "{path} {headers:?}");
        }
    }
    let modern = browser
        .request(Method::DELETE, &world.url("/session"))
        .header("sec-fetch-site", "same-origin");
    assert_eq!(browser.send(modern).await.status(), StatusCode::NO_CONTENT);
}

async fn sign_out_button_ends_the_session(db: TestDb) {
    let world = World::new(db);
    let browser = world.login(&ada()).await;
    let response = world.send_from_own_page(&browser, Method::POST, "/signout").await;
    assert_eq!(response.status(), StatusCode::SEE_OTHER);
    assert_eq!(location(&response), "/signedout");
    assert_eq!((browser.cookie(SESSION), world.count_rows("sessions")), (None, 0));
    assert_eq!(browser.get(&world.url("/signedout")).await.status(), StatusCode::OK);
}

on_both_databases! {
    session_returns_the_signed_in_user,
    session_has_the_custom_attributes_of_the_product,
    invalid_cookie_is_not_a_session,
    session_expires,
    identity_provider_can_shorten_a_session_but_not_extend_it,
    disabling_the_user_ends_the_session_at_once,
    deleting_the_user_ends_the_session_at_once,
    signing_out_ends_the_session,
    cross_site_request_cannot_use_the_session,
    sign_out_button_ends_the_session,
}
