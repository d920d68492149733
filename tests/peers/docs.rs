//! The pages of the contracts in a real browser: they are read, searched, and
//! requests are sent from them.

use serde_json::{Value, json};
use usher::http::openapi::{Document, Version};

use crate::{
    tools::{Program, chromium, root},
    usher::Usher,
};

fn count_operations(document: Document) -> usize {
    let paths = document.contract(Version::V3_1)["paths"].as_object().unwrap();
    paths.values().map(|item| item.as_object().unwrap().len()).sum()
}

fn count_schemas(document: Document) -> usize {
    document.contract(Version::V3_1)["components"]["schemas"].as_object().unwrap().len()
}

#[test]
fn contract_pages_send_requests_in_a_real_browser() {
    let usher = Usher::start();
    let key = usher.key();
    let visit = Program::Docs.ask(&json!({
        "chromium": chromium(),
        "artifacts": root().join("target/artifacts/docs"),
        "docs_url": usher.address("docs"),
        "scim_url": usher.address("docs/scim"),
        "key": key,
        "operations": ["getMe", "createTeam"],
        "words": "createUser",
    }));
    let visit = visit.unwrap();
    for (page, document) in [("admin", Document::Admin), ("scim", Document::Scim)] {
        assert_eq!(visit[page]["operations"], count_operations(document), "{page}");
        assert_eq!(visit[page]["schemas"], count_schemas(document), "{page}");
        assert_eq!(visit[page]["prefilled"], json!([]), "{page}: no parameter is prefilled");
        let wide = visit[page]["wide"].as_i64().unwrap();
        assert!(wide <= 0, "{page}: with everything open it is {wide} pixels too wide");
    }
    is_accessible(&visit);
    is_found(&visit);
    is_sent(&visit, &key);
    let scheme = &visit["scheme"];
    assert_eq!(scheme["switched"], scheme["reloaded"], "the choice is remembered");
    assert_eq!(scheme["before"], scheme["after"]);
    assert_ne!(scheme["before"], scheme["switched"]);
    for path in ["/openapi.json", "/openapi-3.0.json", "/openapi-scim.json", "/docs/scim"] {
        assert!(visit["links"].as_array().unwrap().contains(&json!(path)), "{path} is linked");
    }
    assert_eq!(visit["broken"], json!([]), "each link leads somewhere");
    let plain = &visit["withoutScript"];
    assert_eq!(plain["operations"], count_operations(Document::Admin));
    assert_eq!(plain["controls"], 0, "nothing is shown that needs a script");
}

/// Neither axe nor the console complains, nothing scrolls sideways, and nothing
/// comes from elsewhere.
fn is_accessible(visit: &Value) {
    for (page, facts) in visit["pages"].as_object().unwrap() {
        assert_eq!(facts["problems"], json!([]), "{page} is accessible, and fits");
        assert_eq!(facts["headings"].as_array().unwrap().len(), 1, "{page} has one main heading");
    }
    assert_eq!(visit["complaints"], json!([]), "the browser's console is quiet");
    for answer in visit["answers"].as_array().unwrap() {
        let url = answer["url"].as_str().unwrap();
        assert!(url.starts_with("http://127.0.0.1:"), "nothing comes from elsewhere: {url}");
        assert!(answer["status"].as_u64().unwrap() < 400, "{answer}");
    }
    let skip = &visit["skip"];
    assert_eq!(skip["isVisible"], true, "{skip}");
    assert_eq!(skip["focus"], "main", "the first link leads past the navigation: {skip}");
}

/// The search shows the entries that have all words, and no more.
fn is_found(visit: &Value) {
    let found = &visit["search"];
    assert_eq!(found["operations"], json!(["operation-createUser"]));
    assert_eq!(found["operations"], found["links"]);
    let status = found["status"].as_str().unwrap();
    assert!(status.starts_with("1 operations"), "{status}");
    assert_eq!(found["cleared"], count_operations(Document::Admin), "Escape ends the search");
}

/// Requests are sent as the page shows them; the key stays in its field.
fn is_sent(visit: &Value, key: &str) {
    let sent = &visit["sent"];
    assert_eq!(sent["getMe"]["status"], "200", "{sent:#}");
    assert_eq!(sent["getMe"]["body"]["kind"], "API_KEY", "{sent:#}");
    assert_eq!(sent["createTeam"]["status"], "201", "{sent:#}");
    let stored = visit["stored"].as_str().unwrap();
    assert!(!stored.contains(key), "{stored}");
    assert_eq!(visit["key"], "", "a reload forgets the key");
}
