//! Rotation of keys, and keys that have expired.

use chrono::TimeDelta;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use usher::domain::{
    Timestamp,
    api_key::{Scope, Scopes},
};

use crate::{
    client::{ApiClient, ApiResponse},
    support::db::TestDb,
    world::World,
};

on_both_databases! {
    rotated_key_of_a_scim_client_keeps_the_external_ids,
    old_key_works_during_the_overlap_and_not_after_it,
    expired_and_unknown_keys_have_different_codes,
    new_key_has_the_scopes_and_the_lifetime_of_the_old_one,
    key_rotates_itself,
    rotated_key_exceeds_neither_the_scopes_nor_the_lifetime_of_the_caller,
    key_is_rotated_again_within_the_overlap,
    rotation_honours_if_match_and_the_idempotency_key,
    invalid_rotation_is_rejected,
}

const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";

/// Creates a key by the API; its ID and its secret.
async fn create(api: &ApiClient, body: Value) -> (String, String) {
    let made = api.post("/keys", &body).await.body(StatusCode::CREATED);
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    (text(&made["key"]["id"]), text(&made["secret"]))
}

async fn rotate(api: &ApiClient, id: &str, body: Value) -> ApiResponse {
    api.post(&format!("/keys/{id}/rotate"), &body).await
}

/// The ID and the secret of the new key.
async fn rotated(api: &ApiClient, id: &str, body: Value) -> (String, String) {
    let made = rotate(api, id, body).await.body(StatusCode::CREATED);
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    (text(&made["key"]["id"]), text(&made["secret"]))
}

fn parse_moment(value: &Value) -> Option<Timestamp> {
    value.as_str().map(|text| text.parse().unwrap())
}

/// The IDs of the users that a SCIM client gave an external ID.
async fn find_by_external_id(scim: &ApiClient, external_id: &str) -> Vec<Value> {
    let filter = format!("externalId eq \"{external_id}\"");
    let path = crate::client::path_with_query("/Users", &[("filter", &filter)]);
    let page = scim.get(&path).await.body(StatusCode::OK);
    page["Resources"].as_array().unwrap().iter().map(|user| user["id"].clone()).collect()
}

/// The code of a rejection with 401.
async fn rejection(api: &ApiClient) -> String {
    let response = api.get("/me").await;
    let challenge = response.header("www-authenticate").unwrap();
    assert!(challenge.contains("invalid_token"), "{challenge}");
    response.problem(StatusCode::UNAUTHORIZED).0
}

async fn rotated_key_of_a_scim_client_keeps_the_external_ids(db: TestDb) {
    let world = World::new(db);
    let api = ApiClient::for_server(&world.server);
    let scim = |secret: &str| ApiClient::scim_with_key(&world.server, secret);
    let new = json!({"name": "Okta", "scopes": ["scim"], "dialect": "okta"});
    let (id, secret) = create(&api, new).await;
    let ada = json!({"schemas": [USER], "userName": "ada@example.com", "externalId": "00u1"});
    let ada = scim(&secret).post("/Users", &ada).await.body(StatusCode::CREATED);
    let group = json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"],
        "displayName": "Ops", "externalId": "00g1",
    });
    let group = scim(&secret).post("/Groups", &group).await.body(StatusCode::CREATED);

    let response = rotate(&api, &id, json!({})).await;
    let location = response.header("location").unwrap().to_owned();
    let body = response.body(StatusCode::CREATED);
    let new_id = body["key"]["id"].as_str().unwrap();
    assert_ne!(new_id, id);
    assert_eq!(location, format!("/api/v1/keys/{new_id}"));
    for field in ["name", "scopes", "scimClient", "dialect"] {
        assert_eq!(body["key"][field], body["oldKey"][field], "{field}");
    }
    assert_eq!(body["oldKey"]["id"], id.as_str());
    let new = scim(body["secret"].as_str().unwrap());
    for client in [&new, &scim(&secret)] {
        let path = format!("/Users/{}", ada["id"].as_str().unwrap());
        assert_eq!(client.get(&path).await.body(StatusCode::OK)["externalId"], "00u1");
        assert_eq!(find_by_external_id(client, "00u1").await, [ada["id"].clone()]);
        let path = format!("/Groups/{}", group["id"].as_str().unwrap());
        assert_eq!(client.get(&path).await.body(StatusCode::OK)["externalId"], "00g1");
    }
    // What one key sets, the other one sees.
    let operation = json!([{"op": "replace", "path": "externalId", "value": "00u2"}]);
    let patch = json!({
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": operation,
    });
    let path = format!("/Users/{}", ada["id"].as_str().unwrap());
    let patch = new.request(Method::PATCH, &path).json(&patch);
    new.send(patch).await.body(StatusCode::OK);
    assert_eq!(find_by_external_id(&scim(&secret), "00u2").await, [ada["id"].clone()]);

    // The external IDs outlive the old key, and all keys.
    api.delete(&format!("/keys/{id}")).await.body(StatusCode::NO_CONTENT);
    assert_eq!(find_by_external_id(&new, "00u2").await, [ada["id"].clone()]);
    api.delete(&format!("/keys/{new_id}")).await.body(StatusCode::NO_CONTENT);
    let client = &body["key"]["scimClient"]["id"];
    let again = json!({"name": "Okta again", "scopes": ["scim"], "scimClientId": client});
    let (_, secret) = create(&api, again).await;
    assert_eq!(find_by_external_id(&scim(&secret), "00u2").await, [ada["id"].clone()]);
}

