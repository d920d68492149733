//! `POST /session/token`: how another service learns who is signed in, by
//! the published keys alone.

use chrono::TimeDelta;
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header, jwk::JwkSet};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use usher::{
    app::Settings,
    domain::{Timestamp, custom_attribute::Visibility},
};

use crate::{
    custom_attributes::{configure, define_text},
    support::{browser::Browser, db::TestDb, server::TestServerOptions},
    world::{Person, World},
};

const ADA: &str = "ada@example.com";
const PRODUCT: &str = "https://product.example";

fn for_the_product(settings: &mut Settings) {
    settings.token_audience = PRODUCT.into();
}

fn world(db: TestDb) -> World {
    World::with_deployment(
        db,
        TestServerOptions { change: for_the_product, ..TestServerOptions::default() },
    )
}

/// Verifies a token as another service does, and returns its claims. The times are not
/// validated, because the clock of the test is not that of the machine.
async fn verify_token(world: &World, token: &str, audience: &str) -> Option<Value> {
    let keys = Browser::new().get(&world.url("/.well-known/jwks.json")).await;
    let keys: JwkSet = keys.json().await.unwrap();
    let header = decode_header(token).unwrap();
    let key = keys.find(&header.kid.unwrap()).expect("its key is published");
    let mut validation = Validation::new(Algorithm::ES256);
    validation.set_audience(&[audience]);
    validation.set_issuer(&[world.server.address.as_str()]);
    validation.set_required_spec_claims(&["exp", "nbf", "aud", "iss", "sub"]);
    validation.validate_exp = false;
    let key = DecodingKey::from_jwk(key).unwrap();
    decode::<Value>(token, &key, &validation).ok().map(|verified| verified.claims)
}

async fn token(world: &World, browser: &Browser) -> (String, Value) {
    let response = world.send_from_own_page(browser, Method::POST, "/session/token").await;
    assert_eq!(response.status(), StatusCode::OK);
    assert_eq!(response.headers()["cache-control"], "no-store");
    let body: Value = response.json().await.unwrap();
    (body["token"].as_str().unwrap().to_owned(), body)
}

async fn token_has_the_user_and_the_expiry(db: TestDb) {
    let world = world(db);
    let person = Person::with_email(ADA)
        .with_attribute("firstName", "Ada")
        .with_attribute("lastName", "Lovelace")
        .with_attribute("role", "ADMIN")
        .with_attribute("teamName", "Red");
    let browser = world.login(&person).await;
    world.server.clock.advance(TimeDelta::minutes(1));
    let now = world.server.clock.now().timestamp();
    let (token, body) = token(&world, &browser).await;
    let session = world.session(&browser).await.unwrap();
    let claims = verify_token(&world, &token, PRODUCT).await.unwrap();
    assert_eq!(
        claims,
        json!({
            "iss": world.server.address,
            "aud": PRODUCT,
            "sub": session["user"]["id"],
            "sid": session["id"],
            "iat": now,
            "nbf": now,
            "exp": now + 300,
            "account": "default",
            "email": ADA,
            "name": "Ada Lovelace",
            "role": "ADMIN",
            "teams": [{ "id": session["teams"][0]["id"], "name": "Red", "role": "ADMIN" }],
        })
    );
    assert_eq!(body["tokenType"], "Bearer");
    let expires_at = body["expiresAt"].as_str().unwrap().parse::<Timestamp>().unwrap();
    assert_eq!(expires_at.timestamp(), now + 300);
    assert_eq!(body.as_object().unwrap().len(), 3);
}

