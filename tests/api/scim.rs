//! SCIM, through HTTP: what identity providers do, over the same records as the
//! admin API.

use futures_util::future::join_all;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use usher::domain::api_key::{Dialect, Scope};

use crate::{
    client::{ApiClient, ApiResponse, path_with_query},
    support::db::TestDb,
    world::{Person, SESSION, World},
};

on_both_databases! {
    a_user_is_created_found_changed_and_deleted,
    an_existing_user_is_adopted_from_every_origin,
    each_client_has_its_own_external_ids,
    user_name_and_address_share_one_unique_namespace,
    patched_display_name_is_stored_although_it_was_both_names,
    scim_fields_survive_a_change_by_an_administrator,
    attributes_that_are_not_stored_are_rejected,
    requests_of_entra_are_fixed_and_the_fixes_are_reported,
    requests_of_okta_are_supported,
    members_are_added_and_removed_one_by_one,
    impossible_team_role_is_rejected_and_missing_one_is_raised,
    none_of_64_simultaneous_group_changes_is_lost,
    pages_by_index_and_by_cursor_contain_every_user_once,
    groups_are_paged_by_cursor_with_their_members,
    requests_over_a_limit_are_rejected_at_once,
    filter_matches_the_expected_users,
    users_and_groups_are_searched_together,
    me_is_the_signed_in_administrator,
    a_response_has_the_requested_attributes,
    change_with_an_outdated_version_is_rejected,
    every_error_has_the_body_of_scim,
}

pub(crate) const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
pub(crate) const GROUP: &str = "urn:ietf:params:scim:schemas:core:2.0:Group";
pub(crate) const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
const OURS: &str = "urn:ietf:params:scim:schemas:extension:usher:2.0:User";
pub(crate) const ROLES: &str = "urn:ietf:params:scim:schemas:extension:usher:2.0:Group";
const NOBODY: [Value; 0] = [];
const PATCH: &str = "urn:ietf:params:scim:api:messages:2.0:PatchOp";

/// The scimType of an error.
#[track_caller]
pub(crate) fn expect_error_type(answer: &ApiResponse, status: StatusCode) -> &str {
    assert_eq!(answer.status, status, "{}", answer.text);
    assert_eq!(answer.header("content-type"), Some("application/scim+json"));
    assert_eq!(answer.body["status"], status.as_u16().to_string());
    assert_eq!(answer.body["schemas"], json!(["urn:ietf:params:scim:api:messages:2.0:Error"]));
    answer.body["scimType"].as_str().unwrap_or("")
}

async fn user(scim: &ApiClient, user_name: &str) -> Value {
    let body = json!({
        "schemas": [USER], "userName": user_name, "emails": [{"value": user_name}],
    });
    scim.post("/Users", &body).await.body(StatusCode::CREATED)
}

pub(crate) fn id(resource: &Value) -> &str {
    resource["id"].as_str().unwrap()
}

pub(crate) async fn patched(scim: &ApiClient, path: &str, operations: Value) -> ApiResponse {
    let body = json!({"schemas": [PATCH], "Operations": operations});
    scim.send(scim.request(Method::PATCH, path).json(&body)).await
}

async fn find_resources(scim: &ApiClient, path: &str, filter: &str) -> Vec<Value> {
    let list = scim.get(&path_with_query(path, &[("filter", filter)])).await.body(StatusCode::OK);
    let found = list["Resources"].as_array().cloned().unwrap();
    assert_eq!(list["totalResults"], found.len());
    found
}

async fn a_user_is_created_found_changed_and_deleted(db: TestDb) {
    let world = World::new(db);
    let (scim, admin) =
        (ApiClient::scim(&world.server, Dialect::Strict), ApiClient::for_server(&world.server));
    let made = scim
        .post(
            "/Users",
            &json!({
                "schemas": [USER, ENTERPRISE, OURS], "userName": "Ada@Example.com",
                "externalId": "4711", "name": {"givenName": "Ada", "familyName": "Lovelace"},
                "title": "Analyst", "active": true,
                "emails": [{"value": "ada@example.com", "type": "work", "primary": true}],
                "photos": [{"value": "https://example.com/ada.png"}],
                ENTERPRISE: {"department": "Engines", "manager": {"value": "7"}},
                OURS: {"role": "USER", "mobile": {"regionCode": "DE", "number": "0151 23456789"}},
            }),
        )
        .await;
    let (location, tag) = (made.header("location").unwrap().to_owned(), made.header("etag"));
    let tag = tag.unwrap().to_owned();
    let made = made.body(StatusCode::CREATED);
    assert_eq!(
        (&made["meta"]["location"], &made["meta"]["version"]),
        (&json!(location), &json!(tag))
    );
    assert_eq!(made["displayName"], "Ada Lovelace");
    assert_eq!(made[OURS]["mobile"]["e164"], "+4915123456789");
    assert_eq!(made[ENTERPRISE], json!({"department": "Engines", "manager": {"value": "7"}}));

    // One record for all interfaces.
    let path = format!("/users/{}", id(&made));
    let view = admin.get(&path).await.body(StatusCode::OK);
    for (field, expected) in [
        ("email", "ada@example.com"),
        ("userName", "Ada@Example.com"),
        ("position", "Analyst"),
        ("department", "Engines"),
        ("role", "USER"),
        ("userProfileImage", "https://example.com/ada.png"),
        ("status", "STAGED"),
        ("origin", "SCIM"),
    ] {
        assert_eq!(view[field], expected, "{field}");
    }
    let scim_path = format!("/Users/{}", id(&made));
    assert_eq!(
        find_resources(&scim, "/Users", "userName eq \"ADA@example.com\"").await,
        std::slice::from_ref(&made)
    );
    let again = scim.request(Method::GET, &scim_path).header("if-none-match", &tag);
    assert_eq!(scim.send(again).await.status, StatusCode::NOT_MODIFIED);

    let off = patched(
        &scim,
        &scim_path,
        json!([
            {"op": "replace", "path": "active", "value": false}, {"op": "remove", "path": "title"},
        ]),
    );
    let off = off.await.body(StatusCode::OK);
    assert_eq!((&off["active"], off.get("title")), (&json!(false), None));
    let view = admin.get(&path).await.body(StatusCode::OK);
    assert_eq!((&view["status"], &view["position"]), (&json!("DISABLED"), &Value::Null));

    // A PUT removes what it leaves out, but does not enable a user by that.
    let less =
        json!({"schemas": [USER], "userName": "ada@example.com", "name": {"givenName": "Ada"}});
    let put = scim.put(&scim_path, &less).await.body(StatusCode::OK);
    assert_eq!(
        (&put["active"], put.get("photos"), put.get("externalId")),
        (&json!(false), None, None)
    );
    let on = patched(&scim, &scim_path, json!([{"op": "add", "value": {"active": true}}])).await;
    assert_eq!(on.body(StatusCode::OK)["active"], true);
    assert_eq!(admin.get(&path).await.body["status"], "STAGED");

    assert_eq!(scim.delete(&scim_path).await.status, StatusCode::NO_CONTENT);
    assert_eq!(expect_error_type(&scim.delete(&scim_path).await, StatusCode::NOT_FOUND), "");
    assert_eq!(admin.get(&path).await.status, StatusCode::NOT_FOUND);
    let audit = path_with_query("/audit", &[("filter", &format!("target eq \"{}\"", id(&made)))]);
    let audit = admin.get(&audit).await.body(StatusCode::OK);
    let actors = audit["items"].as_array().unwrap().iter().map(|entry| &entry["actor"]["type"]);
    assert!(actors.clone().count() >= 4 && actors.into_iter().all(|actor| actor == "SCIM_CLIENT"));
}

