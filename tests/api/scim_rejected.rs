//! SCIM requests that are rejected as a whole.

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
    role_of_a_user_outside_the_group_has_no_target,
    role_of_a_member_is_validated,
    role_of_a_member_cannot_be_cleared,
    repeated_json_name_is_rejected,
    look_alike_user_name_is_rejected_without_emails_too,
    quoted_values_are_shortened,
    last_administrator_is_protected_without_an_override,
    headers_that_scim_does_not_support_are_rejected,
    malformed_address_is_skipped_if_another_is_usable,
    unknown_search_parameter_is_rejected,
    external_id_with_invisible_characters_is_rejected,
}

async fn role_of_a_user_outside_the_group_has_no_target(db: TestDb) {
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
        let rejected = patched(&scim, &path, change).await;
        assert_eq!(expect_error_type(&rejected, StatusCode::BAD_REQUEST), "noTarget", "{user}");
    }
    let unchanged = scim.get(&path).await.body(StatusCode::OK);
    assert_eq!(unchanged, group, "nothing was half-done");
    // A user who was added before is a member.
    let change = json!([
        {"op": "add", "path": "members", "value": [{"value": users[1]}]},
        {"op": "replace", "path": of(&users[1]), "value": "ADMIN"},
    ]);
    assert_eq!(patched(&scim, &path, change).await.status, StatusCode::NO_CONTENT);
    let view = scim.get(&path).await.body(StatusCode::OK);
    let roles = view[ROLES]["memberRoles"].as_array().unwrap();
    assert!(roles.iter().any(|one| one["value"] == users[1].as_str() && one["role"] == "ADMIN"));
    // A user who was removed before is not.
    let change = json!([
        {"op": "remove", "path": format!("members[value eq \"{}\"]", users[1])},
        {"op": "replace", "path": of(&users[1]), "value": "USER"},
    ]);
    let rejected = patched(&scim, &path, change).await;
    assert_eq!(expect_error_type(&rejected, StatusCode::BAD_REQUEST), "noTarget");
}

async fn role_of_a_member_is_validated(db: TestDb) {
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
            let rejected = patched(&scim, &group_path, change).await;
            assert_eq!(rejected.status, StatusCode::BAD_REQUEST, "{value}");
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

async fn role_of_a_member_cannot_be_cleared(db: TestDb) {
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
                let rejected = patched(&scim, &path, json!([operation])).await;
                let body = rejected.body(StatusCode::BAD_REQUEST);
                let detail = body["detail"].as_str().unwrap();
                assert!(detail.contains("role"), "{detail}");
            }
            let other =
                json!({"schemas": [USER, OURS], "userName": "b@x.example", OURS: {"role": value}});
            let rejected = scim.post("/Users", &other).await;
            assert_eq!(
                expect_error_type(&rejected, StatusCode::BAD_REQUEST),
                "invalidValue",
                "{value}"
            );
        }
        assert_eq!(scim.get(&path).await.body(StatusCode::OK), made, "{dialect:?}");
    }
}

async fn repeated_json_name_is_rejected(db: TestDb) {
    let world = World::new(db);
    let scim = ApiClient::scim(&world.server, Dialect::Entra);
    for again in ["userName", "USERNAME"] {
        let body =
            format!(r#"{{"schemas":["{USER}"],"userName":"a@x.example","{again}":"b@x.example"}}"#);
        let request = scim.request(Method::POST, "/Users");
        let request = request.header("content-type", "application/scim+json").body(body);
        let rejected = scim.send(request).await;
        assert_eq!(
            expect_error_type(&rejected, StatusCode::BAD_REQUEST),
            "invalidSyntax",
            "{again}"
        );
    }
    let none = scim.get("/Users").await.body(StatusCode::OK);
    assert_eq!(none["totalResults"], 0);
}

async fn look_alike_user_name_is_rejected_without_emails_too(db: TestDb) {
    let world = World::new(db);
    let scim = ApiClient::scim(&world.server, Dialect::Okta);
    let body = json!({"schemas": [USER], "userName": "mi\u{212a}e@example.com"});
    let rejected = scim.post("/Users", &body).await.body(StatusCode::BAD_REQUEST);
    let detail = rejected["detail"].as_str().unwrap();
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
        let rejected = scim.post("/Users", &body).await;
        let detail = rejected.body(StatusCode::BAD_REQUEST)["detail"].as_str().unwrap().to_owned();
        assert!(detail.chars().count() < 1_100, "{} characters", detail.chars().count());
    }
}

