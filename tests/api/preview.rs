//! The preview of a login says what the login then does, and does none of it.

use std::collections::BTreeMap;

use chrono::TimeDelta;
use reqwest::StatusCode;
use serde_json::{Value, json};
use usher::{
    app::{
        callers::Caller,
        connections::{self, ConnectionUpdate},
    },
    domain::{
        api_key::{Scope, Scopes},
        connection::{Connection, ProvisioningPolicy, SamlPolicy},
        connection_patch::ConnectionPatch,
        connection_setting::ConnectionSetting,
        field_patch::FieldPatch,
    },
};

use crate::{
    client::ApiClient,
    support::{browser::Browser, db::TestDb},
    world::{PERSISTENT, Person, TRANSIENT, World},
};

const ADA: &str = "ada@example.com";
const ADDRESS: &str = "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress";

/// The NameID and the attributes of a person, for a message or the body of a preview.
struct PreviewedPerson {
    name_id: &'static str,
    format: &'static str,
    attributes: BTreeMap<&'static str, Vec<&'static str>>,
}

impl PreviewedPerson {
    fn with_name_id(name_id: &'static str, format: &'static str) -> Self {
        Self { name_id, format, attributes: BTreeMap::new() }
    }

    fn ada() -> Self {
        Self::with_name_id(ADA, ADDRESS)
    }

    fn with_attribute(mut self, name: &'static str, values: &[&'static str]) -> Self {
        self.attributes.insert(name, values.to_vec());
        self
    }

    fn person(&self) -> Person {
        let person = Person::with_name_id(self.name_id, self.format);
        self.attributes
            .iter()
            .fold(person, |person, (name, values)| person.with_values(name, values))
    }

    fn json(&self) -> Value {
        let Self { name_id, format, attributes } = self;
        json!({"assertion": {"nameId": name_id, "nameIdFormat": format, "attributes": attributes}})
    }
}

fn path(connection: &Connection) -> String {
    format!("/connections/{}/preview", connection.id)
}

async fn preview(world: &World, api: &ApiClient, body: &Value) -> Value {
    api.post(&path(&world.server.connection), body).await.body(StatusCode::OK)
}

/// The checks of an answer that ended so.
fn checks<'a>(answer: &'a Value, result: &str) -> Vec<&'a str> {
    let all = answer["checks"].as_array().unwrap().iter();
    all.filter(|check| check["result"] == result)
        .map(|check| check["id"].as_str().unwrap())
        .collect()
}

/// The latest attempt, as the API shows it.
async fn latest_attempt(api: &ApiClient) -> Value {
    let list = api.get("/attempts?count=1").await.body(StatusCode::OK);
    let id = list["items"][0]["id"].as_str().unwrap();
    api.get(&format!("/attempts/{id}")).await.body(StatusCode::OK)
}

/// Previews a login by what is said and by its message, makes it, and compares
/// what was previewed with what was done. `between` comes when the login has
/// begun. Returns the plan.
async fn as_previewed(world: &World, output: &PreviewedPerson, between: impl FnOnce()) -> Value {
    let (server, api) = (&world.server, ApiClient::for_server(&world.server));
    server.clock.advance(TimeDelta::milliseconds(1));
    let browser = Browser::new();
    let request = server.begin_login(&browser).await;
    let message = world.response_to(&request, &output.person());
    between();

    // The first use of a key in a minute is noted.
    api.get("/attempts").await.body(StatusCode::OK);
    let before = server.db().rows();
    let by_words = preview(world, &api, &output.json()).await;
    let by_message = preview(world, &api, &json!({"samlResponse": message})).await;
    assert_eq!(server.db().rows(), before, "nothing was written");
    assert_eq!(checks(&by_message, "FAILED"), Vec::<&str>::new());
    assert_eq!(checks(&by_message, "NOT_RUN"), ["response.in_response_to", "relay_state"]);

    server.post_acs(&browser, Some(&message), Some(&request.relay_state)).await;
    let attempt = latest_attempt(&api).await;
    for previewed in [&by_words, &by_message] {
        assert_eq!(previewed["wouldBe"], Value::Null);
        for text in ["outcome", "explanation", "subject", "email", "plan"] {
            assert_eq!(previewed[text], attempt[text], "{text}");
        }
        assert_eq!(previewed["user"]["id"], attempt["plan"]["user"]["id"]);
        if attempt["plan"]["decision"] != "CREATE" {
            assert_eq!(previewed["user"]["id"], attempt["user"]["id"]);
        }
    }
    attempt["plan"].clone()
}

