//! The single-valued attributes of RFC 7643: SCIM writes, returns and removes each of
//! them, and the admin API has the same values.

use reqwest::StatusCode;
use serde_json::{Value, json};
use usher::{
    domain::{
        api_key::Dialect,
        profile_field::{ProfileField, ScimPath, ScimSchema},
    },
    scim::schema::schema_of,
};

use crate::{
    client::ApiClient,
    scim::{USER, expect_error_type, id, patched},
    support::db::TestDb,
    world::World,
};

on_both_databases! {
    every_text_is_patched_returned_and_removed,
    formatted_name_follows_the_names_until_it_is_set,
    name_that_was_stored_is_replaced_and_removed_even_if_it_is_both_names,
    full_name_that_a_patch_sets_beside_a_name_is_stored,
    put_of_what_was_read_changes_nothing,
    patch_of_another_attribute_does_not_fix_the_user_name,
    text_that_violates_its_rule_is_rejected_in_every_dialect,
}

/// The path of a text in a PATCH.
fn patch_path(field: ProfileField) -> String {
    let path = field.definition().scim.unwrap();
    match path.schema {
        ScimSchema::Core => path.to_string(),
        schema => format!("{}:{path}", schema_of(schema).id),
    }
}

/// The value of a text in a user.
fn value_in(user: &Value, field: ProfileField) -> &Value {
    let ScimPath { schema, attribute, sub_attribute } = field.definition().scim.unwrap();
    let attribute = match schema {
        ScimSchema::Core => &user[attribute],
        schema => &user[schema_of(schema).id][attribute],
    };
    sub_attribute.map_or(attribute, |name| &attribute[name])
}

async fn created(scim: &ApiClient, draft: Value) -> String {
    let created = scim.post("/Users", &draft).await.body(StatusCode::CREATED);
    format!("/Users/{}", id(&created))
}

async fn every_text_is_patched_returned_and_removed(db: TestDb) {
    let world = World::new(db);
    let admin = ApiClient::for_server(&world.server);
    let scim = ApiClient::scim(&world.server, Dialect::Strict);
    let path = created(&scim, json!({"schemas": [USER], "userName": "ada@example.com"})).await;
    let admin_path = path.replace("/Users", "/users");
    for field in ProfileField::text_fields() {
        let (place, example) = (patch_path(field), field.definition().example);
        let add = json!([{"op": "add", "path": place, "value": example}]);
        let user = patched(&scim, &path, add).await.body(StatusCode::OK);
        assert_eq!(value_in(&user, field), example);
        assert_eq!(admin.get(&admin_path).await.body(StatusCode::OK)[field.as_str()], example);
        // What was read can be put back.
        let put = scim.put(&path, &user).await.body(StatusCode::OK);
        assert_eq!(value_in(&put, field), example);
    }
    for field in ProfileField::text_fields() {
        let remove = json!([{"op": "remove", "path": patch_path(field)}]);
        patched(&scim, &path, remove).await.body(StatusCode::OK);
        let user = admin.get(&admin_path).await.body(StatusCode::OK);
        assert_eq!(user[field.as_str()], Value::Null, "{field:?}");
    }
}

async fn formatted_name_follows_the_names_until_it_is_set(db: TestDb) {
    let world = World::new(db);
    let scim = ApiClient::scim(&world.server, Dialect::Entra);
    let name = json!({"givenName": "Ada", "familyName": "Lovelace", "formatted": "Ada Lovelace"});
    let draft = json!({"schemas": [USER], "userName": "ada@example.com", "name": name});
    let path = created(&scim, draft).await;
    let replace =
        |path: &str, value: &str| json!([{"op": "replace", "path": path, "value": value}]);
    for (attribute, value, formatted) in [
        ("name.familyName", "King", "Ada King"),
        ("name.formatted", "Ada King, Countess of Lovelace", "Ada King, Countess of Lovelace"),
        ("name.givenName", "Augusta", "Ada King, Countess of Lovelace"),
        ("name.formatted", "Augusta King", "Augusta King"),
        ("name.givenName", "Ada", "Ada King"),
    ] {
        let user = patched(&scim, &path, replace(attribute, value)).await.body(StatusCode::OK);
        assert_eq!(user["name"]["formatted"], formatted, "{attribute} {value}");
    }
}

async fn text_that_violates_its_rule_is_rejected_in_every_dialect(db: TestDb) {
    let world = World::new(db);
    for dialect in Dialect::ALL {
        let scim = ApiClient::scim(&world.server, dialect);
        let draft = json!({"schemas": [USER], "userName": format!("{dialect:?}@example.com")});
        let path = created(&scim, draft).await;
        for (attribute, value) in [
            ("locale", "English (United Kingdom)"),
            ("preferredLanguage", "en;q=7"),
            ("timezone", "GMT Standard Time"),
            ("timezone", "Mars/Olympus"),
            ("profileUrl", "people/ada"),
            ("nickName", "A\u{200b}da"),
        ] {
            let rejected =
                patched(&scim, &path, json!([{"op": "add", "path": attribute, "value": value}]));
            let rejected = rejected.await;
            assert_eq!(expect_error_type(&rejected, StatusCode::BAD_REQUEST), "invalidValue");
            assert!(rejected.text.contains(attribute), "{}", rejected.text);
        }
    }
}

