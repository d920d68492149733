//! The examples of the contract are true: requests succeed as they stand, and
//! responses look like their examples.

use std::{collections::BTreeMap, fs, path::Path, process::Command};

use chrono::TimeDelta;
use jsonschema::{Draft, Validator};
use reqwest::{
    Method, RequestBuilder, StatusCode,
    header::{HeaderName, HeaderValue},
};
use serde_json::{Map, Value, json};
use usher::{
    domain::api_key::Dialect,
    http::openapi::{Document, Version},
};

use crate::{
    client::{ApiClient, ApiResponse},
    contract::{DOCUMENTS, Operation, all_operations, operations},
    fixture::Fixture,
    renderings::fits,
    value_replacer::ValueReplacer,
    world::{Person, SESSION},
};

/// Where the responses of the examples are recorded.
const RECORDED_RESPONSES: &str = "src/http/api/openapi/responses.json";

/// The schemas of both documents.
fn schemas() -> Map<String, Value> {
    let of = |document: &Document| {
        document.contract(Version::V3_1)["components"]["schemas"].as_object().unwrap().clone()
    };
    DOCUMENTS.iter().flat_map(of).collect()
}

/// A validator by the schema of a content.
fn validator(content: &Value) -> Validator {
    let mut schema = content["schema"].clone();
    schema["components"] = json!({"schemas": schemas()});
    let options = jsonschema::options().with_draft(Draft::Draft202012);
    options.should_validate_formats(true).build(&schema).expect("a schema")
}

#[track_caller]
pub(crate) fn meets(content: &Value, value: &Value, whose: &str) {
    let errors: Vec<String> = validator(content)
        .iter_errors(value)
        .map(|error| format!("{}: {error}", error.instance_path()))
        .collect();
    assert!(errors.is_empty(), "{whose}: {errors:#?}\n{value:#}");
}

/// Every content of the contract with its examples.
fn contents() -> Vec<(String, &'static Value)> {
    let mut contents = Vec::new();
    let mut take = |whose: &str, holder: &'static Value| {
        for (kind, content) in holder["content"].as_object().into_iter().flatten() {
            contents.push((format!("{whose} {kind}"), content));
        }
    };
    for operation in all_operations() {
        take(operation.id(), &operation.is["requestBody"]);
        for (status, response) in operation.is["responses"].as_object().unwrap() {
            take(&format!("{} {status}", operation.id()), response);
        }
    }
    for document in DOCUMENTS {
        let contract = document.contract(Version::V3_1);
        for (name, response) in contract["components"]["responses"].as_object().unwrap() {
            if !name.contains("Unexpected") {
                take(name, response);
            }
        }
    }
    contents
}

#[test]
fn every_example_meets_its_schema() {
    for (whose, content) in contents() {
        let several = content["examples"].as_object().into_iter().flatten();
        let examples: Vec<_> = content
            .get("example")
            .into_iter()
            .chain(several.map(|(_, one)| &one["value"]))
            .collect();
        assert!(!examples.is_empty(), "{whose} has an example");
        for example in examples {
            meets(content, example, &whose);
        }
    }
}

/// What the contract says of a response, whose status and headers are as it says.
#[track_caller]
pub(crate) fn expect_documented(operation: &Operation, answer: &ApiResponse) -> &'static Value {
    let (id, status) = (operation.id(), answer.status.as_str());
    assert!(answer.status.is_success(), "{id}: {status} {}", answer.text);
    let response = &operation.is["responses"][status];
    assert!(response.is_object(), "{id}: {status} is not in the contract");
    for header in ["etag", "location", "x-request-id"] {
        let documented = response["headers"].as_object().expect("headers").keys();
        let documented = documented.map(|name| name.to_lowercase()).any(|name| name == header);
        assert_eq!(answer.header(header).is_some(), documented, "{id} {status}: {header}");
    }
    response
}

/// An example request that a successful answer belongs to.
struct Example {
    operation: Operation,
    /// Which of the media types of the body is sent.
    body: usize,
    variant: AnswerVariant,
}

/// How a request differs from the example, where an operation has several
/// successful responses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum AnswerVariant {
    AsItStands,
    /// With this header.
    Header(&'static str, &'static str),
    /// With this query.
    Query(&'static str),
    /// After the resource was deleted.
    Deleted,
}

/// All of them: each media type of each operation, and each variant.
fn example_requests() -> Vec<Example> {
    let mut all = Vec::new();
    for operation in all_operations() {
        let bodies = operation.is["requestBody"]["content"].as_object().map_or(1, |all| all.len());
        let mut variants = vec![AnswerVariant::AsItStands];
        match operation.id() {
            "importUsers" => variants.push(AnswerVariant::Header("prefer", "respond-async")),
            "putTeamMember" => variants.push(AnswerVariant::Deleted),
            "updateScimGroup" => variants.push(AnswerVariant::Query("attributes=displayName")),
            _ => {}
        }
        for variant in variants {
            for body in 0..bodies {
                let Operation { path, ref method, is } = operation;
                let operation = Operation { path, method: method.clone(), is };
                all.push(Example { operation, body, variant });
            }
        }
    }
    all
}

