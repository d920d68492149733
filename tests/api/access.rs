//! Every operation of the contract: which callers it accepts, and which it rejects.

use std::collections::BTreeSet;

use reqwest::{Method, RequestBuilder, StatusCode};
use usher::{
    domain::api_key::{Scope, Scopes},
    http::contract_paths,
};

use crate::{
    client::{ApiClient, ApiResponse},
    contract::{Operation, operations},
    fixture::Fixture,
    support::browser::Browser,
    world::{Person, SESSION},
};

/// The answer to an operation as its example has it, by some program.
async fn send_example(fixture: &Fixture, api: &ApiClient, operation: &Operation) -> ApiResponse {
    api.send(fixture.requests(api, operation).swap_remove(0)).await
}

#[track_caller]
fn assert_problem(operation: &Operation, answer: &ApiResponse, status: StatusCode, code: &str) {
    let id = operation.id();
    assert_eq!(answer.status, status, "{id}: {}", answer.text);
    assert_eq!(answer.problem(status).0, code, "{id}");
    assert!(operation.is["responses"].get(status.as_str()).is_some(), "{id} documents {status}");
}

#[tokio::test]
async fn every_operation_requires_a_key() {
    let fixture = Fixture::new().await;
    let server = &fixture.world.server;
    let strangers = [
        (ApiClient::without_key(server), "unauthenticated"),
        (
            ApiClient::with_key(server, "usher_0000000000000000000000000000000000000000000"),
            "invalid_key",
        ),
        (ApiClient::with_key(server, "nonsense"), "invalid_key"),
    ];
    for operation in operations() {
        for (stranger, code) in &strangers {
            let response = send_example(&fixture, stranger, &operation).await;
            assert_problem(&operation, &response, StatusCode::UNAUTHORIZED, code);
            let challenge = response.header("www-authenticate").unwrap_or_default();
            assert!(challenge.starts_with("Bearer "), "{challenge}");
        }
    }
}

#[tokio::test]
async fn key_without_the_scope_is_rejected_despite_every_other_scope() {
    let fixture = Fixture::new().await;
    let server = &fixture.world.server;
    for operation in operations() {
        let Some(needed) = operation.scope() else { continue };
        let others: Scopes =
            Scope::ALL.into_iter().filter(|scope| scope.as_str() != needed).collect();
        let poor = ApiClient::with_scopes(server, &server.account, others);
        let response = send_example(&fixture, &poor, &operation).await;
        assert_problem(&operation, &response, StatusCode::FORBIDDEN, "missing_scope");
        let challenge = response.header("www-authenticate").unwrap_or_default();
        assert!(challenge.contains(&format!("scope=\"{needed}\"")), "{challenge}");
    }
}

#[tokio::test]
async fn resources_of_another_account_are_not_found() {
    let fixture = Fixture::new().await;
    let server = &fixture.world.server;
    let stranger =
        ApiClient::with_scopes(server, &server.add_account("other", "Other", None), Scopes::full());
    for operation in operations().into_iter().filter(|one| one.path.contains('{')) {
        let response = send_example(&fixture, &stranger, &operation).await;
        assert_problem(&operation, &response, StatusCode::NOT_FOUND, "not_found");
    }
    // Nor is it on any list.
    for operation in operations() {
        if operation.method == Method::GET
            && operation.id().starts_with("list")
            && !operation.path.contains('{')
        {
            let page = send_example(&fixture, &stranger, &operation).await.body(StatusCode::OK);
            let known: BTreeSet<_> = page["items"]
                .as_array()
                .unwrap()
                .iter()
                .map(|one| one["id"].clone().to_string())
                .collect();
            let page =
                self::send_example(&fixture, &fixture.api, &operation).await.body(StatusCode::OK);
            let own: BTreeSet<_> = page["items"]
                .as_array()
                .unwrap()
                .iter()
                .map(|one| one["id"].clone().to_string())
                .collect();
            assert!(known.is_disjoint(&own), "{}", operation.id());
        }
    }
}

/// The methods that the contract knows at an address, and HEAD where there is
/// GET.
fn documented_methods(path: &str) -> BTreeSet<String> {
    let methods = operations().into_iter().filter(|one| one.path == path);
    let mut methods: BTreeSet<_> = methods.map(|one| one.method.to_string()).collect();
    if methods.contains("GET") {
        methods.insert("HEAD".into());
    }
    methods
}

#[tokio::test]
async fn paths_support_only_the_methods_of_the_contract() {
    let fixture = Fixture::new().await;
    for operation in operations() {
        let (path, known) = (fixture.path(&operation), documented_methods(operation.path));
        for method in ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "BREW"]
        {
            if known.contains(method) {
                continue;
            }
            let request = fixture.api.request(method.parse().unwrap(), &path);
            let response = fixture.api.send(request).await;
            assert_eq!(response.status, StatusCode::METHOD_NOT_ALLOWED, "{method} {path}");
            let allow = response.header("allow").expect("Allow").split(", ");
            assert_eq!(allow.map(str::to_owned).collect::<BTreeSet<_>>(), known, "{path}");
        }
    }
}

#[test]
fn every_route_of_the_api_is_in_the_contract() {
    for (path, methods) in contract_paths() {
        if path.starts_with("/api/v1/") {
            let methods: BTreeSet<_> =
                methods.iter().map(|(method, _)| method.to_string()).collect();
            assert_eq!(methods, documented_methods(&path), "{path}");
        }
    }
    let served: BTreeSet<_> = contract_paths().into_iter().map(|(path, _)| path).collect();
    assert!(operations().iter().all(|operation| served.contains(operation.path)));
}

