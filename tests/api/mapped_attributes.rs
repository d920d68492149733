//! Custom attributes in the settings of connections.

use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::{
    client::ApiClient,
    support::db::TestDb,
    world::{Person, World},
};

on_both_databases! {
    connection_maps_only_attributes_that_logins_can_set,
    mapping_is_returned_replaced_and_cleared,
    login_is_previewed_and_its_values_are_explained,
    definition_that_a_connection_uses_is_deleted_only_by_force,
}

async fn define(api: &ApiClient, definition: Value) -> String {
    let defined = api.post("/attribute-definitions", &definition).await.body(StatusCode::CREATED);
    format!("/attribute-definitions/{}", defined["id"].as_str().unwrap())
}

async fn define_all(api: &ApiClient) -> String {
    let sub_attributes =
        json!([{"name": "city", "type": "STRING"}, {"name": "floor", "type": "INTEGER"}]);
    define(api, json!({"name": "office", "type": "COMPLEX", "subAttributes": sub_attributes}))
        .await;
    define(api, json!({"name": "shoeSize", "type": "INTEGER"})).await
}

fn connection(world: &World) -> String {
    format!("/connections/{}", world.server.connection.id)
}

async fn connection_maps_only_attributes_that_logins_can_set(db: TestDb) {
    let world = World::new(db);
    let api = ApiClient::for_server(&world.server);
    let path = connection(&world);
    define_all(&api).await;
    let before = api.get(&path).await.body(StatusCode::OK);
    let changes = json!({
        "mapping": {
            "attributes.shoesize": "a", "attributes.office": "b", "attributes.office.town": "c",
            "attributes.shoeSize": "d", "shoeSize": "e",
        },
        "transforms": [
            {"field": "attributes.shoeSize", "defaultValue": "big"},
            {"field": "attributes.hat"},
        ],
        "updatePolicies": {"attributes.hat": "ALWAYS", "attributes.shoeSize": "ALWAYS"},
    });
    let refused = api.patch(&path, &changes).await;
    let all = refused.body["errors"].as_array().unwrap().clone();
    let details: Vec<_> = all.iter().map(|error| error["detail"].as_str().unwrap()).collect();
    let hint = "Did you mean attributes.shoeSize?";
    assert!(details.iter().any(|detail| detail.contains(hint)), "{details:?}");
    let (code, mut errors) = refused.problem(StatusCode::UNPROCESSABLE_ENTITY);
    errors.sort_unstable();
    assert_eq!(code, "invalid");
    assert_eq!(
        errors,
        [
            "/mapping/attributes.office",
            "/mapping/attributes.office.town",
            "/mapping/attributes.shoesize",
            "/mapping/shoeSize",
            "/transforms/0/defaultValue",
            "/transforms/1/field",
            "/updatePolicies/attributes.hat",
        ]
    );
    assert_eq!(api.get(&path).await.body(StatusCode::OK), before);

    let mut draft = json!({"name": "Other", "idpEntityId": "urn:idp", "ssoUrl": "https://idp.example.com/",
        "enabled": false, "mapping": {"attributes.hat": "hat"}});
    let (_, errors) =
        api.post("/connections", &draft).await.problem(StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(errors, ["/mapping/attributes.hat"]);
    draft["mapping"] = json!({"attributes.shoeSize": "size"});
    let created = api.post("/connections", &draft).await.body(StatusCode::CREATED);
    assert_eq!(created["mapping"]["attributes.shoeSize"], "size");
}

async fn mapping_is_returned_replaced_and_cleared(db: TestDb) {
    let world = World::new(db);
    let api = ApiClient::for_server(&world.server);
    let path = connection(&world);
    define_all(&api).await;
    let changes = json!({
        "mapping": {"attributes.shoeSize": "size", "attributes.office.city": "city"},
        "updatePolicies": {"attributes.shoeSize": "ALWAYS", "attributes.office": "FILL_EMPTY"},
        "transforms": [{"field": "attributes.shoeSize", "table": [{"received": "S", "value": "38"}]}],
    });
    let changed = api.patch(&path, &changes).await.body(StatusCode::OK);
    for (field, name, expected) in [
        ("mapping", "attributes.shoeSize", json!("size")),
        ("mapping", "attributes.office.city", json!("city")),
        ("updatePolicies", "attributes.shoeSize", json!("ALWAYS")),
        ("updatePolicies", "attributes.office", json!("FILL_EMPTY")),
        ("updatePolicies", "role", json!("FIRST_LOGIN")),
    ] {
        assert_eq!(changed[field][name], expected, "{field} {name}");
    }
    assert_eq!(changed["transforms"][0]["field"], "attributes.shoeSize");
    // What was read can be sent back.
    let read = api.get(&path).await.body(StatusCode::OK);
    assert_eq!(api.put(&path, &read).await.body(StatusCode::OK), read);
    let cleared = json!({"mapping": {"attributes.office.city": null}});
    let cleared = api.patch(&path, &cleared).await.body(StatusCode::OK);
    assert_eq!(cleared["mapping"].get("attributes.office.city"), None);
    assert_eq!(cleared["mapping"]["attributes.shoeSize"], "size");
    // An entry that a replacement leaves out is removed.
    let mut replacement = api.get(&path).await.body(StatusCode::OK);
    replacement["mapping"] = json!({"attributes.office.floor": "floor"});
    replacement["updatePolicies"] = json!({"attributes.office": "NEVER"});
    let replaced = api.put(&path, &replacement).await.body(StatusCode::OK);
    let names = |field: &str| -> Vec<String> {
        let entries = replaced[field].as_object().unwrap();
        entries.keys().filter(|name| name.starts_with("attributes.")).cloned().collect()
    };
    assert_eq!(names("mapping"), ["attributes.office.floor"]);
    assert_eq!(names("updatePolicies"), ["attributes.office"]);
}

async fn login_is_previewed_and_its_values_are_explained(db: TestDb) {
    let world = World::new(db);
    let api = ApiClient::for_server(&world.server);
    let path = connection(&world);
    define_all(&api).await;
    let changes = json!({
        "mapping": {"attributes.shoeSize": "size", "attributes.office.floor": "floor"},
        "updatePolicies": {"attributes.shoeSize": "ALWAYS"},
    });
    api.patch(&path, &changes).await.body(StatusCode::OK);
    let person = |size: &str| {
        Person::with_email("ada@example.com")
            .with_attribute("size", size)
            .with_attribute("floor", "x")
    };
    world.login(&person("38")).await;
    let users = api.get("/users").await.body(StatusCode::OK);
    let id = users["items"][0]["id"].as_str().unwrap();
    assert_eq!(users["items"][0]["attributes"], json!({"shoeSize": 38}));
    let explained = api.get(&format!("/users/{id}/explain")).await.body(StatusCode::OK);
    let mut values = explained["values"].as_array().unwrap().iter();
    let size = values.find(|value| value["attribute"] == "attributes.shoeSize").unwrap();
    assert_eq!((&size["value"], &size["setBy"]["type"]), (&json!("38"), &json!("LOGIN")));
    assert_eq!(size["updatePolicies"][0]["policy"], "ALWAYS");
    assert!(size["changeableBy"].as_str().unwrap().contains("Logins through"), "{size}");

    let body = json!({"assertion": {
        "nameId": "ada@example.com",
        "nameIdFormat": "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress",
        "attributes": {"size": ["39"], "floor": ["4"]},
    }});
    let previewed = api.post(&format!("{path}/preview"), &body).await.body(StatusCode::OK);
    let fields = json!([{
        "name": "attributes.shoeSize", "value": "39", "before": "38",
        "source": {"kind": "ATTRIBUTE", "attribute": "size"},
    }]);
    assert_eq!(previewed["plan"]["fields"], fields);
    assert_eq!(previewed["plan"]["fallbacks"], json!([]));
    world.login(&person("big")).await;
    let attempts = api.get("/attempts").await.body(StatusCode::OK);
    let id = attempts["items"][0]["id"].as_str().unwrap();
    let attempt = api.get(&format!("/attempts/{id}")).await.body(StatusCode::OK);
    assert_eq!(
        attempt["plan"]["fallbacks"],
        json!([{
            "attribute": "size", "value": "big", "reason": "INVALID_VALUE",
            "detail": "must be a number without a fraction", "used": "38",
        }])
    );
}

async fn definition_that_a_connection_uses_is_deleted_only_by_force(db: TestDb) {
    let world = World::new(db);
    let api = ApiClient::for_server(&world.server);
    let path = connection(&world);
    let definition = define_all(&api).await;
    let changes = json!({
        "mapping": {"attributes.shoeSize": "size", "attributes.office.city": "city"},
        "transforms": [{"field": "attributes.shoeSize", "firstOnly": true}],
        "updatePolicies": {"attributes.shoeSize": "ALWAYS"},
    });
    let before = api.patch(&path, &changes).await.body(StatusCode::OK);
    let user = json!({"email": "ada@example.com", "attributes": {"shoeSize": 38}});
    api.post("/users", &user).await.body(StatusCode::CREATED);
    let refused = api.delete(&definition).await;
    let detail = refused.body["detail"].as_str().unwrap().to_owned();
    assert_eq!(refused.problem(StatusCode::CONFLICT).0, "in_use");
    let expected = "1 user and 1 connection use the attribute. ";
    assert!(detail.starts_with(expected), "{detail}");
    assert_eq!(api.get(&path).await.body(StatusCode::OK), before);

    api.delete(&format!("{definition}?force=true")).await.body(StatusCode::NO_CONTENT);
    let after = api.get(&path).await.body(StatusCode::OK);
    assert_eq!(after["mapping"].get("attributes.shoeSize"), None);
    assert_eq!(after["mapping"]["attributes.office.city"], "city");
    assert_eq!(after["transforms"], json!([]));
    assert_eq!(after["updatePolicies"].get("attributes.shoeSize"), None);
    assert_ne!(after["etag"], before["etag"]);
    let filter = "/audit?filter=action%20eq%20%22connection.update%22";
    let audit = api.get(filter).await.body(StatusCode::OK);
    let fields = audit["items"][0]["changes"].as_array().unwrap().iter();
    let fields: Vec<_> = fields.map(|change| change["field"].as_str().unwrap()).collect();
    assert_eq!(fields, ["mapping", "transforms", "updatePolicies"]);
}
