//! Custom attributes: their definitions, and the values of users.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use usher::domain::{api_key::Scopes, custom_attribute::AttributeRemoval};

use crate::{
    client::{ApiClient, ApiResponse},
    support::db::TestDb,
    world::{Person, World},
};

on_both_databases! {
    attribute_is_defined_changed_and_deleted,
    definition_with_errors_is_rejected,
    account_has_at_most_100_definitions,
    value_is_set_changed_cleared_and_replaced,
    parts_and_lists_are_cleared_by_null,
    value_with_errors_is_rejected_with_all_errors,
    definition_with_values_is_deleted_only_by_force,
    deletion_removes_locks_and_records_without_a_value,
    housekeeping_continues_a_removal,
    import_sets_attributes,
    values_are_explained_audited_and_locked,
    product_gets_the_attributes_that_are_for_it,
    json_schema_describes_the_attributes,
    definitions_belong_to_one_account,
}

async fn define(api: &ApiClient, definition: Value) -> Value {
    api.post("/attribute-definitions", &definition).await.body(StatusCode::CREATED)
}

fn path(definition: &Value) -> String {
    format!("/attribute-definitions/{}", definition["id"].as_str().unwrap())
}

/// Defines an attribute of each type.
async fn define_all(api: &ApiClient) {
    for definition in [
        json!({"name": "badge", "type": "STRING"}),
        json!({"name": "size", "type": "STRING", "canonicalValues": ["Small", "Large"]}),
        json!({"name": "remote", "type": "BOOLEAN"}),
        json!({"name": "shoeSize", "type": "INTEGER"}),
        json!({"name": "rate", "type": "DECIMAL"}),
        json!({"name": "hired", "type": "DATE_TIME"}),
        json!({"name": "page", "type": "REFERENCE"}),
        json!({"name": "skills", "type": "STRING", "multiValued": true}),
        json!({"name": "desk", "type": "COMPLEX", "subAttributes": [
            {"name": "room", "type": "STRING", "required": true},
            {"name": "floor", "type": "INTEGER"},
        ]}),
    ] {
        define(api, definition).await;
    }
}

fn all_values() -> Value {
    json!({
        "badge": "B-17", "size": "Small", "remote": true, "shoeSize": 38, "rate": 12.5,
        "hired": "2026-03-01T09:00:00Z", "page": "https://example.com/ada",
        "skills": ["Analysis", "Poetry"], "desk": {"room": "12", "floor": 3},
    })
}

async fn create(api: &ApiClient, attributes: Value) -> ApiResponse {
    api.post("/users", &json!({"email": "ada@example.com", "attributes": attributes})).await
}

fn user_path(user: &Value) -> String {
    format!("/users/{}", user["id"].as_str().unwrap())
}