impl Example {
    /// Sends the request with the IDs of an account: by the command that the page
    /// of the contract shows, unless it is a variant or needs a session.
    async fn send(&self, fixture: &Fixture, commands: &DocumentedCommands) -> ApiResponse {
        let operation = &self.operation;
        let server = &fixture.world.server;
        if self.variant == AnswerVariant::AsItStands && operation.path != "/scim/v2/Me" {
            server.clock.advance(TimeDelta::seconds(1));
            return commands.run(self, fixture);
        }
        let (api, request) = match operation.path {
            "/scim/v2/Me" => {
                let nobody = ApiClient::without_key(server).into_scim();
                let request = fixture.scim_request(&nobody, operation);
                let request = request.header("cookie", sign_in(fixture).await);
                (nobody, request.header("sec-fetch-site", "same-origin"))
            }
            path if path.starts_with("/scim/") => {
                let scim = ApiClient::scim(server, Dialect::Strict);
                let request = fixture.scim_request(&scim, operation);
                (scim, request)
            }
            _ => {
                let api = ApiClient::with_key(server, fixture.api.key());
                let request = fixture.requests(&api, operation).swap_remove(self.body);
                (api, request)
            }
        };
        server.clock.advance(TimeDelta::seconds(1));
        let request = match self.variant {
            AnswerVariant::AsItStands => request,
            AnswerVariant::Header(name, value) => request.header(name, value),
            AnswerVariant::Query(query) => {
                let (client, request) = request.build_split();
                let mut request = request.unwrap();
                request.url_mut().set_query(Some(query));
                RequestBuilder::from_parts(client, request)
            }
            AnswerVariant::Deleted => {
                let path = fixture.path(operation);
                fixture.api.delete(&path).await.body(StatusCode::NO_CONTENT);
                request
            }
        };
        api.send(request).await
    }
}

/// The commands that the pages of the contracts show, by operation.
struct DocumentedCommands {
    all: BTreeMap<String, Vec<String>>,
    /// The server that they are for.
    address: String,
}

impl DocumentedCommands {
    async fn fetch(fixture: &Fixture) -> Self {
        let address = fixture.world.server.address.clone();
        let mut all = BTreeMap::new();
        for path in ["/docs", "/docs/scim"] {
            let page =
                reqwest::get(format!("{address}{path}")).await.unwrap().text().await.unwrap();
            let options = roxmltree::ParsingOptions { allow_dtd: true, ..Default::default() };
            let page = roxmltree::Document::parse_with_options(&page, options).unwrap();
            for article in page.descendants().filter(|one| one.has_tag_name("article")) {
                let id = article.attribute("id").unwrap();
                let Some(id) = id.strip_prefix("operation-") else { continue };
                let texts = article.descendants().filter(|one| one.has_tag_name("code"));
                let commands = texts.filter_map(|code| code.text());
                let commands = commands.filter(|text| text.starts_with("curl ")).map(str::to_owned);
                all.insert(id.to_owned(), commands.collect());
            }
        }
        Self { all, address }
    }

    /// Runs the command of an example against the server of an account.
    fn run(&self, example: &Example, fixture: &Fixture) -> ApiResponse {
        let server = &fixture.world.server;
        let is_scim = example.operation.path.starts_with("/scim/");
        // A key that is not needed would be in other examples.
        let scim = is_scim.then(|| ApiClient::scim(server, Dialect::Strict));
        let key = scim.as_ref().unwrap_or(&fixture.api).key();
        let command = &self.all[example.operation.id()][example.body];
        let command = fixture.real(&command.replace(&self.address, &server.address));
        let command = command.replacen("curl ", "curl --silent --show-error --include ", 1);
        let output = Command::new("bash")
            .args(["-c", &command])
            .envs([("KEY", key), ("no_proxy", "*")])
            .output()
            .expect("bash and curl");
        let error = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{command}: {error}");
        let output = String::from_utf8(output.stdout).unwrap();
        let (head, text) = output.split_once("\r\n\r\n").unwrap();
        let (status, head) = head.split_once("\r\n").unwrap();
        let headers = head.lines().map(|line| {
            let (name, value) = line.split_once(": ").unwrap();
            (name.parse::<HeaderName>().unwrap(), value.parse::<HeaderValue>().unwrap())
        });
        ApiResponse {
            status: status.split(' ').nth(1).unwrap().parse().unwrap(),
            headers: headers.collect(),
            body: serde_json::from_str(text).unwrap_or(Value::Null),
            text: text.to_owned(),
        }
    }
}