async fn an_existing_user_is_adopted_from_every_origin(db: TestDb) {
    let world = World::new(db);
    let (scim, admin) =
        (ApiClient::scim(&world.server, Dialect::Okta), ApiClient::for_server(&world.server));
    let staged = json!({"email": "Ada@example.com", "role": "USER"});
    let staged = admin.post("/users", &staged).await.body(StatusCode::CREATED);
    let again = json!({"schemas": [USER], "userName": "ada@example.com"});
    let taken = scim.post("/Users", &again).await;
    assert_eq!(expect_error_type(&taken, StatusCode::CONFLICT), "uniqueness");
    assert!(taken.body["detail"].as_str().unwrap().contains(id(&staged)), "{}", taken.text);

    let there = find_resources(&scim, "/Users", "userName eq \"ada@example.com\"").await;
    assert_eq!(id(&there[0]), id(&staged));
    let path = format!("/Users/{}", id(&staged));
    let linked = patched(
        &scim,
        &path,
        json!([
            {"op": "add", "path": "externalId", "value": "00u1"},
            {"op": "replace", "value": {"name": {"familyName": "King"}}},
        ]),
    );
    let linked = linked.await.body(StatusCode::OK);
    assert_eq!(
        (&linked["externalId"], &linked["name"]["familyName"]),
        (&json!("00u1"), &json!("King"))
    );
    let view = admin.get(&format!("/users/{}", id(&staged))).await.body(StatusCode::OK);
    // The role that was prepared stands; who made the user is not forgotten.
    assert_eq!((&view["role"], &view["origin"]), (&json!("USER"), &json!("ADMIN")));
}

async fn each_client_has_its_own_external_ids(db: TestDb) {
    let world = World::new(db);
    let (one, other) = (
        ApiClient::scim(&world.server, Dialect::Strict),
        ApiClient::scim(&world.server, Dialect::Strict),
    );
    let ada = user(&one, "ada@example.com").await;
    let path = format!("/Users/{}", id(&ada));
    for (client, name) in [(&one, "one"), (&other, "other")] {
        let output =
            patched(client, &path, json!([{"op": "add", "path": "externalId", "value": name}]));
        assert_eq!(output.await.body(StatusCode::OK)["externalId"], name);
    }
    assert_eq!(one.get(&path).await.body["externalId"], "one");
    assert_eq!(find_resources(&other, "/Users", "externalId eq \"other\"").await.len(), 1);
    assert_eq!(find_resources(&other, "/Users", "externalId eq \"one\"").await, NOBODY);
    assert_eq!(
        find_resources(&other, "/Users", "externalId eq \"Other\"").await,
        NOBODY,
        "to the letter"
    );
    let group = json!({"schemas": [GROUP], "displayName": "Ops", "externalId": "g"});
    let group = one.post("/Groups", &group).await.body(StatusCode::CREATED);
    assert_eq!(other.get(&format!("/Groups/{}", id(&group))).await.body.get("externalId"), None);
    assert_eq!(find_resources(&one, "/Groups", "externalId eq \"g\"").await.len(), 1);
}

async fn user_name_and_address_share_one_unique_namespace(db: TestDb) {
    let world = World::new(db);
    let (scim, admin) =
        (ApiClient::scim(&world.server, Dialect::Strict), ApiClient::for_server(&world.server));
    let upn = json!({
        "schemas": [USER], "userName": "upn@example.com", "emails": [{"value": "mail@example.com"}],
    });
    let made = scim.post("/Users", &upn).await.body(StatusCode::CREATED);
    for taken in ["upn@example.com", "MAIL@example.com"] {
        let staged = admin.post("/users", &json!({ "email": taken })).await;
        assert_eq!(staged.problem(StatusCode::CONFLICT).0, "exists", "{taken}");
    }
    let other = user(&scim, "other@example.com").await;
    let rename = json!([{"op": "replace", "path": "userName", "value": "UPN@example.com"}]);
    let renamed = patched(&scim, &format!("/Users/{}", id(&other)), rename).await;
    assert_eq!(expect_error_type(&renamed, StatusCode::CONFLICT), "uniqueness");
    assert_eq!(made["userName"], "upn@example.com");
}

