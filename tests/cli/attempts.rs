//! `usher attempt`: lists, filters, and references that do not exist. The tests
//! of the demo check the details of an attempt.

use serde_json::json;

use crate::{
    program::{Folder, identity_provider, rows},
    running::RunningServer,
    support::browser::{Browser, location},
};

/// A server that has rejected three responses, of two connections.
async fn rejected() -> (Folder, RunningServer, Vec<String>) {
    let folder = Folder::migrated();
    folder.file("idp.xml", identity_provider().metadata_xml().unwrap());
    let server = RunningServer::serve(&folder, &[]);
    let mut references = Vec::new();
    for (name, count) in [("Okta", 2), ("Entra", 1)] {
        let made =
            folder.run_json(&["connection", "create", "--name", name, "--metadata", "idp.xml"]);
        let acs = server.url(&format!("/saml/{}/acs", made["id"].as_str().unwrap()));
        for _ in 0..count {
            let response = Browser::new().post_form(&acs, &[("SAMLResponse", "!")]).await;
            let reference = location(&response).strip_prefix("/signin/error/").unwrap();
            references.insert(0, reference.to_owned());
        }
    }
    (folder, server, references)
}

#[tokio::test]
async fn attempts_are_listed_latest_first() {
    let (folder, _server, references) = rejected().await;
    let of = |filter: &[&str]| {
        let listed = folder.run_json(&[&["attempt", "list"], filter].concat());
        let listed = listed.as_array().unwrap().iter();
        listed.map(|attempt| attempt["reference"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(of(&[]), references);
    let first = folder.usher(&["attempt", "list", "--limit", "1", "--json"]);
    let listed: serde_json::Value = serde_json::from_str(&first.out).unwrap();
    assert_eq!(listed.as_array().unwrap().len(), 1);
    assert_eq!(listed[0]["reference"], json!(references[0]));
    assert!(first.err.contains("Use --limit 10 to see more"), "{first:#?}");
    assert_eq!(of(&["--limit", "3"]), references);
    assert_eq!(of(&["--since", "1h"]), references);
    assert_eq!(of(&["--since", "2100-01-01"]), Vec::<String>::new());
    let filter = format!("reference eq \"{}\" or id pr and reference eq \"x\"", references[1]);
    assert_eq!(of(&["--filter", &filter]), references[1..2]);
    assert_eq!(of(&["--connection", "Okta"]), references[1..]);
    assert_eq!(of(&["--outcome", "REJECTED", "--connection", "Entra"]), references[..1]);
    assert_eq!(of(&["--outcome", "created"]), Vec::<String>::new());
    let table = folder.run(&["attempt", "list"]);
    let table = rows(&table);
    assert_eq!(table[0], ["when", "reference", "outcome", "who", "why"]);
    assert_eq!(table[1][1..], [references[0].as_str(), "REJECTED", "-", "form.encoding"]);
    for wrong in [["--outcome", "maybe"], ["--limit", "0"], ["--since", "soon"]] {
        folder.run_failing(&[&["attempt", "list"][..], &wrong].concat());
    }
}

#[tokio::test]
async fn an_attempt_shows_the_failed_check_and_its_remedy_first() {
    let (folder, _server, references) = rejected().await;
    let message = folder.run_json(&["attempt", "show", &references[0]]);
    assert_eq!((&message["plan"], &message["user"]), (&json!(null), &json!(null)));
    assert_eq!(message["outcome"], "REJECTED");
    let check = &message["checks"][0];
    assert_eq!((&check["id"], &check["result"]), (&json!("form.encoding"), &json!("FAILED")));
    let body = folder.run(&["attempt", "show", &references[0]]);
    assert!(body.starts_with(&format!("Attempt {}  REJECTED\n", references[0])), "{body}");
    let places =
        ["Failed check: form.encoding", "\nexpected ", "\nreceived ", "\nremedy ", "\naccount "];
    let places = places.map(|words| body.find(words).unwrap_or_else(|| panic!("{words}: {body}")));
    assert!(places.is_sorted(), "{body}");
    for message in ["expected", "actual"] {
        let words = check[message].as_str().unwrap();
        assert!(body.contains(words), "{words}: {body}");
    }
    // The others are folded.
    assert!(body.contains("not run (--verbose lists them)"), "{body}");
    assert!(!body.contains("conditions.audience"), "{body}");
    let verbose = folder.run(&["attempt", "show", "--verbose", &references[0]]);
    assert!(verbose.contains("conditions.audience") && verbose.contains("not run"), "{verbose}");
    assert!(!body.contains('\u{1b}') && !verbose.contains('\u{1b}'), "no terminal, no colour");
    // A narrow screen is not overrun, and breaks no reference and no ID.
    for (command, width) in [(&["attempt", "show"][..], "60"), (&["attempt", "list"], "40")] {
        let narrow = folder.command(command).env("COLUMNS", width).output().unwrap();
        let narrow = String::from_utf8(narrow.stdout).unwrap();
        let width: usize = width.parse().unwrap();
        assert!(narrow.lines().all(|line| line.chars().count() <= width), "{narrow}");
        assert!(narrow.contains(&references[0]), "{narrow}");
    }
}

#[tokio::test]
async fn attempt_of_another_account_is_not_found() {
    let (folder, _server, references) = rejected().await;
    folder.run(&["account", "create", "acme"]);
    let reference = &references[0];
    let why = folder.run_failing(&["attempt", "show", reference, "--account", "acme"]);
    let message = format!("attempt {reference} in the account acme");
    assert!(why.contains(&message) && why.contains("use --account default"), "{why}");
    // A reference is found wherever it is.
    folder.run(&["account", "create", "another"]);
    assert_eq!(folder.run_json(&["attempt", "show", reference])["reference"], json!(reference));
    assert!(folder.run(&["attempt", "show", reference]).contains("default"));
    assert_eq!(folder.run_json(&["attempt", "list", "--account", "acme"]), json!([]));
    let why = folder.run_failing(&["attempt", "show", "0000-0000-0000"]);
    assert!(why.contains("attempt 0000-0000-0000 was not found"), "{why}");
    let why = folder.run_failing(&["attempt", "show", "x"]);
    assert!(why.contains("7KQ3-M2XB-90FD"), "{why}");
    let why = folder.run_failing(&["attempt", "show", "--account", "acme"]);
    assert!(why.contains("attempt in the account acme was not found"), "{why}");
}
