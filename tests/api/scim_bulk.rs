//! Many SCIM operations in one request; and the count of what was fixed.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use usher::domain::api_key::{Dialect, Scope};

use crate::{
    client::{ApiClient, ApiResponse},
    support::db::TestDb,
    world::World,
};

on_both_databases! {
    a_user_and_a_group_that_refers_to_them_are_created_in_any_order,
    circular_operations_are_rejected_and_the_others_applied,
    operations_succeed_or_fail_independently,
    fail_on_errors_stops_the_request,
    a_version_guards_an_operation,
    oversized_bulk_request_is_rejected_before_any_operation,
    thousand_operations_are_accepted,
    compatibility_fixes_are_counted_for_each_client,
}

const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
const GROUP: &str = "urn:ietf:params:scim:schemas:core:2.0:Group";
const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
const PATCH: &str = "urn:ietf:params:scim:api:messages:2.0:PatchOp";

async fn post_bulk(scim: &ApiClient, operations: Value) -> ApiResponse {
    let body = json!({
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"], "Operations": operations,
    });
    scim.post("/Bulk", &body).await
}

async fn send_bulk(scim: &ApiClient, operations: Value) -> Vec<Value> {
    let response = post_bulk(scim, operations).await.body(StatusCode::OK);
    assert_eq!(response["schemas"], json!(["urn:ietf:params:scim:api:messages:2.0:BulkResponse"]));
    response["Operations"].as_array().cloned().unwrap()
}

fn outcome_statuses(outcomes: &[Value]) -> Vec<&str> {
    outcomes.iter().map(|one| one["status"].as_str().unwrap()).collect()
}

fn user(name: &str) -> Value {
    let data = json!({"schemas": [USER], "userName": format!("{name}@example.com")});
    json!({"method": "POST", "path": "/Users", "bulkId": name, "data": data})
}

fn group(name: &str, members: &[&str]) -> Value {
    let members: Vec<_> = members.iter().map(|member| json!({"value": member})).collect();
    let data = json!({"schemas": [GROUP], "displayName": name, "members": members});
    json!({"method": "POST", "path": "/Groups", "bulkId": name, "data": data})
}

/// How many users there are.
async fn count_users(scim: &ApiClient) -> u64 {
    scim.get("/Users?count=0").await.body(StatusCode::OK)["totalResults"].as_u64().unwrap()
}

/// Gets what is at the address that an outcome names.
async fn response(scim: &ApiClient, outcome: &Value) -> Value {
    let location = outcome["location"].as_str().unwrap();
    let (_, path) = location.split_once("/scim/v2").unwrap();
    scim.get(path).await.body(StatusCode::OK)
}

async fn a_user_and_a_group_that_refers_to_them_are_created_in_any_order(db: TestDb) {
    let world = World::new(db);
    let scim = ApiClient::scim(&world.server, Dialect::Strict);
    let patch = json!({
        "schemas": [PATCH],
        "Operations": [{"op": "add", "path": "members", "value": [{"value": "bulkId:late"}]}],
    });
    let outcomes = send_bulk(
        &scim,
        json!([
            group("Ops", &["bulkId:ada", "bulkId:bob"]),
            user("ada"),
            {"method": "PATCH", "path": "/Groups/bulkId:Ops", "data": patch},
            user("bob"),
            user("late"),
        ]),
    )
    .await;
    assert_eq!(outcome_statuses(&outcomes), ["201", "201", "204", "201", "201"]);
    assert_eq!(outcomes[0]["bulkId"], "Ops");
    assert_eq!(outcomes[0]["method"], "POST");
    assert_eq!(outcomes[2]["location"], outcomes[0]["location"]);
    let ops = response(&scim, &outcomes[0]).await;
    let mut members: Vec<_> =
        ops["members"].as_array().unwrap().iter().map(|one| one["value"].clone()).collect();
    let mut expected = Vec::new();
    for at in [1, 3, 4] {
        let user = response(&scim, &outcomes[at]).await;
        assert_eq!(user["meta"]["location"], outcomes[at]["location"]);
        expected.push(user["id"].clone());
    }
    members.sort_by_key(ToString::to_string);
    expected.sort_by_key(ToString::to_string);
    assert_eq!(members, expected);
    let bob = response(&scim, &outcomes[3]).await;
    assert_eq!(bob["groups"][0]["display"], "Ops");
}