async fn token_has_the_custom_attributes_of_the_product(db: TestDb) {
    let world = world(db);
    for (name, visibility) in
        [("a", Visibility::Admin), ("b", Visibility::Both), ("p", Visibility::Product)]
    {
        define_text(&world, name, visibility);
    }
    let mapping = json!({"attributes.a": "a", "attributes.b": "b", "attributes.p": "p"});
    configure(&world, &json!({ "mapping": mapping }));
    let person = Person::with_email(ADA)
        .with_attribute("a", "1")
        .with_attribute("b", "2")
        .with_attribute("p", "3");
    let browser = world.login(&person).await;
    let now = world.server.clock.now().timestamp();
    let session = world.session(&browser).await.unwrap();
    let (token, _) = token(&world, &browser).await;
    assert_eq!(
        verify_token(&world, &token, PRODUCT).await.unwrap(),
        json!({
            "iss": world.server.address,
            "aud": PRODUCT,
            "sub": session["user"]["id"],
            "sid": session["id"],
            "iat": now,
            "nbf": now,
            "exp": now + 300,
            "account": "default",
            "email": ADA,
            "name": "Ada",
            "role": "STAKEHOLDER",
            "teams": [],
            "attributes": { "b": "2", "p": "3" },
        })
    );
}

async fn a_token_never_outlives_its_session(db: TestDb) {
    let world = world(db);
    let until = world.server.clock.now() + TimeDelta::minutes(20);
    let browser = world.login(&Person::with_email(ADA).with_session_until(until)).await;
    world.server.clock.advance(TimeDelta::minutes(18));
    let (token, _) = token(&world, &browser).await;
    let claims = verify_token(&world, &token, PRODUCT).await.unwrap();
    assert_eq!(claims["exp"], until.timestamp());
    world.server.clock.advance(TimeDelta::minutes(2));
    let late = world.send_from_own_page(&browser, Method::POST, "/session/token").await;
    assert_eq!(late.status(), StatusCode::UNAUTHORIZED);
}

async fn request_without_a_session_gets_no_token(db: TestDb) {
    let world = world(db);
    let response = world.send_from_own_page(&Browser::new(), Method::POST, "/session/token").await;
    assert_eq!(response.status(), StatusCode::UNAUTHORIZED);
}

async fn changed_or_misaddressed_token_is_rejected(db: TestDb) {
    let world = world(db);
    let browser = world.login(&Person::with_email(ADA)).await;
    let (token, _) = token(&world, &browser).await;
    assert!(verify_token(&world, &token, PRODUCT).await.is_some());
    assert_eq!(verify_token(&world, &token, "https://another.example").await, None);
    let [head, body, signature] = token.split('.').collect::<Vec<_>>()[..] else { panic!() };
    let mut changed = body.to_owned();
    changed.replace_range(10..11, if &body[10..11] == "a" { "b" } else { "a" });
    assert_eq!(verify_token(&world, &format!("{head}.{changed}.{signature}"), PRODUCT).await, None);
    assert_eq!(verify_token(&world, &format!("{head}.{body}."), PRODUCT).await, None);
}

/// The published keys can verify a token, but not sign one.
async fn published_keys_contain_no_private_part(db: TestDb) {
    let world = world(db);
    let response = Browser::new().get(&world.url("/.well-known/jwks.json")).await;
    assert_eq!(response.headers()["content-type"], "application/json");
    assert_eq!(response.headers()["cache-control"], "public, max-age=300");
    let keys: Value = response.json().await.unwrap();
    let keys = keys["keys"].as_array().unwrap();
    assert_eq!(keys.len(), 1);
    let mut members: Vec<_> = keys[0].as_object().unwrap().keys().map(String::as_str).collect();
    members.sort_unstable();
    assert_eq!(members, ["alg", "crv", "kid", "kty", "use", "x", "y"]);
}

on_both_databases! {
    token_has_the_user_and_the_expiry,
    token_has_the_custom_attributes_of_the_product,
    a_token_never_outlives_its_session,
    request_without_a_session_gets_no_token,
    changed_or_misaddressed_token_is_rejected,
    published_keys_contain_no_private_part,
}

/// A token of one replica is valid with the keys of another.
#[tokio::test]
async fn replicas_sign_with_the_same_key() {
    let world = world(TestDb::postgres());
    let replica = world.replica();
    let browser = world.login(&Person::with_email(ADA)).await;
    let response = replica.send_from_own_page(&browser, Method::POST, "/session/token").await;
    let body: Value = response.json().await.unwrap();
    assert!(verify_token(&world, body["token"].as_str().unwrap(), PRODUCT).await.is_some());
}
