//! The errors that need a look-up are reported beside those of values, parameters and
//! headers.

mod states;

use reqwest::{Method, RequestBuilder, StatusCode};
use serde_json::{Value, json};

use crate::{
    client::{ApiClient, ApiResponse},
    support::db::TestDb,
    world::World,
};

on_both_databases! {
    look_up_errors_are_reported_beside_errors_of_values,
    conflict_alone_is_409_and_names_the_other_resource,
    rows_report_look_ups_beside_errors_of_values,
    rehearsal_writes_nothing,
    errors_of_a_file_are_reported_beside_those_of_headers,
}

/// An ID that nothing has.
const UNKNOWN: &str = "0198c5a0-7d2c-7b6e-9d60-3f1f2a6f0c11";

/// An account with two users, two teams and a SCIM client.
struct Account {
    world: World,
    api: ApiClient,
    ada: String,
    bob: String,
    ops: String,
    dev: String,
    client: String,
}

impl Account {
    async fn new(db: TestDb) -> Self {
        let world = World::new(db);
        let api = ApiClient::for_server(&world.server);
        let create = async |path: &str, draft: Value| {
            let created = api.post(path, &draft).await.body(StatusCode::CREATED);
            created["id"].as_str().unwrap().to_owned()
        };
        let user =
            |email: &str, id: &str| json!({"email": email, "externalId": id, "role": "USER"});
        let ada = create("/users", user("ada@example.com", "1")).await;
        let bob = create("/users", user("bob@example.com", "2")).await;
        let ops = create("/teams", json!({"name": "Ops"})).await;
        let dev = create("/teams", json!({"name": "Dev"})).await;
        let client = create("/scim-clients", json!({"name": "Okta"})).await;
        create("/scim-clients", json!({"name": "Entra"})).await;
        Self { world, api, ada, bob, ops, dev, client }
    }

    fn request(&self, method: Method, path: &str, body: &Value) -> RequestBuilder {
        self.api.request(method, path).json(body)
    }
}

/// The place of each error, in alphabetic order.
fn places(answer: &ApiResponse) -> Vec<String> {
    let errors = answer.body["errors"].as_array().expect("errors").iter();
    let place = |error: &Value| {
        let place = error.get("pointer").or(error.get("parameter")).or(error.get("header"));
        place.unwrap_or(&error["field"]).as_str().unwrap().to_owned()
    };
    let mut places: Vec<_> = errors.map(place).collect();
    places.sort();
    places
}

