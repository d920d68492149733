//! `usher serve`, `usher health`

use std::net::TcpListener;

use reqwest::StatusCode;

use crate::{program::Folder, running::RunningServer, support::browser::Browser};

/// An embedded database needs no `migrate`, because no other process uses it.
#[tokio::test]
async fn server_starts_in_an_empty_folder() {
    let folder = Folder::new();
    let server = RunningServer::serve(&folder, &[]);
    let browser = Browser::new();
    assert_eq!(browser.get(&server.url("/readyz")).await.status(), StatusCode::OK);
    let page = browser.get(&server.url("/signin")).await;
    assert_eq!(page.status(), StatusCode::OK);
    assert!(page.text().await.unwrap().contains("There is no way to sign in"));
    // The command line works beside it.
    folder.run(&["account", "create", "acme"]);
    let page = browser.get(&server.url("/signin?account=acme")).await;
    assert_eq!(page.status(), StatusCode::OK);
}

/// The test identity provider is absent, even in the folder of a demo.
#[tokio::test]
async fn server_has_no_test_identity_provider() {
    let folder = Folder::new();
    drop(RunningServer::demo(&folder));
    let server = RunningServer::serve(&folder, &[]);
    let browser = Browser::new();
    for path in ["/test-idp", "/test-idp/metadata", "/test-idp/style.css", "/test-idp/"] {
        assert_eq!(browser.get(&server.url(path)).await.status(), StatusCode::NOT_FOUND, "{path}");
        let posted = browser.post_form(&server.url(path), &[("nameId", "x@example.com")]).await;
        assert_eq!(posted.status(), StatusCode::NOT_FOUND, "{path}");
    }
    let help = folder.run(&["serve", "--help"]);
    assert!(!help.contains("test identity provider"), "{help}");
}

#[tokio::test]
async fn health_reports_readiness() {
    let folder = Folder::new();
    let server = RunningServer::serve(&folder, &[]);
    let request = folder.run(&["health", "--listen", &server.socket]);
    assert_eq!(request, "ready\n");
    // Listening everywhere, it is asked here.
    let port = server.socket.rsplit_once(':').unwrap().1;
    assert_eq!(folder.run(&["health", "--listen", &format!("0.0.0.0:{port}")]), "ready\n");
}

#[test]
fn health_fails_without_a_server() {
    let folder = Folder::new();
    // Free a moment ago, and soon to be given to others.
    let nobody = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let socket = nobody.local_addr().unwrap().to_string();
    drop(nobody);
    let why = folder.run_failing(&["health", "--listen", &socket]);
    assert!(why.contains(&format!("http://{socket}/readyz")), "{why}");
}

#[test]
fn port_in_use_is_named() {
    let folder = Folder::new();
    let taken = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let socket = taken.local_addr().unwrap().to_string();
    let output = folder.usher(&["serve", "--listen", &socket]);
    assert_eq!(output.code, Some(1), "{output:#?}");
    assert!(output.err.contains(&format!("listening on {socket}")), "{output:#?}");
}

/// The log of a machine is one object a line.
#[tokio::test]
async fn log_in_json_is_machine_readable() {
    let folder = Folder::new();
    let server = RunningServer::serve(&folder, &["--log-format", "json"]);
    let line = server.output.last().unwrap();
    let line: serde_json::Value = serde_json::from_str(line).unwrap();
    assert_eq!(line["fields"]["message"], "serving");
}

#[test]
fn every_command_has_a_description() {
    let folder = Folder::new();
    let help = folder.run(&["--help"]);
    let commands =
        ["serve", "demo", "migrate", "account", "connection", "attempt", "config", "health"];
    for command in commands {
        assert!(help.contains(&format!("\n  {command} ")), "{command}: {help}");
        assert!(folder.run(&[command, "--help"]).contains("Usage: usher"));
    }
    assert!(folder.run(&["--version"]).starts_with("usher "));
    let why = folder.run_failing(&["sevre"]);
    assert!(why.contains("serve"), "{why}");
}
