//! What a careless SCIM client is told, instead of having half of it done.

use reqwest::{Method, StatusCode};
use serde_json::json;
use usher::domain::api_key::Dialect;

use crate::{
    client::ApiClient,
    scim::{GROUP, ROLES, USER, expect_error_type, id, patched},
    support::db::TestDb,
    world::World,
};

/// Usher's extension of users.
const OURS: &str = "urn:ietf:params:scim:schemas:extension:usher:2.0:User";

on_both_databases! {
    a_role_of_somebody_who_is_not_in_the_group_has_no_target,
    a_role_of_a_member_is_read_as_any_other_value,
    a_role_is_never_emptied,
    a_name_that_is_there_twice_is_refused,
    a_look_alike_in_a_user_name_is_named_without_emails_too,
    quoted_values_are_shortened,
    the_last_administrator_stays_and_no_force_is_offered,
    headers_that_scim_does_not_support_are_refused,
}

async fn a_role_of_somebody_who_is_not_in_the_group_has_no_target(db: TestDb) {
    let world = World::new(db);
    let scim = ApiClient::scim(&world.server, Dialect::Strict);
    let mut users = Vec::new();
    for name in ["ada@example.com", "grace@example.com"] {
        let user = scim.post("/Users", &json!({"schemas": [USER], "userName": name})).await;
        users.push(id(&user.body(StatusCode::CREATED)).to_owned());
    }
    let members = json!([{"value": users[0]}]);
    let group = json!({"schemas": [GROUP], "displayName": "Ops", "members": members});
    let group = scim.post("/Groups", &group).await.body(StatusCode::CREATED);
    let path = format!("/Groups/{}", id(&group));
    let of = |user: &str| format!("{ROLES}:memberRoles[value eq \"{user}\"].role");
    let nobody = "01900000-0000-7000-8000-000000000000";
    for user in [users[1].as_str(), "zz", nobody] {
        let change = json!([
            {"op": "replace", "path": "displayName", "value": "Renamed"},
            {"op": "replace", "path": of(user), "value": "USER"},
        ]);
        let refused = patched(&scim, &path, change).await;
        assert_eq!(expect_error_type(&refused, StatusCode::BAD_REQUEST), "noTarget", "{user}");
    }
    let unchanged = scim.get(&path).await.body(StatusCode::OK);
    assert_eq!(unchanged, group, "nothing was half-done");
    // Whoever is put in before is in it.
    let change = json!([
        {"op": "add", "path": "members", "value": [{"value": users[1]}]},
        {"op": "replace", "path": of(&users[1]), "value": "ADMIN"},
    ]);
    assert_eq!(patched(&scim, &path, change).await.status, StatusCode::NO_CONTENT);
    let view = scim.get(&path).await.body(StatusCode::OK);
    let roles = view[ROLES]["memberRoles"].as_array().unwrap();
    assert!(roles.iter().any(|one| one["value"] == users[1].as_str() && one["role"] == "ADMIN"));
    // And whoever is put out before is not.
    let change = json!([
        {"op": "remove", "path": format!("members[value eq \"{}\"]", users[1])},
        {"op": "replace", "path": of(&users[1]), "value": "USER"},
    ]);
    let refused = patched(&scim, &path, change).await;
    assert_eq!(expect_error_type(&refused, StatusCode::BAD_REQUEST), "noTarget");
}

async fn a_role_of_a_member_is_read_as_any_other_value(db: TestDb) {
    let world = World::new(db);
    for dialect in Dialect::ALL {
        let scim = ApiClient::scim(&world.server, dialect);
        let mut users = Vec::new();
        for name in ["ada", "grace"] {
            let name = format!("{name}@{}.example", dialect.as_str());
            let user = scim.post("/Users", &json!({"schemas": [USER], "userName": name})).await;
            users.push(id(&user.body(StatusCode::CREATED)).to_owned());
        }
        let members = json!([{"value": users[0]}, {"value": users[1]}]);
        let group =
            json!({"schemas": [GROUP], "displayName": dialect.as_str(), "members": members});
        let group = scim.post("/Groups", &group).await.body(StatusCode::CREATED);
        let group_path = format!("/Groups/{}", id(&group));
        let path = format!("{ROLES}:memberRoles[value eq \"{}\"]", users[0]);
        for value in [
            json!({"role": "ADMIN", "value": users[1]}),
            json!({"role": "ADMIN", "badge": 7}),
            json!({"role": null}),
            json!({"role": ""}),
            json!({}),
        ] {
            let change = json!([{"op": "replace", "path": path, "value": value}]);
            let refused = patched(&scim, &group_path, change).await;
            assert_eq!(refused.status, StatusCode::BAD_REQUEST, "{value}");
        }
        assert_eq!(scim.get(&group_path).await.body(StatusCode::OK), group, "{dialect:?}");
        let change =
            json!([{"op": "replace", "path": path, "value": {"ROLE": "admin", "value": users[0]}}]);
        assert_eq!(patched(&scim, &group_path, change).await.status, StatusCode::NO_CONTENT);
        let changed = scim.get(&group_path).await.body(StatusCode::OK);
        let roles = changed[ROLES]["memberRoles"].as_array().unwrap();
        assert!(
            roles.iter().any(|one| one["value"] == users[0].as_str() && one["role"] == "ADMIN")
        );
    }
}

