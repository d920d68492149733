//! The contracts: the files are what the code says, and what they say is whole.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

use reqwest::{Method, StatusCode};
use serde_json::Value;
use usher::{
    domain::api_key::{Scope, Scopes},
    http::openapi::{self, Document, Version},
};

use crate::{client::ApiClient, support::db::TestDb, world::World};

/// An operation of the contract, and where it stands.
pub(crate) struct Operation {
    pub(crate) path: &'static str,
    pub(crate) method: Method,
    pub(crate) is: &'static Value,
}

impl Operation {
    pub(crate) fn id(&self) -> &'static str {
        self.is["operationId"].as_str().expect("has an id")
    }

    pub(crate) fn scope(&self) -> Option<&'static str> {
        self.is["x-scope"].as_str()
    }

    /// Whether a header is one of its parameters.
    pub(crate) fn takes(&self, header: &str) -> bool {
        let reference = format!("#/components/parameters/{header}");
        let parameters = self.is["parameters"].as_array();
        parameters.is_some_and(|all| all.iter().any(|one| one["$ref"] == reference.as_str()))
    }
}

/// Those of the admin API, as the contract lists them.
pub(crate) fn operations() -> Vec<Operation> {
    all_operations().into_iter().filter(|one| one.path.starts_with("/api/v1/")).collect()
}

/// Those of SCIM.
pub(crate) fn scim_operations() -> Vec<Operation> {
    all_operations().into_iter().filter(|one| one.path.starts_with("/scim/v2/")).collect()
}

/// The two documents, in the version that they are written in.
pub(crate) const DOCUMENTS: [Document; 2] = [Document::Admin, Document::Scim];

/// All of them.
pub(crate) fn all_operations() -> Vec<Operation> {
    DOCUMENTS.iter().flat_map(|document| operations_of(document.contract(Version::V3_1))).collect()
}

/// Those of one contract.
pub(crate) fn operations_of(contract: &'static Value) -> Vec<Operation> {
    let paths = contract["paths"].as_object().expect("paths");
    let operations = paths.iter().flat_map(|(path, item)| {
        let methods = item.as_object().expect("operations").iter();
        methods.map(move |(method, is)| Operation {
            path,
            method: method.to_uppercase().parse().expect("a method"),
            is,
        })
    });
    operations.collect()
}

/// The schemas of both documents.
fn schemas() -> BTreeMap<&'static str, &'static Value> {
    let of = |document: &Document| {
        document.contract(Version::V3_1)["components"]["schemas"].as_object().expect("schemas")
    };
    let schemas = DOCUMENTS.iter().flat_map(of);
    schemas.map(|(name, schema)| (name.as_str(), schema)).collect()
}

#[test]
fn contract_files_match_the_code() {
    for (document, name, option) in [
        (Document::Admin, "openapi.json", ""),
        (Document::Scim, "openapi-scim.json", "--document scim "),
    ] {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("openapi").join(name);
        let stored = fs::read_to_string(&file).unwrap_or_default();
        let written = openapi::to_text(document.contract(Version::V3_1));
        let lines = stored.lines().zip(written.lines());
        let same = lines.take_while(|(stored, written)| stored == written).count();
        assert!(
            stored == written,
            "openapi/{name} differs from line {}. Run `cargo run -- openapi {option}--output openapi/{name}`",
            same + 1
        );
    }
}

#[test]
fn each_document_has_only_its_own_operations_and_schemas() {
    for (document, start) in [(Document::Admin, "/api/v1/"), (Document::Scim, "/scim/v2/")] {
        let contract = document.contract(Version::V3_1);
        for path in contract["paths"].as_object().unwrap().keys() {
            assert!(path.starts_with(start), "{document:?}: {path}");
        }
    }
    let [admin, scim] = DOCUMENTS.map(|document| &document.contract(Version::V3_1)["components"]);
    for kind in ["schemas", "responses", "parameters", "headers"] {
        let own = scim[kind].as_object().unwrap().keys().filter(|name| name.contains("Scim"));
        for name in own {
            assert!(admin[kind].get(name).is_none(), "{kind}/{name} is SCIM's alone");
        }
    }
    let used = Document::Scim.contract(Version::V3_1).to_string();
    for name in schemas().keys().filter(|name| !name.starts_with("Scim")) {
        let shared = used.contains(&format!("\"#/components/schemas/{name}\""));
        let there = Document::Scim.contract(Version::V3_1)["components"]["schemas"].get(*name);
        assert_eq!(there.is_some(), shared, "{name} is there only if SCIM refers to it");
    }
}