async fn look_up_errors_are_reported_beside_errors_of_values(db: TestDb) {
    let account = Account::new(db).await;
    let Account { ada, bob, ops, dev, client, .. } = &account;
    let (post, put, patch) = (Method::POST, Method::PUT, Method::PATCH);
    let users = "/users".to_owned();
    let user = format!("/users/{ada}");
    let batch = format!("/teams/{ops}/members/batch");
    let teams = json!([{"name": "Nowhere"}, {"id": ops}, {"name": "ops"}, {"id": UNKNOWN}]);
    let found = ["/teams/0/name", "/teams/2", "/teams/3/id"];
    let with_teams = |more: &[&'static str]| {
        let mut places: Vec<_> = found.iter().chain(more).copied().collect();
        places.sort_unstable();
        places
    };
    let table = [
        // A value that can't be read, and one that breaks a rule.
        (
            &post,
            &users,
            json!({"email": "c@x", "teams": teams, "position": 7}),
            with_teams(&["/position"]),
        ),
        (
            &post,
            &users,
            json!({"email": "c@x", "teams": teams, "position": "\u{7}"}),
            with_teams(&["/position"]),
        ),
        (
            &put,
            &user,
            json!({"email": "ada@example.com", "teams": teams, "x": 1}),
            with_teams(&["/x"]),
        ),
        (&patch, &user, json!({"teams": teams, "locale": "\n"}), with_teams(&["/locale"])),
        // A team whose role can't be used is looked up as well.
        (
            &patch,
            &user,
            json!({"teams": [{"id": ops, "role": "BOSS"}, {"name": "Nowhere", "role": "BOSS"}]}),
            vec!["/teams/0/role", "/teams/1/name", "/teams/1/role"],
        ),
        (
            &patch,
            &user,
            json!({"teams": [{"name": "a\nb"}, {"name": "Nowhere"}, {"id": dev, "role": "STAKEHOLDER"}], "x": 1}),
            vec!["/teams/0/name", "/teams/1/name", "/teams/2/role", "/x"],
        ),
        // Whether a team role is allowed is not known without the account role.
        (
            &patch,
            &user,
            json!({"role": "OWNER", "teams": [{"id": dev, "role": "STAKEHOLDER"}]}),
            vec!["/role"],
        ),
        (
            &post,
            &users,
            json!({"email": "ADA@example.com", "externalId": "2", "role": "OWNER"}),
            vec!["/email", "/externalId", "/role"],
        ),
        (
            &patch,
            &user,
            json!({"email": "bob@example.com", "externalId": "2", "teams": teams}),
            with_teams(&["/email", "/externalId"]),
        ),
        (
            &put,
            &user,
            json!({"email": "bob@example.com", "mobile": {"regionCode": "XX", "number": 5}}),
            vec!["/email", "/mobile/number", "/mobile/regionCode"],
        ),
        (
            &post,
            &users,
            json!({"email": "c@x", "mobile": {"regionCode": "XX"}}),
            vec!["/mobile/number", "/mobile/regionCode"],
        ),
        // Without an address that can be used, the other values are looked up.
        (
            &post,
            &users,
            json!({"email": 7, "externalId": "2", "teams": teams}),
            with_teams(&["/email", "/externalId"]),
        ),
        (&post, &users, json!({"externalId": "2"}), vec!["/email", "/externalId"]),
        (&put, &user, json!({"email": "x", "externalId": "2"}), vec!["/email", "/externalId"]),
        (
            &patch,
            &user,
            json!({"emails": [{"value": "bob@example.com", "primary": true}, {"value": "x"}]}),
            vec!["/email", "/emails/1/value"],
        ),
        // Whether a team must exist is not known.
        (
            &patch,
            &user,
            json!({"createMissingTeams": "yes", "teams": [{"name": "Nowhere"}, {"id": UNKNOWN}]}),
            vec!["/createMissingTeams", "/teams/1/id"],
        ),
        (&post, &"/teams".into(), json!({"name": "OPS", "x": 1}), vec!["/name", "/x"]),
        (&put, &format!("/teams/{dev}"), json!({"name": "Ops", "x": 1}), vec!["/name", "/x"]),
        (&patch, &format!("/teams/{dev}"), json!({"name": "Ops", "id": "7"}), vec!["/id", "/name"]),
        (
            &post,
            &"/scim-clients".into(),
            json!({"name": "okta", "dialect": "X"}),
            vec!["/dialect", "/name"],
        ),
        (
            &patch,
            &format!("/scim-clients/{client}"),
            json!({"name": "Entra", "dialect": 1}),
            vec!["/dialect", "/name"],
        ),
        (
            &post,
            &"/keys".into(),
            json!({"name": "", "scopes": ["scim"], "scimClientId": UNKNOWN, "expiresAt": "x"}),
            vec!["/expiresAt", "/name", "/scimClientId"],
        ),
        (
            &post,
            &"/keys".into(),
            json!({"name": "K", "scopes": ["scim", "dance"], "scimClientId": UNKNOWN}),
            vec!["/scimClientId", "/scopes/1"],
        ),
        (
            &post,
            &"/keys".into(),
            json!({"name": "K", "scopes": ["dance"], "scimClientId": UNKNOWN}),
            vec!["/scimClientId", "/scopes/0"],
        ),
        (
            &post,
            &"/connections".into(),
            json!({"name": account.world.server.connection.name, "ssoUrl": "nowhere"}),
            vec!["/certificates", "/idpEntityId", "/name", "/ssoUrl"],
        ),
        (
            &post,
            &batch,
            json!({"operations": [
                {"op": "SET", "userId": UNKNOWN},
                {"op": "MAKE", "userId": bob},
                {"op": "SET", "userId": ada, "role": "STAKEHOLDER"},
                {"op": "SET", "userId": ada},
                {"op": "SET", "userId": "x"},
            ]}),
            vec![
                "/operations/0/userId",
                "/operations/1/op",
                "/operations/2/role",
                "/operations/3/userId",
                "/operations/4/userId",
            ],
        ),
    ];
    for (method, path, body, expected) in table {
        let response = account.api.send(account.request(method.clone(), path, &body)).await;
        assert_eq!(response.problem(StatusCode::UNPROCESSABLE_ENTITY).0, "invalid", "{body}");
        assert_eq!(places(&response), expected, "{method} {path} {body}");
        // A parameter hides none of them.
        let request = account.request(method.clone(), &format!("{path}?colour=red"), &body);
        let response = account.api.send(request.header("if-none-match", "x")).await;
        assert_eq!(response.problem(StatusCode::BAD_REQUEST).0, "invalid_parameter");
        let mut expected = expected.clone();
        expected.extend(["If-None-Match", "colour"]);
        expected.sort_unstable();
        assert_eq!(places(&response), expected, "{method} {path} {body}");
    }
}

