//! Every address: which methods it knows, and what every answer carries.

use reqwest::{Method, Response, StatusCode};
use serde_json::Value;
use usher::http::assets::Asset;

use crate::{
    support::{browser::Browser, db::TestDb, server::TestServerOptions},
    world::{Person, World},
};

/// Each address with the methods that it knows.
fn addresses(world: &World) -> Vec<(String, Vec<Method>)> {
    let saml = format!("/saml/{}", world.server.connection.id);
    let (get, post) = (vec![Method::GET, Method::HEAD], vec![Method::POST]);
    let session = vec![Method::GET, Method::DELETE, Method::HEAD];
    let mut addresses = vec![
        ("/".into(), get.clone()),
        ("/signin".into(), get.clone()),
        ("/signin/error/7KQ3-M2XB-90FD".into(), get.clone()),
        ("/signout".into(), post.clone()),
        ("/signedout".into(), get.clone()),
        (format!("{saml}/metadata"), get.clone()),
        // Begins something, so it is no address to be asked for its headers.
        (format!("{saml}/login"), vec![Method::GET]),
        (format!("{saml}/acs"), post.clone()),
        ("/session".into(), session),
        ("/session/token".into(), post),
        ("/.well-known/jwks.json".into(), get.clone()),
        ("/healthz".into(), get.clone()),
        ("/readyz".into(), get.clone()),
    ];
    addresses.extend(Asset::ALL.map(|asset| (asset.path().to_owned(), get.clone())));
    addresses
}

fn methods() -> Vec<Method> {
    let brew = Method::from_bytes(b"BREW").unwrap();
    let known = [
        Method::GET,
        Method::HEAD,
        Method::POST,
        Method::PUT,
        Method::PATCH,
        Method::DELETE,
        Method::OPTIONS,
        Method::TRACE,
    ];
    known.into_iter().chain([brew]).collect()
}

async fn ask(world: &World, method: &Method, path: &str) -> Response {
    let browser = Browser::new();
    browser.send(browser.request(method.clone(), &world.url(path))).await
}

#[tokio::test]
async fn an_unsupported_method_is_405_with_the_allowed_methods() {
    let world = World::new(TestDb::sqlite());
    for (path, known) in addresses(&world) {
        for method in methods() {
            let response = ask(&world, &method, &path).await;
            let rejected = response.status() == StatusCode::METHOD_NOT_ALLOWED;
            assert_eq!(
                rejected,
                !known.contains(&method),
                "{method} {path}: {}",
                response.status()
            );
            assert!(!response.status().is_server_error(), "{method} {path}");
            if rejected {
                let allow = response.headers()["allow"].to_str().unwrap();
                let mut allow: Vec<_> = allow.split(", ").collect();
                let mut expected: Vec<_> = known.iter().map(Method::as_str).collect();
                allow.sort_unstable();
                expected.sort_unstable();
                assert_eq!(allow, expected, "{method} {path}");
            }
        }
    }
}

/// `HEAD` is `GET` without the body (RFC 9110 9.3.2).
#[tokio::test]
async fn head_answers_as_get_does() {
    let world = World::new(TestDb::sqlite());
    for (path, known) in addresses(&world) {
        if !known.contains(&Method::HEAD) {
            continue;
        }
        let get = ask(&world, &Method::GET, &path).await;
        let head = ask(&world, &Method::HEAD, &path).await;
        assert_eq!(head.status(), get.status(), "{path}");
        for name in ["content-type", "content-length", "cache-control"] {
            assert_eq!(head.headers().get(name), get.headers().get(name), "{path}: {name}");
        }
        assert_eq!(head.bytes().await.unwrap(), "", "{path}");
    }
}

/// What every answer carries: that of a page, of an error, of nothing.
fn is_protected(answer: &Response, https: bool, what: &str) {
    let header = |name| answer.headers().get(name).map(|value| value.to_str().unwrap());
    let policy = header("content-security-policy").unwrap_or_else(|| panic!("{what}: no CSP"));
    for directive in ["default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'"] {
        assert!(policy.contains(directive), "{what}: {policy}");
    }
    assert!(!policy.contains("unsafe"), "{what}: {policy}");
    assert_eq!(header("x-content-type-options"), Some("nosniff"), "{what}");
    assert!(matches!(header("referrer-policy"), Some("same-origin" | "no-referrer")), "{what}");
    assert_eq!(header("cross-origin-opener-policy"), Some("same-origin"), "{what}");
    assert!(header("cache-control").is_some(), "{what}");
    let bound = header("strict-transport-security").is_some();
    assert_eq!(bound, https, "{what}");
    for name in ["server", "x-powered-by"] {
        assert_eq!(header(name), None, "{what}");
    }
}

#[tokio::test]
async fn every_response_has_the_security_headers() {
    let world = World::new(TestDb::sqlite());
    for (path, _) in addresses(&world) {
        for method in methods() {
            let response = ask(&world, &method, &path).await;
            is_protected(&response, false, &format!("{method} {path}"));
        }
    }
    for path in ["/nothing", "/saml", "/saml/x/acs", "/assets/x.css", "/%00", "/a/../../b"] {
        let response = ask(&world, &Method::GET, path).await;
        is_protected(&response, false, path);
    }
}

