//! Attempts: listed, found, told in full; and their messages, kept for a while
//! where somebody wants that.

use base64::{Engine as _, prelude::BASE64_STANDARD};
use chrono::{SecondsFormat, TimeDelta};
use reqwest::{Method, StatusCode, Url};
use serde_json::{Value, json};
use usher::domain::{
    api_key::{Scope, Scopes},
    check::CheckId,
    connection::{ProvisioningPolicy, SamlPolicy},
};

use crate::{
    client::ApiClient,
    support::{browser::Browser, db::TestDb},
    world::{Person, World},
};

const ADA: &str = "ada@example.com";

/// A world whose connection keeps messages.
fn keeping(db: TestDb, hours: u16) -> World {
    let saml = SamlPolicy { keep_messages_hours: hours, ..SamlPolicy::default() };
    World::with_policies(db, saml, ProvisioningPolicy::default())
}

async fn list(api: &ApiClient, query: &[(&str, &str)]) -> Value {
    let mut address = Url::parse("http://x/attempts").unwrap();
    address.query_pairs_mut().extend_pairs(query);
    api.get(&format!("/attempts?{}", address.query().unwrap())).await.body(StatusCode::OK)
}

fn texts(list: &Value, field: &str) -> Vec<String> {
    let items = list["items"].as_array().unwrap().iter();
    items.map(|item| item[field].as_str().unwrap_or("null").to_owned()).collect()
}

async fn attempts_are_paged_newest_first(db: TestDb) {
    let world = World::new(db);
    let api = ApiClient::for_server(&world.server);
    let mut expected = Vec::new();
    for _ in 0..5 {
        world.login(&Person::with_email(ADA)).await;
        expected.insert(0, world.latest_attempt().id.to_string());
    }
    let first = list(&api, &[("count", "2"), ("total", "true")]).await;
    assert_eq!((texts(&first, "id"), &first["total"]), (expected[..2].to_vec(), &json!(5)));
    let mut met = texts(&first, "id");
    let mut page = first;
    while let Some(cursor) = page["nextCursor"].as_str() {
        let cursor = cursor.to_owned();
        page = list(&api, &[("count", "2"), ("cursor", &cursor)]).await;
        met.extend(texts(&page, "id"));
    }
    assert_eq!(met, expected);
    expected.reverse();
    let oldest = list(&api, &[("sortBy", "at"), ("sortOrder", "ASCENDING")]).await;
    assert_eq!(texts(&oldest, "id"), expected);
}