async fn the_plan(world: &World, output: &PreviewedPerson) -> Value {
    as_previewed(world, output, || {}).await
}

fn policy(change: impl FnOnce(&mut ProvisioningPolicy)) -> ProvisioningPolicy {
    let mut policy = ProvisioningPolicy::default();
    change(&mut policy);
    policy
}

async fn preview_of_a_first_login_has_teams_and_fallbacks(db: TestDb) {
    let world = World::new(db);
    world
        .login(&Person::with_email("grace@example.com").with_attribute("teamName", "Compilers"))
        .await;
    let output = PreviewedPerson::ada()
        .with_attribute("department", &["Engines"])
        .with_attribute("role", &["CAPTAIN"])
        .with_attribute("mobileRegionCode", &["DE"])
        .with_attribute("mobileNumber", &["0221 123 123"])
        .with_attribute("teamName", &["compilers", "Analysts", "analysts"])
        .with_attribute("teamRole", &["USER", "OWNER", "USER"]);
    let plan = the_plan(&world, &output).await;
    assert_eq!((&plan["decision"], &plan["user"]), (&json!("CREATE"), &Value::Null));
    assert_eq!(plan["identity"]["subject"], ADA);
    let fields = plan["fields"].as_array().unwrap();
    let field = |name: &str| fields.iter().find(|field| field["name"] == name).unwrap();
    assert_eq!(field("email")["source"], json!({"kind": "NAME_ID", "attribute": null}));
    assert_eq!(field("firstName")["source"]["kind"], "EMAIL_ADDRESS");
    assert_eq!(
        field("role"),
        &json!({
            "name": "role", "value": "STAKEHOLDER", "before": null,
            "source": {"kind": "DEFAULT", "attribute": null},
        })
    );
    assert_eq!(field("mobileNumber")["value"], "+49221123123");
    assert_eq!(
        field("department")["source"],
        json!({"kind": "ATTRIBUTE", "attribute": "department"})
    );
    let teams = plan["teams"].as_array().unwrap();
    let [compilers, analysts] = teams.as_slice() else { panic!("{teams:#?}") };
    assert_eq!((&compilers["name"], &compilers["created"]), (&json!("Compilers"), &json!(false)));
    assert!(compilers["id"].is_string());
    assert_eq!((&analysts["created"], &analysts["id"]), (&json!(true), &Value::Null));
    let fallbacks = plan["fallbacks"].as_array().unwrap().iter();
    let mut reasons: Vec<_> =
        fallbacks.map(|fallback| fallback["reason"].as_str().unwrap()).collect();
    reasons.sort_unstable();
    assert_eq!(reasons, ["REPEATED_TEAM", "UNKNOWN_ROLE", "UNKNOWN_ROLE"]);
}

async fn preview_distinguishes_claim_and_sign_in(db: TestDb) {
    let world = World::new(db);
    world.login(&Person::with_email(ADA)).await;
    world.server.db().run("DELETE FROM identities");
    world
        .server
        .db()
        .run("UPDATE users SET status = 'STAGED', first_login_at = NULL, last_login_at = NULL");
    let output = PreviewedPerson::ada().with_attribute("department", &["Engines"]);
    let plan = the_plan(&world, &output).await;
    assert_eq!((&plan["decision"], &plan["fields"]), (&json!("CLAIM"), &json!([])));
    assert_eq!(
        (&plan["user"]["foundBy"], &plan["identity"]["subject"]),
        (&json!("EMAIL"), &json!(ADA))
    );

    let plan = the_plan(&world, &output).await;
    assert_eq!((&plan["decision"], &plan["identity"]), (&json!("SIGN_IN"), &Value::Null));
    assert_eq!(plan["user"]["foundBy"], "IDENTITY");
    let passing = PreviewedPerson::with_name_id("_t1", TRANSIENT).with_attribute("email", &[ADA]);
    let plan = the_plan(&world, &passing).await;
    assert_eq!((&plan["decision"], &plan["user"]["foundBy"]), (&json!("SIGN_IN"), &json!("EMAIL")));
}

