//! The account: read, and changed.

use reqwest::{Method, StatusCode};
use serde_json::json;

use crate::{client::ApiClient, support::db::TestDb, world::World};

on_both_databases! {
    change_of_an_account_is_audited,
    outdated_version_is_not_changed,
    invalid_account_is_rejected_with_every_error,
    accounts_cannot_be_created_or_deleted,
}

async fn change_of_an_account_is_audited(db: TestDb) {
    let world = World::new(db);
    let api = ApiClient::for_server(&world.server);
    let before = api.get("/account").await.body(StatusCode::OK);
    assert_eq!(before["slug"], "default");
    assert_eq!(before["contact"], "admin@example.com");
    assert_eq!(before["recreateDeleted"], false);
    let changes = json!({"name": " Acme ", "contact": null, "recreateDeleted": true});
    let after = api.patch("/account", &changes).await.body(StatusCode::OK);
    assert_eq!((&after["name"], &after["contact"]), (&json!("Acme"), &json!(null)));
    assert_eq!((&after["recreateDeleted"], &after["version"]), (&json!(true), &json!(2)));
    assert_eq!(api.get("/account").await.body(StatusCode::OK), after);

    // Nothing new is no change.
    let same = api.patch("/account", &json!({"name": "Acme", "contact": " "})).await;
    assert_eq!(same.body(StatusCode::OK), after);

    let audit = api.get("/audit?filter=action%20eq%20%22account.update%22").await;
    let audit = audit.body(StatusCode::OK);
    assert_eq!(audit["items"].as_array().unwrap().len(), 1);
    assert_eq!(
        audit["items"][0]["changes"],
        json!([
            {"field": "name", "from": "A test's account", "to": "Acme"},
            {"field": "contact", "from": "admin@example.com", "to": null},
            {"field": "recreateDeleted", "from": "false", "to": "true"},
        ])
    );
    let target = json!({"type": "account", "id": after["id"], "name": null});
    assert_eq!(audit["items"][0]["target"], target);
}

async fn outdated_version_is_not_changed(db: TestDb) {
    let world = World::new(db);
    let api = ApiClient::for_server(&world.server);
    let view = api.get("/account").await;
    let seen = view.header("etag").unwrap().to_owned();
    let again = api.request(Method::GET, "/account").header("if-none-match", &seen);
    assert_eq!(api.send(again).await.status, StatusCode::NOT_MODIFIED);
    let change = async |name: &str| {
        let request = api.request(Method::PATCH, "/account").header("if-match", &seen);
        api.send(request.json(&json!({ "name": name }))).await
    };
    let changed = change("One").await;
    assert_ne!(changed.header("etag"), Some(seen.as_str()));
    assert_eq!(changed.status, StatusCode::OK);
    let (code, _) = change("Two").await.problem(StatusCode::PRECONDITION_FAILED);
    assert_eq!(code, "changed");
    assert_eq!(api.get("/account").await.body["name"], "One");
}

async fn invalid_account_is_rejected_with_every_error(db: TestDb) {
    let world = World::new(db);
    let api = ApiClient::for_server(&world.server);
    let rejected = StatusCode::UNPROCESSABLE_ENTITY;
    let long = "a".repeat(256);
    let wrong = json!({"name": "\u{0}", "contact": long, "recreateDeleted": "yes", "slug": "x"});
    let response = api.patch("/account", &wrong).await;
    let (code, mut places) = response.problem(rejected);
    places.sort();
    assert_eq!(code, "invalid");
    assert_eq!(places, ["/contact", "/name", "/recreateDeleted", "/slug"]);
    assert!(response.text.contains("read-only"), "{}", response.text);
    for (wrong, place) in [
        (json!({"name": null}), "/name"),
        (json!({"name": "  "}), "/name"),
        (json!({"name": 1}), "/name"),
        (json!({"recreateDeleted": null}), "/recreateDeleted"),
        (json!({"contct": "x"}), "/contct"),
    ] {
        let (_, places) = api.patch("/account", &wrong).await.problem(rejected);
        assert_eq!(places, [place], "{wrong}");
    }
    let near = api.patch("/account", &json!({"contct": "x"})).await.text;
    assert!(near.contains("Did you mean contact?"), "{near}");
    assert_eq!(api.get("/account").await.body["version"], 1);
}

async fn accounts_cannot_be_created_or_deleted(db: TestDb) {
    let world = World::new(db);
    let api = ApiClient::for_server(&world.server);
    for method in [Method::POST, Method::PUT, Method::DELETE] {
        let response = api.send(api.request(method, "/account")).await;
        response.problem(StatusCode::METHOD_NOT_ALLOWED);
        assert_eq!(response.header("allow"), Some("GET, HEAD, PATCH"));
    }
}
