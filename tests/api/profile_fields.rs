//! Each text of a user has one definition, which every interface reads.

use reqwest::StatusCode;
use serde_json::{Value, json};
use usher::{
    domain::{
        api_key::Dialect,
        filter::ValueType,
        import::TableHeader,
        multi_valued::MultiValuedField,
        profile_field::{FieldDefinition, ProfileField, ScimSchema},
        profile_text::TextKind,
    },
    http::openapi,
    scim::schema::{ENTERPRISE, USER, USER_EXTENSION, schema_of},
};

use crate::{
    client::{ApiClient, path_with_query},
    support::db::TestDb,
    world::World,
};

on_both_databases! {
    every_text_is_written_stored_returned_and_cleared,
    every_list_is_cleared_as_the_contract_says,
    lists_are_filtered_and_sorted_as_each_definition_says,
}

/// A definition that an interface does not read fails here.
#[test]
fn every_text_field_has_a_value_for_every_interface() {
    let contract = openapi::contract();
    for field in ProfileField::text_fields() {
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
        assert!(definition.is_mappable && !definition.example.is_empty(), "{name}");
        assert!(definition.scim.is_some(), "{name}");
    }
    for (field, path) in ProfileField::in_scim() {
        let name = field.as_str();
        let attribute = schema_of(path.schema).attribute(path.attribute).expect(name);
        let text =
            path.sub_attribute.map_or(attribute, |name| attribute.sub_attribute(name).expect(name));
        if let Some(rules) = field.definition().list {
            assert_eq!(text.case_exact, rules.value_type == ValueType::Exact, "{name}");
        }
    }
}

/// Two users who have a value of every attribute; the first has the lower ones.
async fn two_users(api: &ApiClient, scim: &ApiClient) -> [Value; 2] {
    let [mut first, mut second] = [Value::Null, Value::Null];
    for (user, name, role) in [(&mut first, "ada", "ADMIN"), (&mut second, "zoe", "USER")] {
        let draft = json!({
            "schemas": [USER.id, ENTERPRISE.id, USER_EXTENSION.id],
            "userName": name,
            "emails": [{"value": format!("{name}@example.com")}],
            "name": {"givenName": name, "familyName": name},
            "displayName": format!("{name} of Example"),
            ENTERPRISE.id: {"manager": {"value": name}},
            USER_EXTENSION.id: {"role": role},
        });
        let made = scim.post("/Users", &draft).await.body(StatusCode::CREATED);
        let path = format!("/users/{}", made["id"].as_str().unwrap());
        let mut changes = json!({"externalId": name});
        for field in ProfileField::text_fields().filter(|field| field.definition().list.is_some()) {
            changes[field.as_str()] = match field.definition().kind {
                TextKind::WebAddress => json!(format!("https://example.com/{name}")),
                TextKind::TimeZone if name == "ada" => json!("Europe/London"),
                TextKind::TimeZone => json!("Europe/Zurich"),
                _ => json!(name),
            };
        }
        *user = api.patch(&path, &changes).await.body(StatusCode::OK);
    }
    [first, second]
}

fn is_of_values(name: &str) -> bool {
    name.split('.').next().is_some_and(|name| name.parse::<MultiValuedField>().is_ok())
}