#[tokio::test]
async fn https_responses_have_hsts() {
    let base_url = Some("https://login.example.com/");
    let world = World::with_deployment(
        TestDb::sqlite(),
        TestServerOptions { base_url, ..TestServerOptions::default() },
    );
    for path in ["/signin", "/nothing", "/session", "/healthz"] {
        is_protected(&ask(&world, &Method::GET, path).await, true, path);
    }
}

/// Answers about one person are never cached.
#[tokio::test]
async fn personal_pages_are_not_stored_by_caches() {
    let world = World::new(TestDb::sqlite());
    let browser = world.login(&Person::with_email("ada@example.com")).await;
    let login = format!("/saml/{}/login", world.server.connection.id);
    for path in ["/", "/signin", "/session", &login, "/signin/error/7KQ3-M2XB-90FD"] {
        let response = browser.get(&world.url(path)).await;
        assert_eq!(response.headers()["cache-control"], "no-store", "{path}");
    }
}

#[tokio::test]
async fn unknown_path_is_answered_with_a_page_or_problem_by_accept() {
    let world = World::new(TestDb::sqlite());
    let browser = Browser::new();
    for path in ["/nothing", "/saml", "/signin/", "/test-idp", "/session/", "/%ff", "/assets/"] {
        let page = browser.request(Method::GET, &world.url(path)).header("accept", "text/html");
        let page = browser.send(page).await;
        assert_eq!(page.status(), StatusCode::NOT_FOUND, "{path}");
        assert!(page.text().await.unwrap().contains("There is no page here"), "{path}");
        let problem = browser.get(&world.url(path)).await;
        assert_eq!(problem.status(), StatusCode::NOT_FOUND, "{path}");
        assert_eq!(problem.headers()["content-type"], "application/problem+json");
        let problem: Value = problem.json().await.unwrap();
        assert_eq!((&problem["status"], &problem["code"]), (&404.into(), &"not_found".into()));
    }
}

/// A connection that does not exist: the addresses for browsers answer with a page.
#[tokio::test]
async fn an_unknown_connection_is_not_found() {
    let world = World::new(TestDb::sqlite());
    let browser = Browser::new();
    let unknown = "01890000-0000-7000-8000-000000000000";
    let hostile = "%3Cscript%3Ealert(1)%3C%2Fscript%3E";
    for id in [unknown, "x", "0", "%ff", "%00", hostile, &"a".repeat(2_000)] {
        let login = browser.get(&world.url(&format!("/saml/{id}/login"))).await;
        assert_eq!(login.status(), StatusCode::NOT_FOUND, "{id}");
        assert_eq!(login.headers()["content-type"], "text/html; charset=utf-8", "{id}");
        let text = login.text().await.unwrap();
        assert!(text.contains("There is no page here"), "{id}: {text}");
        assert!(!text.contains("alert(1)"));
        let fields = [("SAMLResponse", "x")];
        let acs = browser.post_form(&world.url(&format!("/saml/{id}/acs")), &fields).await;
        assert_eq!(acs.status(), StatusCode::NOT_FOUND, "{id}");
        assert_eq!(acs.headers()["content-type"], "text/html; charset=utf-8", "{id}");
        let metadata = browser.get(&world.url(&format!("/saml/{id}/metadata"))).await;
        assert_eq!(metadata.status(), StatusCode::NOT_FOUND, "{id}");
    }
    assert!(world.server.attempts().is_empty());
}

#[tokio::test]
async fn metadata_is_readable_by_an_identity_provider() {
    let world = World::new(TestDb::sqlite());
    let response = Browser::new().get(&world.server.saml("metadata")).await;
    assert_eq!(response.status(), StatusCode::OK);
    assert_eq!(response.headers()["content-type"], "application/samlmetadata+xml");
    let text = response.text().await.unwrap();
    let document = roxmltree::Document::parse(&text).unwrap();
    let root = document.root_element();
    assert_eq!(root.tag_name().name(), "EntityDescriptor");
    assert_eq!(root.attribute("entityID"), Some(world.server.saml("metadata").as_str()));
    let named = |name: &str| {
        let found = document.descendants().filter(|node| node.tag_name().name() == name);
        found.collect::<Vec<_>>()
    };
    let [acs] = named("AssertionConsumerService")[..] else { panic!("{text}") };
    assert_eq!(acs.attribute("Location"), Some(world.server.saml("acs").as_str()));
    let uses: Vec<_> =
        named("KeyDescriptor").iter().filter_map(|node| node.attribute("use")).collect();
    assert_eq!(uses, ["signing", "encryption"]);
    assert!(!text.contains("PRIVATE"));
}

#[tokio::test]
async fn liveness_and_readiness_are_reported() {
    let world = World::new(TestDb::sqlite());
    for (path, body) in [("/healthz", "ok\n"), ("/readyz", "ready\n")] {
        let response = Browser::new().get(&world.url(path)).await;
        assert_eq!(response.status(), StatusCode::OK);
        assert_eq!(response.text().await.unwrap(), body);
    }
}