#[test]
fn every_operation_has_a_summary_a_description_and_its_scope() {
    let mut ids = BTreeSet::new();
    let of = |document: Document| document.contract(Version::V3_1)["tags"].as_array().unwrap();
    let tags: Vec<&Value> =
        DOCUMENTS.iter().flat_map(|document| of(*document)).map(|tag| &tag["name"]).collect();
    for operation in all_operations() {
        let (id, is) = (operation.id(), operation.is);
        assert!(ids.insert(id), "{id} is there twice");
        assert!(id.starts_with(|first: char| first.is_ascii_lowercase()), "{id}");
        let summary = is["summary"].as_str().unwrap_or_default();
        assert!(!summary.is_empty() && !summary.ends_with('.'), "{id}: {summary:?}");
        let description = is["description"].as_str().unwrap_or_default();
        match operation.scope() {
            Some(scope) => {
                assert!(Scope::ALL.iter().any(|known| known.as_str() == scope), "{id}: {scope}");
                assert!(description.contains(&format!("`{scope}`")), "{id}: {description}");
            }
            None if is["security"] == serde_json::json!([]) => {}
            None => assert_eq!(id, "getMe", "needs a scope"),
        }
        let [tag] = &is["tags"].as_array().unwrap()[..] else { panic!("{id} has one tag") };
        assert!(tags.contains(&tag), "{tag} is described");
        for parameter in is["parameters"].as_array().into_iter().flatten() {
            let message = parameter.get("$ref").is_some() || parameter["description"].is_string();
            assert!(message, "{id}: {parameter}");
        }
    }
}

#[test]
fn names_can_be_used_by_every_generator() {
    let names: BTreeSet<&str> = schemas().keys().copied().collect();
    for name in &names {
        let made = name.strip_prefix("New").or(name.strip_prefix("Nullable"));
        assert!(made.is_none_or(|made| !names.contains(made)), "Go makes {name} of {made:?}");
        let taken = ["Configuration", "Error", "Response", "Client", "Pair", "JSON"];
        assert!(!taken.contains(name), "{name} is a name of generators' own");
        for (field, schema) in schemas()[*name]["properties"].as_object().into_iter().flatten() {
            let named = schema.get("properties").is_none();
            assert!(named, "{name}/{field} is an object without a name");
            let format = schema["format"].as_str().unwrap_or_default();
            assert!(
                !format.starts_with('u') || format.starts_with("ur") || format == "uuid",
                "{name}/{field}: {format}"
            );
        }
    }
}

#[test]
fn descriptions_use_wire_names_and_not_code_names() {
    for (name, schema) in schemas() {
        for word in schema["enum"].as_array().into_iter().flatten() {
            let word = word.as_str().expect("a word");
            let coded = word.starts_with(char::is_uppercase) && word.contains(char::is_lowercase);
            assert!(!coded, "{name}: {word} is what the code calls it");
        }
    }
}

/// The schemas whose values are names of other things: codes of problems, fields,
/// scopes, and the words of an RFC.
fn has_names_of_its_own(schema: &str) -> bool {
    let names =
        ["ProblemCode", "Scope", "SortOrder", "ScimPatchOp", "MappedField", "UserAttributeName"];
    let is_field = schema.ends_with("Sort") || schema.starts_with("Clearable");
    names.contains(&schema) || is_field || schema.ends_with("Uri")
}

