//! An administrator locks attributes of a user: SCIM clients can't change them, and
//! administrators can.

use chrono::TimeDelta;
use reqwest::StatusCode;
use serde_json::{Value, json};
use usher::domain::api_key::Dialect;

use crate::{
    client::{ApiClient, ApiResponse},
    scim::patched,
    support::db::TestDb,
    world::World,
};

on_both_databases! {
    locked_attribute_is_changed_by_administrators_only,
    locked_list_keeps_its_main_value,
    user_whose_state_is_locked_is_not_deleted_by_scim,
    locked_membership_is_not_changed_by_scim,
    locks_are_kept_replaced_and_validated,
}

const GROUP: &str = "urn:ietf:params:scim:schemas:core:2.0:Group";
const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

fn operation(op: &str, path: &str, value: &Value) -> Value {
    json!([{"op": op, "path": path, "value": value}])
}

/// Creates a user with these locks, and returns their id.
async fn create(api: &ApiClient, locks: &Value) -> String {
    let ada = json!({
        "email": "ada@example.com", "firstName": "Ada", "department": "Engines",
        "position": "Analyst", "mobile": {"regionCode": "DE", "number": "0221 123123"},
        "lockedAttributes": locks,
    });
    let created = api.post("/users", &ada).await.body(StatusCode::CREATED);
    created["id"].as_str().unwrap().to_owned()
}

async fn locked_attribute_is_changed_by_administrators_only(db: TestDb) {
    let world = World::new(db);
    let api = ApiClient::for_server(&world.server);
    let scim = ApiClient::scim(&world.server, Dialect::Strict);
    let locks = json!(["department", "position", "mobile", "disabled", "firstName"]);
    let id = create(&api, &locks).await;
    let path = format!("/Users/{id}");
    let before = world.server.db().rows();
    for (attribute, name, value) in [
        (format!("{ENTERPRISE}:department"), "department", json!("Looms")),
        ("title".into(), "title (position in the admin API)", json!("Countess")),
        ("active".into(), "active (disabled in the admin API)", json!(false)),
        ("name.givenName".into(), "name.givenName (firstName in the admin API)", json!("Augusta")),
        ("phoneNumbers".into(), "mobile", json!([{"value": "tel:+49221999", "type": "mobile"}])),
    ] {
        let response = patched(&scim, &path, operation("replace", &attribute, &value)).await;
        let error = response.body(StatusCode::BAD_REQUEST);
        assert_eq!(error["scimType"], "mutability", "{error}");
        let detail = error["detail"].as_str().unwrap();
        assert!(detail.starts_with(&format!("{name} of the user {id} is locked")), "{detail}");
        assert!(detail.contains("have an administrator unlock it"), "{detail}");
    }
    let removed = patched(&scim, &path, json!([{"op": "remove", "path": "title"}]))
        .await
        .body(StatusCode::BAD_REQUEST);
    assert_eq!(removed["scimType"], "mutability");
    assert_eq!(world.server.db().rows()["users"], before["users"]);

    // The current value passes, and so do other attributes.
    let same = operation("replace", "title", &json!("Analyst"));
    patched(&scim, &path, same).await.body(StatusCode::OK);
    let mut whole = scim.get(&path).await.body(StatusCode::OK);
    whole["nickName"] = json!("Addie");
    let replaced = scim.put(&path, &whole).await.body(StatusCode::OK);
    assert_eq!((&replaced["nickName"], &replaced["title"]), (&json!("Addie"), &json!("Analyst")));

    let user = format!("/users/{id}");
    let changes = json!({"department": "Looms", "disabled": true});
    let changed = api.patch(&user, &changes).await.body(StatusCode::OK);
    assert_eq!(changed["department"], "Looms");
    assert_eq!(changed["lockedAttributes"].as_array().unwrap().len(), 5);
    let imported = "email,position\nada@example.com,Countess\n";
    crate::import::csv(&api, "?onExisting=UPDATE", imported).await;
    assert_eq!(api.get(&user).await.body(StatusCode::OK)["position"], "Countess");

    api.patch(&user, &json!({"lockedAttributes": []})).await.body(StatusCode::OK);
    let looms = operation("replace", "title", &json!("Analyst"));
    patched(&scim, &path, looms).await.body(StatusCode::OK);
}

async fn locked_list_keeps_its_main_value(db: TestDb) {
    let world = World::new(db);
    let api = ApiClient::for_server(&world.server);
    let scim = ApiClient::scim(&world.server, Dialect::Strict);
    let id = create(&api, &json!(["emails", "phoneNumbers", "photos", "userName"])).await;
    let path = format!("/Users/{id}");
    let mobile = "urn:ietf:params:scim:schemas:extension:usher:2.0:User:mobile";
    for (attribute, value) in [
        ("emails", json!([{"value": "other@example.com", "primary": true}])),
        ("phoneNumbers", json!([{"value": "+4915123456789", "type": "mobile"}])),
        (mobile, json!({"regionCode": "DE", "number": "0221 123 124"})),
        ("photos", json!([{"value": "https://example.com/a.png", "type": "photo"}])),
    ] {
        let refused = patched(&scim, &path, operation("replace", attribute, &value)).await;
        let refused = refused.body(StatusCode::BAD_REQUEST);
        assert_eq!(refused["scimType"], "mutability", "{attribute}: {refused}");
    }
    let same = operation("replace", "userName", &json!("ADA@example.com"));
    patched(&scim, &path, same).await.body(StatusCode::OK);
}

