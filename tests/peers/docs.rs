//! The page of the contract in a real browser: it is read, and tried with a key.

use serde_json::{Value, json};
use usher::http::openapi;

use crate::{
    tools::{Program, chromium, root},
    usher::Usher,
};

fn operations() -> usize {
    let paths = openapi::contract()["paths"].as_object().unwrap();
    paths.values().map(|item| item.as_object().unwrap().len()).sum()
}

#[test]
fn the_contract_is_read_and_tried_in_a_real_browser() {
    let usher = Usher::start();
    let told = Program::Docs.ask(&json!({
        "chromium": chromium(),
        "artifacts": root().join("target/artifacts/docs"),
        "docs_url": usher.address("docs"),
        "key": usher.key(),
        "operation": "getMe",
    }));
    let told = told.unwrap();
    assert_eq!(told["operations"], operations(), "all are shown");
    assert_eq!(told["status"], "200", "{told:#}");
    assert!(told["body"].as_str().unwrap().contains("\"kind\": \"API_KEY\""), "{told:#}");
    assert_eq!(told["complaints"], json!([]), "the browser's console is quiet");
    let origin = usher.address("");
    for answer in told["answers"].as_array().unwrap() {
        let url = answer["url"].as_str().unwrap();
        // A picture that stands in the style sheet itself is asked of nobody.
        let ours = url.starts_with(&origin) || url.starts_with("data:");
        assert!(ours, "nothing comes from elsewhere: {url}");
        assert!(answer["status"].as_u64().unwrap() < 400, "{answer}");
    }
    let asked = |path: &str| {
        let url = Value::from(usher.address(path));
        told["answers"].as_array().unwrap().iter().any(|answer| answer["url"] == url)
    };
    assert!(asked("openapi.json") && asked("api/v1/me"), "{told:#}");
}