#[test]
fn values_of_enums_have_one_spelling() {
    for (name, schema) in schemas() {
        let values = schema["enum"].as_array().into_iter().flatten().filter_map(Value::as_str);
        for value in values.filter(|_| !has_names_of_its_own(name)) {
            let is_one = value.chars().all(|char| char.is_ascii_uppercase() || char == '_');
            assert!(is_one, "{name}: {value}");
        }
        if let Some(default) = schema.get("default").filter(|_| schema.get("enum").is_some()) {
            assert!(schema["enum"].as_array().unwrap().contains(default), "{name}: {default}");
        }
    }
    for (document, orders) in [
        (Document::Admin, ["ASCENDING", "DESCENDING"]),
        (Document::Scim, ["ascending", "descending"]),
    ] {
        let contract = document.contract(Version::V3_1);
        assert_eq!(
            contract["components"]["schemas"]["SortOrder"]["enum"],
            Value::from(orders.to_vec())
        );
    }
}

#[test]
fn every_field_has_a_description_and_every_text_an_example() {
    for (name, schema) in schemas() {
        assert!(schema["description"].is_string(), "{name} is described");
        for (field, property) in schema["properties"].as_object().into_iter().flatten() {
            assert!(property["description"].is_string(), "{name}/{field} is described");
        }
    }
    let mut bare = Vec::new();
    for operation in all_operations() {
        // Answers are those of a server.
        let contents = operation.is["requestBody"]["content"].as_object().into_iter().flatten();
        for content in contents {
            let example = content.1.get("example");
            let Some(example) = example else {
                assert!(content.1.get("examples").is_some(), "{}: no example", operation.id());
                continue;
            };
            unsaid(example, &format!("{}: ", operation.id()), &mut bare);
        }
    }
    assert_eq!(bare, [""; 0], "an example that only repeats the name of its field says nothing");
}

#[test]
fn every_nullable_field_of_a_request_says_what_null_means() {
    let (schemas, mut found) = (schemas(), BTreeSet::new());
    let requests = operations().into_iter().map(|operation| &operation.is["requestBody"]);
    let mut left: Vec<&Value> = requests.collect();
    let mut silent = Vec::new();
    while let Some(value) = left.pop() {
        let name = value["$ref"].as_str().and_then(|reference| reference.rsplit('/').next());
        left.extend(name.filter(|name| found.insert(*name)).and_then(|name| schemas.get(name)));
        for (field, property) in value["properties"].as_object().into_iter().flatten() {
            let is_null = |schema: &Value| schema == "null" || schema["type"] == "null";
            let choices = [&property["type"], &property["oneOf"]].map(Value::as_array);
            let is_nullable = choices.into_iter().flatten().flatten().any(is_null);
            let says = property["description"].as_str().is_some_and(|text| text.contains("null"));
            silent.extend((is_nullable && !says).then_some(field));
        }
        match value {
            Value::Array(values) => left.extend(values),
            Value::Object(fields) => left.extend(fields.values()),
            _ => {}
        }
    }
    assert!(found.len() > 30, "{found:?}");
    assert_eq!(silent, [""; 0]);
}

fn unsaid(example: &Value, place: &str, bare: &mut Vec<String>) {
    for (field, value) in example.as_object().into_iter().flatten() {
        let values: Vec<&Value> = match value {
            Value::Array(items) => items.iter().collect(),
            value => vec![value],
        };
        for value in values {
            if value == field.as_str() {
                bare.push(format!("{place}/{field}"));
            }
            unsaid(value, &format!("{place}/{field}"), bare);
        }
    }
}

#[test]
fn every_reference_resolves() {
    for (document, version) in openapi::ALL_DOCUMENTS {
        let contract = document.contract(version);
        let text = contract.to_string();
        let ids: BTreeSet<&str> = operations_of(contract).iter().map(Operation::id).collect();
        for target in text.split("\"$ref\":\"#").skip(1) {
            let target = target.split('"').next().unwrap();
            assert!(contract.pointer(target).is_some(), "{target}");
        }
        for operation in operations_of(contract) {
            for (_, link) in
                operation.is["responses"]["201"]["links"].as_object().into_iter().flatten()
            {
                assert!(ids.contains(link["operationId"].as_str().unwrap()), "{link}");
            }
        }
    }
}