#[track_caller]
fn is_denied(plan: &Value, code: &str) {
    assert_eq!((&plan["decision"], &plan["denial"]["code"]), (&json!("DENY"), &json!(code)));
    assert!(!plan["denial"]["detail"].as_str().unwrap().is_empty());
}

async fn preview_of_a_denied_login_states_the_reason(db: TestDb) {
    let world = World::new(db);
    is_denied(
        &the_plan(&world, &PreviewedPerson::with_name_id("u-1", PERSISTENT)).await,
        "EMAIL_UNUSABLE",
    );
    world.login(&Person::with_email(ADA)).await;
    let other = PreviewedPerson::with_name_id("u-2", PERSISTENT).with_attribute("email", &[ADA]);
    is_denied(&the_plan(&world, &other).await, "IDENTITY_CONFLICT");
    world.server.db().run("UPDATE users SET status = 'DISABLED'");
    is_denied(&the_plan(&world, &PreviewedPerson::ada()).await, "USER_DISABLED");

    let server = &world.server;
    let disable = || server.disable_connection(server.connection.id);
    is_denied(&as_previewed(&world, &PreviewedPerson::ada(), disable).await, "CONNECTION_DISABLED");
}

async fn preview_applies_the_guard(db: TestDb) {
    let world = World::with_guard(db, "department");
    let plan = the_plan(&world, &PreviewedPerson::ada()).await;
    is_denied(&plan, "GUARD_ATTRIBUTE_MISSING");
    assert_eq!(plan["denial"]["attribute"], "department");
    let plan = the_plan(&world, &PreviewedPerson::ada().with_attribute("department", &[])).await;
    assert_eq!(plan["decision"], "CREATE");
}

async fn preview_denies_a_missing_subject(db: TestDb) {
    let policy = policy(|policy| policy.subject_attribute = Some("employee".into()));
    let world = World::with_policies(db, SamlPolicy::default(), policy);
    is_denied(&the_plan(&world, &PreviewedPerson::ada()).await, "SUBJECT_UNUSABLE");
    let plan = the_plan(&world, &PreviewedPerson::ada().with_attribute("employee", &["7"])).await;
    assert_eq!(plan["identity"]["subject"], "7");
}

async fn used_message_is_previewed_as_a_replay(db: TestDb) {
    let world = World::new(db);
    let api = ApiClient::for_server(&world.server);
    let browser = Browser::new();
    let request = world.server.begin_login(&browser).await;
    let message = world.response_to(&request, &Person::with_email(ADA));
    world.server.post_acs(&browser, Some(&message), Some(&request.relay_state)).await;
    let again = preview(&world, &api, &json!({"samlResponse": message})).await;
    assert_eq!((&again["outcome"], &again["wouldBe"]), (&json!("REJECTED"), &json!("SIGNED_IN")));
    assert_eq!(checks(&again, "FAILED"), ["replay"]);
    assert_eq!(again["plan"]["decision"], "SIGN_IN");
    assert_eq!(
        (&again["user"]["email"], &again["user"]["status"]),
        (&json!(ADA), &json!("ACTIVE"))
    );
}

async fn preview_reads_an_expired_or_misaddressed_message(db: TestDb) {
    let world = World::new(db);
    let api = ApiClient::for_server(&world.server);
    let request = world.server.begin_login(&Browser::new()).await;
    let strange = Person::with_email(ADA).with_audience("https://another.example");
    let message = world.response_to(&request, &strange);
    world.server.clock.advance(TimeDelta::hours(1));
    let late = preview(&world, &api, &json!({"samlResponse": message})).await;
    assert_eq!((&late["outcome"], &late["wouldBe"]), (&json!("REJECTED"), &json!("CREATED")));
    let failed = checks(&late, "FAILED");
    for id in ["response.issue_instant", "conditions.time", "conditions.audience"] {
        assert!(failed.contains(&id), "{id}: {failed:?}");
    }
    assert_eq!(late["plan"]["decision"], "CREATE");
    let unasked = json!({"samlResponse": world.unsolicited_response(&Person::with_email(ADA))});
    let unasked = preview(&world, &api, &unasked).await;
    assert_eq!(checks(&unasked, "FAILED"), ["response.in_response_to"]);
}