async fn attempts_are_found_by_their_filter_attributes(db: TestDb) {
    let world = World::new(db);
    let api = ApiClient::for_server(&world.server);
    world.login(&Person::with_email(ADA)).await;
    let made = world.latest_attempt();
    world.server.clock.advance(TimeDelta::minutes(1));
    world.login(&Person::with_email(ADA)).await;
    world
        .expect_failed_login(
            &Person::with_email("eve@example.com").with_audience("https://another.example"),
        )
        .await;
    let rejected = world.latest_attempt();
    let (reference, connection) = (made.reference.as_str(), made.connection.to_string());
    let user = made.user.unwrap().to_string();
    let at = made.at.to_rfc3339_opts(SecondsFormat::Micros, true);
    for (filter, outcomes) in [
        (r#"outcome eq "CREATED""#.to_owned(), vec!["CREATED"]),
        (r#"outcome eq "rejected""#.to_owned(), vec!["REJECTED"]),
        (format!("reference eq \"{reference}\""), vec!["CREATED"]),
        (format!("connection.id eq \"{connection}\""), vec!["REJECTED", "SIGNED_IN", "CREATED"]),
        (format!("user.id eq \"{user}\""), vec!["SIGNED_IN", "CREATED"]),
        (r#"email eq "ADA@example.com" and outcome ne "CREATED""#.to_owned(), vec!["SIGNED_IN"]),
        (format!("at gt \"{at}\""), vec!["REJECTED", "SIGNED_IN"]),
        (r#"email eq "nobody@example.com""#.to_owned(), vec![]),
        // Rejected, and found by the person all the same.
        (r#"email eq "EVE@example.com""#.to_owned(), vec!["REJECTED"]),
        (r#"subject eq "eve@example.com""#.to_owned(), vec!["REJECTED"]),
        (format!("subject eq \"{ADA}\""), vec!["SIGNED_IN", "CREATED"]),
    ] {
        assert_eq!(
            texts(&list(&api, &[("filter", &filter)]).await, "outcome"),
            outcomes,
            "{filter}"
        );
    }
    let all = list(&api, &[]).await;
    assert_eq!(texts(&all, "id")[0], rejected.id.to_string());
    assert!(all["items"][0].get("checks").is_none(), "a list is short");
    let why = all["items"][0]["explanation"].as_str().unwrap();
    assert!(
        why.contains("conditions.audience expected") && why.contains("another.example"),
        "{why}"
    );
    let wrong = api.get("/attempts?filter=outcom%20eq%20%22CREATED%22").await;
    let (_, places) = wrong.problem(StatusCode::BAD_REQUEST);
    assert_eq!(places, ["filter"]);
}

async fn attempt_has_its_checks_and_its_plan(db: TestDb) {
    let world = World::new(db);
    let api = ApiClient::for_server(&world.server);
    world
        .login(
            &Person::with_email(ADA)
                .with_attribute("role", "ADMIN")
                .with_attribute("teamName", "Engines"),
        )
        .await;
    let made = world.latest_attempt();
    let view = api.get(&format!("/attempts/{}", made.id)).await;
    let tag = view.header("etag").unwrap().to_owned();
    let view = view.body(StatusCode::OK);
    assert_eq!((&view["outcome"], &view["email"]), (&json!("CREATED"), &json!(ADA)));
    assert_eq!(view["reference"], made.reference.as_str());
    assert_eq!(view["user"]["id"], made.user.unwrap().to_string());
    assert_eq!(view["connection"]["id"], world.server.connection.id.to_string());
    assert_eq!(view["messageAvailable"], false);
    let checks = view["checks"].as_array().unwrap();
    assert_eq!(checks.len(), CheckId::ALL.len());
    assert!(checks.iter().all(|check| check["result"] == "PASSED"), "{checks:#?}");
    let team = &view["plan"]["teams"][0];
    assert_eq!((&team["role"], &team["created"]), (&json!("ADMIN"), &json!(true)));
    assert_eq!(team["source"]["kind"], "RAISED_TO_ACCOUNT_ROLE");
    let again = api.request(Method::GET, &format!("/attempts/{}", made.id));
    let again = api.send(again.header("if-none-match", tag)).await;
    assert_eq!(again.status, StatusCode::NOT_MODIFIED);

    world
        .expect_failed_login(&Person::with_email(ADA).with_audience("https://another.example"))
        .await;
    let rejected =
        api.get(&format!("/attempts/{}", world.latest_attempt().id)).await.body(StatusCode::OK);
    for nothing in ["plan", "user"] {
        assert_eq!(rejected[nothing], Value::Null, "{nothing}");
    }
    assert_eq!((&rejected["subject"], &rejected["email"]), (&json!(ADA), &json!(ADA)));
    assert_eq!(rejected["receivedAttributes"], json!([]));

    let long = format!("{}@example.com", "a".repeat(300));
    world.expect_failed_login(&Person::with_email(&long)).await;
    let rejected =
        api.get(&format!("/attempts/{}", world.latest_attempt().id)).await.body(StatusCode::OK);
    let subject = rejected["subject"].as_str().unwrap();
    assert!(subject.starts_with(&"a".repeat(100)), "the subject is recorded: {subject}");
}

async fn received_attributes_are_complete_while_the_message_is_stored(db: TestDb) {
    let world = keeping(db, 2);
    let api = ApiClient::for_server(&world.server);
    let long = "x".repeat(5_000);
    let person = Person::with_email(ADA)
        .with_attribute("role", "USER")
        .with_values("groups", &[long.as_str(), "b"]);
    world.login(&person).await;
    let path = format!("/attempts/{}", world.latest_attempt().id);
    let of = |values: Value| {
        json!([
            {"name": "role", "friendlyName": null, "valueCount": 1, "values": ["USER"],
             "encrypted": false},
            {"name": "groups", "friendlyName": null, "valueCount": 2, "values": values,
             "encrypted": false},
        ])
    };
    let view = api.get(&path).await.body(StatusCode::OK);
    assert_eq!(view["receivedAttributes"], of(json!([long, "b"])));
    let rows = serde_json::to_string(&world.server.db().rows()).unwrap();
    assert!(!rows.contains(&long), "they are sealed");
    world.server.clock.advance(TimeDelta::hours(2));
    let view = api.get(&path).await.body(StatusCode::OK);
    assert_eq!(view["receivedAttributes"], of(Value::Null));
    let summary = &list(&api, &[]).await["items"][0];
    assert!(summary.get("receivedAttributes").is_none(), "a list is short");
}

async fn attempts_are_visible_only_in_their_account(db: TestDb) {
    let world = keeping(db, 1);
    let server = &world.server;
    world.login(&Person::with_email(ADA)).await;
    let path = format!("/attempts/{}", world.latest_attempt().id);
    let message = format!("{path}/message");
    let acme = server.add_account("acme", "Acme", None);
    let stranger = ApiClient::with_scopes(server, &acme, Scopes::full());
    assert_eq!(list(&stranger, &[]).await["items"], json!([]));
    let others = Scope::ALL.into_iter().filter(|scope| *scope != Scope::AttemptsRead).collect();
    let without = ApiClient::with_scopes(server, &server.account, others);
    for path in [path.as_str(), &message] {
        stranger.get(path).await.problem(StatusCode::NOT_FOUND);
        without.get(path).await.problem(StatusCode::FORBIDDEN);
        ApiClient::without_key(server).get(path).await.problem(StatusCode::UNAUTHORIZED);
    }
    without.get("/attempts").await.problem(StatusCode::FORBIDDEN);
    let api = ApiClient::for_server(server);
    for path in ["/attempts/x", "/attempts/x/message", "/attempts/7KQ3-M2XB-90FD"] {
        api.get(path).await.problem(StatusCode::NOT_FOUND);
    }
    api.get(&format!("{path}?x=1")).await.problem(StatusCode::BAD_REQUEST);
    let deleted = api.delete(&path).await;
    assert_eq!(deleted.status, StatusCode::METHOD_NOT_ALLOWED);
    assert_eq!(deleted.header("allow"), Some("GET, HEAD"));
}

async fn message_is_stored_sealed_for_the_time_of_its_connection(db: TestDb) {
    let world = keeping(db, 2);
    let (server, api) = (&world.server, ApiClient::for_server(&world.server));
    let browser = Browser::new();
    let request = server.begin_login(&browser).await;
    let posted = world.response_to(&request, &Person::with_email(ADA));
    server.post_acs(&browser, Some(&posted), Some(&request.relay_state)).await;
    let path = format!("/attempts/{}", world.latest_attempt().id);
    let view = api.get(&path).await;
    let tag = view.header("etag").unwrap().to_owned();
    assert_eq!(view.body(StatusCode::OK)["messageAvailable"], true);
    let message = api.get(&format!("{path}/message")).await;
    assert_eq!(message.text.as_bytes(), BASE64_STANDARD.decode(&posted).unwrap());
    assert_eq!(message.header("content-type"), Some("application/xml"));
    assert_eq!(message.header("cache-control"), Some("no-store"));
    let file = format!("attachment; filename=\"{}.xml\"", world.latest_attempt().reference);
    assert_eq!(message.header("content-disposition"), Some(file.as_str()));
    let rows = serde_json::to_string(&server.db().rows_of("attempt_messages")).unwrap();
    let clear = [hex::encode("samlp:Response"), hex::encode_upper("samlp:Response")];
    assert!(!clear.iter().any(|clear| rows.contains(clear)), "it is sealed");

    server.clock.advance(TimeDelta::hours(2));
    let later = api.get(&path).await;
    assert_ne!(later.header("etag").unwrap(), tag, "it has changed");
    assert_eq!(later.body(StatusCode::OK)["messageAvailable"], false);
    api.get(&format!("{path}/message")).await.problem(StatusCode::NOT_FOUND);
    assert_eq!(world.count_rows("attempt_messages"), 1, "not yet swept");
    server.clock.advance(TimeDelta::seconds(1));
    usher::app::housekeeping::sweep(&server.app).unwrap();
    assert_eq!((world.count_rows("attempt_messages"), world.count_rows("attempts")), (0, 1));
}

async fn messages_are_stored_for_every_outcome(db: TestDb) {
    let world = keeping(db, 1);
    let api = ApiClient::for_server(&world.server);
    world.login(&Person::with_email(ADA)).await;
    world.login(&Person::with_email(ADA)).await;
    world
        .expect_failed_login(&Person::with_email(ADA).with_audience("https://another.example"))
        .await;
    world.expect_failed_login(&Person::with_name_id("u-1", crate::world::PERSISTENT)).await;
    let post = async |field: Option<&str>| {
        world.server.clock.advance(TimeDelta::milliseconds(1));
        world.server.post_acs(&Browser::new(), field, None).await;
    };
    post(Some("PHg+")).await;
    post(Some("%")).await;
    post(None).await;
    let all = list(&api, &[]).await;
    let stored: Vec<_> = all["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|attempt| {
            (attempt["outcome"].as_str().unwrap(), attempt["messageAvailable"].as_bool().unwrap())
        })
        .collect();
    assert_eq!(
        stored,
        [
            ("REJECTED", false),
            ("REJECTED", false),
            ("REJECTED", true),
            ("DENIED", true),
            ("REJECTED", true),
            ("SIGNED_IN", true),
            ("CREATED", true),
        ]
    );
}

async fn messages_are_stored_only_if_the_connection_enables_it(db: TestDb) {
    let world = World::new(db);
    world.login(&Person::with_email(ADA)).await;
    world
        .expect_failed_login(&Person::with_email(ADA).with_audience("https://another.example"))
        .await;
    assert_eq!(world.count_rows("attempt_messages"), 0);
    let path = format!("/attempts/{}/message", world.latest_attempt().id);
    ApiClient::for_server(&world.server).get(&path).await.problem(StatusCode::NOT_FOUND);
}

async fn message_that_cannot_be_stored_fails_the_login(db: TestDb) {
    let world = keeping(db, 1);
    world.server.db().reject_rows_of("attempt_messages");
    let browser = Browser::new();
    let response = world.try_login(&browser, &Person::with_email(ADA)).await;
    assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
    assert_eq!(
        (world.count_rows("users"), world.count_rows("attempts")),
        (0, 0),
        "one transaction"
    );
}

on_both_databases! {
    received_attributes_are_complete_while_the_message_is_stored,
    attempts_are_paged_newest_first,
    attempts_are_found_by_their_filter_attributes,
    attempt_has_its_checks_and_its_plan,
    attempts_are_visible_only_in_their_account,
    message_is_stored_sealed_for_the_time_of_its_connection,
    messages_are_stored_for_every_outcome,
    messages_are_stored_only_if_the_connection_enables_it,
    message_that_cannot_be_stored_fails_the_login,
}