async fn attribute_is_defined_changed_and_deleted(db: TestDb) {
    let world = World::new(db);
    let api = ApiClient::for_server(&world.server);
    let new = json!({"name": "shoeSize", "type": "INTEGER"});
    let created = api.post("/attribute-definitions", &new).await;
    let location = created.header("location").unwrap().to_owned();
    let definition = created.body(StatusCode::CREATED);
    assert_eq!(location, format!("/api/v1{}", path(&definition)));
    for (field, expected) in [
        ("name", json!("shoeSize")),
        ("type", json!("INTEGER")),
        ("multiValued", json!(false)),
        ("caseExact", json!(false)),
        ("subAttributes", json!([])),
        ("description", json!("")),
        ("required", json!(false)),
        ("canonicalValues", json!([])),
        ("mutability", json!("READ_WRITE")),
        ("visibility", json!("BOTH")),
    ] {
        assert_eq!(definition[field], expected, "{field}");
    }
    let path = path(&definition);
    assert_eq!(api.get(&path).await.body(StatusCode::OK), definition);
    let changes = json!({"description": "European", "required": true, "visibility": "ADMIN"});
    let changed = api.patch(&path, &changes).await.body(StatusCode::OK);
    assert_eq!(changed["description"], "European");
    assert_eq!((&changed["required"], &changed["visibility"]), (&json!(true), &json!("ADMIN")));
    // What was read can be sent back.
    assert_eq!(api.patch(&path, &changed).await.body(StatusCode::OK), changed);
    let stale = api.request(Method::PATCH, &path).json(&json!({"required": false}));
    let stale = stale.header("if-match", definition["etag"].as_str().unwrap());
    assert_eq!(api.send(stale).await.problem(StatusCode::PRECONDITION_FAILED).0, "changed");
    for fixed in [json!({"name": "size"}), json!({"type": "STRING"}), json!({"multiValued": true})]
    {
        assert_eq!(
            api.patch(&path, &fixed).await.status,
            StatusCode::UNPROCESSABLE_ENTITY,
            "{fixed}"
        );
    }
    let all = api.get("/attribute-definitions").await.body(StatusCode::OK);
    assert_eq!(all, json!({"items": [changed]}));
    api.delete(&path).await.body(StatusCode::NO_CONTENT);
    assert_eq!(api.get(&path).await.status, StatusCode::NOT_FOUND);
    let audit = api.get("/audit").await.body(StatusCode::OK);
    let entries = audit["items"].as_array().unwrap().iter();
    let entries = entries.filter(|entry| entry["target"]["id"] == definition["id"]);
    let mut actions: Vec<_> = entries.map(|entry| entry["action"].as_str().unwrap()).collect();
    actions.sort_unstable();
    assert_eq!(
        actions,
        [
            "attribute_definition.create",
            "attribute_definition.delete",
            "attribute_definition.update"
        ]
    );
}

