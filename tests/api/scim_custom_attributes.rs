//! Custom attributes over SCIM: a schema of their own for each account.

use reqwest::StatusCode;
use serde_json::{Value, json};
use usher::domain::api_key::Dialect;

use crate::{
    client::{ApiClient, path_with_query},
    scim::{USER, patched},
    support::db::TestDb,
    world::World,
};

on_both_databases! {
    schema_is_discovered_with_a_key,
    values_are_created_returned_and_replaced,
    values_are_patched,
    values_with_errors_are_rejected,
    users_are_found_by_their_values,
    projection_has_the_requested_attributes,
    mutability_and_visibility_apply,
    single_value_is_added_without_a_list,
    entity_tag_changes_with_the_visibility,
}

const OWN: &str = "urn:ietf:params:scim:schemas:extension:usher:default:2.0:User";

struct Clients {
    admin: ApiClient,
    scim: ApiClient,
}

/// Defines an attribute of each kind.
async fn define_all(world: &World) -> Clients {
    let admin = ApiClient::for_server(&world.server);
    for definition in [
        json!({"name": "badge", "type": "STRING", "description": "The number on the badge"}),
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
        json!({"name": "cars", "type": "COMPLEX", "multiValued": true, "subAttributes": [
            {"name": "plate", "type": "STRING"}, {"name": "electric", "type": "BOOLEAN"},
            {"name": "doors", "type": "INTEGER"}, {"name": "since", "type": "DATE_TIME"},
        ]}),
        json!({"name": "licences", "type": "COMPLEX", "multiValued": true, "subAttributes": [
            {"name": "type", "type": "STRING"}, {"name": "value", "type": "STRING"},
            {"name": "primary", "type": "BOOLEAN"},
        ]}),
        json!({"name": "scores", "type": "INTEGER", "multiValued": true}),
        json!({
            "name": "tags", "type": "STRING", "multiValued": true, "mutability": "IMMUTABLE",
            "visibility": "PRODUCT",
        }),
        json!({"name": "grade", "type": "STRING", "mutability": "READ_ONLY"}),
        json!({"name": "number", "type": "STRING", "mutability": "IMMUTABLE"}),
        json!({"name": "theme", "type": "STRING", "visibility": "PRODUCT"}),
        json!({"name": "costs", "type": "STRING", "visibility": "ADMIN"}),
    ] {
        admin.post("/attribute-definitions", &definition).await.body(StatusCode::CREATED);
    }
    Clients { admin, scim: ApiClient::scim(&world.server, Dialect::Strict) }
}

fn all_values() -> Value {
    json!({
        "badge": "B-17", "size": "Small", "remote": true, "shoeSize": 38, "rate": 12.5,
        "hired": "2026-03-01T09:00:00Z", "page": "https://example.com/ada",
        "skills": ["Analysis", "Poetry"], "desk": {"room": "12", "floor": 3},
        "cars": [{"plate": "A 1", "electric": true}, {"plate": "B 2"}],
    })
}

fn ada(values: Value) -> Value {
    json!({"schemas": [USER, OWN], "userName": "ada@example.com", OWN: values})
}

async fn create(doors: &Clients, values: Value) -> (String, Value) {
    let user = doors.scim.post("/Users", &ada(values)).await.body(StatusCode::CREATED);
    (format!("/Users/{}", user["id"].as_str().unwrap()), user)
}

async fn admin_values(doors: &Clients, path: &str) -> Value {
    let path = path.replace("/Users", "/users");
    doors.admin.get(&path).await.body(StatusCode::OK)["attributes"].take()
}

