//! Many users as typed JSON.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use usher::domain::api_key::{Scope, Scopes};

use crate::{
    client::ApiClient,
    import::{report_counts, send, users},
    support::db::TestDb,
    world::{Person, World},
};

on_both_databases! {
    skipped_user_is_not_validated,
    lines_report_every_error_and_a_blank_team_role,
    null_and_an_empty_text_clear_a_field_in_a_batch_and_in_lines,
    a_batch_is_staged_with_one_report,
    failed_user_aborts_the_batch_unless_row_by_row,
    a_body_that_is_not_a_batch_is_rejected,
    batch_with_an_idempotency_key_is_applied_once,
}

fn numbered_users(count: usize) -> Vec<Value> {
    (0..count).map(|number| json!({"email": format!("user{number}@example.com")})).collect()
}

async fn a_batch_is_staged_with_one_report(db: TestDb) {
    let world = World::new(db);
    let api = ApiClient::for_server(&world.server);
    let ada = json!({
        "email": "ada@example.com", "externalId": "7", "firstName": "Ada", "role": "USER",
        "teams": [{"name": "Ops", "role": "ADMIN"}], "status": "DISABLED", "position": null,
    });
    let body = json!({"users": [ada, {"email": "bob@example.com"}]});
    let path = "/users/batch?createMissingTeams=true&results=ALL";
    let report = api.post(path, &body).await.body(StatusCode::OK);
    assert_eq!(report_counts(&report), [2, 2, 0, 0, 0, 0], "{report}");
    let user = report["results"][0]["userId"].as_str().unwrap();
    let ada = api.get(&format!("/users/{user}")).await.body(StatusCode::OK);
    assert_eq!((&ada["status"], &ada["teams"][0]["role"]), (&json!("DISABLED"), &json!("ADMIN")));
    let report = api.post("/users/batch", &json!({"users": numbered_users(1_000)})).await;
    assert_eq!(report_counts(&report.body(StatusCode::OK)), [1_000, 1_000, 0, 0, 0, 0]);
    let report = api.post("/users/batch", &json!({"users": []})).await.body(StatusCode::OK);
    assert_eq!(report_counts(&report), [0; 6]);
}

