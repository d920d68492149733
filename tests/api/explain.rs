//! Who set each value of a user, and who can change it.

use chrono::TimeDelta;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use usher::{
    app::{
        callers::Caller,
        users::{self, UpdateOptions},
    },
    domain::{
        api_key::Dialect,
        etag::IfMatch,
        profile_field::ProfileField,
        user_patch::{FieldPatch, UserPatchParser},
    },
};

use crate::{
    client::ApiClient,
    scim::patched,
    support::db::TestDb,
    world::{Person, World},
};

on_both_databases! {
    each_interface_is_the_setter_of_what_it_sets,
    values_that_stay_keep_their_setter,
    update_policies_and_locks_determine_who_can_change_a_value,
    signed_in_administrator_explains_what_an_administrator_has_set,
}

const ADA: &str = "ada@example.com";

async fn explain(api: &ApiClient, world: &World) -> Vec<Value> {
    let path = format!("/users/{}/explain", world.user(ADA).id);
    let explained = api.get(&path).await.body(StatusCode::OK);
    explained["values"].as_array().unwrap().clone()
}

/// The explanation of an attribute.
async fn explained(api: &ApiClient, world: &World, attribute: &str) -> Value {
    let mut values = explain(api, world).await.into_iter();
    values.find(|value| value["attribute"] == attribute).expect(attribute)
}

/// The type, the ID and the name of the setter of an attribute.
async fn setter(api: &ApiClient, world: &World, attribute: &str) -> Value {
    let set_by = explained(api, world, attribute).await["setBy"].clone();
    json!([set_by["type"], set_by["id"], set_by["name"], set_by["imported"]])
}

async fn each_interface_is_the_setter_of_what_it_sets(db: TestDb) {
    let world = World::new(db);
    let api = ApiClient::for_server(&world.server);
    let scim = ApiClient::scim(&world.server, Dialect::Okta);
    let me = api.get("/me").await.body(StatusCode::OK);
    let person = Person::with_email(ADA).with_attribute("department", "Engines");
    world.login(&person.with_values("teamName", &["Ops"])).await;
    let user = world.user(ADA);
    let attempt = world.latest_attempt();
    let connection = &world.server.connection;
    let at = json!(attempt.at);
    let login = json!({
        "type": "LOGIN", "id": connection.id.to_string(), "name": connection.name,
        "imported": false, "at": at, "attemptId": attempt.id.to_string(), "requestId": null,
    });
    assert_eq!(explained(&api, &world, "department").await["setBy"], login);
    let team = explained(&api, &world, "teams").await;
    assert_eq!((&team["setBy"], &team["team"]["name"]), (&login, &json!("Ops")));
    assert_eq!(setter(&api, &world, "email").await[0], "LOGIN");
    for default in ["firstName", "lastName", "role", "disabled"] {
        assert_eq!(setter(&api, &world, default).await, json!(["DEFAULT", null, null, false]));
    }

    world.server.clock.advance(TimeDelta::seconds(1));
    let path = format!("/users/{}", user.id);
    let changed = api.patch(&path, &json!({"role": "ADMIN", "position": "Countess"})).await;
    let request = changed.header("x-request-id").unwrap().to_owned();
    let role = explained(&api, &world, "role").await;
    let key = json!({
        "type": "API_KEY", "id": me["key"]["id"], "name": "A test", "imported": false,
        "at": json!(world.server.clock.now()), "attemptId": null, "requestId": request,
    });
    assert_eq!((&role["setBy"], &role["value"]), (&key, &json!("ADMIN")));

    let nick_name = json!([{"op": "replace", "path": "nickName", "value": "Addie"}]);
    let response = patched(&scim, &format!("/Users/{}", user.id), nick_name).await;
    response.body(StatusCode::OK);
    assert_eq!(setter(&api, &world, "nickName").await[0], "SCIM_CLIENT");
    assert!(setter(&api, &world, "nickName").await[2].is_string());

    crate::import::csv(&api, "?onExisting=UPDATE", &format!("email,locale\n{ADA},en-GB\n")).await;
    let import = json!(["API_KEY", me["key"]["id"], "A test", true]);
    assert_eq!(setter(&api, &world, "locale").await, import);

    let mut parser = UserPatchParser::default();
    parser.set(ProfileField::CostCenter, FieldPatch::Set("4130"));
    let (app, caller) = (&world.server.app, Caller::command_line(world.server.account.id));
    let patch = parser.finish().unwrap();
    let options = UpdateOptions::default();
    users::update(app, &caller, user.id, &IfMatch::Unconditional, &patch, options).unwrap();
    let command_line = json!(["COMMAND_LINE", null, null, false]);
    assert_eq!(setter(&api, &world, "costCenter").await, command_line);
    // Nothing else changed its setter.
    assert_eq!(explained(&api, &world, "department").await["setBy"], login);
    assert_eq!(explained(&api, &world, "role").await["setBy"], key);
}