async fn schema_is_discovered_with_a_key(db: TestDb) {
    let world = World::new(db);
    let doors = define_all(&world).await;
    let schema = doors.scim.get(&format!("/Schemas/{OWN}")).await.body(StatusCode::OK);
    let attributes = schema["attributes"].as_array().unwrap();
    let find = |name: &str| attributes.iter().find(|one| one["name"] == name).unwrap();
    assert_eq!(
        *find("badge"),
        json!({
            "name": "badge", "type": "string", "multiValued": false, "required": false,
            "description": "The number on the badge", "caseExact": false,
            "mutability": "readWrite", "returned": "default", "uniqueness": "none",
        })
    );
    assert_eq!(find("size")["canonicalValues"], json!(["Small", "Large"]));
    for (name, kind) in [
        ("remote", "boolean"),
        ("shoeSize", "integer"),
        ("rate", "decimal"),
        ("hired", "dateTime"),
        ("page", "reference"),
        ("desk", "complex"),
    ] {
        assert_eq!(find(name)["type"], kind, "{name}");
    }
    assert_eq!(find("page")["referenceTypes"], json!(["uri"]));
    assert_eq!(find("skills")["multiValued"], true);
    assert_eq!(find("desk")["subAttributes"][0]["required"], true);
    assert_eq!(find("desk")["subAttributes"][1]["type"], "integer");
    assert_eq!(find("grade")["mutability"], "readOnly");
    assert_eq!(find("number")["mutability"], "immutable");
    assert_eq!(find("theme")["mutability"], "writeOnly");
    assert_eq!(find("theme")["returned"], "never");
    let kind = doors.scim.get("/ResourceTypes/User").await.body(StatusCode::OK);
    let extensions = kind["schemaExtensions"].as_array().unwrap();
    assert!(extensions.contains(&json!({"schema": OWN, "required": false})), "{extensions:?}");

    let stranger = ApiClient::without_key(&world.server).into_scim();
    assert_eq!(stranger.get(&format!("/Schemas/{OWN}")).await.status, StatusCode::NOT_FOUND);
    let kind = stranger.get("/ResourceTypes/User").await.body(StatusCode::OK);
    assert!(!kind.to_string().contains(OWN), "{kind}");
}

async fn values_are_created_returned_and_replaced(db: TestDb) {
    let world = World::new(db);
    let doors = define_all(&world).await;
    let (path, user) = create(&doors, all_values()).await;
    assert_eq!(user[OWN], all_values());
    assert!(user["schemas"].as_array().unwrap().contains(&json!(OWN)));
    assert_eq!(admin_values(&doors, &path).await, all_values());
    let read = doors.scim.get(&path).await.body(StatusCode::OK);
    assert_eq!(read, user);
    // What was read can be sent back.
    let put = doors.scim.put(&path, &read).await.body(StatusCode::OK);
    assert_eq!(put["meta"]["version"], read["meta"]["version"]);

    // A schema that is not named is not asserted.
    let core = json!({"schemas": [USER], "userName": "ada@example.com", "title": "Countess"});
    let put = doors.scim.put(&path, &core).await.body(StatusCode::OK);
    assert_eq!((&put["title"], &put[OWN]), (&json!("Countess"), &all_values()));
    let put = doors.scim.put(&path, &ada(json!({"BADGE": "B-18"}))).await.body(StatusCode::OK);
    assert_eq!(put[OWN], json!({"badge": "B-18"}));
    let put = doors.scim.put(&path, &ada(Value::Null)).await.body(StatusCode::OK);
    assert_eq!(put.get(OWN), None);
    assert!(!put["schemas"].as_array().unwrap().contains(&json!(OWN)));
    assert_eq!(admin_values(&doors, &path).await, json!({}));
}