async fn patched_display_name_is_stored_although_it_was_both_names(db: TestDb) {
    let world = World::new(db);
    let scim = ApiClient::scim(&world.server, Dialect::Strict);
    let name = json!({"givenName": "Ada", "familyName": "Lovelace"});
    let ada = json!({"schemas": [USER], "userName": "ada@example.com", "name": name});
    let ada = scim.post("/Users", &ada).await.body(StatusCode::CREATED);
    let path = format!("/Users/{}", id(&ada));
    let rename = json!({"op": "replace", "path": "name.familyName", "value": "King"});
    let display = json!({"op": "replace", "path": "displayName", "value": "Ada Lovelace"});
    for (operations, expected) in
        [(json!([rename]), "Ada King"), (json!([display, rename]), "Ada Lovelace")]
    {
        let view = patched(&scim, &path, operations).await.body(StatusCode::OK);
        assert_eq!(view["displayName"], expected);
    }
}

async fn scim_fields_survive_a_change_by_an_administrator(db: TestDb) {
    let world = World::new(db);
    let (scim, admin) =
        (ApiClient::scim(&world.server, Dialect::Strict), ApiClient::for_server(&world.server));
    let made = json!({
        "schemas": [USER, ENTERPRISE], "userName": "upn@example.com", "displayName": "Countess",
        "emails": [{"value": "mail@example.com"}], ENTERPRISE: {"manager": {"value": "7"}},
    });
    let made = scim.post("/Users", &made).await.body(StatusCode::CREATED);
    let path = format!("/users/{}", id(&made));
    admin.put(&path, &json!({"email": "new@example.com"})).await.body(StatusCode::OK);
    let view = scim.get(&format!("/Users/{}", id(&made))).await.body(StatusCode::OK);
    assert_eq!(view["emails"][0]["value"], "new@example.com");
    assert_eq!(
        (&view["userName"], &view["displayName"]),
        (&json!("upn@example.com"), &json!("Countess"))
    );
    assert_eq!(view[ENTERPRISE]["manager"]["value"], "7");
}

async fn attributes_that_are_not_stored_are_rejected(db: TestDb) {
    let world = World::new(db);
    let scim = ApiClient::scim(&world.server, Dialect::Strict);
    let base = json!({"schemas": [USER], "userName": "ada@example.com"});
    for (more, expected) in [
        (json!({"password": "x"}), "invalidValue"),
        (json!({"userName": ""}), "invalidValue"),
        (json!({"userName": "ada"}), "invalidValue"),
        (json!({"schemas": ["urn:other"]}), "invalidSyntax"),
        (json!({"emails": [{"value": "a@b.c"}, {"value": "no address"}]}), "invalidValue"),
        (json!({"photos": [{"value": "ada.png"}]}), "invalidValue"),
        (json!({"x509Certificates": [{"value": "no certificate"}]}), "invalidValue"),
        (json!({"phoneNumbers": [{"type": "work"}]}), "invalidValue"),
        (json!({"emails": [{"value": "no address"}]}), "invalidValue"),
        (json!({"active": "True"}), "invalidValue"),
        (json!({OURS: {"role": "OWNER"}}), "invalidValue"),
    ] {
        let mut body = base.clone();
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let rejected = scim.post("/Users", &body).await;
        assert_eq!(expect_error_type(&rejected, StatusCode::BAD_REQUEST), expected, "{more}");
    }
    assert_eq!(find_resources(&scim, "/Users", "userName pr").await, NOBODY, "nothing was written");
}

async fn requests_of_entra_are_fixed_and_the_fixes_are_reported(db: TestDb) {
    let world = World::new(db);
    let scim = ApiClient::scim(&world.server, Dialect::Entra);
    // The test of the connection looks for a user who does not exist.
    assert_eq!(find_resources(&scim, "/Users", "userName eq \"8f0e2d7c\"").await, NOBODY);
    let made = scim
        .post(
            "/Users",
            &json!({
                "schemas": [USER, ENTERPRISE], "userName": "ada@example.com", "active": true,
                "externalId": "ada", "displayName": "Ada", "password": "A",
                "emails": [{"primary": true, "type": "work", "value": "ada@example.com"}],
                "meta": {"resourceType": "User"}, ENTERPRISE: {"manager": "12"},
            }),
        )
        .await;
    let fixes = made.header("usher-compatibility-fixes").unwrap().to_owned();
    assert_eq!(fixes, "unknown-attribute password, bare-value manager");
    let made = made.body(StatusCode::CREATED);
    let path = format!("/Users/{}", id(&made));
    let changed = patched(
        &scim,
        &path,
        json!([
            {"op": "Replace", "path": "emails[type eq \"work\"].value", "value": "new@example.com"},
            {"op": "Add", "path": "name.givenName", "value": "Augusta"},
            {"op": "Replace", "path": "active", "value": "False"},
        ]),
    );
    let changed = changed.await.body(StatusCode::OK);
    assert_eq!(changed["emails"][0]["value"], "new@example.com");
    assert_eq!(
        (&changed["active"], &changed["name"]["givenName"]),
        (&json!(false), &json!("Augusta"))
    );
    // A disabled user still exists.
    assert_eq!(find_resources(&scim, "/Users", "userName eq \"ada@example.com\"").await.len(), 1);

    let group = json!({"schemas": [GROUP], "displayName": "Ops", "externalId": "g1"});
    let group = scim.post("/Groups", &group).await.body(StatusCode::CREATED);
    let path = format!("/Groups/{}", id(&group));
    let member = json!([{"value": id(&made)}]);
    for (op, count) in [("Add", 1), ("Remove", 0)] {
        let changed =
            patched(&scim, &path, json!([{"op": op, "path": "members", "value": member}])).await;
        assert_eq!(changed.status, StatusCode::NO_CONTENT, "{}", changed.text);
        let view = scim.get(&path).await.body(StatusCode::OK);
        assert_eq!(view["members"].as_array().map_or(0, Vec::len), count, "{op}");
    }
    let without = scim.get(&format!("{path}?excludedAttributes=members")).await;
    assert_eq!(without.body(StatusCode::OK).get("members"), None);
}

