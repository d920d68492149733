//! A path that names nothing is one of the errors of a request, for every route.

use reqwest::{Method, StatusCode};
use serde_json::Value;

use crate::{client::ApiResponse, contract::operations, fixture::Fixture};

/// An ID that nothing has.
const UNKNOWN: &str = "0198c5a0-7d2c-7b6e-9d60-3f1f2a6f0c11";

/// The fields of the errors.
fn fields(answer: &ApiResponse) -> Vec<&str> {
    let errors = answer.body["errors"].as_array().expect("errors");
    errors.iter().filter_map(|error| error["field"].as_str()).collect()
}

fn value_of_path(answer: &ApiResponse) -> &Value {
    let errors = answer.body["errors"].as_array().expect("errors");
    &errors.iter().find(|error| error["field"] == "path").expect("the path")["value"]
}

#[tokio::test]
async fn unknown_path_is_reported_beside_other_errors_of_every_operation() {
    let fixture = Fixture::new().await;
    for operation in operations() {
        let parameters = operation.is["parameters"].as_array().into_iter().flatten();
        let names =
            parameters.filter(|one| one["in"] == "path").filter_map(|one| one["name"].as_str());
        for name in names {
            let whole = fixture.path(&operation);
            let known = fixture.path_value(&operation, name);
            let path = whole.replace(&known, UNKNOWN);
            assert_ne!(path, whole, "{}", operation.id());
            let request = || fixture.api.request(operation.method.clone(), &format!("{path}?x=1"));
            let response = fixture.api.send(request()).await;
            response.problem(StatusCode::BAD_REQUEST);
            for place in ["x", "path"] {
                assert!(
                    fields(&response).contains(&place),
                    "{} {name}: {}",
                    operation.id(),
                    response.text
                );
            }
            assert_eq!(value_of_path(&response), UNKNOWN, "{}", operation.id());
            if matches!(operation.method, Method::POST | Method::PUT | Method::PATCH) {
                let malformed = request().header("content-type", "application/json").body("{");
                let response = fixture.api.send(malformed).await;
                let mut found = fields(&response);
                found.sort_unstable();
                assert_eq!(found, ["body", "path", "x"], "{} {name}", operation.id());
            }
        }
    }
}

#[tokio::test]
async fn known_path_is_no_error() {
    let fixture = Fixture::new().await;
    for operation in operations().iter().filter(|one| one.path.contains('{')) {
        let path = format!("{}?x=1", fixture.path(operation));
        let response = fixture.api.send(fixture.api.request(operation.method.clone(), &path)).await;
        response.problem(StatusCode::BAD_REQUEST);
        assert!(!fields(&response).contains(&"path"), "{}: {}", operation.id(), response.text);
    }
}
