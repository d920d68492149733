//! Bodies with so many errors, or values, that to tell or hold them all would
//! fill the memory.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::{
    client::{ApiClient, ApiResponse},
    import_jobs,
    support::db::TestDb,
    world::World,
};

/// As many zeros as fit into some bytes.
fn zeros(bytes: usize) -> String {
    format!("[0{}]", ",0".repeat(bytes / 2))
}

#[track_caller]
fn is_short(answer: &ApiResponse) {
    assert!(answer.text.len() < 64 * 1024, "{} bytes", answer.text.len());
}

#[tokio::test]
async fn first_hundred_errors_are_reported_with_a_note_of_the_rest() {
    let world = World::new(TestDb::sqlite());
    let api = ApiClient::for_server(&world.server);
    let team = api.post("/teams", &json!({"name": "Ops"})).await.body(StatusCode::CREATED);
    let batch = format!("/teams/{}/members/batch", team["id"].as_str().unwrap());
    let post = async |path: &str, body: String| {
        let request = api.request(Method::POST, path).header("content-type", "application/json");
        api.send(request.body(body)).await
    };
    for (path, body) in [
        (batch.as_str(), format!(r#"{{"operations":{}}}"#, zeros(4_000))),
        ("/keys", format!(r#"{{"name":"A","scopes":{}}}"#, zeros(4_000))),
        ("/users", format!(r#"{{"email":"a@b.example","teams":{}}}"#, zeros(1_000))),
    ] {
        let response = post(path, body).await;
        let (_, places) = response.problem(StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(places.len(), 100, "{path}");
        let expected = "the body has more than 100 errors; the first 100 are listed";
        assert_eq!(response.body["detail"], expected, "{path}");
        is_short(&response);
    }
    // Not even looked at.
    for (bytes, place) in [(2_000_000, ""), (40_000, "/operations")] {
        let response = post(&batch, format!(r#"{{"operations":{}}}"#, zeros(bytes))).await;
        assert_eq!(response.problem(StatusCode::UNPROCESSABLE_ENTITY).1, [place]);
        is_short(&response);
    }
}

#[tokio::test]
async fn memory_is_bounded_for_lines_and_rows_of_any_length() {
    let world = World::new(TestDb::sqlite());
    let api = ApiClient::for_server(&world.server);
    let import = async |kind: &str, body: String| {
        let request = api.request(Method::POST, "/users/import?mode=ROW_BY_ROW&results=ALL");
        api.send(request.header("content-type", kind).body(body)).await
    };
    let long = format!(r#"{{"email":"a@b.example","teams":{}}}"#, zeros(6_000_000));
    let many = format!(r#"{{"email":"a@b.example","teams":{}}}"#, zeros(6_000));
    let good = r#"{"email":"ada@example.com"}"#;
    let response = import("application/x-ndjson", format!("{long}\n{many}\n{good}\n{long}")).await;
    is_short(&response);
    let location = response.headers["location"].to_str().unwrap();
    let ended =
        import_jobs::wait_until_ended(&api, location.strip_prefix("/api/v1").unwrap()).await;
    let results = ended["report"]["results"].as_array().unwrap();
    let message: Vec<_> = results
        .iter()
        .map(|row| {
            let errors = row["errors"].as_array().map_or(0, Vec::len);
            (row["line"].as_u64().unwrap(), row["status"].as_str().unwrap(), errors)
        })
        .collect();
    let expected = [(1, "FAILED", 1), (2, "FAILED", 30), (3, "CREATED", 0), (4, "FAILED", 1)];
    assert_eq!(message, expected);
    let omitted: Vec<_> = results.iter().map(|row| row["errorsOmitted"].as_u64()).collect();
    // Reading stops after 101 errors. One more is that there are too many teams.
    assert_eq!(omitted, [Some(0), Some(72), Some(0), Some(0)]);

    for (table, place) in [
        (",".repeat(2_000_000), "/header"),
        (format!("email\n\"{}", "a\n".repeat(1_000_000)), "/rows"),
        (format!("email\nb@example.com\n{}", ",".repeat(2_000_000)), "/rows"),
    ] {
        let response = import("text/csv", table).await;
        is_short(&response);
        assert_eq!(response.problem(StatusCode::UNPROCESSABLE_ENTITY).1, [place]);
    }
    let response = import("text/csv", format!("email{}\n", ",x".repeat(1_000))).await;
    assert_eq!(response.problem(StatusCode::UNPROCESSABLE_ENTITY).1.len(), 100);
    let users = api.get("/users?total=true").await.body(StatusCode::OK);
    assert_eq!(users["total"], Value::from(1));
}