async fn a_role_is_never_emptied(db: TestDb) {
    let world = World::new(db);
    for dialect in Dialect::ALL {
        let scim = ApiClient::scim(&world.server, dialect);
        let name = format!("ada@{}.example", dialect.as_str());
        let user = json!({"schemas": [USER, OURS], "userName": name, OURS: {"role": "ADMIN"}});
        let made = scim.post("/Users", &user).await.body(StatusCode::CREATED);
        let path = format!("/Users/{}", id(&made));
        for value in [json!(""), json!(" "), json!(null)] {
            for operation in [
                json!({"op": "replace", "path": format!("{OURS}:role"), "value": value}),
                json!({"op": "add", "value": {OURS: {"role": value}}}),
            ] {
                let refused = patched(&scim, &path, json!([operation])).await;
                let body = refused.body(StatusCode::BAD_REQUEST);
                let detail = body["detail"].as_str().unwrap();
                assert!(detail.contains("role"), "{detail}");
            }
            let other =
                json!({"schemas": [USER, OURS], "userName": "b@x.example", OURS: {"role": value}});
            let refused = scim.post("/Users", &other).await;
            assert_eq!(
                expect_error_type(&refused, StatusCode::BAD_REQUEST),
                "invalidValue",
                "{value}"
            );
        }
        assert_eq!(scim.get(&path).await.body(StatusCode::OK), made, "{dialect:?}");
    }
}

async fn a_name_that_is_there_twice_is_refused(db: TestDb) {
    let world = World::new(db);
    let scim = ApiClient::scim(&world.server, Dialect::Entra);
    for again in ["userName", "USERNAME"] {
        let body =
            format!(r#"{{"schemas":["{USER}"],"userName":"a@x.example","{again}":"b@x.example"}}"#);
        let request = scim.request(Method::POST, "/Users");
        let request = request.header("content-type", "application/scim+json").body(body);
        let refused = scim.send(request).await;
        assert_eq!(
            expect_error_type(&refused, StatusCode::BAD_REQUEST),
            "invalidSyntax",
            "{again}"
        );
    }
    let none = scim.get("/Users").await.body(StatusCode::OK);
    assert_eq!(none["totalResults"], 0);
}

async fn a_look_alike_in_a_user_name_is_named_without_emails_too(db: TestDb) {
    let world = World::new(db);
    let scim = ApiClient::scim(&world.server, Dialect::Okta);
    let body = json!({"schemas": [USER], "userName": "mi\u{212a}e@example.com"});
    let refused = scim.post("/Users", &body).await.body(StatusCode::BAD_REQUEST);
    let detail = refused["detail"].as_str().unwrap();
    assert!(detail.starts_with("userName") && detail.contains("U+212A"), "{detail}");
}

async fn quoted_values_are_shortened(db: TestDb) {
    let world = World::new(db);
    let scim = ApiClient::scim(&world.server, Dialect::Strict);
    let long = "x".repeat(1_000_000);
    for body in [
        json!({"schemas": [USER], "userName": "ada@example.com", "displayName": long}),
        json!({"schemas": [USER], "userName": "ada@example.com", "externalId": long}),
        json!({"schemas": [USER], "userName": "ada@example.com", long.as_str(): "x"}),
    ] {
        let refused = scim.post("/Users", &body).await;
        let detail = refused.body(StatusCode::BAD_REQUEST)["detail"].as_str().unwrap().to_owned();
        assert!(detail.chars().count() < 1_100, "{} characters", detail.chars().count());
    }
}

async fn the_last_administrator_stays_and_no_force_is_offered(db: TestDb) {
    let world = World::new(db);
    let admin = ApiClient::for_server(&world.server);
    let root = admin.post("/users", &json!({"email": "root@example.com", "role": "ADMIN"})).await;
    let root = root.body(StatusCode::CREATED)["id"].as_str().unwrap().to_owned();
    let scim = ApiClient::scim(&world.server, Dialect::Strict);
    let refused = scim.delete(&format!("/Users/{root}")).await;
    let detail = refused.body(StatusCode::CONFLICT)["detail"].as_str().unwrap().to_owned();
    assert!(detail.contains("last user") && !detail.contains("force"), "{detail}");
}

async fn headers_that_scim_does_not_support_are_refused(db: TestDb) {
    let world = World::new(db);
    let scim = ApiClient::scim(&world.server, Dialect::Okta);
    let user = scim.post("/Users", &json!({"schemas": [USER], "userName": "a@example.com"})).await;
    let user = format!("/Users/{}", id(&user.body(StatusCode::CREATED)));
    let group = scim.post("/Groups", &json!({"schemas": [GROUP], "displayName": "Ops"})).await;
    let group = format!("/Groups/{}", id(&group.body(StatusCode::CREATED)));
    for (method, path) in [
        (Method::POST, "/Users"),
        (Method::POST, "/Groups"),
        (Method::POST, "/Bulk"),
        (Method::PUT, &user),
        (Method::PATCH, &user),
        (Method::DELETE, &user),
        (Method::PUT, &group),
        (Method::PATCH, &group),
        (Method::DELETE, &group),
    ] {
        let request = scim.request(method.clone(), path).header("Idempotency-Key", "k");
        let refused = scim.send(request.json(&json!({}))).await;
        assert_eq!(refused.status, StatusCode::BAD_REQUEST, "{method} {path}: {}", refused.text);
        assert!(refused.text.contains("Idempotency-Key"), "{}", refused.text);
    }
}