#[tokio::test]
async fn headers_are_supported_if_and_only_if_the_contract_lists_them() {
    let fixture = Fixture::new().await;
    let send = async |operation: &Operation, name: &str, value: &str| {
        let request: RequestBuilder = fixture.requests(&fixture.api, operation).swap_remove(0);
        fixture.api.send(request.header(name, value)).await
    };
    for operation in operations() {
        let id = operation.id();
        if operation.method == Method::GET {
            let response = send(&operation, "if-none-match", "*").await;
            let seen = response.status == StatusCode::NOT_MODIFIED;
            assert_eq!(seen, operation.takes("If-None-Match"), "{id}: {}", response.status);
        } else if operation.method == Method::POST {
            let response = send(&operation, "idempotency-key", &"k".repeat(256)).await;
            assert_problem(&operation, &response, StatusCode::BAD_REQUEST, "invalid_parameter");
            let is_supported = response.body["errors"][0]["expected"] != "no such header";
            assert_eq!(is_supported, operation.takes("Idempotency-Key"), "{id}: {}", response.text);
            if operation.takes("If-Match") {
                let response = send(&operation, "if-match", "\"of-another-time\"").await;
                assert_problem(&operation, &response, StatusCode::PRECONDITION_FAILED, "changed");
                let response = send(&operation, "if-match", "nonsense").await;
                assert_problem(&operation, &response, StatusCode::BAD_REQUEST, "invalid_parameter");
            } else {
                let response = send(&operation, "if-match", "*").await;
                assert_problem(&operation, &response, StatusCode::BAD_REQUEST, "invalid_parameter");
            }
        } else {
            assert!(operation.takes("If-Match"), "{id}: a change can be guarded");
            let response = send(&operation, "if-match", "\"of-another-time\"").await;
            assert_problem(&operation, &response, StatusCode::PRECONDITION_FAILED, "changed");
            let response = send(&operation, "if-match", "nonsense").await;
            assert_problem(&operation, &response, StatusCode::BAD_REQUEST, "invalid_parameter");
        }
    }
}

/// A request by the session of a browser.
async fn by_session(
    fixture: &Fixture,
    browser: &Browser,
    operation: &Operation,
    headers: &[(&str, &str)],
) -> ApiResponse {
    let cookie = format!("{SESSION}={}", browser.cookie(SESSION).expect("is signed in"));
    let nobody = ApiClient::without_key(&fixture.world.server);
    let request = fixture.requests(&nobody, operation).swap_remove(0).header("cookie", cookie);
    let request =
        headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
    nobody.send(request).await
}

#[tokio::test]
async fn admin_session_reads_anywhere_and_writes_from_own_pages_only() {
    let fixture = Fixture::new().await;
    let browser = fixture
        .world
        .login(&Person::with_email("root@example.com").with_attribute("role", "ADMIN"))
        .await;
    let origin = fixture.world.server.app.settings.base_url.origin().ascii_serialization();
    for operation in operations() {
        if operation.method == Method::GET {
            let response = by_session(&fixture, &browser, &operation, &[]).await;
            assert_eq!(response.status, StatusCode::OK, "{}: {}", operation.id(), response.text);
            continue;
        }
        for headers in [
            &[][..],
            &[("origin", "https://evil.example")],
            &[("origin", "null")],
            &[("sec-fetch-site", "cross-site")],
            &[("sec-fetch-site", "same-site")],
        ] {
            let response = by_session(&fixture, &browser, &operation, headers).await;
            assert_problem(&operation, &response, StatusCode::FORBIDDEN, "cross_site");
        }
    }
    for own in [("origin", origin.as_str()), ("sec-fetch-site", "same-origin")] {
        let create = operations().into_iter().find(|one| one.id() == "createKey").unwrap();
        let response = by_session(&fixture, &browser, &create, &[own]).await;
        assert_eq!(response.status, StatusCode::CREATED, "{own:?}: {}", response.text);
    }
}

#[tokio::test]
async fn session_of_a_user_without_the_role_admin_is_rejected() {
    let fixture = Fixture::new().await;
    let browser = fixture
        .world
        .login(&Person::with_email("guest@example.com").with_attribute("role", "USER"))
        .await;
    for operation in operations() {
        let own_page = [("sec-fetch-site", "same-origin")];
        let response = by_session(&fixture, &browser, &operation, &own_page).await;
        assert_problem(&operation, &response, StatusCode::FORBIDDEN, "not_admin");
    }
}

#[tokio::test]
async fn api_key_takes_precedence_over_the_cookie() {
    let fixture = Fixture::new().await;
    let admin = fixture
        .world
        .login(&Person::with_email("root@example.com").with_attribute("role", "ADMIN"))
        .await;
    let guest = fixture.world.login(&Person::with_email("guest@example.com")).await;
    let good = format!("Bearer {}", fixture.api.key());
    for operation in operations().into_iter().filter(|one| one.method == Method::GET) {
        for body in ["Bearer usher_nonsense", "Basic cm9vdDpyb290", ""] {
            let response =
                by_session(&fixture, &admin, &operation, &[("authorization", body)]).await;
            assert_problem(&operation, &response, StatusCode::UNAUTHORIZED, "invalid_key");
        }
        let response = by_session(&fixture, &guest, &operation, &[("authorization", &good)]).await;
        assert_eq!(response.status, StatusCode::OK, "{}: {}", operation.id(), response.text);
    }
}
