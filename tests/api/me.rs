//! `/api/v1/me`: the caller of a request.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use usher::domain::api_key::{Scope, Scopes};

use crate::{
    client::ApiClient,
    support::{browser::Browser, db::TestDb},
    world::{Person, World},
};

on_both_databases! {
    key_caller_gets_its_key_and_its_account,
    signed_in_administrator_gets_their_user,
}

async fn key_caller_gets_its_key_and_its_account(db: TestDb) {
    let world = World::new(db);
    let scopes: Scopes = [Scope::UsersRead, Scope::TeamsWrite].into_iter().collect();
    let account = &world.server.account;
    let api = ApiClient::with_scopes(&world.server, account, scopes);
    let response = api.get("/me").await;
    assert!(!response.text.contains("usher_"), "{}", response.text);
    assert_eq!(response.header("cache-control"), Some("private, no-cache"));
    let etag = response.header("etag").unwrap().to_owned();
    let again = api.request(Method::GET, "/me").header("if-none-match", &etag);
    assert_eq!(api.send(again).await.status, StatusCode::NOT_MODIFIED);
    let me = response.body(StatusCode::OK);
    assert_eq!(
        me,
        json!({
            "kind": "API_KEY",
            "key": {"id": me["key"]["id"], "name": "A test", "expiresAt": null},
            "user": null,
            "account": {"id": account.id.to_string(), "slug": "default", "name": "A test's account"},
            "scopes": ["users:read", "teams:write"],
            "etag": etag,
        })
    );
    let other = world.server.add_account("other", "Other", None);
    let me = ApiClient::with_scopes(&world.server, &other, [Scope::KeysRead].into_iter().collect())
        .get("/me")
        .await;
    let me = me.body(StatusCode::OK);
    assert_eq!((&me["account"]["slug"], &me["scopes"]), (&json!("other"), &json!(["keys:read"])));
    ApiClient::without_key(&world.server).get("/me").await.problem(StatusCode::UNAUTHORIZED);
}

async fn signed_in_administrator_gets_their_user(db: TestDb) {
    let world = World::new(db);
    let path = world.url("/api/v1/me");
    assert_eq!(Browser::new().get(&path).await.status(), StatusCode::UNAUTHORIZED);
    let user = world.login(&Person::with_email("bob@example.com")).await;
    assert_eq!(user.get(&path).await.status(), StatusCode::FORBIDDEN);

    let ada = Person::with_email("ada@example.com")
        .with_attribute("firstName", "Ada")
        .with_attribute("role", "ADMIN");
    let browser = world.login(&ada).await;
    let me: Value = browser.get(&path).await.json().await.unwrap();
    assert_eq!((&me["kind"], &me["key"]), (&json!("USER"), &json!(null)));
    assert_eq!(me["user"]["email"], "ada@example.com");
    assert_eq!((&me["user"]["firstName"], &me["user"]["role"]), (&json!("Ada"), &json!("ADMIN")));
    assert_eq!(me["scopes"].as_array().unwrap().len(), Scope::ALL.len());
}
