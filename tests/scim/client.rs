//! A third-party command-line SCIM client.

use std::{path::Path, process::Command};

use serde_json::{Value, json};

use crate::{sign_in::sign_in_as, support::browser::Browser, usher::Usher};

/// scim2-cli, with an API key of the demo account.
struct Client<'a> {
    usher: &'a Usher,
}

impl Client<'_> {
    /// Runs a command and returns its JSON output.
    #[track_caller]
    fn run(&self, arguments: &[&str]) -> Value {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let output = Command::new(root.join("target/scim-tools/venv/bin/scim"))
            .args(["--url", &self.usher.running.url("/scim/v2")])
            .args(arguments)
            .env("SCIM_CLI_HEADERS", format!("Authorization: Bearer {}", self.usher.key()))
            .output()
            .expect("the client starts");
        let text = String::from_utf8_lossy(&output.stdout);
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{arguments:?}: {text}\n{errors}");
        serde_json::from_str(&text).unwrap_or_else(|_| panic!("{arguments:?}: {text}\n{errors}"))
    }
}

/// Returns the response of the admin API.
async fn admin(usher: &Usher, path: &str) -> Value {
    let request =
        reqwest::Client::builder().no_proxy().build().unwrap().get(usher.running.url(path));
    let response = request.bearer_auth(usher.key()).send().await.unwrap();
    assert!(response.status().is_success(), "{path}: {response:?}");
    response.json().await.unwrap()
}

/// The admin API returns the user and the group at once. The user can log in, with the
/// values and the group from the client.
#[tokio::test]
async fn user_provisioned_by_a_command_line_client_can_sign_in() {
    let usher = Usher::start();
    let client = Client { usher: &usher };
    let address = "mary.somerville@example.com";
    let name = json!({"givenName": "Mary", "familyName": "Somerville"}).to_string();
    let emails = json!([{"value": address}]).to_string();
    let user = client.run(&[
        "create",
        "user",
        "--user-name",
        address,
        "--name",
        &name,
        "--emails",
        &emails,
    ]);
    let id = user["id"].as_str().unwrap();
    let members = json!([{"value": id}]).to_string();
    let group =
        client.run(&["create", "group", "--display-name", "Astronomers", "--members", &members]);

    let body = admin(&usher, &format!("/api/v1/users/{id}")).await;
    assert_eq!((&body["email"], &body["firstName"]), (&json!(address), &json!("Mary")));
    let team = group["id"].as_str().unwrap();
    let body = admin(&usher, &format!("/api/v1/teams/{team}/members")).await;
    assert_eq!(body["items"][0]["user"]["id"], id);

    let browser = Browser::new();
    // The identity provider sends other values than the SCIM client.
    assert_eq!(sign_in_as(&usher.running, &browser, "first", &[("nameId", address)]).await, "/");
    let session = browser.get(&usher.running.url("/session")).await;
    let session: Value = session.json().await.unwrap();
    assert_eq!(
        (&session["user"]["id"], &session["user"]["firstName"]),
        (&json!(id), &json!("Mary"))
    );
    assert_eq!(session["teams"][0]["name"], "Astronomers");
    assert_eq!(session["teams"].as_array().unwrap().len(), 1);
}