async fn old_key_works_during_the_overlap_and_not_after_it(db: TestDb) {
    let world = World::new(db);
    let clock = &world.server.clock;
    let api = ApiClient::for_server(&world.server);
    let (id, secret) = create(&api, json!({"name": "Okta", "scopes": ["scim"]})).await;
    let old = ApiClient::scim_with_key(&world.server, &secret);
    let body = rotate(&api, &id, json!({"overlap": 3600})).await.body(StatusCode::CREATED);
    let end = clock.now() + TimeDelta::hours(1);
    assert_eq!(parse_moment(&body["oldKey"]["expiresAt"]), Some(end));
    assert_eq!(body["key"]["expiresAt"], Value::Null);
    let new = ApiClient::scim_with_key(&world.server, body["secret"].as_str().unwrap());
    let view = api.get(&format!("/keys/{id}")).await.body(StatusCode::OK);
    assert_eq!(parse_moment(&view["expiresAt"]), Some(end));

    clock.advance(TimeDelta::seconds(3599));
    for key in [&old, &new] {
        key.get("/Users").await.body(StatusCode::OK);
    }
    clock.advance(TimeDelta::seconds(1));
    let response = old.get("/Users").await.body(StatusCode::UNAUTHORIZED);
    assert!(response["detail"].as_str().unwrap().contains("expired at"), "{response}");
    new.get("/Users").await.body(StatusCode::OK);

    // Without a word: seven days. 0: at once.
    let (id, secret) = create(&api, json!({"name": "Program", "scopes": ["users:read"]})).await;
    let request = api.request(Method::POST, &format!("/keys/{id}/rotate"));
    let body = api.send(request).await.body(StatusCode::CREATED);
    let week = clock.now() + TimeDelta::days(7);
    assert_eq!(parse_moment(&body["oldKey"]["expiresAt"]), Some(week));
    let program = ApiClient::with_key(&world.server, &secret);
    program.get("/me").await.body(StatusCode::OK);
    rotate(&api, &id, json!({"overlap": 0})).await.body(StatusCode::CREATED);
    assert_eq!(rejection(&program).await, "expired_key");
}

async fn expired_and_unknown_keys_have_different_codes(db: TestDb) {
    let world = World::new(db);
    let api = ApiClient::for_server(&world.server);
    let end = world.server.clock.now() + TimeDelta::hours(1);
    let new =
        json!({"name": "Ends", "scopes": ["users:read", "scim"], "expiresAt": end.to_rfc3339()});
    let (_, secret) = create(&api, new).await;
    let (deleted_id, deleted) = create(&api, json!({"name": "Deleted", "scopes": ["scim"]})).await;
    api.delete(&format!("/keys/{deleted_id}")).await.body(StatusCode::NO_CONTENT);
    world.server.clock.advance(TimeDelta::hours(2));

    // The same key but for the last character that carries whole bits.
    let mut wrong = secret.clone().into_bytes();
    let place = wrong.len() - 2;
    wrong[place] = if wrong[place] == b'A' { b'B' } else { b'A' };
    let wrong = String::from_utf8(wrong).unwrap();
    for (key, code, detail) in [
        (&secret, "expired_key", "expired at 2027-01-15 09:00:00"),
        (&wrong, "invalid_key", "is unknown or was deleted"),
        (&deleted, "invalid_key", "is unknown or was deleted"),
    ] {
        let rest = ApiClient::with_key(&world.server, key);
        assert_eq!(rejection(&rest).await, code, "{key}");
        let message = rest.get("/users").await.body(StatusCode::UNAUTHORIZED);
        assert!(message["detail"].as_str().unwrap().contains(detail), "{message}");
        let response = ApiClient::scim_with_key(&world.server, key).get("/Users").await;
        let challenge = response.header("www-authenticate").unwrap();
        assert!(challenge.contains("invalid_token"), "{challenge}");
        let message = response.body(StatusCode::UNAUTHORIZED);
        assert!(message["detail"].as_str().unwrap().contains(detail), "{message}");
        assert_eq!(message["status"], "401");
    }
}