async fn conflict_alone_is_409_and_names_the_other_resource(db: TestDb) {
    let account = Account::new(db).await;
    let alone = json!({"email": "bob@example.com"});
    let response = account.api.post("/users", &alone).await;
    assert_eq!(response.problem(StatusCode::CONFLICT).0, "exists");
    assert_eq!(response.body["errors"][0]["conflictsWith"], account.bob.as_str());
    let both = json!({"email": "bob@example.com", "x": 1});
    let response = account.api.post("/users", &both).await;
    response.problem(StatusCode::UNPROCESSABLE_ENTITY);
    let errors = response.body["errors"].as_array().unwrap();
    let email = errors.iter().find(|error| error["field"] == "email").unwrap();
    assert_eq!(email["conflictsWith"], account.bob.as_str());
    // A certificate that can't be used is one of two errors.
    let path = format!("/connections/{}/certificates?x=1", account.world.server.connection.id);
    let response = account.api.post(&path, &json!({"certificate": "none"})).await;
    response.problem(StatusCode::BAD_REQUEST);
    assert_eq!(places(&response), ["/certificate", "x"]);
}

async fn rows_report_look_ups_beside_errors_of_values(db: TestDb) {
    let account = Account::new(db).await;
    let Account { api, bob, .. } = &account;
    let rows = async |path: &str, kind: &str, body: String| {
        let request = api.request(Method::POST, path).header("content-type", kind);
        let response = api.send(request.body(body)).await.body(StatusCode::UNPROCESSABLE_ENTITY);
        let errors = response["results"][0]["errors"].as_array().unwrap().clone();
        let mut fields: Vec<_> =
            errors.iter().map(|error| error["field"].as_str().unwrap().to_owned()).collect();
        fields.sort();
        let conflict = errors.iter().find(|error| error["code"] == "EXISTS").unwrap();
        assert_eq!(conflict["conflictsWith"], bob.as_str());
        fields
    };
    let user = json!({
        "email": "new@example.com", "externalId": "2", "position": 7,
        "teams": [{"name": "Ops", "role": "BOSS"}, {"name": "Nowhere"}],
    });
    let expected = ["externalId", "position", "teams.0.role", "teams.1.name"];
    let batch = json!({"users": [user]}).to_string();
    assert_eq!(rows("/users/batch", "application/json", batch).await, expected);
    assert_eq!(rows("/users/import", "application/x-ndjson", user.to_string()).await, expected);
    let table = "email,externalId,role,teamName\nnew@example.com,2,BOSS,Nowhere\n";
    let table = rows("/users/import", "text/csv", table.into()).await;
    assert_eq!(table, ["externalId", "role", "teamName"]);
    // A user who exists is reported unless existing users are updated.
    let known = json!({"email": "bob@example.com", "role": "BOSS"});
    let batch = json!({"users": [known]}).to_string();
    let path = "/users/batch?onExisting=FAIL";
    assert_eq!(rows(path, "application/json", batch).await, ["email", "role"]);
}

async fn rehearsal_writes_nothing(db: TestDb) {
    let account = Account::new(db).await;
    let audits = || account.world.server.db().rows_of("audit_events").len();
    let before = audits();
    for (method, path, body) in [
        (Method::POST, "/users".to_owned(), json!({"email": "c@x", "x": 1})),
        (Method::PATCH, format!("/users/{}", account.ada), json!({"position": "P", "x": 1})),
        (Method::POST, "/teams?x=1".into(), json!({"name": "New"})),
        (Method::DELETE, format!("/teams/{}?x=1", account.ops), json!({})),
        (Method::POST, "/keys?x=1".into(), json!({"name": "K", "scopes": ["users:read"]})),
    ] {
        let response = account.api.send(account.request(method, &path, &body)).await;
        assert!(response.status.is_client_error(), "{}", response.text);
        assert_eq!(places(&response).len(), 1, "{}", response.text);
    }
    assert_eq!(audits(), before);
    let team = account.api.get(&format!("/teams/{}", account.ops)).await;
    team.body(StatusCode::OK);
}

async fn errors_of_a_file_are_reported_beside_those_of_headers(db: TestDb) {
    let account = Account::new(db).await;
    let api = &account.api;
    let send = async |kind: &str, query: &str| {
        let request = api.request(Method::POST, &format!("/users/import{query}"));
        let request = request.header("content-type", kind).header("if-match", "x");
        let request = request.header("idempotency-key", "k").body("emial\n");
        let response = api.send(request).await;
        response.problem(StatusCode::BAD_REQUEST);
        places(&response)
    };
    assert_eq!(send("text/csv", "").await, ["/header", "/header/0", "Idempotency-Key", "If-Match"]);
    assert_eq!(
        send("text/csv", "?x=1").await,
        ["/header", "/header/0", "Idempotency-Key", "If-Match", "x"]
    );
    assert_eq!(
        send("text/html; charset=klingon", "").await,
        ["Content-Type", "Content-Type", "Idempotency-Key", "If-Match"]
    );
    let request = api.request(Method::POST, "/teams").header("content-type", "text/html");
    let request = request.header("content-encoding", "gzip").header("if-match", "x").body("{}");
    let response = api.send(request).await;
    response.problem(StatusCode::BAD_REQUEST);
    assert_eq!(places(&response), ["Content-Encoding", "Content-Type", "If-Match"]);
}