async fn values_are_patched(db: TestDb) {
    let world = World::new(db);
    let doors = define_all(&world).await;
    let (path, _) = create(&doors, all_values()).await;
    let at = |rest: &str| format!("{OWN}:{rest}");
    let cases = [
        (json!({"op": "replace", "path": at("shoeSize"), "value": 39}), "shoeSize", json!(39)),
        (json!({"op": "add", "path": at("SHOESIZE"), "value": 40}), "shoeSize", json!(40)),
        (json!({"op": "remove", "path": at("badge")}), "badge", Value::Null),
        (json!({"op": "replace", "value": {at("badge"): "B-1"}}), "badge", json!("B-1")),
        (json!({"op": "replace", "value": {OWN: {"badge": "B-2"}}}), "badge", json!("B-2")),
        (json!({"op": "add", "path": OWN, "value": {"badge": "B-3"}}), "badge", json!("B-3")),
        (json!({"op": "replace", "path": at("badge"), "value": null}), "badge", Value::Null),
        (
            json!({"op": "replace", "path": at("desk.floor"), "value": 4}),
            "desk",
            json!({"room": "12", "floor": 4}),
        ),
        (json!({"op": "remove", "path": at("desk.floor")}), "desk", json!({"room": "12"})),
        (
            json!({"op": "add", "path": at("skills"), "value": ["Music"]}),
            "skills",
            json!(["Analysis", "Poetry", "Music"]),
        ),
        (
            json!({"op": "remove", "path": at("skills[value eq \"poetry\"]")}),
            "skills",
            json!(["Analysis", "Music"]),
        ),
        (json!({"op": "replace", "path": at("skills"), "value": ["X"]}), "skills", json!(["X"])),
        (json!({"op": "remove", "path": at("skills")}), "skills", Value::Null),
        (
            json!({"op": "replace", "path": at("cars[plate eq \"b 2\"].electric"), "value": false}),
            "cars",
            json!([{"plate": "A 1", "electric": true}, {"plate": "B 2", "electric": false}]),
        ),
        (
            json!({"op": "remove", "path": at("cars[electric eq true]")}),
            "cars",
            json!([{"plate": "B 2", "electric": false}]),
        ),
    ];
    for (operation, name, expected) in cases {
        let response = patched(&doors.scim, &path, json!([operation])).await;
        let user = response.body(StatusCode::OK);
        assert_eq!(user[OWN].get(name).cloned().unwrap_or_default(), expected, "{operation}");
        let stored = admin_values(&doors, &path).await;
        assert_eq!(stored.get(name).cloned().unwrap_or_default(), expected, "{operation}");
    }
    let own_rules = json!([{
        "op": "replace",
        "value": {OWN: {
            "licences": [{"type": "truck"}, {"primary": true}, {"value": "B", "primary": true}],
            "scores": [41, 42],
            "cars": [
                {"plate": "C", "doors": 5, "since": "2026-01-01T00:00:00Z"},
                {"plate": "D", "doors": 2, "since": "2027-01-01T00:00:00Z"},
            ],
        }},
    }]);
    let user = patched(&doors.scim, &path, own_rules).await.body(StatusCode::OK);
    assert_eq!(user[OWN]["licences"].as_array().map(Vec::len), Some(3), "{user}");
    assert_eq!(doors.scim.put(&path, &user).await.body(StatusCode::OK)[OWN], user[OWN]);
    for (selected, name, expected) in [
        ("scores[value gt 41]", "scores", json!([41])),
        ("cars[doors le 2]", "cars", json!(["C"])),
        ("cars[since lt \"2026-06-01T02:00:00+02:00\"]", "cars", Value::Null),
    ] {
        let operation = json!([{"op": "remove", "path": at(selected)}]);
        let user = patched(&doors.scim, &path, operation).await.body(StatusCode::OK);
        let mut values = user[OWN].get(name).cloned().unwrap_or_default();
        if name == "cars" && values.is_array() {
            values = values.as_array().unwrap().iter().map(|car| car["plate"].clone()).collect();
        }
        assert_eq!(values, expected, "{selected}");
    }
    let gone = patched(&doors.scim, &path, json!([{"op": "remove", "path": OWN}])).await;
    assert_eq!(gone.body(StatusCode::OK).get(OWN), None);
}

async fn values_with_errors_are_rejected(db: TestDb) {
    let world = World::new(db);
    let doors = define_all(&world).await;
    let (path, user) = create(&doors, all_values()).await;
    let at = |rest: &str| format!("{OWN}:{rest}");
    for (operation, kind) in [
        (json!({"op": "replace", "path": at("shoeSise"), "value": 1}), "invalidPath"),
        (json!({"op": "replace", "path": at("shoeSize"), "value": "x"}), "invalidValue"),
        (json!({"op": "replace", "path": at("shoeSize"), "value": 1.5}), "invalidValue"),
        (json!({"op": "replace", "path": at("size"), "value": "Huge"}), "invalidValue"),
        (json!({"op": "replace", "path": at("hired"), "value": "May"}), "invalidValue"),
        (json!({"op": "replace", "path": at("desk.chair"), "value": "x"}), "invalidPath"),
        (
            json!({"op": "replace", "path": at("badge[value eq \"x\"]"), "value": "x"}),
            "invalidPath",
        ),
        (json!({"op": "replace", "value": {OWN: {"colour": "red"}}}), "invalidValue"),
        (
            json!({"op": "replace", "path": OWN.replace("default", "other") + ":badge", "value": "x"}),
            "invalidPath",
        ),
    ] {
        let response = patched(&doors.scim, &path, json!([operation])).await;
        let problem = response.body(StatusCode::BAD_REQUEST);
        assert_eq!(problem["scimType"], kind, "{operation} {problem}");
    }
    assert_eq!(doors.scim.get(&path).await.body(StatusCode::OK), user);
    let other = json!({
        "schemas": [USER, OWN], "userName": "bob@example.com", OWN: {"desk": {"floor": 1}},
    });
    let problem = doors.scim.post("/Users", &other).await.body(StatusCode::BAD_REQUEST);
    assert!(problem["detail"].as_str().unwrap().contains("room"), "{problem}");
}