async fn unsigned_message_has_no_preview(db: TestDb) {
    use base64::{Engine as _, prelude::BASE64_STANDARD};
    let world = World::new(db);
    let api = ApiClient::for_server(&world.server);
    let message =
        BASE64_STANDARD.decode(world.unsolicited_response(&Person::with_email(ADA))).unwrap();
    let message = String::from_utf8(message).unwrap();
    let forged = BASE64_STANDARD.encode(message.replace(ADA, "eve@example.com"));
    let bare = match (message.find("<ds:Signature"), message.find("</ds:Signature>")) {
        (Some(from), Some(to)) => {
            let rest = message.get(to + "</ds:Signature>".len()..).unwrap();
            BASE64_STANDARD.encode(format!("{}{rest}", message.get(..from).unwrap()))
        }
        _ => panic!("{message}"),
    };
    for (posted, check) in [
        (forged.as_str(), "signature.key"),
        (bare.as_str(), "signature.present"),
        ("%", "form.encoding"),
        ("", "form.encoding"),
        ("PHg+", "xml.safe"),
    ] {
        let seen = preview(&world, &api, &json!({"samlResponse": posted})).await;
        assert!(checks(&seen, "FAILED").contains(&check), "{seen:#}");
        for nothing in ["plan", "user", "subject", "email", "wouldBe"] {
            assert_eq!(seen[nothing], Value::Null, "{check}: {nothing}");
        }
        assert_eq!(seen["outcome"], "REJECTED");
        assert_eq!(seen["checks"].as_array().unwrap().len(), 23, "each check is told of");
    }
}