async fn values_that_stay_keep_their_setter(db: TestDb) {
    let world = World::new(db);
    let api = ApiClient::for_server(&world.server);
    let scim = ApiClient::scim(&world.server, Dialect::Strict);
    let ada = json!({
        "email": ADA, "firstName": "Ada", "lastName": "King", "position": "Analyst",
        "teams": [{"name": "Ops", "role": "USER"}], "createMissingTeams": true,
    });
    let created = api.post("/users", &ada).await.body(StatusCode::CREATED);
    let before = explain(&api, &world).await;
    assert!(before.iter().any(|value| value["setBy"]["type"] == "DEFAULT"));
    world.server.clock.advance(TimeDelta::seconds(1));

    let path = format!("/Users/{}", created["id"].as_str().unwrap());
    let whole = scim.get(&path).await.body(StatusCode::OK);
    scim.put(&path, &whole).await.body(StatusCode::OK);
    assert_eq!(explain(&api, &world).await, before);
    let mut changed = whole.clone();
    changed["title"] = json!("Countess");
    scim.put(&path, &changed).await.body(StatusCode::OK);
    let after = explain(&api, &world).await;
    let differs = before.iter().zip(&after).filter(|(before, after)| before != after);
    let names: Vec<_> = differs.map(|(before, _)| &before["attribute"]).collect();
    assert_eq!(names, ["position"]);
    assert_eq!(setter(&api, &world, "position").await[0], "SCIM_CLIENT");

    let team = created["teams"][0]["id"].as_str().unwrap();
    let member = format!("/teams/{team}/members/{}", created["id"].as_str().unwrap());
    api.put(&member, &json!({"role": "USER"})).await.body(StatusCode::OK);
    assert_eq!(explain(&api, &world).await, after, "the same role");
    api.put(&member, &json!({"role": "ADMIN"})).await.body(StatusCode::OK);
    let team = explained(&api, &world, "teams").await;
    assert_eq!(team["value"], "ADMIN");
    assert_eq!(team["setBy"]["at"], json!(world.server.clock.now()));
}

async fn update_policies_and_locks_determine_who_can_change_a_value(db: TestDb) {
    let world = World::new(db);
    let api = ApiClient::for_server(&world.server);
    let connection = &world.server.connection;
    let path = format!("/connections/{}", connection.id);
    let policies = json!({"updatePolicies": {"department": "ALWAYS"}});
    api.patch(&path, &policies).await.body(StatusCode::OK);
    let ada = json!({
        "email": ADA, "department": "Engines", "position": "Analyst", "externalId": "4711",
        "lockedAttributes": ["position"],
    });
    let ada = api.post("/users", &ada).await.body(StatusCode::CREATED);
    let department = explained(&api, &world, "department").await;
    let policy = json!([{
        "connectionId": connection.id.to_string(), "connectionName": connection.name,
        "policy": "ALWAYS",
    }]);
    assert_eq!(department["updatePolicies"], policy);
    assert_eq!(department["locked"], false);
    let sentence = format!(
        "An administrator or a SCIM client can change it. Logins through {} can change it.",
        connection.name
    );
    assert_eq!(department["changeableBy"], sentence);
    let position = explained(&api, &world, "position").await;
    assert_eq!(
        (&position["locked"], &position["updatePolicies"][0]["policy"]),
        (&json!(true), &json!("FIRST_LOGIN"),)
    );
    assert!(position["changeableBy"].as_str().unwrap().contains("because it is locked"));
    // Logins never set whether a user is disabled.
    let disabled = explained(&api, &world, "disabled").await;
    assert_eq!(disabled["updatePolicies"], json!([]));

    let path = format!("/users/{}/explain", ada["id"].as_str().unwrap());
    let first = api.get(&path).await;
    let etag = first.header("etag").unwrap().to_owned();
    let again = api.request(Method::GET, &path).header("if-none-match", etag);
    assert_eq!(api.send(again).await.status, StatusCode::NOT_MODIFIED);
    let missing = format!("/users/{}/explain", uuid::Uuid::nil());
    api.get(&missing).await.problem(StatusCode::NOT_FOUND);
}

async fn signed_in_administrator_explains_what_an_administrator_has_set(db: TestDb) {
    let world = World::new(db);
    let root = Person::with_email("root@example.com").with_attribute("role", "ADMIN");
    let root = world.login(&root).await;
    let ada = world.login(&Person::with_email(ADA).with_attribute("department", "Engines")).await;
    let path = format!("/api/v1/users/{}", world.user(ADA).id);
    let origin = world.server.app.settings.base_url.origin().ascii_serialization();
    let request = root.request(Method::PATCH, &world.url(&path)).header("origin", origin);
    let changed = root.send(request.json(&json!({"department": "Looms"}))).await;
    assert_eq!(changed.status(), StatusCode::OK);

    let path = format!("{path}/explain");
    let response = root.get(&world.url(&path)).await;
    assert_eq!(response.status(), StatusCode::OK);
    let explained: Value = response.json().await.unwrap();
    let values = explained["values"].as_array().unwrap();
    let department = values.iter().find(|value| value["attribute"] == "department").unwrap();
    assert_eq!(department["value"], "Looms");
    let administrator = world.user("root@example.com");
    let set_by = &department["setBy"];
    let setter = json!([set_by["type"], set_by["id"], set_by["name"]]);
    assert_eq!(setter, json!(["USER", administrator.id.to_string(), "Root"]));
    // A user without the role ADMIN may not read even the own explanation.
    assert_eq!(ada.get(&world.url(&path)).await.status(), StatusCode::FORBIDDEN);
}