async fn users_are_found_by_their_values(db: TestDb) {
    let world = World::new(db);
    let doors = define_all(&world).await;
    create(&doors, all_values()).await;
    let bob = json!({"schemas": [USER], "userName": "bob@example.com"});
    doors.scim.post("/Users", &bob).await.body(StatusCode::CREATED);
    for (filter, expected) in [
        ("badge eq \"b-17\"", 1),
        ("badge eq \"b-18\"", 0),
        ("badge pr", 1),
        ("shoeSize gt 9", 1),
        ("shoeSize lt 9", 0),
        ("remote eq true", 1),
        ("hired ge \"2026-03-01T10:00:00+01:00\"", 1),
        ("skills eq \"poetry\"", 1),
        ("skills co \"oetr\"", 1),
        ("desk.room eq \"12\"", 1),
        ("cars[plate eq \"a 1\" and electric eq true]", 1),
        ("cars[plate eq \"b 2\" and electric eq true]", 0),
        ("badge ne \"b-17\"", 1),
    ] {
        let filter = format!("{OWN}:{filter}");
        for filter in [filter.clone(), format!("userName pr and {filter}")] {
            let list = doors.scim.get(&path_with_query("/Users", &[("filter", &filter)])).await;
            assert_eq!(list.body(StatusCode::OK)["totalResults"], expected, "{filter}");
        }
    }
    for filter in ["shoeSize co 3", "colour eq \"x\"", "theme eq \"x\"", "shoeSize eq \"x\""] {
        let filter = format!("{OWN}:{filter}");
        let list = doors.scim.get(&path_with_query("/Users", &[("filter", &filter)])).await;
        let problem = list.body(StatusCode::BAD_REQUEST);
        assert_eq!(problem["scimType"], "invalidFilter", "{filter}");
    }
    let filter = format!("{}:badge pr", OWN.replace("default", "other"));
    let list = doors.scim.get(&path_with_query("/Users", &[("filter", &filter)])).await;
    assert_eq!(list.body(StatusCode::BAD_REQUEST)["scimType"], "invalidFilter");
    let search = json!({
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:SearchRequest"],
        "filter": format!("{OWN}:badge eq \"B-17\""),
    });
    for path in ["/Users/.search", "/.search"] {
        let list = doors.scim.post(path, &search).await.body(StatusCode::OK);
        assert_eq!(list["totalResults"], 1, "{path}");
    }
}

async fn projection_has_the_requested_attributes(db: TestDb) {
    let world = World::new(db);
    let doors = define_all(&world).await;
    let (path, _) = create(&doors, all_values()).await;
    for (parameter, value, expected) in [
        ("attributes", format!("{OWN}:badge"), json!({"badge": "B-17"})),
        ("attributes", format!("{OWN}:DESK.floor"), json!({"desk": {"floor": 3}})),
        ("attributes", OWN.to_uppercase(), all_values()),
        ("attributes", "userName".to_owned(), Value::Null),
        ("excludedAttributes", OWN.to_owned(), Value::Null),
    ] {
        let read = doors.scim.get(&path_with_query(&path, &[(parameter, &value)])).await;
        let user = read.body(StatusCode::OK);
        assert_eq!(user.get(OWN).cloned().unwrap_or_default(), expected, "{parameter}={value}");
    }
}

async fn mutability_and_visibility_apply(db: TestDb) {
    let world = World::new(db);
    let doors = define_all(&world).await;
    let (path, user) =
        create(&doors, json!({"number": "7", "theme": "dark", "costs": "1", "grade": "A"})).await;
    // A read-only value is ignored, and a hidden one is not returned.
    assert_eq!(user[OWN], json!({"number": "7", "costs": "1"}));
    let at = |rest: &str| format!("{OWN}:{rest}");
    for (name, value) in [("number", "8"), ("grade", "B")] {
        let operation = json!([{"op": "replace", "path": at(name), "value": value}]);
        let response = patched(&doors.scim, &path, operation).await;
        assert_eq!(response.status, StatusCode::BAD_REQUEST, "{name}");
        assert_eq!(response.body["scimType"], "mutability", "{name}");
    }
    let replaced = doors.scim.put(&path, &ada(json!({"number": "8"}))).await;
    assert_eq!(replaced.body(StatusCode::BAD_REQUEST)["scimType"], "mutability");
    // An error does not repeat a hidden value.
    for value in ["first", "second"] {
        let operation = json!([{"op": "add", "path": at("tags"), "value": [value]}]);
        let response = patched(&doors.scim, &path, operation).await;
        let is_first = value == "first";
        assert_eq!(response.status == StatusCode::OK, is_first, "{value}");
        assert!(!response.body.to_string().contains("first"), "{}", response.body);
    }
    let is_dark = || world.server.db().rows_of("users")[0]["profile"].to_string().contains("dark");
    assert!(is_dark());
    // A replacement keeps what its sender does not see; a PATCH can remove it.
    let put = doors.scim.put(&path, &ada(json!({"number": "7"}))).await.body(StatusCode::OK);
    assert_eq!(put[OWN], json!({"number": "7"}));
    assert!(is_dark());
    let gone = json!([{"op": "remove", "path": at("theme")}]);
    patched(&doors.scim, &path, gone).await.body(StatusCode::OK);
    assert!(!is_dark());
}