async fn requests_of_okta_are_supported(db: TestDb) {
    let world = World::new(db);
    let scim = ApiClient::scim(&world.server, Dialect::Okta);
    let body = json!({
        "schemas": [USER], "userName": "ada@example.com", "externalId": "00u1", "locale": "en-US",
        "name": {"givenName": "Ada", "familyName": "Lovelace"}, "displayName": "Ada Lovelace",
        "emails": [{"primary": true, "value": "ada@example.com", "type": "work"}],
        "groups": [], "password": "Secret-of-Ada", "active": true,
    });
    let made = scim.post("/Users", &body).await;
    assert!(!made.text.contains("Secret-of-Ada"));
    let mut made = made.body(StatusCode::CREATED);
    let path = format!("/Users/{}", id(&made));
    // It reads, merges, and puts back all that it has read.
    made["name"]["familyName"] = json!("King");
    let put = scim.put(&path, &made).await.body(StatusCode::OK);
    assert_eq!(put["name"]["familyName"], "King");
    let off = patched(&scim, &path, json!([{"op": "replace", "value": {"active": false}}])).await;
    assert_eq!(off.body(StatusCode::OK)["active"], false);
    let group = json!({"schemas": [GROUP], "displayName": "Ops", "members": []});
    let group = scim.post("/Groups", &group).await.body(StatusCode::CREATED);
    let path = format!("/Groups/{}", id(&group));
    let rename =
        json!([{"op": "replace", "value": {"id": id(&group), "displayName": "Night Watch"}}]);
    let renamed = patched(&scim, &path, rename).await;
    assert_eq!(renamed.status, StatusCode::NO_CONTENT);
    assert_eq!(renamed.header("usher-compatibility-fixes"), Some("read-only-patched id"));
    assert_eq!(find_resources(&scim, "/Groups", "displayName eq \"night watch\"").await.len(), 1);
}

async fn members_are_added_and_removed_one_by_one(db: TestDb) {
    let world = World::new(db);
    let (scim, admin) =
        (ApiClient::scim(&world.server, Dialect::Strict), ApiClient::for_server(&world.server));
    let (ada, grace, alan) = (
        user(&scim, "ada@example.com").await,
        user(&scim, "grace@example.com").await,
        user(&scim, "alan@example.com").await,
    );
    let group = json!({
        "schemas": [GROUP, ROLES], "displayName": "Ops", "members": [{"value": id(&ada)}],
        ROLES: {"memberRoles": [{"value": id(&ada), "role": "ADMIN"}]},
    });
    let group = scim.post("/Groups", &group).await.body(StatusCode::CREATED);
    assert_eq!(group[ROLES]["memberRoles"][0]["role"], "ADMIN");
    let path = format!("/Groups/{}", id(&group));
    let members = || async {
        let view = scim.get(&path).await.body(StatusCode::OK);
        let members = view["members"].as_array().cloned().unwrap_or_default();
        let mut ids: Vec<_> = members.iter().map(id_of).collect();
        ids.sort_unstable();
        ids
    };
    let [a, g, l] = [&ada, &grace, &alan].map(|user| id(user).to_owned());
    for (operations, mut expected) in [
        (
            json!([{"op": "add", "path": "members", "value": [{"value": g}, {"value": a}]}]),
            vec![&a, &g],
        ),
        (json!([{"op": "remove", "path": format!("members[value eq \"{a}\"]")}]), vec![&g]),
        (json!([{"op": "replace", "path": "members", "value": [{"value": l}]}]), vec![&l]),
        (
            json!([{"op": "add", "value": {"members": [{"value": a}]}},
                {"op": "remove", "path": format!("members[value eq \"{l}\"]")}]),
            vec![&a],
        ),
        (json!([{"op": "remove", "path": "members"}]), vec![]),
        (
            json!([{"op": "remove", "path": "members"},
                {"op": "add", "path": "members", "value": {"value": g}}]),
            vec![&g],
        ),
    ] {
        let changed = patched(&scim, &path, operations.clone()).await;
        // Returned if it is complete without reading its members.
        let expected_status =
            if expected.is_empty() { StatusCode::OK } else { StatusCode::NO_CONTENT };
        assert_eq!(changed.status, expected_status, "{operations}: {}", changed.text);
        expected.sort_unstable();
        assert_eq!(members().await.iter().collect::<Vec<_>>(), expected, "{operations}");
    }
    let team = admin.get(&format!("/teams/{}/members", id(&group))).await.body(StatusCode::OK);
    assert_eq!(team["items"][0]["user"]["email"], "grace@example.com");
    assert_eq!(
        find_resources(&scim, "/Groups", &format!("members.value eq \"{g}\"")).await.len(),
        1
    );
    assert_eq!(
        find_resources(&scim, "/Groups", &format!("members[value eq \"{a}\"]")).await.len(),
        0
    );
    let her = scim.get(&format!("/Users/{g}")).await.body(StatusCode::OK);
    assert_eq!(
        (&her["groups"][0]["display"], &her[OURS]["teamRoles"][0]["role"]),
        (&json!("Ops"), &json!("RESPONDER"))
    );
    let roles = format!("{ROLES}:memberRoles");
    let no_roles = patched(&scim, &path, json!([{"op": "remove", "path": roles}])).await;
    assert_eq!(
        expect_error_type(&no_roles, StatusCode::BAD_REQUEST),
        "invalidValue",
        "she has one"
    );
    let gone = json!([{"op": "remove", "path": "members"}, {"op": "remove", "path": roles}]);
    patched(&scim, &path, gone).await.body(StatusCode::OK);
    let asking = format!("{path}?attributes=members");
    let view = patched(
        &scim,
        &asking,
        json!([{"op": "add", "value": {ROLES: {"schemas": [ROLES],
            "memberRoles": [{"value": g, "role": "USER"}]}}}]),
    );
    assert_eq!(view.await.body(StatusCode::OK)["members"][0]["value"], g);
    // All of them are replaced (RFC 7644, section 3.5.2.3): there are no other members.
    let all = json!([{"op": "replace", "path": roles, "value": [{"value": l, "role": "ADMIN"}]}]);
    let view = patched(&scim, &asking, all).await.body(StatusCode::OK);
    assert_eq!(view["members"].as_array().unwrap().iter().map(id_of).collect::<Vec<_>>(), [&*l]);
    let other = json!([{"op": "add", "path": ROLES, "value": {"schemas": [GROUP]}}]);
    let rejected = patched(&scim, &path, other).await;
    assert_eq!(
        expect_error_type(&rejected, StatusCode::BAD_REQUEST),
        "invalidValue",
        "another's schema"
    );
    let stranger = json!([{"op": "add", "path": "members", "value": [{"value": id(&group)}]}]);
    let rejected = patched(&scim, &path, stranger).await;
    assert_eq!(expect_error_type(&rejected, StatusCode::BAD_REQUEST), "invalidValue");
    // A PUT names them all.
    let put =
        json!({"schemas": [GROUP], "displayName": "Ops", "members": [{"value": a}, {"value": l}]});
    let put = scim.put(&path, &put).await.body(StatusCode::OK);
    assert_eq!(put["members"].as_array().unwrap().len(), 2);
}