async fn new_key_has_the_scopes_and_the_lifetime_of_the_old_one(db: TestDb) {
    let world = World::new(db);
    let (api, clock) = (ApiClient::for_server(&world.server), &world.server.clock);
    let start = clock.now();
    let end = start + TimeDelta::days(90);
    let scopes = json!(["users:read", "teams:write"]);
    let new = json!({"name": "Program", "scopes": scopes, "expiresAt": end.to_rfc3339()});
    let (id, _) = create(&api, new).await;
    clock.advance(TimeDelta::days(80));
    let body = rotate(&api, &id, json!({"overlap": 86_400})).await.body(StatusCode::CREATED);
    assert_eq!(body["key"]["scopes"], scopes);
    assert_eq!(body["key"]["scimClient"], Value::Null);
    assert_eq!(parse_moment(&body["key"]["expiresAt"]), Some(start + TimeDelta::days(170)));
    assert_eq!(parse_moment(&body["oldKey"]["expiresAt"]), Some(start + TimeDelta::days(81)));

    let audit = api.get("/audit?count=2").await.body(StatusCode::OK);
    let actions: Vec<_> = audit["items"].as_array().unwrap().iter().collect();
    let of = |action: &str| *actions.iter().find(|entry| entry["action"] == action).unwrap();
    assert_eq!(of("key.rotate")["target"]["id"], id.as_str());
    assert_eq!(of("key.create")["target"]["id"], body["key"]["id"]);
    let secret = body["secret"].as_str().unwrap();
    assert!(!audit.to_string().contains(&secret[12..]), "no secret in the audit log");
}

async fn key_rotates_itself(db: TestDb) {
    let world = World::new(db);
    let api = ApiClient::for_server(&world.server);
    let (id, secret) = create(&api, json!({"name": "Own", "scopes": ["keys:write"]})).await;
    let own = ApiClient::with_key(&world.server, &secret);
    let (_, secret) = rotated(&own, &id, json!({"overlap": 0})).await;
    assert_eq!(rejection(&own).await, "expired_key");
    let own = ApiClient::with_key(&world.server, &secret);
    own.get("/me").await.body(StatusCode::OK);
    let (code, _) = rotate(&own, &id, json!({})).await.problem(StatusCode::CONFLICT);
    assert_eq!(code, "already_expired");
}

async fn rotated_key_exceeds_neither_the_scopes_nor_the_lifetime_of_the_caller(db: TestDb) {
    let world = World::new(db);
    let (api, clock) = (ApiClient::for_server(&world.server), &world.server.clock);
    let (id, secret) = create(&api, json!({"name": "More", "scopes": ["users:write"]})).await;
    let end = clock.now() + TimeDelta::days(10);
    let some: Scopes = [Scope::KeysWrite].into_iter().collect();
    let poor = ApiClient::with_scopes(&world.server, &world.server.account, some);
    let response = rotate(&poor, &id, json!({"overlap": 0})).await;
    assert_eq!(response.problem(StatusCode::FORBIDDEN).0, "missing_scope");
    assert!(response.text.contains("users:write"), "{}", response.text);
    ApiClient::with_key(&world.server, &secret).get("/me").await.body(StatusCode::OK);

    // No key outlives the key that creates it, not even its own successor.
    let scopes = json!(["keys:write", "users:write"]);
    let new = json!({"name": "Ends", "scopes": scopes, "expiresAt": end.to_rfc3339()});
    let (own_id, secret) = create(&api, new).await;
    let ending = ApiClient::with_key(&world.server, &secret);
    for id in [&id, &own_id] {
        let body = rotate(&ending, id, json!({})).await.body(StatusCode::CREATED);
        assert_eq!(parse_moment(&body["key"]["expiresAt"]), Some(end));
    }
}