/// The cookie of an administrator who is signed in. If they delete themselves, another
/// administrator is left.
async fn sign_in(fixture: &Fixture) -> String {
    let admin = |email: &str| Person::with_email(email).with_attribute("role", "ADMIN");
    fixture.world.login(&admin("hedy.lamarr@example.com")).await;
    let browser = fixture.world.login(&admin("margaret.hamilton@example.com")).await;
    format!("{SESSION}={}", browser.cookie(SESSION).expect("is signed in"))
}

/// A response without SCIM's `$ref`, which parsers of OpenAPI resolve even in an example.
fn without_references(answer: Value) -> Value {
    match answer {
        Value::Object(members) => {
            let stored = members.into_iter().filter(|(name, _)| name != "$ref");
            stored.map(|(name, below)| (name, without_references(below))).collect()
        }
        Value::Array(items) => items.into_iter().map(without_references).collect(),
        other => other,
    }
}

/// What the contract says of the response, with the response as an example has it.
async fn send_example(
    example: &Example,
    fixture: &Fixture,
    commands: &DocumentedCommands,
) -> (Option<&'static Value>, String, Value) {
    let answer = example.send(fixture, commands).await;
    let operation = &example.operation;
    fits(operation, &answer);
    let (id, response) = (operation.id(), expect_documented(operation, &answer));
    let status = answer.status.as_str().to_owned();
    let Some(contents) = response["content"].as_object() else {
        assert_eq!(answer.text, "", "{id}: has no body");
        return (None, status, Value::Null);
    };
    let kind = answer.header("content-type").unwrap_or_default();
    let content =
        contents.get(kind).unwrap_or_else(|| panic!("{id}: {kind} is not in the contract"));
    let mut replacer = ValueReplacer::for_fixture(fixture);
    let body = match kind.ends_with("json") {
        true => {
            meets(content, &answer.body, id);
            without_references(replacer.replace(&answer.body))
        }
        false => Value::String(replacer.text(&answer.text)),
    };
    (Some(content), status, body)
}

/// Every operation of both contracts is sent as its example stands, and answered
/// as its example says. `USHER_RECORD_RESPONSES=1` writes the responses down instead.
#[tokio::test]
async fn every_example_request_gets_its_example_response() {
    let shared = Fixture::new().await;
    let commands = DocumentedCommands::fetch(&shared).await;
    let mut recorded: Map<String, Value> = Map::new();
    let mut different = Vec::new();
    for example in example_requests() {
        let (id, is_read) = (example.operation.id(), example.operation.method == Method::GET);
        let is_me = example.operation.path == "/scim/v2/Me";
        // What a request changes must not be seen by the next.
        let own = if is_read && !is_me { None } else { Some(Fixture::new().await) };
        let fixture = own.as_ref().unwrap_or(&shared);
        let (content, status, body) = send_example(&example, fixture, &commands).await;
        let responses = recorded.entry(id).or_insert_with(|| json!({})).as_object_mut().unwrap();
        if let Some(other) = responses.insert(status.clone(), body.clone()) {
            assert_eq!(other, body, "{id}: the response is the same in each media type");
        }
        if content.is_some_and(|content| content["example"] != body) {
            different.push(format!("{id} {status}: {body:#}"));
        }
    }
    for operation in all_operations() {
        let statuses = operation.is["responses"].as_object().unwrap().keys();
        for status in statuses.filter(|status| status.starts_with('2')) {
            let id = operation.id();
            assert!(
                recorded[id].get(status).is_some(),
                "{id}: no example request is answered {status}"
            );
        }
    }
    if std::env::var_os("USHER_RECORD_RESPONSES").is_some() {
        for responses in recorded.values_mut() {
            responses.as_object_mut().unwrap().retain(|_, body| !body.is_null());
        }
        recorded.retain(|_, responses| responses.as_object().is_some_and(|all| !all.is_empty()));
        let text = format!("{:#}\n", Value::Object(recorded));
        fs::write(Path::new(env!("CARGO_MANIFEST_DIR")).join(RECORDED_RESPONSES), text).unwrap();
        return;
    }
    assert!(
        different.is_empty(),
        "{} differ from their examples. If they are right, record them: \
         USHER_RECORD_RESPONSES=1 cargo nextest run --test api every_example_request; \
         cargo run -- openapi --output openapi/openapi.json; \
         cargo run -- openapi --document scim --output openapi/openapi-scim.json\n{}",
        different.len(),
        different.join("\n")
    );
}

#[tokio::test]
async fn patch_is_accepted_as_plain_json() {
    let fixture = Fixture::new().await;
    for operation in operations().into_iter().filter(|one| one.method == Method::PATCH) {
        let request =
            fixture.api.request(Method::PATCH, &fixture.path(&operation)).json(&json!({}));
        let response = fixture.api.send(request).await;
        assert!(response.status.is_success(), "{}: {}", operation.id(), response.text);
    }
}