fn id_of(member: &Value) -> String {
    member["value"].as_str().unwrap().to_owned()
}

async fn impossible_team_role_is_rejected_and_missing_one_is_raised(db: TestDb) {
    let world = World::new(db);
    let scim = ApiClient::scim(&world.server, Dialect::Strict);
    let body = json!({
        "schemas": [USER, OURS], "userName": "ada@example.com", OURS: {"role": "USER"},
    });
    let ada = scim.post("/Users", &body).await.body(StatusCode::CREATED);
    let member = json!([{"value": id(&ada)}]);
    let group = json!({"schemas": [GROUP], "displayName": "Ops", "members": member});
    let group = scim.post("/Groups", &group).await.body(StatusCode::CREATED);
    assert_eq!(group[ROLES]["memberRoles"][0]["role"], "USER");
    let path = format!("/Groups/{}", id(&group));
    let role = |role: &str| {
        let place = format!("{ROLES}:memberRoles[value eq \"{}\"].role", id(&ada));
        json!([{"op": "replace", "path": place, "value": role}])
    };
    let rejected = patched(&scim, &path, role("RESPONDER")).await;
    assert_eq!(expect_error_type(&rejected, StatusCode::BAD_REQUEST), "invalidValue");
    let message = rejected.body["detail"].as_str().unwrap();
    assert!(
        message.contains("RESPONDER") && message.contains("USER"),
        "both roles are named: {message}"
    );
    assert_eq!(patched(&scim, &path, role("ADMIN")).await.status, StatusCode::NO_CONTENT);
    let view = scim.get(&path).await.body(StatusCode::OK);
    assert_eq!(view[ROLES]["memberRoles"][0]["role"], "ADMIN");
}

async fn none_of_64_simultaneous_group_changes_is_lost(db: TestDb) {
    let world = World::new(db);
    let scim = ApiClient::scim(&world.server, Dialect::Entra);
    let group = json!({"schemas": [GROUP], "displayName": "Ops"});
    let group = scim.post("/Groups", &group).await.body(StatusCode::CREATED);
    let path = format!("/Groups/{}", id(&group));
    let mut users = Vec::new();
    for number in 0..64 {
        users.push(id(&user(&scim, &format!("u{number}@example.com")).await).to_owned());
    }
    let add = |id: &String| {
        patched(&scim, &path, json!([{"op": "add", "path": "members", "value": [{"value": id}]}]))
    };
    for answer in join_all(users.iter().map(add)).await {
        assert_eq!(answer.status, StatusCode::NO_CONTENT, "{}", answer.text);
    }
    let view = scim.get(&path).await.body(StatusCode::OK);
    let mut members: Vec<_> = view["members"].as_array().unwrap().iter().map(id_of).collect();
    members.sort_unstable();
    users.sort_unstable();
    assert_eq!(members, users);
}

async fn pages_by_index_and_by_cursor_contain_every_user_once(db: TestDb) {
    let world = World::new(db);
    let scim = ApiClient::scim(&world.server, Dialect::Strict);
    for number in 0..11 {
        user(&scim, &format!("u{number:02}@example.com")).await;
    }
    let names = |list: &Value| -> Vec<String> {
        let users = list["Resources"].as_array().unwrap();
        users.iter().map(|user| user["userName"].as_str().unwrap().to_owned()).collect()
    };
    let expected: Vec<_> = (0..11).map(|number| format!("u{number:02}@example.com")).collect();
    for filter in ["", "userName co \"u\"", "active eq true"] {
        let mut seen = Vec::new();
        for start in [1, 5, 9] {
            let start_text = start.to_string();
            let page = [
                ("startIndex", start_text.as_str()),
                ("count", "4"),
                ("sortBy", "userName"),
                ("filter", filter),
            ];
            let list = scim.get(&path_with_query("/Users", &page)).await.body(StatusCode::OK);
            assert_eq!((&list["totalResults"], &list["startIndex"]), (&json!(11), &json!(start)));
            seen.extend(names(&list));
        }
        assert_eq!(seen, expected, "{filter}");
        let (mut seen, mut cursor) = (Vec::new(), Some(String::new()));
        while let Some(at) = cursor {
            let page = [
                ("cursor", at.as_str()),
                ("count", "4"),
                ("sortBy", "userName"),
                ("filter", filter),
            ];
            let list = scim.get(&path_with_query("/Users", &page)).await.body(StatusCode::OK);
            seen.extend(names(&list));
            cursor = list["nextCursor"].as_str().map(str::to_owned);
        }
        assert_eq!(seen, expected, "{filter}");
    }
    for (page, start, view) in [
        ("count=0", 1, 0),
        ("count=-1", 1, 0),
        ("cursor=&count=0", 1, 0),
        ("startIndex=0", 1, 11),
        ("startIndex=12", 12, 0),
        ("startIndex=-3&count=5000", 1, 11),
    ] {
        let list = scim.get(&format!("/Users?{page}")).await.body(StatusCode::OK);
        assert_eq!(
            (&list["totalResults"], &list["startIndex"]),
            (&json!(11), &json!(start)),
            "{page}"
        );
        assert_eq!(list["Resources"].as_array().unwrap().len(), view, "{page}");
    }
    for (page, expected) in [
        ("cursor=x", "invalidCursor"),
        ("count=x", "invalidCount"),
        ("count=99999999999999999999", "invalidCount"),
        ("startIndex=99999999999999999999", "invalidValue"),
        ("cursor=x&count=0", "invalidCount"),
        ("sortBy=password", "invalidPath"),
        ("sortOrder=up", "invalidValue"),
    ] {
        let rejected = scim.get(&format!("/Users?{page}")).await;
        assert_eq!(expect_error_type(&rejected, StatusCode::BAD_REQUEST), expected, "{page}");
    }
}