async fn lists_are_filtered_and_sorted_as_each_definition_says(db: TestDb) {
    let world = World::new(db);
    let api = ApiClient::for_server(&world.server);
    let scim = ApiClient::scim(&world.server, Dialect::Strict);
    let [first, second] = two_users(&api, &scim).await;
    for field in ProfileField::ALL {
        let FieldDefinition { list, scim: scim_path, .. } = *field.definition();
        let scim_name = scim_path.map(|path| match path.schema {
            ScimSchema::Core => path.to_string(),
            schema => format!("{}:{path}", schema_of(schema).id),
        });
        let doors = [
            Some((&api, "/users", "items", field.as_str().to_owned())),
            scim_name.map(|name| (&scim, "/Users", "Resources", name)),
        ];
        for (client, path, items, name) in doors.into_iter().flatten() {
            let found = async |parameters: &[(&str, &str)]| {
                let response = client.get(&path_with_query(path, parameters)).await;
                let ids = response.body[items].as_array().cloned().unwrap_or_default();
                let ids: Vec<_> = ids.into_iter().map(|item| item["id"].clone()).collect();
                (response.status, ids)
            };
            let value = first[field.as_str()].as_str().unwrap_or_default();
            let filter = format!("{name} eq \"{value}\"");
            let filtered = found(&[("filter", &filter)]).await;
            match list {
                Some(_) => {
                    assert_eq!(filtered, (StatusCode::OK, vec![first["id"].clone()]), "{filter}")
                }
                // The values of a list are filtered one by one.
                None if is_of_values(&name) => assert_eq!(filtered.0, StatusCode::OK, "{filter}"),
                None => assert_eq!(filtered.0, StatusCode::BAD_REQUEST, "{filter}"),
            }
            let is_sortable = list.is_some_and(|rules| rules.is_sortable);
            for (order, ids) in
                [("ASCENDING", [&first, &second]), ("DESCENDING", [&second, &first])]
            {
                let sorted = found(&[("sortBy", &name), ("sortOrder", order)]).await;
                let expected = match is_sortable {
                    true => (StatusCode::OK, ids.map(|user| user["id"].clone()).to_vec()),
                    false => (StatusCode::BAD_REQUEST, Vec::new()),
                };
                assert_eq!(sorted, expected, "{name} {order}");
            }
        }
    }
}

async fn every_text_is_written_stored_returned_and_cleared(db: TestDb) {
    let world = World::new(db);
    let api = ApiClient::for_server(&world.server);
    let mut draft = json!({"email": "ada@example.com"});
    for field in ProfileField::text_fields() {
        draft[field.as_str()] = json!(field.definition().example);
    }
    let user = api.post("/users", &draft).await.body(StatusCode::CREATED);
    let path = format!("/users/{}", user["id"].as_str().unwrap());
    for field in ProfileField::text_fields().map(ProfileField::as_str) {
        let returned = api.get(&path).await.body(StatusCode::OK);
        assert_eq!((&user[field], &returned[field]), (&draft[field], &draft[field]));
        let cleared = api.patch(&path, &json!({"clear": [field]})).await.body(StatusCode::OK);
        assert_eq!(cleared[field], Value::Null, "{field}");
    }
}

async fn every_list_is_cleared_as_the_contract_says(db: TestDb) {
    let world = World::new(db);
    let api = ApiClient::for_server(&world.server);
    let contract = openapi::contract();
    let clearable = contract.pointer("/components/schemas/ClearableUserField/enum").unwrap();
    let made = api.post("/users", &json!({"email": "ada@example.com"})).await;
    let path = format!("/users/{}", made.body(StatusCode::CREATED)["id"].as_str().unwrap());
    for list in MultiValuedField::ALL {
        let name = list.as_str();
        let property = format!("/components/schemas/UserChanges/properties/{name}/type");
        assert_eq!(contract.pointer(&property), Some(&json!("array")), "{name} is not nullable");
        let part = list.sub_attributes()[0].as_str();
        let values = json!([{ part: list.example() }]);
        let is_clearable = clearable.as_array().unwrap().contains(&json!(name));
        assert_eq!(is_clearable, list.may_be_empty(), "{name}");
        for (change, is_valid) in [
            (json!({ name: [] }), is_clearable),
            (json!({"clear": [name]}), is_clearable),
            (json!({ name: null }), false),
            (json!({"clear": [name], name: values}), false),
        ] {
            if is_clearable {
                let full = api.patch(&path, &json!({ name: values })).await.body(StatusCode::OK);
                assert_eq!(full[name].as_array().unwrap().len(), 1, "{full}");
            }
            let changed = api.patch(&path, &change).await;
            match is_valid {
                true => assert_eq!(changed.body(StatusCode::OK)[name], json!([]), "{change}"),
                false => drop(changed.problem(StatusCode::UNPROCESSABLE_ENTITY)),
            }
        }
    }
}
