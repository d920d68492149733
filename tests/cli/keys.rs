//! `usher key`, and the first key of an account.

use std::time::Duration;

use reqwest::{Client, StatusCode};
use serde_json::{Value, json};

use crate::{program::Folder, running::RunningServer};

/// What the admin API says of the holder of a key.
async fn me(server: &RunningServer, key: &str) -> (StatusCode, Value) {
    let client = Client::builder().no_proxy().timeout(Duration::from_secs(10)).build().unwrap();
    let response = client.get(server.url("/api/v1/me")).bearer_auth(key).send().await.unwrap();
    (response.status(), response.json().await.unwrap())
}

#[tokio::test]
async fn new_account_has_an_api_key() {
    let folder = Folder::migrated();
    let made = folder.run_json(&["account", "create", "acme"]);
    let body = folder.run(&["account", "create", "umbrella"]);
    assert!(body.contains("can't be shown again"), "{body}");
    let printed = body.split_whitespace().find(|word| word.starts_with("usher_")).unwrap();
    let server = RunningServer::serve(&folder, &[]);
    for (key, slug) in [(made["apiKey"]["secret"].as_str().unwrap(), "acme"), (printed, "umbrella")]
    {
        let (status, me) = me(&server, key).await;
        assert_eq!((status, &me["account"]["slug"]), (StatusCode::OK, &json!(slug)));
        assert_eq!(me["scopes"].as_array().unwrap().len(), 13, "everything");
        assert_eq!(me["key"]["name"], "First administrator");
    }
}

#[tokio::test]
async fn a_lost_key_is_replaced() {
    let folder = Folder::migrated();
    assert_eq!(folder.run_json(&["key", "list"]), json!([]), "the account default has none");
    let create = ["key", "create", "--name", "Mine", "--expires", "2100-01-01T00:00:00Z"];
    let made = folder.run_json(&create);
    let key = made["secret"].as_str().unwrap();
    let some = ["key", "create", "--name", "Payroll", "--scope", "users:read"];
    let some = folder.run_json(&[&some[..], &["--scope", "teams:read"]].concat());
    assert_eq!(some["key"]["scopes"], json!(["users:read", "teams:read"]));

    let listed = folder.run(&["key", "list"]);
    assert!(listed.contains("Mine") && listed.contains("everything"), "{listed}");
    assert!(!listed.contains(key) && listed.contains(made["key"]["hint"].as_str().unwrap()));
    assert_eq!(folder.run_json(&["key", "list"]).as_array().unwrap().len(), 2);

    let server = RunningServer::serve(&folder, &[]);
    assert_eq!(me(&server, key).await.0, StatusCode::OK);
    let id = made["key"]["id"].as_str().unwrap();
    let why = folder.run_failing(&["key", "delete", id]);
    assert!(why.contains("the account's last key that can create keys"), "{why}");
    let gone = folder.run_json(&["key", "delete", id, "--force"]);
    assert_eq!(gone, json!({ "id": id }));
    assert_eq!(me(&server, key).await.0, StatusCode::UNAUTHORIZED, "at once");
    let why = folder.run_failing(&["key", "delete", id]);
    assert!(why.contains("was not found"), "{why}");
}

#[test]
fn invalid_key_options_are_rejected() {
    let folder = Folder::migrated();
    let why = folder.run_failing(&["key", "create", "--name", "x", "--scope", "users"]);
    assert!(why.contains("must be one of users:read"), "{why}");
    let why = folder.run_failing(&["key", "create", "--name", " "]);
    assert!(why.contains("--name: \" \" must not be empty"), "{why}");
    let past = ["key", "create", "--name", "x", "--expires", "2001-01-01T00:00:00Z"];
    assert!(folder.run_failing(&past).contains("--expires: \"2001-01-01T00:00:00Z\" must be"));
    assert!(
        folder.run_failing(&["key", "create", "--name", "x", "--expires", "soon"]).contains("2027")
    );
    let why = folder.run_failing(&["key", "create", "--name", "x", "--account", "nobody"]);
    assert!(why.contains("account nobody was not found"), "{why}");
    assert_eq!(folder.run_json(&["key", "list"]), json!([]));
}

/// The line that the demo prints to be tried, as a shell would run it.
fn curl(demo: &RunningServer) -> (String, String) {
    let line = demo.output.iter().find(|line| line.contains("curl ")).unwrap();
    let (header, address) = line.split_once("-H '").unwrap().1.split_once("' ").unwrap();
    let key = header.strip_prefix("Authorization: Bearer ").unwrap();
    (key.to_owned(), address.trim().to_owned())
}

#[tokio::test]
async fn the_demo_prints_a_key_that_works_at_once_and_a_fresh_one_each_time() {
    let folder = Folder::new();
    let before = {
        let demo = RunningServer::demo(&folder);
        let (key, address) = curl(&demo);
        assert_eq!(address, demo.url("/api/v1/me"));
        assert!(
            demo.output.iter().any(|line| line.contains(&demo.url("/docs"))),
            "{:?}",
            demo.output
        );
        let (status, me) = me(&demo, &key).await;
        assert_eq!((status, &me["account"]["slug"]), (StatusCode::OK, &json!("default")));
        assert_eq!(me["account"]["name"], "Example Inc.");
        key
    };
    folder.run(&["key", "create", "--name", "Mine"]);
    let demo = RunningServer::demo(&folder);
    let (key, _) = curl(&demo);
    assert_eq!(me(&demo, &key).await.0, StatusCode::OK);
    assert_eq!(me(&demo, &before).await.0, StatusCode::UNAUTHORIZED);
    let keys = folder.run_json(&["key", "list"]);
    let mut names: Vec<_> =
        keys.as_array().unwrap().iter().map(|key| key["name"].as_str().unwrap()).collect();
    names.sort_unstable();
    assert_eq!(names, ["Mine", "demo"]);
}