async fn filter_matches_the_expected_users(db: TestDb) {
    let world = World::new(db);
    let scim = ApiClient::scim(&world.server, Dialect::Strict);
    for (name, family, department, active) in [
        ("ada@example.com", "Lovelace", "Engines", true),
        ("grace@example.com", "Hopper", "Navy", true),
        ("alan@example.org", "Turing", "Engines", false),
    ] {
        let body = json!({
            "schemas": [USER, ENTERPRISE], "userName": name, "name": {"familyName": family},
            "active": active, ENTERPRISE: {"department": department},
        });
        scim.post("/Users", &body).await.body(StatusCode::CREATED);
    }
    for (filter, expected) in [
        ("userName eq \"ADA@EXAMPLE.COM\"".to_owned(), "ada"),
        ("userName ew \"example.com\"".to_owned(), "ada grace"),
        ("active eq false".to_owned(), "alan"),
        ("active ne false and not (name.familyName sw \"Lo\")".to_owned(), "grace"),
        (format!("{ENTERPRISE}:department eq \"engines\""), "ada alan"),
        (format!("{USER}:userName sw \"a\" or name.familyName eq \"hopper\""), "ada alan grace"),
        ("emails[type eq \"work\" and value co \"example.org\"]".to_owned(), "alan"),
        ("emails.value eq \"grace@example.com\"".to_owned(), "grace"),
        ("emails[type eq \"home\"]".to_owned(), ""),
        ("emails[not (type eq \"home\") and value sw \"g\"]".to_owned(), "grace"),
        ("emails.primary eq true and emails.value ne \"ada@example.com\"".to_owned(), "alan grace"),
        ("photos.value pr or photos eq \"https://example.com/ada.png\"".to_owned(), ""),
        (
            "meta.resourceType eq \"User\" and meta.created gt \"2020-01-01T00:00:00Z\"".to_owned(),
            "ada alan grace",
        ),
        ("displayName eq \"grace HOPPER\" or displayName ew \"turing\"".to_owned(), "alan grace"),
        ("title pr or externalId eq \"x\"".to_owned(), ""),
        ("groups pr".to_owned(), ""),
    ] {
        let users = find_resources(&scim, "/Users", &filter).await;
        let mut names: Vec<_> =
            users.iter().map(|user| user["userName"].as_str().unwrap()).collect();
        names.sort_unstable();
        let names: Vec<_> = names.iter().filter_map(|name| name.split('@').next()).collect();
        assert_eq!(names.join(" "), expected, "{filter}");
    }
    for filter in [
        "userName",
        "password eq \"x\"",
        "userName eq 7",
        "active gt true",
        "userName eq \"a\" and",
        "urn:other:userName eq \"a\"",
        "externalId co \"x\"",
        "groups[value ne \"0198c5a0-7d2c-7b6e-9d60-3f1f2a6f0c11\"]",
        "emails[type eq \"work\"].value eq \"x\"",
    ] {
        let rejected = scim.get(&path_with_query("/Users", &[("filter", filter)])).await;
        assert_eq!(
            expect_error_type(&rejected, StatusCode::BAD_REQUEST),
            "invalidFilter",
            "{filter}"
        );
    }
    let search = json!({
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:SearchRequest"],
        "filter": "active eq true", "attributes": ["userName"], "sortBy": "userName",
        "sortOrder": "descending", "count": 1,
    });
    let list = scim.post("/Users/.search", &search).await.body(StatusCode::OK);
    assert_eq!(list["totalResults"], 2);
    let view = &list["Resources"][0];
    assert_eq!((&view["userName"], view.get("emails")), (&json!("grace@example.com"), None));
}

async fn users_and_groups_are_searched_together(db: TestDb) {
    let world = World::new(db);
    let scim = ApiClient::scim(&world.server, Dialect::Strict);
    for number in 0..3 {
        user(&scim, &format!("u{number}@example.com")).await;
        let group = json!({"schemas": [GROUP], "displayName": format!("Team {number}")});
        scim.post("/Groups", &group).await.body(StatusCode::CREATED);
    }
    let search = |more: Value| {
        let mut body = json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:SearchRequest"]});
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        body
    };
    for (more, total, kinds) in [
        (json!({}), 6, "User User User Group Group Group"),
        (json!({"startIndex": 3, "count": 2}), 6, "User Group"),
        (json!({"startIndex": 5, "count": 9}), 6, "Group Group"),
        (json!({"startIndex": 7}), 6, ""),
        (json!({"filter": "userName sw \"u\""}), 3, "User User User"),
        // These groups have no members.
        (json!({"filter": "members.type eq \"User\" and displayName ew \"1\""}), 0, ""),
        (json!({"filter": "members.type eq null and displayName ew \"1\""}), 1, "Group"),
        (json!({"filter": "meta.resourceType eq \"group\""}), 0, ""),
        (json!({"filter": "meta.resourceType eq \"Group\"", "count": 1}), 3, "Group"),
        (json!({"filter": "displayName eq \"team 1\" or displayName eq \"u2\""}), 2, "User Group"),
    ] {
        let list = scim.post("/.search", &search(more.clone())).await.body(StatusCode::OK);
        let found = list["Resources"].as_array().unwrap();
        let found: Vec<_> =
            found.iter().map(|one| one["meta"]["resourceType"].as_str().unwrap()).collect();
        assert_eq!(
            (&list["totalResults"], found.join(" ")),
            (&json!(total), kinds.into()),
            "{more}"
        );
    }
    for (more, expected) in [
        (json!({"filter": "colour eq \"red\""}), "invalidFilter"),
        // Both have it, and can't be found by it: nothing is left out.
        (json!({"filter": "meta.location eq \"team 1\""}), "invalidFilter"),
        (json!({"sortBy": "id"}), "invalidValue"),
        (json!({"sortBy": ""}), "invalidSyntax"),
        (
            json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:SearchRequest", "x"]}),
            "invalidSyntax",
        ),
        (json!({"schemas": []}), "invalidSyntax"),
        (json!({"cursor": ""}), "invalidValue"),
    ] {
        let rejected = scim.post("/.search", &search(more)).await;
        assert_eq!(expect_error_type(&rejected, StatusCode::BAD_REQUEST), expected);
    }
}