async fn circular_operations_are_rejected_and_the_others_applied(db: TestDb) {
    let world = World::new(db);
    let scim = ApiClient::scim(&world.server, Dialect::Strict);
    let managed = |name: &str, by: &str| {
        let mut made = user(name);
        made["data"]["schemas"] = json!([USER, ENTERPRISE]);
        made["data"][ENTERPRISE] = json!({"manager": {"value": format!("bulkId:{by}")}});
        made
    };
    let outcomes =
        send_bulk(&scim, json!([managed("ada", "bob"), managed("bob", "ada"), user("carl")])).await;
    assert_eq!(outcome_statuses(&outcomes), ["409", "409", "201"]);
    assert_eq!(outcomes[0]["response"]["status"], "409");
    assert_eq!(outcomes[0].get("location"), None);
    // Not in a circle, the manager is an id like any other.
    let outcomes = send_bulk(&scim, json!([managed("dora", "emil"), user("emil")])).await;
    assert_eq!(outcome_statuses(&outcomes), ["201", "201"]);
    let (dora, emil) = (response(&scim, &outcomes[0]).await, response(&scim, &outcomes[1]).await);
    assert_eq!(dora[ENTERPRISE]["manager"]["value"], emil["id"]);
}

async fn operations_succeed_or_fail_independently(db: TestDb) {
    let world = World::new(db);
    let scim = ApiClient::scim(&world.server, Dialect::Strict);
    let nobody = "/Users/0190a000-0000-7000-8000-000000000000";
    let mut twice = user("ada");
    twice["bulkId"] = json!("again");
    let outcomes = send_bulk(
        &scim,
        json!([
            user("ada"),
            twice,
            {"method": "DELETE", "path": nobody},
            {"method": "PUT", "path": "/Users/bulkId:nobody", "data": {}},
            group("Ops", &["bulkId:again"]),
            {"method": "POST", "path": "/Devices", "bulkId": "d", "data": {}},
            {"method": "POST", "path": "/Users", "bulkId": "empty"},
            {"method": "DELETE", "path": "/Users/bulkId:ada"},
        ]),
    )
    .await;
    assert_eq!(
        outcome_statuses(&outcomes),
        ["201", "409", "404", "400", "400", "400", "400", "204"],
        "{outcomes:#?}"
    );
    for (at, kind) in
        [(1, "uniqueness"), (3, "invalidValue"), (4, "invalidValue"), (5, "invalidPath")]
    {
        assert_eq!(outcomes[at]["response"]["scimType"], kind, "{at}");
        assert_eq!(outcomes[at]["response"]["status"], outcomes[at]["status"], "{at}");
    }
    assert!(outcomes[2]["location"].as_str().unwrap().ends_with(nobody));
    let none = scim.get("/Users?filter=userName%20eq%20%22ada@example.com%22").await;
    assert_eq!(none.body(StatusCode::OK)["totalResults"], 0);
}

async fn fail_on_errors_stops_the_request(db: TestDb) {
    let world = World::new(db);
    let scim = ApiClient::scim(&world.server, Dialect::Strict);
    let wrong =
        |name: &str| json!({"method": "POST", "path": "/Users", "bulkId": name, "data": {}});
    for (most, expected) in [
        (Some(1), ["201", "400"].as_slice()),
        (Some(2), &["201", "400", "201", "400"]),
        (Some(3), &["201", "400", "201", "400", "201"]),
        (None, &["201", "400", "201", "400", "201"]),
    ] {
        let before = count_users(&scim).await;
        let [ada, carl, emil] =
            ["ada", "carl", "emil"].map(|name| user(&format!("{name}{before}")));
        let mut body = json!({
            "schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"],
            "Operations": [ada, wrong("b"), carl, wrong("d"), emil],
        });
        if let Some(most) = most {
            body["failOnErrors"] = json!(most);
        }
        let response = scim.post("/Bulk", &body).await.body(StatusCode::OK);
        assert_eq!(
            outcome_statuses(response["Operations"].as_array().unwrap()),
            expected,
            "{most:?}"
        );
        let made = expected.iter().filter(|status| **status == "201").count();
        assert_eq!(count_users(&scim).await, before + u64::try_from(made).unwrap(), "{most:?}");
    }
    for wrong in [json!(0), json!(-1), json!("1"), json!(1.5)] {
        let body = json!({
            "schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"],
            "Operations": [], "failOnErrors": wrong,
        });
        let rejected = scim.post("/Bulk", &body).await.body(StatusCode::BAD_REQUEST);
        assert_eq!(rejected["scimType"], "invalidValue", "{wrong}");
    }
}

async fn a_version_guards_an_operation(db: TestDb) {
    let world = World::new(db);
    let scim = ApiClient::scim(&world.server, Dialect::Strict);
    let made = send_bulk(&scim, json!([user("ada")])).await;
    let version = made[0]["version"].as_str().unwrap();
    let ada = response(&scim, &made[0]).await;
    assert_eq!(ada["meta"]["version"], version);
    let path = format!("/Users/{}", ada["id"].as_str().unwrap());
    let titled = |version: &str, title: &str| {
        let operations = json!([{"op": "add", "path": "title", "value": title}]);
        let data = json!({"schemas": [PATCH], "Operations": operations});
        json!({"method": "PATCH", "path": path, "version": version, "data": data})
    };
    let operations = json!([
        titled(version, "Analyst"),
        titled(version, "Countess"),
        titled(&format!("W/{version}"), "Countess"),
        titled("v", "Countess"),
        titled("*", "Poet"),
        {"method": "DELETE", "path": path, "version": version},
    ]);
    let outcomes = send_bulk(&scim, operations).await;
    assert_eq!(outcome_statuses(&outcomes), ["200", "412", "412", "400", "200", "412"]);
    let ada = response(&scim, &made[0]).await;
    assert_eq!((&ada["title"], &ada["meta"]["version"]), (&json!("Poet"), &outcomes[4]["version"]));
}