#[test]
fn conflicts_of_an_operation_are_about_its_own_resource() {
    for (id, code, expected) in [
        ("createUser", "exists", "the user exists already"),
        ("createTeam", "exists", "the team exists already"),
        ("replaceTeam", "exists", "the team exists already"),
        ("createConnection", "exists", "the connection exists already"),
        ("createScimClient", "exists", "the SCIM client exists already"),
        ("updateScimClient", "exists", "the SCIM client exists already"),
        ("deleteConnection", "in_use", "sign in through this connection"),
        ("deleteScimClient", "in_use", "the SCIM client has 1 valid key"),
    ] {
        let operation = operations().into_iter().find(|one| one.id() == id).unwrap();
        let content = &operation.is["responses"]["409"]["content"]["application/problem+json"];
        let detail = content["examples"][code]["value"]["detail"].as_str().unwrap();
        assert!(detail.contains(expected), "{id}: {detail}");
    }
}

#[test]
fn every_code_of_a_conflict_has_its_example() {
    for operation in all_operations() {
        let conflict = &operation.is["responses"]["409"];
        let description = conflict["description"].as_str().unwrap_or_default();
        for code in description.split('`').skip(1).step_by(2) {
            let snake = code.chars().all(|char| char.is_ascii_lowercase() || char == '_');
            let examples = &conflict["content"]["application/problem+json"]["examples"];
            assert!(!snake || examples.get(code).is_some(), "{}: {code}", operation.id());
        }
        assert!(
            conflict.is_null() || conflict.get("$ref").is_some() || description.contains('`'),
            "{}: 409 names its codes: {description}",
            operation.id()
        );
    }
}

#[test]
fn rendering_in_3_0_has_no_keyword_of_3_1() {
    for document in DOCUMENTS {
        let rendered = document.contract(Version::V3_0);
        assert_eq!(rendered["openapi"], "3.0.3");
        let text = rendered["components"]["schemas"].to_string();
        for word in ["\"null\"", "\"examples\":", "\"const\":", "\"type\":["] {
            assert!(!text.contains(word), "{word}");
        }
    }
}

#[tokio::test]
async fn the_contract_is_served_without_a_key() {
    let world = World::new(TestDb::sqlite());
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    for (document, version) in openapi::ALL_DOCUMENTS {
        let path = document.path(version);
        let address = format!("{}{path}", world.server.address);
        let response = client.get(&address).send().await.unwrap();
        assert_eq!(response.headers()["cache-control"], "public, max-age=60");
        assert_eq!(response.headers()["content-type"], "application/json");
        let tag = response.headers()["etag"].clone();
        let served = response.json::<Value>().await.unwrap();
        let [server] = &served["servers"].as_array().unwrap()[..] else { panic!("one server") };
        let url = server["url"].as_str().unwrap();
        let reached = client.get(format!("{url}/healthz")).send().await.unwrap();
        assert_eq!(reached.status(), StatusCode::OK, "{url} is where the deployment is");
        assert_eq!(served, document.contract_for_server(version, url));
        let again = client.get(&address).header("if-none-match", tag).send().await.unwrap();
        assert_eq!(again.status(), StatusCode::NOT_MODIFIED);
        let post = client.post(&address).send().await.unwrap();
        assert_eq!(post.status(), StatusCode::METHOD_NOT_ALLOWED);
        assert_eq!(post.headers()["allow"], "GET, HEAD");
    }
}

#[tokio::test]
async fn documentation_pages_run_only_their_own_script() {
    let world = World::new(TestDb::sqlite());
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let get = async |path: &str| {
        client.get(format!("{}{path}", world.server.address)).send().await.unwrap()
    };
    for (path, document) in [("/docs", Document::Admin), ("/docs/scim", Document::Scim)] {
        let page = get(path).await;
        let policy = page.headers()["content-security-policy"].to_str().unwrap().to_owned();
        assert!(policy.contains("default-src 'none'; script-src 'self'"), "{policy}");
        assert!(!policy.contains("unsafe"), "{policy}");
        let html = page.text().await.unwrap();
        let assets: Vec<&str> =
            html.split("=\"/assets/").skip(1).map(|rest| rest.split('"').next().unwrap()).collect();
        assert_eq!(assets.len(), 5, "two style sheets, a script, the mark twice");
        for asset in assets {
            assert_eq!(get(&format!("/assets/{asset}")).await.status(), StatusCode::OK, "{asset}");
        }
        assert!(!html.contains("Scim "), "names of standards are written as the standards do");
        is_complete(&html, document);
    }
    // Nothing but these pages may run scripts.
    let other = get("/docs/nothing").await;
    assert_eq!(other.status(), StatusCode::NOT_FOUND);
    assert!(!other.headers()["content-security-policy"].to_str().unwrap().contains("script-src"));
}