async fn me_is_the_signed_in_administrator(db: TestDb) {
    let world = World::new(db);
    let browser =
        world.login(&Person::with_email("root@example.com").with_attribute("role", "ADMIN")).await;
    let cookie = format!("{SESSION}={}", browser.cookie(SESSION).unwrap());
    let scim = ApiClient::scim(&world.server, Dialect::Strict);
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let address = format!("{}/scim/v2/Me", world.server.address);
    let me = scim.send(client.get(&address).header("cookie", &cookie)).await;
    let me = me.body(StatusCode::OK);
    assert_eq!((&me["userName"], &me[OURS]["role"]), (&json!("root@example.com"), &json!("ADMIN")));
    let body =
        json!({"schemas": [PATCH], "Operations": [{"op": "add", "path": "title", "value": "x"}]});
    let change = || client.patch(&address).header("cookie", &cookie).json(&body);
    assert_eq!(
        expect_error_type(&scim.send(change()).await, StatusCode::FORBIDDEN),
        "",
        "another site's page"
    );
    let changed = scim.send(change().header("sec-fetch-site", "same-origin")).await;
    assert_eq!(changed.body(StatusCode::OK)["title"], "x");
    // A key is no user.
    assert_eq!(expect_error_type(&scim.get("/Me").await, StatusCode::NOT_FOUND), "");
}

async fn a_response_has_the_requested_attributes(db: TestDb) {
    let world = World::new(db);
    let scim = ApiClient::scim(&world.server, Dialect::Strict);
    let ada = user(&scim, "ada@example.com").await;
    let keys = |view: &Value| view.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    for (query, expected) in [
        ("attributes=userName", vec!["schemas", "id", "userName"]),
        ("attributes=EMAILS.value,nothing", vec!["schemas", "id", "emails"]),
        (
            "excludedAttributes=id,emails,meta,name.formatted,name.givenName,displayName,active,\
             urn:ietf:params:scim:schemas:extension:usher:2.0:User:role",
            vec!["schemas", "id", "userName", "name"],
        ),
        // What is empty is left out (RFC 7643, section 2.5).
        ("attributes=name.middleName", vec!["schemas", "id"]),
        ("attributes=emails.display,phoneNumbers.value", vec!["schemas", "id"]),
        ("attributes=emails.display,emails.value", vec!["schemas", "id", "emails"]),
        (
            "attributes=urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager.value",
            vec!["schemas", "id"],
        ),
    ] {
        let view = scim.get(&format!("/Users/{}?{query}", id(&ada))).await.body(StatusCode::OK);
        let view = keys(&view);
        let view: Vec<_> = view.iter().map(String::as_str).filter(|key| *key != "name").collect();
        let expected: Vec<_> = expected.into_iter().filter(|key| *key != "name").collect();
        assert_eq!(view, expected, "{query}");
    }
    let excluded = "excludedAttributes=name.givenName,name.familyName,name.formatted,emails.value,\
                    emails.type,emails.primary";
    let view = scim.get(&format!("/Users/{}?{excluded}", id(&ada))).await.body(StatusCode::OK);
    assert_eq!((view.get("name"), view.get("emails")), (None, None));
    let both = scim.get(&format!("/Users/{}?attributes=id&excludedAttributes=id", id(&ada))).await;
    assert_eq!(expect_error_type(&both, StatusCode::BAD_REQUEST), "invalidValue");
}

async fn change_with_an_outdated_version_is_rejected(db: TestDb) {
    let world = World::new(db);
    let scim = ApiClient::scim(&world.server, Dialect::Strict);
    let ada = user(&scim, "ada@example.com").await;
    let group = json!({"schemas": [GROUP], "displayName": "Ops"});
    let group = scim.post("/Groups", &group).await;
    let group_tag = group.header("etag").unwrap().to_owned();
    let group = group.body(StatusCode::CREATED);
    let operations = json!([{"op": "add", "path": "title", "value": "x"}]);
    let body = json!({"schemas": [PATCH], "Operations": operations});
    let path = format!("/Users/{}", id(&ada));
    let seen = ada["meta"]["version"].as_str().unwrap();
    for (tag, status) in [(seen, StatusCode::OK), (seen, StatusCode::PRECONDITION_FAILED)] {
        let request = scim.request(Method::PATCH, &path).header("if-match", tag).json(&body);
        assert_eq!(scim.send(request).await.status, status);
    }
    let stale = scim.request(Method::DELETE, &path).header("if-match", seen);
    assert_eq!(expect_error_type(&scim.send(stale).await, StatusCode::PRECONDITION_FAILED), "");
    // The members of a group are part of what was seen of it.
    let members = json!([{"op": "add", "path": "members", "value": [{"value": id(&ada)}]}]);
    let path = format!("/Groups/{}", id(&group));
    assert_eq!(patched(&scim, &path, members).await.status, StatusCode::NO_CONTENT);
    let stale = scim.request(Method::DELETE, &path).header("if-match", group_tag);
    assert_eq!(scim.send(stale).await.status, StatusCode::PRECONDITION_FAILED);
}