async fn definition_with_errors_is_rejected(db: TestDb) {
    let world = World::new(db);
    let api = ApiClient::for_server(&world.server);
    define(&api, json!({"name": "badge", "type": "STRING"})).await;
    for (body, fields) in [
        (json!({}), vec!["/name", "/type"]),
        (json!({"name": "2nd", "type": "TEXT"}), vec!["/name", "/type"]),
        (json!({"name": "a", "type": "COMPLEX"}), vec!["/subAttributes"]),
        (
            json!({"name": "a", "type": "INTEGER", "canonicalValues": ["1"]}),
            vec!["/canonicalValues"],
        ),
        (
            json!({"name": "a", "type": "COMPLEX", "subAttributes": [{"name": "b", "type": "COMPLEX"}]}),
            vec!["/subAttributes/0/type"],
        ),
        (json!({"name": "a", "type": "STRING", "size": 1}), vec!["/size"]),
    ] {
        let (code, errors) = api
            .post("/attribute-definitions", &body)
            .await
            .problem(StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(
            (code.as_str(), errors),
            ("invalid", fields.iter().map(ToString::to_string).collect()),
            "{body}"
        );
    }
    let same = json!({"name": "BADGE", "type": "INTEGER"});
    let same = api.post("/attribute-definitions", &same).await;
    assert_eq!(same.problem(StatusCode::CONFLICT).0, "exists");
}

async fn account_has_at_most_100_definitions(db: TestDb) {
    let world = World::new(db);
    let api = ApiClient::for_server(&world.server);
    for index in 0..100 {
        define(&api, json!({"name": format!("a{index}"), "type": "STRING"})).await;
    }
    let more = api.post("/attribute-definitions", &json!({"name": "more", "type": "STRING"})).await;
    assert_eq!(more.problem(StatusCode::CONFLICT).0, "too_many_attributes");
}

async fn value_is_set_changed_cleared_and_replaced(db: TestDb) {
    let world = World::new(db);
    let api = ApiClient::for_server(&world.server);
    define_all(&api).await;
    let user = create(&api, all_values()).await.body(StatusCode::CREATED);
    assert_eq!(user["attributes"], all_values());
    let path = user_path(&user);
    assert_eq!(api.get(&path).await.body(StatusCode::OK)["attributes"], all_values());
    let list = api.get("/users").await.body(StatusCode::OK);
    assert_eq!(list["items"][0]["attributes"], all_values());

    let changes = json!({"attributes": {"size": "LARGE", "rate": null, "skills": ["Poetry"]}});
    let changed = api.patch(&path, &changes).await.body(StatusCode::OK);
    let mut expected = all_values();
    expected["size"] = json!("Large");
    expected["skills"] = json!(["Poetry"]);
    expected.as_object_mut().unwrap().shift_remove("rate");
    assert_eq!(changed["attributes"], expected);
    // A change of another field keeps them, and so does the body that was read.
    let other = api.patch(&path, &json!({"firstName": "Ada"})).await.body(StatusCode::OK);
    assert_eq!(other["attributes"], expected);
    let read = api.get(&path).await.body(StatusCode::OK);
    let sent_back = api.put(&path, &read).await;
    assert_eq!(sent_back.body(StatusCode::OK)["attributes"], expected);
    let replaced = json!({"email": "ada@example.com", "attributes": {"badge": "B-18"}});
    let replaced = api.put(&path, &replaced).await.body(StatusCode::OK);
    assert_eq!(replaced["attributes"], json!({"badge": "B-18"}));
    let cleared = api.put(&path, &json!({"email": "ada@example.com"})).await.body(StatusCode::OK);
    assert_eq!(cleared["attributes"], json!({}));
}

async fn parts_and_lists_are_cleared_by_null(db: TestDb) {
    let world = World::new(db);
    let api = ApiClient::for_server(&world.server);
    define_all(&api).await;
    let user = create(&api, all_values()).await.body(StatusCode::CREATED);
    for (change, name, expected) in [
        (json!({"desk": {"floor": 4}}), "desk", json!({"room": "12", "floor": 4})),
        (json!({"desk": {"floor": null}}), "desk", json!({"room": "12"})),
        (json!({"skills": null}), "skills", Value::Null),
        (json!({"desk": null}), "desk", Value::Null),
    ] {
        let body = json!({"attributes": change});
        let changed = api.patch(&user_path(&user), &body).await.body(StatusCode::OK);
        let value = changed["attributes"].get(name).cloned().unwrap_or_default();
        assert_eq!(value, expected, "{change}");
    }
    let name = json!({"attributes": {"a/b": 1}});
    let response = api.patch(&user_path(&user), &name).await;
    let errors = response.body(StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(errors["errors"][0]["pointer"], "/attributes/a~1b", "{errors}");
}

async fn value_with_errors_is_rejected_with_all_errors(db: TestDb) {
    let world = World::new(db);
    let api = ApiClient::for_server(&world.server);
    define_all(&api).await;
    define(&api, json!({"name": "grade", "type": "STRING", "required": true})).await;
    let before = world.server.db().rows();
    let attributes = json!({
        "size": "Medium", "remote": "yes", "shoeSize": 38.5, "desk": {"floor": 3, "door": 1},
        "skills": "Poetry", "badge": ["B-17"], "hat": 1,
    });
    let body = json!({"email": "ada", "attributes": attributes});
    let (code, mut errors) =
        api.post("/users", &body).await.problem(StatusCode::UNPROCESSABLE_ENTITY);
    errors.sort_unstable();
    assert_eq!(code, "invalid");
    assert_eq!(
        errors,
        [
            "/attributes/badge",
            "/attributes/desk/door",
            "/attributes/desk/room",
            "/attributes/grade",
            "/attributes/hat",
            "/attributes/remote",
            "/attributes/shoeSize",
            "/attributes/size",
            "/attributes/skills",
            "/email",
        ]
    );
    for wrong in [json!(null), json!([]), json!("badge")] {
        let response = create(&api, wrong.clone()).await.problem(StatusCode::UNPROCESSABLE_ENTITY);
        assert!(response.1.contains(&"/attributes".to_owned()), "{wrong}: {response:?}");
    }
    assert_eq!(world.server.db().rows(), before);
}

async fn definition_with_values_is_deleted_only_by_force(db: TestDb) {
    let world = World::new(db);
    let api = ApiClient::for_server(&world.server);
    let badge = define(&api, json!({"name": "badge", "type": "STRING", "multiValued": true})).await;
    define(&api, json!({"name": "size", "type": "STRING"})).await;
    for index in 0..3 {
        let email = format!("user{index}@example.com");
        let attributes = json!({"badge": ["1", "2"], "size": "Small"});
        let body = json!({"email": email, "attributes": attributes});
        api.post("/users", &body).await.body(StatusCode::CREATED);
    }
    let refused = api.delete(&path(&badge)).await;
    let detail = refused.body["detail"].as_str().unwrap().to_owned();
    assert_eq!(refused.problem(StatusCode::CONFLICT).0, "in_use");
    assert!(detail.starts_with("3 users and 0 connections use the attribute"), "{detail}");
    api.delete(&format!("{}?force=true", path(&badge))).await.body(StatusCode::NO_CONTENT);
    // A new attribute with the name begins without values.
    define(&api, json!({"name": "badge", "type": "INTEGER"})).await;
    let users = api.get("/users").await.body(StatusCode::OK);
    for user in users["items"].as_array().unwrap() {
        assert_eq!(user["attributes"], json!({"size": "Small"}));
    }
}

/// What the database still has of an attribute.
fn mentions(db: &TestDb, name: &str) -> usize {
    let is_named = |row: &serde_json::Map<String, Value>| {
        row["profile"].to_string().replace('\\', "").contains(&format!("{name}\""))
    };
    let indexed = |row: &serde_json::Map<String, Value>| {
        row["field"].as_str().unwrap().trim_matches('\'') == format!("attributes.{name}")
    };
    let users = db.rows_of("users").iter().filter(|row| is_named(row)).count();
    users + db.rows_of("user_values").iter().filter(|row| indexed(row)).count()
}

async fn deletion_removes_locks_and_records_without_a_value(db: TestDb) {
    let world = World::new(db);
    let api = ApiClient::for_server(&world.server);
    let badge = define(&api, json!({"name": "badge", "type": "STRING"})).await;
    define(&api, json!({"name": "badges", "type": "STRING"})).await;
    let user = create(&api, json!({"badge": "B-17", "badges": "C"})).await;
    let user = user.body(StatusCode::CREATED);
    let locks = json!({
        "attributes": {"badge": null},
        "lockedAttributes": ["attributes.badge", "attributes.badges", "department"],
    });
    api.patch(&user_path(&user), &locks).await.body(StatusCode::OK);
    let other = api.post("/users", &json!({"email": "bob@example.com"})).await;
    let other = other.body(StatusCode::CREATED);
    assert_eq!(mentions(world.server.db(), "badge"), 1);
    api.delete(&path(&badge)).await.body(StatusCode::NO_CONTENT);
    assert_eq!(mentions(world.server.db(), "badge"), 0);
    let after = api.get(&user_path(&user)).await.body(StatusCode::OK);
    assert_eq!(after["lockedAttributes"], json!(["department", "attributes.badges"]));
    assert_eq!(after["attributes"], json!({"badges": "C"}));
    // A user without a value, a lock or a record is not touched.
    let untouched = api.get(&user_path(&other)).await.body(StatusCode::OK);
    assert_eq!(untouched["etag"], other["etag"]);
    let audit = api.get("/audit?filter=action%20eq%20%22user.update%22").await.body(StatusCode::OK);
    let entries = audit["items"].as_array().unwrap().iter();
    let mut removed = entries.filter(|one| {
        one["changes"][0]["field"] == "lockedAttributes"
            && one["changes"][0]["to"] == "department, attributes.badges"
    });
    let entry = removed.next().unwrap();
    assert_eq!((&entry["actor"]["type"], &entry["user"]["id"]), (&json!("API_KEY"), &user["id"]));
    world.server.db().assert_values_agree();
}

/// A removal that a process did not end is invisible, and housekeeping ends it.
async fn housekeeping_continues_a_removal(db: TestDb) {
    let world = World::new(db);
    let api = ApiClient::for_server(&world.server);
    let badge = define(&api, json!({"name": "badge", "type": "STRING"})).await;
    let user = create(&api, json!({"badge": "B-17"})).await.body(StatusCode::CREATED);
    let lock = json!({"lockedAttributes": ["attributes.badge"]});
    api.patch(&user_path(&user), &lock).await.body(StatusCode::OK);
    let db = world.server.db();
    api.delete(&format!("{}?force=true", path(&badge))).await.body(StatusCode::NO_CONTENT);
    assert!(db.rows_of("attribute_removals").is_empty());
    let audit = api.get("/audit").await.body(StatusCode::OK);
    let entries = audit["items"].as_array().unwrap().iter();
    let mut deletions = entries.filter(|one| one["action"] == "attribute_definition.delete");
    let removal = AttributeRemoval {
        account: world.server.account.id,
        name: "badge".parse().unwrap(),
        deletion: deletions.next().unwrap()["id"].as_str().unwrap().parse().unwrap(),
    };
    let user_id = user["id"].as_str().unwrap().parse().unwrap();
    let stored = db.read(|tx| tx.user(removal.account, user_id)).unwrap().unwrap();
    // As a process leaves it that ends after the deletion.
    let mut before = stored.clone();
    before.profile.custom.insert(removal.name, "B-17".into());
    before.locks.insert(removal.name.into());
    before.version += 1;
    db.write(|tx| {
        tx.update_user(&stored, &before)?;
        tx.insert_attribute_removal(&removal)
    })
    .unwrap();
    assert_eq!(mentions(db, "badge"), 2);
    let seen = api.get(&user_path(&user)).await.body(StatusCode::OK);
    assert!(!seen.to_string().contains("badge"), "{seen}");
    let explained = api.get(&format!("{}/explain", user_path(&user))).await.body(StatusCode::OK);
    assert!(!explained.to_string().contains("badge"), "{explained}");
    usher::app::attribute_removals::finish_all(&world.server.app).unwrap();
    assert_eq!(mentions(db, "badge"), 0);
    assert!(db.rows_of("attribute_removals").is_empty());
    define(&api, json!({"name": "Badge", "type": "INTEGER"})).await;
}

async fn import_sets_attributes(db: TestDb) {
    let world = World::new(db);
    let api = ApiClient::for_server(&world.server);
    define_all(&api).await;
    let import = |kind: &str, body: String| {
        let request = api.request(Method::POST, "/users/import?mode=ROW_BY_ROW");
        api.send(request.header("content-type", kind).body(body))
    };
    let table = "email,attributes.badge,attributes.remote,attributes.shoeSize,attributes.skills\n\
                 ada@example.com,B-17,true,38,Analysis|Poetry\n\
                 bob@example.com,,,x,\n";
    let report = import("text/csv", table.to_owned()).await.body(StatusCode::OK);
    assert_eq!((&report["created"], &report["failed"]), (&json!(1), &json!(1)), "{report}");
    let line = json!({"email": "eve@example.com", "attributes": all_values()});
    let report = import("application/x-ndjson", line.to_string()).await.body(StatusCode::OK);
    assert_eq!(report["created"], 1, "{report}");
    let batch = json!({"users": [{"email": "joe@example.com", "attributes": {"shoeSize": 44}}]});
    api.post("/users/batch", &batch).await.body(StatusCode::OK);
    let users = api.get("/users?sortBy=email").await.body(StatusCode::OK);
    let users = users["items"].as_array().unwrap().iter();
    let attributes: Vec<_> = users.map(|user| user["attributes"].clone()).collect();
    let ada = json!({
        "badge": "B-17", "remote": true, "shoeSize": 38, "skills": ["Analysis", "Poetry"],
    });
    assert_eq!(attributes, [ada, all_values(), json!({"shoeSize": 44})]);
}

async fn values_are_explained_audited_and_locked(db: TestDb) {
    let world = World::new(db);
    let api = ApiClient::for_server(&world.server);
    define(
        &api,
        json!({"name": "desk", "type": "COMPLEX", "subAttributes": [{"name": "room", "type": "STRING"}]}),
    )
    .await;
    let user = create(&api, json!({"desk": {"room": "12"}})).await.body(StatusCode::CREATED);
    let path = user_path(&user);
    let explained = api.get(&format!("{path}/explain")).await.body(StatusCode::OK);
    let mut values = explained["values"].as_array().unwrap().iter();
    let desk = values.find(|value| value["attribute"] == "attributes.desk").unwrap();
    assert_eq!(desk["value"], r#"{"room":"12"}"#);
    assert_eq!(desk["setBy"]["type"], "API_KEY");
    let changes = json!({
        "attributes": {"desk": {"room": "13"}}, "lockedAttributes": ["attributes.desk"],
    });
    let changed = api.patch(&path, &changes).await.body(StatusCode::OK);
    assert_eq!(changed["lockedAttributes"], json!(["attributes.desk"]));
    let audit = api.get("/audit?filter=action%20eq%20%22user.update%22").await.body(StatusCode::OK);
    let change = &audit["items"][0]["changes"][1];
    assert_eq!(change["field"], "attributes.desk");
    assert_eq!(
        (&change["from"], &change["to"]),
        (&json!(r#"{"room":"12"}"#), &json!(r#"{"room":"13"}"#))
    );
    let unknown = json!({"lockedAttributes": ["attributes.hat"]});
    let (_, errors) = api.patch(&path, &unknown).await.problem(StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(errors, ["/lockedAttributes"]);
}

async fn product_gets_the_attributes_that_are_for_it(db: TestDb) {
    let world = World::new(db);
    let api = ApiClient::for_server(&world.server);
    for (name, visibility) in [("a", "ADMIN"), ("b", "BOTH"), ("p", "PRODUCT")] {
        define(&api, json!({"name": name, "type": "STRING", "visibility": visibility})).await;
    }
    let user = create(&api, json!({"a": "1", "b": "2", "p": "3"})).await.body(StatusCode::CREATED);
    let admin = json!({"a": "1", "b": "2"});
    assert_eq!(user["attributes"], admin);
    let path = user_path(&user);
    let browser = world.login(&Person::with_email("ada@example.com")).await;
    let session = world.session(&browser).await.unwrap();
    assert_eq!(session["user"]["attributes"], json!({"b": "2", "p": "3"}));
    // A replacement keeps what its sender can't read.
    let read = api.get(&path).await.body(StatusCode::OK);
    assert_eq!(read["attributes"], admin);
    let replacement = json!({"email": "ada@example.com", "attributes": {"a": "4"}});
    api.put(&path, &replacement).await.body(StatusCode::OK);
    let session = world.session(&browser).await.unwrap();
    assert_eq!(session["user"]["attributes"], json!({"p": "3"}));
}

async fn json_schema_describes_the_attributes(db: TestDb) {
    let world = World::new(db);
    let api = ApiClient::for_server(&world.server);
    define_all(&api).await;
    define(&api, json!({"name": "hidden", "type": "STRING", "visibility": "PRODUCT"})).await;
    let response = api.get("/attributes").await;
    assert_eq!(response.header("content-type"), Some("application/schema+json"));
    let schema = response.body(StatusCode::OK);
    let validator = jsonschema::draft202012::new(&schema).unwrap();
    assert!(validator.is_valid(&all_values()));
    for wrong in [
        json!({"size": "Medium"}),
        json!({"remote": "yes"}),
        json!({"shoeSize": 38.5}),
        json!({"desk": {"floor": 3}}),
        json!({"skills": "Poetry"}),
        json!({"hidden": "x"}),
    ] {
        assert!(!validator.is_valid(&wrong), "{wrong}");
        let response = create(&api, wrong.clone()).await;
        let is_hidden = wrong.get("hidden").is_some();
        assert_eq!(response.status == StatusCode::CREATED, is_hidden, "{wrong}");
    }
}

async fn definitions_belong_to_one_account(db: TestDb) {
    let world = World::new(db);
    let api = ApiClient::for_server(&world.server);
    let account = world.server.add_account("other", "Other", None);
    let other = ApiClient::with_scopes(&world.server, &account, Scopes::full());
    let definition = define(&api, json!({"name": "badge", "type": "STRING"})).await;
    let path = path(&definition);
    assert_eq!(other.get(&path).await.status, StatusCode::NOT_FOUND);
    assert_eq!(other.delete(&path).await.status, StatusCode::NOT_FOUND);
    let changed = other.patch(&path, &json!({"description": "x"})).await;
    assert_eq!(changed.status, StatusCode::NOT_FOUND);
    let all = other.get("/attribute-definitions").await.body(StatusCode::OK);
    assert_eq!(all, json!({"items": []}));
    let response = create(&other, json!({"badge": "B-17"})).await;
    assert_eq!(response.status, StatusCode::UNPROCESSABLE_ENTITY);
}
