//! Each text of a user has one definition, which every interface reads.

use reqwest::StatusCode;
use serde_json::{Value, json};
use usher::{
    domain::{import::TableHeader, profile_field::ProfileField},
    http::openapi,
    scim::schema::{ENTERPRISE, USER},
};

use crate::{client::ApiClient, support::db::TestDb, world::World};

on_both_databases!(every_text_is_written_stored_returned_and_cleared);

/// A definition that an interface does not read fails here.
#[test]
fn every_text_field_has_a_value_for_every_interface() {
    let contract = openapi::contract();
    for field in ProfileField::texts() {
        let (name, definition) = (field.as_str(), field.definition());
        for schema in
            ["User", "UserDraft", "UserChanges", "AttributeMapping", "AttributeMappingChanges"]
        {
            let place = format!("/components/schemas/{schema}/properties/{name}");
            assert!(contract.pointer(&place).is_some(), "{place}");
        }
        let clearable = &contract["components"]["schemas"]["ClearableUserField"]["enum"];
        assert!(clearable.as_array().unwrap().contains(&json!(name)), "{name}");
        assert!(TableHeader::parse(["email", name]).is_ok(), "{name}");
        assert!(definition.is_provisioned && !definition.example.is_empty(), "{name}");
        let (_, scim_name) = definition.scim.unwrap();
        let schemas = [&USER, &ENTERPRISE];
        assert!(schemas.iter().any(|all| all.attribute(scim_name).is_some()), "{scim_name}");
    }
}

async fn every_text_is_written_stored_returned_and_cleared(db: TestDb) {
    let world = World::new(db);
    let api = ApiClient::for_server(&world.server);
    let mut draft = json!({"email": "ada@example.com"});
    for field in ProfileField::texts() {
        draft[field.as_str()] = json!(format!("a {}", field.label()));
    }
    let user = api.post("/users", &draft).await.body(StatusCode::CREATED);
    let path = format!("/users/{}", user["id"].as_str().unwrap());
    for field in ProfileField::texts().map(ProfileField::as_str) {
        let returned = api.get(&path).await.body(StatusCode::OK);
        assert_eq!((&user[field], &returned[field]), (&draft[field], &draft[field]));
        let cleared = api.patch(&path, &json!({"clear": [field]})).await.body(StatusCode::OK);
        assert_eq!(cleared[field], Value::Null, "{field}");
    }
}