async fn every_error_has_the_body_of_scim(db: TestDb) {
    let world = World::new(db);
    let (server, nobody) = (&world.server, "01a20dca-67bc-7387-b04b-347d58edaf49");
    let scim = ApiClient::scim(server, Dialect::Strict);
    let at = |key: &str| {
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        client.get(format!("{}/scim/v2/Users", server.address)).bearer_auth(key)
    };
    let unknown = scim.send(at("usher_nobody")).await;
    assert_eq!(expect_error_type(&unknown, StatusCode::UNAUTHORIZED), "");
    assert!(unknown.header("www-authenticate").unwrap().starts_with("Bearer"));
    let other =
        ApiClient::with_scopes(server, &server.account, [Scope::UsersRead].into_iter().collect());
    assert_eq!(expect_error_type(&scim.send(at(other.key())).await, StatusCode::FORBIDDEN), "");
    for path in [
        "/Users/x",
        &format!("/Users/{nobody}"),
        &format!("/Groups/{nobody}"),
        "/Nothing",
        "/Schemas/urn:x",
    ] {
        assert_eq!(expect_error_type(&scim.get(path).await, StatusCode::NOT_FOUND), "", "{path}");
    }
    let put = scim.put("/Users", &json!({})).await;
    assert_eq!(expect_error_type(&put, StatusCode::METHOD_NOT_ALLOWED), "");
    assert_eq!(put.header("allow"), Some("GET, HEAD, POST"));
    let text = scim.request(Method::POST, "/Users").header("content-type", "text/plain").body("x");
    assert_eq!(expect_error_type(&scim.send(text).await, StatusCode::UNSUPPORTED_MEDIA_TYPE), "");
    let broken =
        scim.request(Method::POST, "/Users").header("content-type", "application/scim+json");
    let broken = scim.send(broken.body("{")).await;
    assert_eq!(expect_error_type(&broken, StatusCode::BAD_REQUEST), "invalidSyntax");
    let long = scim.request(Method::POST, "/Users").header("content-type", "application/scim+json");
    let long = scim.send(long.body(vec![b' '; 5 * 1024 * 1024 + 1])).await;
    assert_eq!(expect_error_type(&long, StatusCode::PAYLOAD_TOO_LARGE), "");
    let filtered = scim.get("/Schemas?filter=id%20pr").await;
    assert_eq!(expect_error_type(&filtered, StatusCode::FORBIDDEN), "");
}

async fn groups_are_paged_by_cursor_with_their_members(db: TestDb) {
    let world = World::new(db);
    let scim = ApiClient::scim(&world.server, Dialect::Strict);
    let ada = user(&scim, "ada@example.com").await;
    for number in 0..23 {
        let name = format!("Team {number:02}");
        let members = json!([{"value": id(&ada)}]);
        let group = json!({"schemas": [GROUP], "displayName": name, "members": members});
        scim.post("/Groups", &group).await.body(StatusCode::CREATED);
    }
    // More than are read at once, and fewer than there are.
    let (mut seen, mut pages, mut cursor) = (Vec::new(), 0, Some(String::new()));
    while let Some(at) = cursor {
        let page = [("cursor", at.as_str()), ("count", "15"), ("sortBy", "displayName")];
        let list = scim.get(&path_with_query("/Groups", &page)).await.body(StatusCode::OK);
        for group in list["Resources"].as_array().unwrap() {
            assert_eq!(group["members"][0]["value"], id(&ada));
            seen.push(group["displayName"].as_str().unwrap().to_owned());
        }
        pages += 1;
        cursor = list["nextCursor"].as_str().map(str::to_owned);
    }
    let expected: Vec<_> = (0..23).map(|number| format!("Team {number:02}")).collect();
    assert_eq!((seen, pages), (expected, 2));
}

/// None of these may take long: a client waits, and so does the database.
async fn requests_over_a_limit_are_rejected_at_once(db: TestDb) {
    let world = World::new(db);
    let scim = ApiClient::scim(&world.server, Dialect::Entra);
    let ada = user(&scim, "ada@example.com").await;
    let path = format!("/Users/{}", id(&ada));
    let many: Vec<_> =
        (0..20_000).map(|number| json!({"value": format!("{number}@b.c")})).collect();
    let add = json!([{"op": "add", "path": "emails", "value": many}]);
    assert_eq!(
        expect_error_type(&patched(&scim, &path, add).await, StatusCode::BAD_REQUEST),
        "invalidValue"
    );
    let operation = json!({"op": "add", "path": "title", "value": "x"});
    let operations = Value::Array(vec![operation; 1_001]);
    let rejected = patched(&scim, &path, operations).await;
    assert_eq!(expect_error_type(&rejected, StatusCode::BAD_REQUEST), "tooMany");
    let more = (0..20_000).map(|number| (format!("urn:example:many:x{number}"), json!(1)));
    let mut body = json!({"schemas": [USER], "userName": "grace@example.com"});
    body.as_object_mut().unwrap().extend(more);
    let made = scim.post("/Users", &body).await;
    assert_eq!(made.status, StatusCode::CREATED);
    let message = made.header("usher-compatibility-fixes").unwrap();
    assert_eq!(message.split(", ").count(), 50, "no more is told than a header can hold");
    let members: Vec<_> =
        (0..30_000).map(|number| json!({"value": uuid::Uuid::from_u128(number)})).collect();
    let group = json!({"schemas": [GROUP], "displayName": "Ops", "members": members});
    let rejected = scim.post("/Groups", &group).await;
    assert_eq!(
        expect_error_type(&rejected, StatusCode::BAD_REQUEST),
        "invalidValue",
        "nobody is there"
    );
}