/// The page is well-formed, without inline scripts and styles, and shows every
/// operation and schema of its contract.
fn is_complete(html: &str, document: Document) {
    let options = roxmltree::ParsingOptions { allow_dtd: true, ..Default::default() };
    let page = roxmltree::Document::parse_with_options(html, options).unwrap();
    let ids: BTreeSet<&str> =
        page.descendants().filter_map(|element| element.attribute("id")).collect();
    let contract = document.contract(Version::V3_1);
    for operation in operations_of(contract) {
        let id = format!("operation-{}", operation.id());
        assert!(ids.contains(id.as_str()), "{id}");
    }
    for name in contract["components"]["schemas"].as_object().unwrap().keys() {
        assert!(ids.contains(format!("schema-{name}").as_str()), "{name}");
    }
    assert!(document == Document::Scim || ids.contains("versions") && ids.contains("code-busy"));
    for element in page.descendants() {
        let inline = element.has_tag_name("script") && element.attribute("src").is_none();
        assert!(!inline && !element.has_tag_name("style"), "{element:?}");
        for attribute in element.attributes() {
            let name = attribute.name();
            assert!(name != "style" && !name.starts_with("on"), "{element:?}");
        }
    }
}

/// The example of a problem that operations share, without what names the
/// request.
fn example(response: &str, code: &str) -> Value {
    let responses = &openapi::contract()["components"]["responses"];
    nameless(&responses[response]["content"]["application/problem+json"]["examples"][code]["value"])
}

fn nameless(problem: &Value) -> Value {
    let mut problem = problem.clone();
    let fields = problem.as_object_mut().expect("a problem");
    for name in ["requestId", "instance"] {
        assert!(fields.remove(name).is_some(), "names its request");
    }
    problem
}

#[tokio::test]
async fn problems_of_the_contract_match_the_server() {
    let world = World::new(TestDb::sqlite());
    let api = ApiClient::for_server(&world.server);
    let reader = ApiClient::with_scopes(
        &world.server,
        &world.server.account,
        [Scope::KeysRead].into_iter().collect::<Scopes>(),
    );
    let nobody = "0198c5a0-7d2c-7b6e-9d60-3f1f2a6f0c11";
    let unknown = serde_json::json!({"name": "Payroll", "scopes": ["users:delete"]});
    let plain = api.request(Method::POST, "/keys").header("content-type", "text/plain").body("{}");
    let long = api.request(Method::POST, "/keys").header("content-type", "application/json");
    let packed = long.try_clone().unwrap().header("content-encoding", "gzip").body("{}");
    let broken = long.try_clone().unwrap();
    for (answer, response, code) in [
        (api.get("/keys?count=0").await, "BadRequest", "invalid_parameter"),
        (api.send(broken.body("{x")).await, "BadRequest", "malformed"),
        (
            ApiClient::without_key(&world.server).get("/keys").await,
            "Unauthorized",
            "unauthenticated",
        ),
        (
            ApiClient::with_key(&world.server, "usher_no").get("/keys").await,
            "Unauthorized",
            "invalid_key",
        ),
        (reader.post("/keys", &unknown).await, "Forbidden", "missing_scope"),
        (api.get(&format!("/keys/{nobody}")).await, "NotFound", "not_found"),
        (api.send(long.body(vec![b' '; 1024 * 1024 + 1])).await, "ContentTooLarge", "too_large"),
        (api.send(packed).await, "UnsupportedMediaType", "content_encoding"),
        (api.send(plain).await, "UnsupportedMediaType", "media_type"),
        (api.post("/keys", &unknown).await, "UnprocessableOrReused", "invalid"),
    ] {
        let message = example(response, code);
        let output = nameless(&answer.body);
        if code == "malformed" {
            // What the reader of JSON says depends on the text.
            assert_eq!(
                (&output["code"], &output["status"]),
                (&message["code"], &message["status"])
            );
        } else {
            assert_eq!(output, message);
        }
    }
}
