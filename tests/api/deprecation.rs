//! Answers to requests that use what is deprecated say so.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::{
    client::{ApiClient, ApiResponse},
    support::db::TestDb,
    world::World,
};

#[track_caller]
fn is_marked(answer: &ApiResponse, expected: bool, what: &str) {
    let marked = ["deprecation", "sunset", "link"].map(|name| answer.header(name));
    let headers = [
        "@1796083200",
        "Tue, 01 Jun 2027 00:00:00 GMT",
        "</docs#versions>; rel=\"deprecation\"; type=\"text/html\"",
    ];
    assert_eq!(marked, headers.map(|header| expected.then_some(header)), "{what}");
}

#[tokio::test]
async fn old_spelling_of_an_enum_is_read_and_marked() {
    let world = World::new(TestDb::sqlite());
    let api = ApiClient::for_server(&world.server);
    for (word, is_old) in [("ASCENDING", false), ("descending", true)] {
        for list in ["users", "teams", "connections", "attempts", "audit", "keys", "scim-clients"] {
            let response = api.get(&format!("/{list}?sortOrder={word}")).await;
            assert_eq!(response.status, StatusCode::OK, "{}", response.text);
            is_marked(&response, is_old, list);
        }
    }
    for (options, is_old) in [
        ("mode=ROW_BY_ROW&onExisting=SKIP&results=ALL", false),
        ("mode=rowByRow", true),
        ("onExisting=skip", true),
        ("results=all", true),
    ] {
        let import = api.request(Method::POST, &format!("/users/import?dryRun=1&{options}"));
        let import = import.header("content-type", "text/csv").body("email\nada@example.com\n");
        is_marked(&api.send(import).await, is_old, options);
    }
    // What is not understood is in no old form.
    for path in ["/users?sortOrder=up", "/users?sortOrder=Ascending", "/teams?sortOrder="] {
        is_marked(&api.get(path).await, false, path);
    }
    for options in ["mode=xyz", "results=nope", "onExisting=Update", "mode=rowbyrow"] {
        let import = api.request(Method::POST, &format!("/users/import?{options}"));
        let import = import.header("content-type", "text/csv").body("email\nada@example.com\n");
        is_marked(&api.send(import).await, false, options);
    }
    // An answer that rejects says so as well.
    let rejected = api.get("/users?sortOrder=ascending&count=x").await;
    assert_eq!(rejected.status, StatusCode::BAD_REQUEST);
    is_marked(&rejected, true, "rejected");

    for (word, is_old) in [("OKTA", false), ("okta", true)] {
        // Names of SCIM clients are compared regardless of case.
        let client = json!({"name": format!("Old spelling: {is_old}"), "dialect": word});
        let made = api.post("/scim-clients", &client).await;
        is_marked(&made, is_old, "create");
        let made = made.body(StatusCode::CREATED);
        assert_eq!(made["dialect"], "OKTA");
        let path = format!("/scim-clients/{}", made["id"].as_str().unwrap());
        let changed = api.patch(&path, &json!({"dialect": word})).await;
        is_marked(&changed, is_old, "change");
        let key = json!({"name": word, "scopes": ["scim"], "dialect": word});
        is_marked(&api.post("/keys", &key).await, is_old, "key");
    }
}

#[tokio::test]
async fn status_of_a_user_is_marked_and_so_is_its_replay() {
    let world = World::new(TestDb::sqlite());
    let api = ApiClient::for_server(&world.server);
    let batch =
        |field: &str, value: Value| json!({"users": [{"email": "b@x.example", field: value}]});
    let old = api.post("/users/batch", &batch("status", json!("DISABLED"))).await;
    is_marked(&old, true, "batch");
    for (field, value) in [("disabled", json!(true)), ("status", json!("GONE"))] {
        let new = api.post("/users/batch", &batch(field, value)).await;
        is_marked(&new, false, field);
    }
    for _ in 0..2 {
        let user = json!({"email": "ada@example.com", "status": "DISABLED"});
        let request = api.request(Method::POST, "/users").json(&user);
        let response = api.send(request.header("idempotency-key", "ada")).await;
        assert_eq!(response.status, StatusCode::CREATED, "{}", response.text);
        is_marked(&response, true, "user");
    }
}

#[tokio::test]
async fn status_that_is_sent_back_unchanged_is_not_marked() {
    let world = World::new(TestDb::sqlite());
    let api = ApiClient::for_server(&world.server);
    let made = api.post("/users", &json!({"email": "ada@example.com"})).await;
    let mut ada = made.body(StatusCode::CREATED);
    let path = format!("/users/{}", ada["id"].as_str().unwrap());
    for disabled in [json!(null), json!(true), json!(null), json!(false), json!(null)] {
        for method in [Method::PUT, Method::PATCH] {
            let mut sent = ada.clone();
            if !disabled.is_null() {
                sent["disabled"] = disabled.clone();
            }
            let response = api.send(api.request(method, &path).json(&sent)).await;
            is_marked(&response, false, &sent.to_string());
            ada = response.body(StatusCode::OK);
            assert!(disabled.is_null() || ada["disabled"] == disabled, "{ada}");
        }
    }
    // The old form in a body that was read: what changed is meant.
    for (method, status) in [(Method::PUT, "DISABLED"), (Method::PATCH, "STAGED")] {
        let mut sent = ada.clone();
        sent["status"] = json!(status);
        let response = api.send(api.request(method, &path).json(&sent)).await;
        is_marked(&response, true, status);
        ada = response.body(StatusCode::OK);
        assert_eq!(
            (&ada["status"], &ada["disabled"]),
            (&json!(status), &json!(status != "STAGED"))
        );
    }
    for (status, is_change) in [("DISABLED", true), ("DISABLED", false), ("STAGED", true)] {
        let response = api.patch(&path, &json!({ "status": status })).await;
        is_marked(&response, is_change, status);
        assert_eq!(response.body(StatusCode::OK)["status"], status);
    }
}

#[tokio::test]
async fn aliases_that_stay_are_not_marked() {
    let world = World::new(TestDb::sqlite());
    let api = ApiClient::for_server(&world.server);
    for path in [
        "/audit?filter=target%20pr",
        "/audit?filter=target.id%20pr",
        "/attempts?filter=outcome%20eq%20%22signed_in%22",
    ] {
        let response = api.get(path).await;
        assert_eq!(response.status, StatusCode::OK, "{}", response.text);
        is_marked(&response, false, path);
    }
}