async fn key_is_rotated_again_within_the_overlap(db: TestDb) {
    let world = World::new(db);
    let (api, clock) = (ApiClient::for_server(&world.server), &world.server.clock);
    let (id, secret) = create(&api, json!({"name": "Okta", "scopes": ["scim"]})).await;
    let first = rotate(&api, &id, json!({"overlap": 3600})).await.body(StatusCode::CREATED);
    clock.advance(TimeDelta::minutes(30));
    // The old key does not last longer, and the new one has no end, as before.
    let second = rotate(&api, &id, json!({"overlap": 86_400})).await.body(StatusCode::CREATED);
    assert_eq!(second["oldKey"]["expiresAt"], first["oldKey"]["expiresAt"]);
    assert_eq!(second["key"]["expiresAt"], Value::Null);
    assert_eq!(second["key"]["scimClient"], first["key"]["scimClient"]);
    let secrets = [&secret, first["secret"].as_str().unwrap(), second["secret"].as_str().unwrap()];
    for secret in secrets {
        ApiClient::scim_with_key(&world.server, secret).get("/Users").await.body(StatusCode::OK);
    }
    let of_client = format!("scimClient.id eq {}", second["key"]["scimClient"]["id"]);
    let keys = api.get(&crate::client::path_with_query("/keys", &[("filter", &of_client)])).await;
    assert_eq!(keys.body(StatusCode::OK)["items"].as_array().unwrap().len(), 3);
}

async fn rotation_honours_if_match_and_the_idempotency_key(db: TestDb) {
    let world = World::new(db);
    let api = ApiClient::for_server(&world.server);
    let (id, _) = create(&api, json!({"name": "Okta", "scopes": ["scim"]})).await;
    let path = format!("/keys/{id}/rotate");
    let seen = api.get(&format!("/keys/{id}")).await.header("etag").unwrap().to_owned();
    let send = async |key: &str, body: Value| {
        let request = api.request(Method::POST, &path).header("if-match", &seen);
        api.send(request.header("idempotency-key", key).json(&body)).await
    };
    let first = send("once", json!({"overlap": 60})).await;
    assert_eq!(first.header("etag").unwrap(), first.body["key"]["etag"].as_str().unwrap());
    let again = send("once", json!({"overlap": 60})).await;
    assert_eq!((first.status, again.status), (StatusCode::CREATED, StatusCode::CREATED));
    assert_eq!(again.header("idempotency-replayed"), Some("true"));
    assert!(first.body["secret"].is_string());
    assert_eq!(again.body.get("secret"), None, "the secret is shown once");
    for field in ["key", "oldKey"] {
        assert_eq!(first.body[field], again.body[field], "{field}");
    }
    // The key has another end now.
    let (code, _) = send("twice", json!({})).await.problem(StatusCode::PRECONDITION_FAILED);
    assert_eq!(code, "changed");
    let keys = api.get("/keys?total=true").await.body(StatusCode::OK);
    assert_eq!(keys["total"], 3, "the test's own, the old one, and the new one");
}

async fn invalid_rotation_is_rejected(db: TestDb) {
    let world = World::new(db);
    let api = ApiClient::for_server(&world.server);
    let (id, _) = create(&api, json!({"name": "Okta", "scopes": ["users:read"]})).await;
    for body in [
        json!({"overlap": -1}),
        json!({"overlap": 2_592_001}),
        json!({"overlap": 1.5}),
        json!({"overlap": 1e30}),
        json!({"overlap": "7d"}),
        json!({"overlap": null}),
    ] {
        let response = rotate(&api, &id, body.clone()).await;
        let (code, places) = response.problem(StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!((code.as_str(), places), ("invalid", vec!["/overlap".to_owned()]), "{body}");
    }
    let (_, places) =
        rotate(&api, &id, json!({"overlaps": 1})).await.problem(StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(places, ["/overlaps"]);
    let request = api.request(Method::POST, &format!("/keys/{id}/rotate")).body("overlap=1");
    let (code, _) = api.send(request).await.problem(StatusCode::UNSUPPORTED_MEDIA_TYPE);
    assert_eq!(code, "media_type");
    let view = api.get(&format!("/keys/{id}")).await.body(StatusCode::OK);
    assert_eq!(view["expiresAt"], Value::Null, "nothing was done");
    let nowhere = "0190a000-0000-7000-8000-000000000000";
    assert_eq!(rotate(&api, nowhere, json!({})).await.status, StatusCode::NOT_FOUND);
    for overlap in [json!(1.0), json!(2_592_000)] {
        rotate(&api, &id, json!({"overlap": overlap})).await.body(StatusCode::CREATED);
    }
}