/// RFC 7644, section 3.5.2.1: a new value is added to a multi-valued attribute.
async fn single_value_is_added_without_a_list(db: TestDb) {
    let world = World::new(db);
    let doors = define_all(&world).await;
    let (path, _) = create(&doors, json!({"skills": ["Analysis"], "scores": [1]})).await;
    let at = |rest: &str| format!("{OWN}:{rest}");
    let operations = json!([
        {"op": "add", "path": at("skills"), "value": "Poetry"},
        {"op": "add", "path": at("scores"), "value": 2},
        {"op": "add", "path": at("cars"), "value": {"plate": "A 1"}},
        {"op": "add", "path": "phoneNumbers", "value": {"value": "+4723560100", "type": "work"}},
    ]);
    let user = patched(&doors.scim, &path, operations).await.body(StatusCode::OK);
    assert_eq!(user[OWN]["skills"], json!(["Analysis", "Poetry"]));
    assert_eq!(user[OWN]["scores"], json!([1, 2]));
    assert_eq!(user[OWN]["cars"], json!([{"plate": "A 1"}]));
    assert_eq!(user["phoneNumbers"][0]["type"], "work");
    // Each value is of the type that its definition names.
    for (name, value) in [("skills", json!(1)), ("scores", json!("1")), ("cars", json!("A 1"))] {
        let operation = json!([{"op": "add", "path": at(name), "value": value}]);
        let response = patched(&doors.scim, &path, operation).await;
        assert_eq!(response.body(StatusCode::BAD_REQUEST)["scimType"], "invalidValue", "{name}");
    }
}

async fn entity_tag_changes_with_the_visibility(db: TestDb) {
    let world = World::new(db);
    let doors = define_all(&world).await;
    let (path, user) = create(&doors, json!({"costs": "1", "theme": "dark"})).await;
    let admin_path = path.replace("/Users", "/users");
    let of_admin = async || doors.admin.get(&admin_path).await.body(StatusCode::OK)["etag"].clone();
    let tags = (user["meta"]["version"].clone(), of_admin().await);
    let definitions = doors.admin.get("/attribute-definitions").await.body(StatusCode::OK);
    let mut definitions = definitions["items"].as_array().unwrap().iter();
    let costs = definitions.find(|one| one["name"] == "costs").unwrap();
    let costs = format!("/attribute-definitions/{}", costs["id"].as_str().unwrap());
    doors.admin.patch(&costs, &json!({"visibility": "PRODUCT"})).await.body(StatusCode::OK);
    let hidden = doors.scim.get(&path).await.body(StatusCode::OK);
    assert_eq!(hidden.get(OWN), None);
    assert_ne!(hidden["meta"]["version"], tags.0);
    assert_ne!(of_admin().await, tags.1);
    // A condition compares what the client sees.
    let change = json!([{"op": "replace", "path": "title", "value": "Countess"}]);
    let body = json!({
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": change,
    });
    for (tag, status) in
        [(&tags.0, StatusCode::PRECONDITION_FAILED), (&hidden["meta"]["version"], StatusCode::OK)]
    {
        let request = doors.scim.request(reqwest::Method::PATCH, &path).json(&body);
        let request = request.header("if-match", tag.as_str().unwrap());
        doors.scim.send(request).await.body(status);
    }
    doors.admin.patch(&costs, &json!({"visibility": "ADMIN"})).await.body(StatusCode::OK);
    let before = of_admin().await;
    let request = doors.admin.request(reqwest::Method::DELETE, &admin_path);
    let request = request.header("if-match", before.as_str().unwrap());
    doors.admin.send(request).await.body(StatusCode::NO_CONTENT);
}