async fn attempt_is_previewed_by_the_current_rules(db: TestDb) {
    let saml = SamlPolicy { keep_messages_hours: 2, ..SamlPolicy::default() };
    let world = World::with_policies(
        db,
        saml,
        policy(|policy| {
            policy.check_provision_attribute = Some("department".into());
        }),
    );
    let (server, api) = (&world.server, ApiClient::for_server(&world.server));
    let denied = world.expect_failed_login(&Person::with_email(ADA)).await;
    let body = json!({"attemptId": denied.id.to_string()});
    let first = preview(&world, &api, &body).await;
    // What was denied was not used.
    assert_eq!((&first["outcome"], &first["wouldBe"]), (&json!("DENIED"), &Value::Null));
    assert_eq!(first["plan"]["denial"]["code"], "GUARD_ATTRIBUTE_MISSING");

    let caller = Caller::command_line(server.account.id);
    let settings = [(ConnectionSetting::CheckProvisionAttribute, FieldPatch::Clear)].into();
    let patch = ConnectionPatch { settings, ..ConnectionPatch::default() };
    let open = ConnectionUpdate { patch, ..ConnectionUpdate::default() };
    connections::update(&server.app, &caller, server.connection.id, &open).unwrap();
    server.clock.advance(TimeDelta::minutes(90));
    let now = preview(&world, &api, &body).await;
    assert_eq!(now["outcome"], "REJECTED", "it is late");
    assert_eq!((&now["wouldBe"], &now["plan"]["decision"]), (&json!("CREATED"), &json!("CREATE")));
    server.clock.advance(TimeDelta::minutes(31));
    let response = api.post(&path(&server.connection), &body).await;
    let (code, places) = response.problem(StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!((code.as_str(), places), ("invalid", vec!["/attemptId".to_owned()]));
}

async fn preview_of_an_attempt_without_a_message_states_the_remedy(db: TestDb) {
    let world = World::new(db);
    let (server, api) = (&world.server, ApiClient::for_server(&world.server));
    world.login(&Person::with_email(ADA)).await;
    let body = json!({"attemptId": world.latest_attempt().id.to_string()});
    let response = api.post(&path(&server.connection), &body).await;
    let (_, places) = response.problem(StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(places, ["/attemptId"]);
    assert!(response.text.contains("keepMessagesHours"), "{}", response.text);

    let other = server.connect(&server.account, "Another", world.setup());
    let nobodys = json!({"attemptId": "0198c5a0-7d2c-7b6e-9d60-3f1f2a6f0c11"});
    for (connection, body) in [(&other, &body), (&server.connection, &nobodys)] {
        let response = api.post(&path(connection), body).await;
        let (_, places) = response.problem(StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(places, ["/attemptId"]);
    }
}

async fn a_preview_needs_the_scope_to_read_attempts(db: TestDb) {
    let world = World::new(db);
    let server = &world.server;
    let body = PreviewedPerson::ada().json();
    let path = path(&server.connection);
    let everything_else = Scope::ALL.into_iter().filter(|scope| *scope != Scope::AttemptsRead);
    let other = ApiClient::with_scopes(server, &server.account, everything_else.collect());
    other.post(&path, &body).await.problem(StatusCode::FORBIDDEN);
    ApiClient::without_key(server).post(&path, &body).await.problem(StatusCode::UNAUTHORIZED);
    let acme = server.add_account("acme", "Acme", None);
    let stranger = ApiClient::with_scopes(server, &acme, Scopes::full());
    stranger.post(&path, &body).await.problem(StatusCode::NOT_FOUND);
    let api = ApiClient::for_server(server);
    api.post("/connections/x/preview", &body).await.problem(StatusCode::NOT_FOUND);
    let response = api.get(&path).await;
    assert_eq!(response.status, StatusCode::METHOD_NOT_ALLOWED);
    assert_eq!(response.header("allow"), Some("POST"));
}

async fn every_error_of_a_preview_body_is_reported(db: TestDb) {
    let world = World::new(db);
    let api = ApiClient::for_server(&world.server);
    let id = "0198c5a0-7d2c-7b6e-9d60-3f1f2a6f0c11";
    let many = json!({"assertion": {"nameId": "a", "attributes": {"a": vec!["b"; 3_001]}}});
    for (body, expected) in [
        (json!({}), vec!["/samlResponse"]),
        (json!({"samlResponse": null}), vec!["/samlResponse"]),
        (
            json!({"samlResponse": "a", "assertion": {"nameId": "b"}, "attemptId": id}),
            vec!["/assertion", "/attemptId"],
        ),
        (
            json!({"samlResponse": 1, "attemptId": "x", "saml": ""}),
            vec!["/attemptId", "/saml", "/samlResponse"],
        ),
        (
            json!({"assertion": {"attributes": {"role": "USER"}}}),
            vec!["/assertion/attributes/role"],
        ),
        (
            json!({"assertion": {"nameId": null, "nameID": "a"}}),
            vec!["/assertion/nameID", "/assertion/nameId"],
        ),
        (json!([]), vec![""]),
        (many, vec!["/assertion/attributes"]),
    ] {
        let response = api.post(&path(&world.server.connection), &body).await;
        let (code, mut places) = response.problem(StatusCode::UNPROCESSABLE_ENTITY);
        places.sort();
        assert_eq!(
            (code.as_str(), places),
            ("invalid", expected.into_iter().map(str::to_owned).collect())
        );
    }
}

async fn unusual_values_are_parsed_as_at_a_login(db: TestDb) {
    let world = World::new(db);
    let api = ApiClient::for_server(&world.server);
    let long = "x".repeat(100_000);
    for name_id in ["", " ", "\0", "a\u{0}b@example.com", "\u{202e}", "'; --", long.as_str()] {
        let attributes = json!({"": [""], "teamName": ["\0", long, "", "'", "\u{1F600}"], "email": [ADA, "\0@a.b"]});
        let body = json!({"assertion": {"nameId": name_id, "attributes": attributes}});
        let response = preview(&world, &api, &body).await;
        assert!(
            ["CREATED", "DENIED"].contains(&response["outcome"].as_str().unwrap()),
            "{response:#}"
        );
    }
}

on_both_databases! {
    preview_of_a_first_login_has_teams_and_fallbacks,
    preview_distinguishes_claim_and_sign_in,
    preview_of_a_denied_login_states_the_reason,
    preview_applies_the_guard,
    preview_denies_a_missing_subject,
    used_message_is_previewed_as_a_replay,
    preview_reads_an_expired_or_misaddressed_message,
    unsigned_message_has_no_preview,
    attempt_is_previewed_by_the_current_rules,
    preview_of_an_attempt_without_a_message_states_the_remedy,
    a_preview_needs_the_scope_to_read_attempts,
    every_error_of_a_preview_body_is_reported,
    unusual_values_are_parsed_as_at_a_login,
}