async fn oversized_bulk_request_is_rejected_before_any_operation(db: TestDb) {
    let world = World::new(db);
    let scim = ApiClient::scim(&world.server, Dialect::Strict);
    let many: Vec<_> = (0..1_001).map(|at| user(&format!("u{at}"))).collect();
    let rejected = post_bulk(&scim, many.into()).await.body(StatusCode::PAYLOAD_TOO_LARGE);
    assert_eq!(rejected["status"], "413");
    let mut long = user("ada");
    long["data"]["title"] = "a".repeat(5 * 1024 * 1024).into();
    let rejected = post_bulk(&scim, json!([long])).await.body(StatusCode::PAYLOAD_TOO_LARGE);
    assert_eq!(rejected["status"], "413");
    let rejected = post_bulk(&scim, json!([user("ada"), user("ada")])).await;
    assert_eq!(rejected.body(StatusCode::BAD_REQUEST)["scimType"], "invalidValue");
    assert_eq!(count_users(&scim).await, 0);
}

async fn thousand_operations_are_accepted(db: TestDb) {
    let world = World::new(db);
    let scim = ApiClient::scim(&world.server, Dialect::Strict);
    let names: Vec<_> = (0..999).map(|at| format!("u{at}")).collect();
    let members: Vec<_> = names.iter().map(|name| format!("bulkId:{name}")).collect();
    let members: Vec<_> = members.iter().map(String::as_str).collect();
    let mut operations = vec![group("All", &members)];
    operations.extend(names.iter().map(|name| user(name)));
    let outcomes = send_bulk(&scim, operations.into()).await;
    assert_eq!(outcomes.len(), 1_000);
    assert!(outcome_statuses(&outcomes).iter().all(|status| *status == "201"));
    let all = response(&scim, &outcomes[0]).await;
    assert_eq!(all["members"].as_array().unwrap().len(), 999);
}

async fn compatibility_fixes_are_counted_for_each_client(db: TestDb) {
    let world = World::new(db);
    let admin = ApiClient::for_server(&world.server);
    let body = json!({"name": "Entra", "scopes": ["scim"], "dialect": "ENTRA"});
    let made = admin.post("/keys", &body).await.body(StatusCode::CREATED);
    let path = format!("/keys/{}/compatibility-fixes", made["key"]["id"].as_str().unwrap());
    let none = admin.get(&path).await.body(StatusCode::OK);
    assert_eq!(none, json!({"items": []}));

    let scim = ApiClient::scim_with_key(&world.server, made["secret"].as_str().unwrap());
    let outcomes = send_bulk(&scim, json!([user("ada")])).await;
    let ada = response(&scim, &outcomes[0]).await;
    let user_path = format!("/Users/{}", ada["id"].as_str().unwrap());
    let patch = |value: Value| {
        json!({
            "schemas": [PATCH],
            "Operations": [
                {"op": "Replace", "path": "active", "value": value},
                {"op": "Add", "path": "title", "value": "Analyst"},
            ],
        })
    };
    for value in [json!("True"), json!("False"), json!(true)] {
        let response = scim.send(scim.request(Method::PATCH, &user_path).json(&patch(value))).await;
        assert!(
            response.header("usher-compatibility-fixes").unwrap().contains("operation-case op")
        );
    }
    // What is rejected is not fixed.
    let rejected = scim.request(Method::PATCH, &user_path).json(&patch(json!("perhaps")));
    assert_eq!(scim.send(rejected).await.status, StatusCode::BAD_REQUEST);

    let counted = admin.get(&path).await.body(StatusCode::OK);
    let items = counted["items"].as_array().unwrap();
    let message: Vec<_> = items.iter().map(|one| (&one["fix"], &one["times"])).collect();
    assert_eq!(
        message,
        [(&json!("boolean-as-text"), &json!(2)), (&json!("operation-case"), &json!(3))]
    );
    assert!(items.iter().all(|one| one["lastAt"].is_string()));
    // It needs the scope, and is the account's own.
    let other = ApiClient::with_scopes(
        &world.server,
        &world.server.account,
        [Scope::Scim].into_iter().collect(),
    );
    assert_eq!(other.get(&path).await.status, StatusCode::FORBIDDEN);
    let gone = admin.get("/keys/0190a000-0000-7000-8000-000000000000/compatibility-fixes").await;
    assert_eq!(gone.status, StatusCode::NOT_FOUND);
}