/// A user whom an administrator created with a full name that is both names.
async fn stored_full_name(admin: &ApiClient, number: usize) -> String {
    let draft = json!({
        "email": format!("ann{number}@example.com"),
        "firstName": "Ann", "lastName": "Bee", "formattedName": "Ann Bee",
    });
    let user = admin.post("/users", &draft).await.body(StatusCode::CREATED);
    format!("/Users/{}", id(&user))
}

async fn name_that_was_stored_is_replaced_and_removed_even_if_it_is_both_names(db: TestDb) {
    let world = World::new(db);
    let admin = ApiClient::for_server(&world.server);
    let name = |first_name: &str, formatted: Option<&str>| {
        let mut name = json!({"givenName": first_name, "familyName": "Bee"});
        if let Some(formatted) = formatted {
            name["formatted"] = json!(formatted);
        }
        name
    };
    for (number, (dialect, operation, formatted, after_rename)) in [
        (
            Dialect::Strict,
            json!({"op": "replace", "path": "name", "value": name("Zed", Some("Zed Bee"))}),
            "Zed Bee",
            "Una Bee",
        ),
        (Dialect::Strict, json!({"op": "remove", "path": "name.formatted"}), "Ann Bee", "Una Bee"),
        (
            Dialect::Okta,
            json!({"op": "replace", "path": "name.formatted", "value": null}),
            "Ann Bee",
            "Una Bee",
        ),
        (
            Dialect::Entra,
            json!({"op": "replace", "value": {"name.givenName": "Zed"}}),
            "Ann Bee",
            "Ann Bee",
        ),
    ]
    .into_iter()
    .enumerate()
    {
        let scim = ApiClient::scim(&world.server, dialect);
        let path = stored_full_name(&admin, number).await;
        let user = patched(&scim, &path, json!([operation])).await.body(StatusCode::OK);
        assert_eq!(user["name"]["formatted"], formatted, "{operation}");
        let rename = json!({"firstName": "Una"});
        admin.patch(&path.replace("/Users", "/users"), &rename).await.body(StatusCode::OK);
        let user = scim.get(&path).await.body(StatusCode::OK);
        assert_eq!(user["name"]["formatted"], after_rename, "{operation}");
    }
    let scim = ApiClient::scim(&world.server, Dialect::Strict);
    for (number, formatted, expected) in [(10, Some("Tim Bee"), "Tim Bee"), (11, None, "Tim Bee")] {
        let path = stored_full_name(&admin, number).await;
        let user_name = format!("ann{number}@example.com");
        let body = json!({
            "schemas": [USER], "userName": user_name, "name": name("Tim", formatted),
        });
        let user = scim.put(&path, &body).await.body(StatusCode::OK);
        assert_eq!(user["name"]["formatted"], expected, "{formatted:?}");
    }
}

async fn full_name_that_a_patch_sets_beside_a_name_is_stored(db: TestDb) {
    let world = World::new(db);
    let scim = ApiClient::scim(&world.server, Dialect::Entra);
    let set_first_name = json!({"op": "replace", "path": "name.givenName", "value": "Zed"});
    for (path, pointer) in [("name.formatted", "/name/formatted"), ("displayName", "/displayName")]
    {
        for is_last in [false, true] {
            let draft = json!({
                "schemas": [USER], "userName": format!("{path}.{is_last}@example.com"),
                "name": {"givenName": "Ann", "familyName": "Bee"},
            });
            let user = created(&scim, draft).await;
            let full = json!({"op": "replace", "path": path, "value": "Ann Bee"});
            let operations =
                if is_last { json!([set_first_name, full]) } else { json!([full, set_first_name]) };
            let changed = patched(&scim, &user, operations).await.body(StatusCode::OK);
            assert_eq!(changed.pointer(pointer), Some(&json!("Ann Bee")), "{path} {is_last}");
        }
    }
}

async fn put_of_what_was_read_changes_nothing(db: TestDb) {
    let world = World::new(db);
    let admin = ApiClient::for_server(&world.server);
    let scim = ApiClient::scim(&world.server, Dialect::Strict);
    let path = stored_full_name(&admin, 0).await;
    scim.put(&path, &scim.get(&path).await.body).await.body(StatusCode::OK);
    let before = admin.get(&path.replace("/Users", "/users")).await.body(StatusCode::OK);
    scim.put(&path, &scim.get(&path).await.body).await.body(StatusCode::OK);
    let after = admin.get(&path.replace("/Users", "/users")).await.body(StatusCode::OK);
    assert_eq!(after, before);
    assert_eq!(after["formattedName"], "Ann Bee");
}

async fn patch_of_another_attribute_does_not_fix_the_user_name(db: TestDb) {
    let world = World::new(db);
    let admin = ApiClient::for_server(&world.server);
    let scim = ApiClient::scim(&world.server, Dialect::Strict);
    let path = stored_full_name(&admin, 0).await;
    let nick = json!([{"op": "add", "path": "nickName", "value": "Annie"}]);
    patched(&scim, &path, nick).await.body(StatusCode::OK);
    let admin_path = path.replace("/Users", "/users");
    let moved = admin.patch(&admin_path, &json!({"email": "bee@example.com"})).await;
    assert_eq!(moved.body(StatusCode::OK)["userName"], "bee@example.com");
}