async fn user_whose_state_is_locked_is_not_deleted_by_scim(db: TestDb) {
    let world = World::new(db);
    let api = ApiClient::for_server(&world.server);
    let scim = ApiClient::scim(&world.server, Dialect::Strict);
    let id = create(&api, &json!(["disabled"])).await;
    let refused = scim.delete(&format!("/Users/{id}")).await.body(StatusCode::BAD_REQUEST);
    assert_eq!(refused["scimType"], "mutability", "{refused}");
    api.delete(&format!("/users/{id}")).await.body(StatusCode::NO_CONTENT);
}

async fn locked_membership_is_not_changed_by_scim(db: TestDb) {
    let world = World::new(db);
    let api = ApiClient::for_server(&world.server);
    let scim = ApiClient::scim(&world.server, Dialect::Strict);
    let ada = create(&api, &json!(["teams"])).await;
    let bob = api.post("/users", &json!({"email": "bob@example.com"})).await;
    let bob = bob.body(StatusCode::CREATED)["id"].as_str().unwrap().to_owned();
    let member = |id: &str| json!([{"value": id}]);
    let group = json!({"schemas": [GROUP], "displayName": "Ops", "members": member(&bob)});
    let group = scim.post("/Groups", &group).await.body(StatusCode::CREATED);
    let path = format!("/Groups/{}", group["id"].as_str().unwrap());
    let refuses = |response: ApiResponse| {
        let error = response.body(StatusCode::BAD_REQUEST);
        assert_eq!(error["scimType"], "mutability", "{error}");
        let detail = error["detail"].as_str().unwrap();
        assert!(detail.contains(&ada) && detail.contains("unlock teams"), "{detail}");
    };
    let both = json!([{"value": ada}, {"value": bob}]);
    refuses(patched(&scim, &path, operation("add", "members", &member(&ada))).await);
    let new = json!({"schemas": [GROUP], "displayName": "Dev", "members": both});
    refuses(scim.post("/Groups", &new).await);

    let team = format!("/teams/{}/members/{ada}", group["id"].as_str().unwrap());
    api.put(&team, &json!({"role": "RESPONDER"})).await.body(StatusCode::CREATED);
    let remove = format!("members[value eq \"{ada}\"]");
    let remove = json!([{"op": "remove", "path": remove}]);
    refuses(patched(&scim, &path, remove).await);
    let replacement = json!({"schemas": [GROUP], "displayName": "Ops", "members": member(&bob)});
    refuses(scim.put(&path, &replacement).await);
    refuses(scim.delete(&path).await);

    // A member who stays as they are passes, and others change.
    let staying = json!({"schemas": [GROUP], "displayName": "Ops", "members": member(&ada)});
    let replaced = scim.put(&path, &staying).await.body(StatusCode::OK);
    assert_eq!(replaced["members"].as_array().unwrap().len(), 1);
    api.patch(&format!("/users/{ada}"), &json!({"lockedAttributes": []}))
        .await
        .body(StatusCode::OK);
    scim.delete(&path).await.body(StatusCode::NO_CONTENT);
}

async fn locks_are_kept_replaced_and_validated(db: TestDb) {
    let world = World::new(db);
    let api = ApiClient::for_server(&world.server);
    let id = create(&api, &json!(["teams", "department", "teams"])).await;
    let path = format!("/users/{id}");
    let locks = async || api.get(&path).await.body(StatusCode::OK)["lockedAttributes"].clone();
    assert_eq!(locks().await, json!(["department", "teams"]));
    api.put(&path, &json!({"email": "ada@example.com"})).await.body(StatusCode::OK);
    assert_eq!(locks().await, json!(["department", "teams"]), "left out of a replacement");
    world.server.clock.advance(TimeDelta::seconds(1));
    let body = json!({"email": "ada@example.com", "lockedAttributes": ["role"]});
    api.put(&path, &body).await.body(StatusCode::OK);
    assert_eq!(locks().await, json!(["role"]));
    let entries = api.get("/audit?filter=action%20eq%20%22user.update%22&count=1").await;
    let entry = entries.body(StatusCode::OK)["items"][0].clone();
    let change = json!({"field": "lockedAttributes", "from": "department, teams", "to": "role"});
    assert_eq!(entry["changes"], json!([change]));
    for wrong in [json!(["mobileNumber"]), json!(["Role"]), json!([null]), json!(["id"])] {
        let rejected = api.patch(&path, &json!({"lockedAttributes": wrong})).await;
        let (code, problem) = rejected.problem(StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(code, "invalid");
        assert!(problem[0].contains("lockedAttributes/0"), "{problem:?}");
    }
    assert_eq!(locks().await, json!(["role"]));
}
