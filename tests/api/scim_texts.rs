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
    let ScimPath { schema, attribute, part } = field.definition().scim.unwrap();
    let attribute = match schema {
        ScimSchema::Core => &user[attribute],
        schema => &user[schema_of(schema).id][attribute],
    };
    part.map_or(attribute, |part| &attribute[part])
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
    for field in ProfileField::texts() {
        let (place, example) = (patch_path(field), field.definition().example);
        let add = json!([{"op": "add", "path": place, "value": example}]);
        let user = patched(&scim, &path, add).await.body(StatusCode::OK);
        assert_eq!(value_in(&user, field), example);
        assert_eq!(admin.get(&admin_path).await.body(StatusCode::OK)[field.as_str()], example);
        // What was read can be put back.
        let put = scim.put(&path, &user).await.body(StatusCode::OK);
        assert_eq!(value_in(&put, field), example);
    }
    for field in ProfileField::texts() {
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
            let refused =
                patched(&scim, &path, json!([{"op": "add", "path": attribute, "value": value}]));
            let refused = refused.await;
            assert_eq!(expect_error_type(&refused, StatusCode::BAD_REQUEST), "invalidValue");
            assert!(refused.text.contains(attribute), "{}", refused.text);
        }
    }
}