async fn failed_user_aborts_the_batch_unless_row_by_row(db: TestDb) {
    let world = World::new(db);
    let api = ApiClient::for_server(&world.server);
    let body = json!({"users": [
        {"email": "ada@example.com"},
        {"email": "bob", "role": "BOSS"},
        {"email": "eve@example.com", "teams": [{"name": "Ops"}]},
        {"email": "zoe@example.com", "createMissingTeams": true},
        {"email": "ADA@example.com"},
        {"emial": "x"},
        "nobody",
        {"email": "kim@example.com", "status": "ACTIVE"},
    ]});
    let report = api.post("/users/batch", &body).await.body(StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(
        (&report["code"], report_counts(&report)),
        (&json!("import_failed"), [8, 0, 0, 0, 0, 7])
    );
    assert_eq!(users(&world), 0);
    let report = api.post("/users/batch?mode=ROW_BY_ROW", &body).await.body(StatusCode::OK);
    assert_eq!(report_counts(&report), [8, 1, 0, 0, 0, 7], "{report:#}");
    let fields: Vec<(u64, Vec<&str>)> = report["results"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| {
            let errors = row["errors"].as_array().unwrap().iter();
            let mut fields: Vec<_> = errors.map(|it| it["field"].as_str().unwrap()).collect();
            fields.sort_unstable();
            (row["row"].as_u64().unwrap(), fields)
        })
        .collect();
    assert_eq!(
        fields,
        [
            (2, vec!["email", "role"]),
            (3, vec!["teams.0.name"]),
            (4, vec!["createMissingTeams"]),
            (5, vec!["email"]),
            (6, vec!["email", "emial"]),
            (7, vec![""]),
            (8, vec!["status"]),
        ]
    );
}

async fn a_body_that_is_not_a_batch_is_rejected(db: TestDb) {
    let world = World::new(db);
    let api = ApiClient::for_server(&world.server);
    for (body, place) in [
        (json!({"users": numbered_users(1_001)}), "/users"),
        (json!({"users": "x"}), "/users"),
        (json!({}), "/users"),
        (json!({"users": [], "mode": "ATOMIC"}), "/mode"),
        (json!([]), ""),
    ] {
        let response = api.post("/users/batch", &body).await;
        let (code, places) = response.problem(StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!((code.as_str(), places), ("invalid", vec![place.to_owned()]));
    }
    for query in ["mode=all", "dryRun=maybe", "onExisting=Fail", "x=1", "mode=ATOMIC&mode=ATOMIC"] {
        let response = api.post(&format!("/users/batch?{query}"), &json!({"users": []})).await;
        assert_eq!(response.problem(StatusCode::BAD_REQUEST).0, "invalid_parameter", "{query}");
    }
    let scopes: Scopes = [Scope::UsersWrite].into_iter().collect();
    let fewer = ApiClient::with_scopes(&world.server, &world.server.account, scopes);
    let response = fewer.post("/users/batch?createMissingTeams=true", &json!({"users": []})).await;
    assert_eq!(response.problem(StatusCode::FORBIDDEN).0, "missing_scope");
    assert_eq!(api.get("/users/batch").await.status, StatusCode::METHOD_NOT_ALLOWED);
}

async fn batch_with_an_idempotency_key_is_applied_once(db: TestDb) {
    let world = World::new(db);
    let api = ApiClient::for_server(&world.server);
    let body = json!({"users": numbered_users(3)}).to_string();
    let mut reports = Vec::new();
    for _ in 0..2 {
        let request = api.request(Method::POST, "/users/batch");
        let request =
            request.header("idempotency-key", "once").header("content-type", "application/json");
        reports.push(api.send(request.body(body.clone())).await.body(StatusCode::OK));
    }
    assert_eq!(report_counts(&reports[1]), [3, 3, 0, 0, 0, 0], "as the first time");
    assert_eq!(reports[0], reports[1]);
}

async fn null_and_an_empty_text_clear_a_field_in_a_batch_and_in_lines(db: TestDb) {
    let world = World::new(db);
    let api = ApiClient::for_server(&world.server);
    let full = json!({
        "email": "ada@example.com", "externalId": "7", "firstName": "Augusta", "lastName": "King",
        "position": "Countess", "department": "Engines",
        "mobile": {"regionCode": "DE", "number": "0221 123123"},
        "userProfileImage": "https://example.com/ada.png",
    });
    let clears = [
        ("externalId", json!(null)),
        ("firstName", json!(null)),
        ("lastName", json!(null)),
        ("position", json!("")),
        ("department", json!(" ")),
        ("mobile", json!(null)),
        ("userProfileImage", json!(null)),
    ];
    for (field, cleared) in clears {
        for is_batch in [true, false] {
            let stage = async |query: &str, user: &Value| {
                let query = format!("?results=ALL&{query}");
                let response = match is_batch {
                    true => {
                        api.post(&format!("/users/batch{query}"), &json!({"users": [user]})).await
                    }
                    false => send(&api, &query, "application/x-ndjson", user.to_string()).await,
                };
                (response.status, response.body["results"][0]["status"].clone())
            };
            stage("onExisting=UPDATE", &full).await;
            let row = json!({"email": "ada@example.com", field: cleared});
            let (status, outcome) = stage("", &row).await;
            assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{field}: it is not so already");
            assert_eq!(outcome, "FAILED", "{field}");
            let updated = stage("onExisting=UPDATE", &row).await;
            assert_eq!(updated, (StatusCode::OK, json!("CHANGED")), "{field}");
            let unchanged = stage("onExisting=UPDATE", &row).await;
            assert_eq!(unchanged, (StatusCode::OK, json!("UNCHANGED")), "{field}");
        }
    }
    for (field, value) in [("role", json!(null)), ("role", json!("")), ("disabled", json!(null))] {
        let row = json!({"email": "ada@example.com", field: value});
        let response =
            send(&api, "?onExisting=UPDATE", "application/x-ndjson", row.to_string()).await;
        assert_eq!(response.status, StatusCode::UNPROCESSABLE_ENTITY, "{row}");
    }
}

async fn skipped_user_is_not_validated(db: TestDb) {
    let world = World::new(db);
    world.login(&Person::with_email("ada@example.com")).await;
    let api = ApiClient::for_server(&world.server);
    let body = json!({"users": [{"email": "ada@example.com", "status": "ACTIVE"}]});
    let report = api.post("/users/batch?onExisting=SKIP", &body).await.body(StatusCode::OK);
    assert_eq!(report["skipped"], 1, "{report}");
}

async fn lines_report_every_error_and_a_blank_team_role(db: TestDb) {
    let world = World::new(db);
    let api = ApiClient::for_server(&world.server);
    let fields = async |kind: &'static str, file: &str| {
        let response = send(&api, "", kind, file.to_owned()).await;
        let errors = response.body["results"][0]["errors"].as_array().unwrap().clone();
        let field = |error: &Value| {
            error["field"].as_str().unwrap().trim_start_matches('/').replace('.', "/")
        };
        let mut fields: Vec<_> = errors.iter().map(field).collect();
        fields.sort_unstable();
        fields
    };
    const LINES: &str = "application/x-ndjson";
    api.post("/teams", &json!({"name": "Ops"})).await.body(StatusCode::CREATED);
    let line =
        json!({"email": "bad", "role": "BOSS", "userProfileImage": "ftp:x", "externalId": 5});
    let all = ["email", "externalId", "role", "userProfileImage"];
    assert_eq!(fields(LINES, &line.to_string()).await, all);
    assert_eq!(fields(LINES, r#"{"role": "BOSS"}"#).await, ["email", "role"]);
    for role in ["null", r#""""#] {
        let line = format!(r#"{{"email": "a@b", "teams": [{{"name": "Ops", "role": {role}}}]}}"#);
        assert_eq!(fields(LINES, &line).await, ["teams/0/role"], "{role}");
    }
    assert_eq!(fields("text/csv", "email,role\n,BOSS\n").await, ["email", "role"]);
}
