//! SCIM's part of the contract is what the server does.

use std::collections::BTreeSet;

use reqwest::{Method, StatusCode};
use usher::domain::api_key::{Dialect, Scope, Scopes};

use crate::{
    client::{ApiClient, ApiResponse},
    contract::{Operation, scim_operations},
    fixture::Fixture,
    renderings::fits,
};

const SCIM_JSON: &str = "application/scim+json";

/// An error of SCIM that the contract knows of the operation.
#[track_caller]
fn assert_documented_error(operation: &Operation, answer: &ApiResponse, status: StatusCode) {
    let id = operation.id();
    assert_eq!(answer.status, status, "{id}: {}", answer.text);
    assert_eq!(answer.header("content-type"), Some(SCIM_JSON), "{id}");
    assert_eq!(answer.body["status"], status.as_str(), "{id}");
    assert!(operation.is["responses"].get(status.as_str()).is_some(), "{id} documents {status}");
    fits(operation, answer);
}

/// Whether it is answered without a key.
fn is_public(operation: &Operation) -> bool {
    operation.is["security"] == serde_json::json!([])
}

/// Whether a key can't do it, because it is nobody.
fn is_of_me(operation: &Operation) -> bool {
    operation.path == "/scim/v2/Me"
}

#[tokio::test]
async fn me_is_404_for_a_key() {
    let fixture = Fixture::new().await;
    let scim = ApiClient::scim(&fixture.world.server, Dialect::Strict);
    for operation in scim_operations().into_iter().filter(is_of_me) {
        let response = scim.send(fixture.scim_request(&scim, &operation)).await;
        assert_documented_error(&operation, &response, StatusCode::NOT_FOUND);
    }
}

#[tokio::test]
async fn every_operation_requires_a_key_with_the_scope() {
    let fixture = Fixture::new().await;
    let server = &fixture.world.server;
    let others: Scopes = Scope::ALL.into_iter().filter(|scope| *scope != Scope::Scim).collect();
    let strangers = [
        (ApiClient::without_key(server), StatusCode::UNAUTHORIZED),
        (ApiClient::with_key(server, "usher_nonsense"), StatusCode::UNAUTHORIZED),
        (ApiClient::with_scopes(server, &server.account, others), StatusCode::FORBIDDEN),
    ];
    for (stranger, status) in strangers.map(|(api, status)| (api.into_scim(), status)) {
        for operation in scim_operations().into_iter().filter(|one| !is_public(one)) {
            let response = stranger.send(fixture.scim_request(&stranger, &operation)).await;
            assert_documented_error(&operation, &response, status);
            let challenge = response.header("www-authenticate").unwrap_or_default();
            assert!(challenge.starts_with("Bearer "), "{challenge}");
        }
    }
}

#[tokio::test]
async fn resources_of_another_account_are_not_found_by_scim() {
    let fixture = Fixture::new().await;
    let server = &fixture.world.server;
    let other = server.add_account("other", "Other", None);
    let stranger = ApiClient::with_scopes(server, &other, Scopes::full()).into_scim();
    for operation in scim_operations().into_iter().filter(|one| one.path.contains("{id}")) {
        let response = stranger.send(fixture.scim_request(&stranger, &operation)).await;
        assert_documented_error(&operation, &response, StatusCode::NOT_FOUND);
    }
    for path in ["/Users", "/Groups"] {
        let list = stranger.get(path).await.body(StatusCode::OK);
        assert_eq!(list["totalResults"], 0, "{path}");
    }
}

#[tokio::test]
async fn scim_paths_support_only_the_methods_of_the_contract() {
    let fixture = Fixture::new().await;
    let scim = ApiClient::scim(&fixture.world.server, Dialect::Strict);
    for operation in scim_operations() {
        let same = scim_operations().into_iter().filter(|one| one.path == operation.path);
        let mut known: BTreeSet<String> = same.map(|one| one.method.to_string()).collect();
        if known.contains("GET") {
            known.insert("HEAD".into());
        }
        for method in ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"] {
            if known.contains(method) {
                continue;
            }
            let method: Method = method.parse().unwrap();
            let request = scim.request(method.clone(), &fixture.scim_path(&operation));
            let response = scim.send(request).await;
            assert_eq!(
                response.status,
                StatusCode::METHOD_NOT_ALLOWED,
                "{method} {}",
                operation.path
            );
            let allow = response.header("allow").expect("Allow").split(", ");
            assert_eq!(allow.map(str::to_owned).collect::<BTreeSet<_>>(), known);
        }
    }
}

#[test]
fn every_route_of_scim_is_in_the_contract() {
    let paths = usher::http::contract_paths().into_iter().map(|(path, _)| path);
    let served: BTreeSet<_> = paths.filter(|path| path.starts_with("/scim/v2/")).collect();
    let known = scim_operations().iter().map(|one| one.path.to_owned()).collect();
    assert_eq!(served, known);
}