async fn last_administrator_is_protected_without_an_override(db: TestDb) {
    let world = World::new(db);
    let admin = ApiClient::for_server(&world.server);
    let root = admin.post("/users", &json!({"email": "root@example.com", "role": "ADMIN"})).await;
    let root = root.body(StatusCode::CREATED)["id"].as_str().unwrap().to_owned();
    let scim = ApiClient::scim(&world.server, Dialect::Strict);
    let rejected = scim.delete(&format!("/Users/{root}")).await;
    let detail = rejected.body(StatusCode::CONFLICT)["detail"].as_str().unwrap().to_owned();
    assert!(detail.contains("last user") && !detail.contains("force"), "{detail}");
}

async fn headers_that_scim_does_not_support_are_rejected(db: TestDb) {
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
        let rejected = scim.send(request.json(&json!({}))).await;
        assert_eq!(rejected.status, StatusCode::BAD_REQUEST, "{method} {path}: {}", rejected.text);
        assert!(rejected.text.contains("Idempotency-Key"), "{}", rejected.text);
    }
}

const LENIENT: [Dialect; 2] = [Dialect::Entra, Dialect::Okta];

async fn malformed_address_is_skipped_if_another_is_usable(db: TestDb) {
    let world = World::new(db);
    for dialect in LENIENT {
        let scim = ApiClient::scim(&world.server, dialect);
        let good = format!("ok@{}.example", dialect.as_str());
        let emails = json!([{"value": "bad", "primary": true}, {"value": good}]);
        let body = json!({"schemas": [USER], "userName": good, "emails": emails});
        let made = scim.post("/Users", &body).await;
        assert_eq!(made.header("usher-compatibility-fixes"), Some("one-of-several emails"));
        assert_eq!(made.body(StatusCode::CREATED)["emails"][0]["value"], good.as_str());
        let body = json!({"schemas": [USER], "userName": "x", "emails": [{"value": "bad"}, {"value": "worse"}]});
        let rejected = scim.post("/Users", &body).await;
        assert_eq!(expect_error_type(&rejected, StatusCode::BAD_REQUEST), "invalidValue");
    }
}

async fn unknown_search_parameter_is_rejected(db: TestDb) {
    let world = World::new(db);
    for dialect in Dialect::ALL {
        let scim = ApiClient::scim(&world.server, dialect);
        for at in ["/Users", "/Groups"] {
            for (query, suggestion) in [
                ("fliter=id%20pr", " (did you mean \"filter\"?)"),
                ("sortby_=id", " (did you mean \"sortBy\"?)"),
                ("colour=red", ""),
                ("count=1&total=true", ""),
            ] {
                let rejected = scim.get(&format!("{at}?{query}")).await;
                let kind = expect_error_type(&rejected, StatusCode::BAD_REQUEST);
                assert_eq!(kind, "invalidValue", "{at} {query}");
                let detail = rejected.body["detail"].as_str().unwrap();
                assert!(
                    detail.ends_with(&format!("is not a parameter of a search{suggestion}")),
                    "{detail}"
                );
            }
            let known = scim
                .get(&format!("{at}?aadOptscim062020&Filter=id%20pr&SORTORDER=descending"))
                .await;
            assert_eq!(known.status, StatusCode::OK, "{at}");
        }
        let search = "urn:ietf:params:scim:api:messages:2.0:SearchRequest";
        for at in ["/.search", "/Users/.search", "/Groups/.search"] {
            for value in [json!("id pr"), json!(7), json!({})] {
                let rejected = scim.post(at, &json!({"schemas": [search], "fliter": value})).await;
                let kind = expect_error_type(&rejected, StatusCode::BAD_REQUEST);
                assert_eq!(kind, "invalidSyntax", "{at} {value}");
            }
        }
    }
}

async fn external_id_with_invisible_characters_is_rejected(db: TestDb) {
    let world = World::new(db);
    let scim = ApiClient::scim(&world.server, Dialect::Okta);
    let body = json!({"schemas": [USER], "userName": "ada@example.com", "externalId": "00u1"});
    let ada = scim.post("/Users", &body).await.body(StatusCode::CREATED);
    let path = format!("/Users/{}", id(&ada));
    for hidden in ['\u{200b}', '\u{202e}', '\u{2028}', '\u{ad}'] {
        let text = format!("00{hidden}u1");
        let user = json!({"schemas": [USER], "userName": "x@example.com", "externalId": text});
        let group = json!({"schemas": [GROUP], "displayName": "Ops", "externalId": text});
        let change = json!([{"op": "replace", "path": "externalId", "value": text}]);
        for rejected in [
            scim.post("/Users", &user).await,
            scim.post("/Groups", &group).await,
            patched(&scim, &path, change).await,
        ] {
            let kind = expect_error_type(&rejected, StatusCode::BAD_REQUEST);
            assert_eq!(kind, "invalidValue", "{text:?}");
        }
    }
    assert_eq!(scim.get(&path).await.body(StatusCode::OK), ada);
}
