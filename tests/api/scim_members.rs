//! The parts of the members of a SCIM group.

use reqwest::StatusCode;
use serde_json::{Value, json};
use usher::domain::api_key::Dialect;

use crate::{
    client::{ApiClient, ApiResponse},
    scim::{GROUP, USER, expect_error_type, id, patched},
    support::db::TestDb,
    world::World,
};

on_both_databases! {
    members_are_returned_with_their_display_names,
    member_that_is_a_group_is_rejected_in_every_dialect,
}

async fn create_user(scim: &ApiClient, name: &str) -> Value {
    let body = json!({
        "schemas": [USER], "userName": name, "name": {"givenName": "Ada", "familyName": "Lovelace"},
    });
    scim.post("/Users", &body).await.body(StatusCode::CREATED)
}

async fn members_are_returned_with_their_display_names(db: TestDb) {
    let world = World::new(db);
    let scim = ApiClient::scim(&world.server, Dialect::Strict);
    let ada = create_user(&scim, "ada@example.com").await;
    // `display` is read-only, so the one that is sent is ignored.
    let sent = json!([{"value": id(&ada), "type": "user", "display": "Countess"}]);
    let body = json!({"schemas": [GROUP], "displayName": "Ops", "members": sent});
    let group = scim.post("/Groups", &body).await.body(StatusCode::CREATED);
    let member = |display: &str| {
        json!([{
            "value": id(&ada), "$ref": ada["meta"]["location"], "display": display, "type": "User",
        }])
    };
    assert_eq!(group["members"], member("Ada Lovelace"));
    let path = format!("/Groups/{}", id(&group));
    assert_eq!(scim.get(&path).await.body(StatusCode::OK), group);

    let user_path = format!("/Users/{}", id(&ada));
    let rename = json!([{"op": "replace", "path": "displayName", "value": "Lady Lovelace"}]);
    assert_eq!(patched(&scim, &user_path, rename).await.status, StatusCode::OK);
    let renamed = scim.get(&path).await.body(StatusCode::OK);
    assert_eq!(renamed["members"], member("Lady Lovelace"));
    assert_ne!(renamed["meta"]["version"], group["meta"]["version"]);

    let view = scim.get(&format!("{path}?attributes=members.display")).await.body(StatusCode::OK);
    assert_eq!(view["members"], json!([{"display": "Lady Lovelace"}]));
    let view = scim.get(&format!("{path}?excludedAttributes=members.display")).await;
    assert_eq!(view.body(StatusCode::OK)["members"][0].get("display"), None);
    let page = scim.get("/Groups").await.body(StatusCode::OK);
    assert_eq!(page["Resources"], json!([renamed]));

    let change = json!([{"op": "replace", "path": "members.display", "value": "Countess"}]);
    let rejected = patched(&scim, &path, change).await;
    assert_eq!(expect_error_type(&rejected, StatusCode::BAD_REQUEST), "mutability");
    let filter = "/Groups?filter=members.display%20eq%20%22Lady%20Lovelace%22";
    let rejected = scim.get(filter).await;
    assert_eq!(expect_error_type(&rejected, StatusCode::BAD_REQUEST), "invalidFilter");
    assert!(rejected.text.contains("lists can't be filtered by members.display"), "{rejected:?}");
}

#[track_caller]
fn assert_group_is_rejected(rejected: &ApiResponse) {
    assert_eq!(expect_error_type(rejected, StatusCode::BAD_REQUEST), "invalidValue");
    let detail = "members can't be of type Group: only users are members. Send the users of that \
                  group instead";
    assert_eq!(serde_json::from_str::<Value>(&rejected.text).unwrap()["detail"], detail);
}

async fn member_that_is_a_group_is_rejected_in_every_dialect(db: TestDb) {
    let world = World::new(db);
    for dialect in Dialect::ALL {
        let scim = ApiClient::scim(&world.server, dialect);
        let ada = create_user(&scim, &format!("{}@example.com", dialect.as_str())).await;
        let body = |name: &str, members: &Value| {
            let name = format!("{name} of {}", dialect.as_str());
            json!({"schemas": [GROUP], "displayName": name, "members": members})
        };
        let user = json!([{"value": id(&ada)}]);
        let group = scim.post("/Groups", &body("Ops", &user)).await.body(StatusCode::CREATED);
        let path = format!("/Groups/{}", id(&group));
        let inner = scim.post("/Groups", &body("Inner", &json!([]))).await;
        let inner = inner.body(StatusCode::CREATED);
        let url = &inner["meta"]["location"];
        for nested in [
            json!({"value": id(&inner), "type": "Group"}),
            json!({"VALUE": id(&inner), "Type": "GROUP", "display": "Inner"}),
            json!({"value": id(&inner), "$ref": url}),
            json!({"value": id(&ada), "$ref": url, "type": "User"}),
        ] {
            let nested = json!([{"value": id(&ada)}, nested]);
            assert_group_is_rejected(&scim.post("/Groups", &body("Outer", &nested)).await);
            assert_group_is_rejected(&scim.put(&path, &body("Ops", &nested)).await);
            for operation in [
                json!({"op": "add", "path": "members", "value": nested}),
                json!({"op": "replace", "path": "members", "value": nested}),
                json!({"op": "add", "value": {"members": nested}}),
                json!({"op": "replace", "value": {"members": nested}}),
            ] {
                assert_group_is_rejected(&patched(&scim, &path, json!([operation])).await);
            }
            let outcomes = send_bulk(&scim, &path, &body("Outer", &nested), &nested).await;
            for outcome in outcomes["Operations"].as_array().unwrap() {
                assert_eq!(outcome["status"], "400", "{outcome}");
                assert_eq!(outcome["response"]["scimType"], "invalidValue", "{outcome}");
            }
        }
        // Without a type, it is a user who does not exist.
        let nested = json!([{"op": "add", "path": "members", "value": [{"value": id(&inner)}]}]);
        let rejected = patched(&scim, &path, nested).await;
        assert_eq!(expect_error_type(&rejected, StatusCode::BAD_REQUEST), "invalidValue");
        assert!(rejected.text.contains("must be the ID of a user"), "{rejected:?}");
        let unknown = json!([{"value": id(&ada), "type": "Device"}]);
        let rejected = scim.put(&path, &body("Ops", &unknown)).await;
        assert_eq!(expect_error_type(&rejected, StatusCode::BAD_REQUEST), "invalidValue");
        assert!(rejected.text.contains("members.type must be User"), "{rejected:?}");
        assert_eq!(scim.get(&path).await.body(StatusCode::OK), group, "nothing was changed");
    }
}

async fn send_bulk(scim: &ApiClient, path: &str, group: &Value, members: &Value) -> Value {
    let patch = json!({
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
        "Operations": [{"op": "add", "path": "members", "value": members}],
    });
    let body = json!({
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"],
        "Operations": [
            {"method": "POST", "path": "/Groups", "bulkId": "outer", "data": group},
            {"method": "PUT", "path": path, "data": group},
            {"method": "PATCH", "path": path, "data": patch},
        ],
    });
    scim.post("/Bulk", &body).await.body(StatusCode::OK)
}
