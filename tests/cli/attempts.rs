//! `usher attempt`: what is listed, filtered, and not found. What it tells of
//! a login stands with the demo.

use serde_json::json;

use crate::{
    program::{Folder, identity_provider, rows},
    running::Running,
    support::browser::{Browser, location},
};

/// A server that has refused three responses, of two connections.
async fn refused() -> (Folder, Running, Vec<String>) {
    let folder = Folder::migrated();
    folder.file("idp.xml", identity_provider().metadata_xml().unwrap());
    let server = Running::serve(&folder, &[]);
    let mut references = Vec::new();
    for (name, count) in [("Okta", 2), ("Entra", 1)] {
        let made = folder.tells(&["connection", "create", "--name", name, "--metadata", "idp.xml"]);
        let acs = server.at(&format!("/saml/{}/acs", made["id"].as_str().unwrap()));
        for _ in 0..count {
            let answer = Browser::new().post_form(&acs, &[("SAMLResponse", "!")]).await;
            let reference = location(&answer).strip_prefix("/signin/error/").unwrap();
            references.insert(0, reference.to_owned());
        }
    }
    (folder, server, references)
}

#[tokio::test]
async fn attempts_are_listed_the_latest_first() {
    let (folder, _server, references) = refused().await;
    let of = |filter: &[&str]| {
        let listed = folder.tells(&[&["attempt", "list"], filter].concat());
        let listed = listed.as_array().unwrap().iter();
        listed.map(|attempt| attempt["reference"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(of(&[]), references);
    assert_eq!(of(&["--count", "1"]), references[..1]);
    assert_eq!(of(&["--connection", "Okta"]), references[1..]);
    assert_eq!(of(&["--outcome", "rejected", "--connection", "Entra"]), references[..1]);
    assert_eq!(of(&["--outcome", "created"]), Vec::<String>::new());
    let table = folder.does(&["attempt", "list"]);
    let table = rows(&table);
    assert_eq!(table[0], ["when", "reference", "outcome", "who", "why"]);
    assert_eq!(table[1][1..], [references[0].as_str(), "rejected", "-", "form.encoding"]);
    for wrong in [["--outcome", "maybe"], ["--count", "0"], ["--count", "1001"]] {
        folder.refuses(&[&["attempt", "list"][..], &wrong].concat());
    }
}

#[tokio::test]
async fn an_attempt_shows_each_check_with_what_was_wanted_and_what_was_got() {
    let (folder, _server, references) = refused().await;
    let told = folder.tells(&["attempt", "show", &references[0]]);
    assert_eq!((&told["plan"], &told["user"]), (&json!(null), &json!(null)));
    let check = &told["checks"][0];
    assert_eq!((&check["id"], &check["result"]), (&json!("form.encoding"), &json!("failed")));
    let shown = folder.does(&["attempt", "show", &references[0]]);
    for words in ["rejected: the message is not in order", "FAILED", "not run", "replay"] {
        assert!(shown.contains(words), "{words}: {shown}");
    }
    for told in ["wanted", "got"] {
        let words = check[told].as_str().unwrap();
        assert!(shown.contains(words), "{words}: {shown}");
    }
    // A narrow screen is not overrun.
    let narrow = folder.command(&["attempt", "show", &references[0]]).env("COLUMNS", "60").output();
    let narrow = String::from_utf8(narrow.unwrap().stdout).unwrap();
    assert!(narrow.lines().all(|line| line.chars().count() <= 60), "{narrow}");
}

#[tokio::test]
async fn an_attempt_that_is_none_or_another_account_s_is_not_found() {
    let (folder, _server, references) = refused().await;
    folder.does(&["account", "create", "acme"]);
    let reference = &references[0];
    let why = folder.refuses(&["attempt", "show", reference, "--account", "acme"]);
    let told = format!("there is no attempt {reference} in the account acme");
    assert!(why.contains(&told) && why.contains("use --account default"), "{why}");
    // A reference is found wherever it is.
    folder.does(&["account", "create", "another"]);
    assert_eq!(folder.tells(&["attempt", "show", reference])["reference"], json!(reference));
    assert!(folder.does(&["attempt", "show", reference]).contains("default"));
    assert_eq!(folder.tells(&["attempt", "list", "--account", "acme"]), json!([]));
    let why = folder.refuses(&["attempt", "show", "0000-0000-0000"]);
    assert!(why.contains("there is no attempt 0000-0000-0000 in any account"), "{why}");
    let why = folder.refuses(&["attempt", "show", "x"]);
    assert!(why.contains("7KQ3-M2XB-90FD"), "{why}");
    let why = folder.refuses(&["attempt", "show", "--account", "acme"]);
    assert!(why.contains("there is no attempt yet in the account acme"), "{why}");
}
