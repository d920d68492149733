//! `usher demo`: the tour of a newcomer, and what the command line tells of
//! each of its logins.

use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::{program::Folder, running::RunningServer, sign_in::sign_in, support::browser::Browser};

async fn session(demo: &RunningServer, browser: &Browser) -> Value {
    browser.get(&demo.url("/session")).await.json().await.unwrap()
}

/// The latest attempt, for people and for machines, by its reference.
fn latest_attempt(folder: &Folder) -> (String, Value) {
    let listed = folder.run_json(&["attempt", "list"]);
    let reference = listed[0]["reference"].as_str().unwrap();
    let (body, message) = (
        folder.run(&["attempt", "show", reference]),
        folder.run_json(&["attempt", "show", reference]),
    );
    // The list has the same, in short.
    for (name, value) in listed[0].as_object().unwrap() {
        assert_eq!(&message[name], value, "{name}");
    }
    assert_eq!(folder.run(&["attempt", "show"]), body, "the latest, unless another is named");
    (body, message)
}

fn assert_contains(body: &str, words: &[&str]) {
    for words in words {
        assert!(body.contains(words), "{words:?} is not in\n{body}");
    }
}

#[tokio::test]
async fn demo_tour_of_the_readme_works() {
    let folder = Folder::new();
    let demo = RunningServer::demo(&folder);
    let greeting = demo.output.join("\n");
    assert_contains(&greeting, &[&demo.url("/"), "attempt show", "For trying only"]);

    first_login(&folder, &demo).await;
    other_attributes(&folder, &demo).await;
    malformed_values(&folder, &demo).await;
    missing_guard(&folder, &demo).await;
    admin_with_user(&folder, &demo).await;

    let listed = folder.run_json(&["attempt", "list"]);
    let outcomes: Vec<_> =
        listed.as_array().unwrap().iter().map(|attempt| attempt["outcome"].clone()).collect();
    assert_eq!(outcomes, ["CREATED", "DENIED", "CREATED", "SIGNED_IN", "CREATED"]);
}

async fn first_login(folder: &Folder, demo: &RunningServer) {
    let browser = Browser::new();
    assert_eq!(sign_in(demo, &browser, "first").await, "/");
    let page = browser.get(&demo.url("/")).await.text().await.unwrap();
    assert_contains(
        &page,
        &["Ada Lovelace", "ada.lovelace@example.com", "Analytical Engine", "Analyst"],
    );
    let (body, message) = latest_attempt(folder);
    assert_contains(
        &body,
        &[
            "CREATED\na new user is created and signed in",
            "Analytical Engine",
            "created",
            "ADMIN",
            "+4915123456789",
        ],
    );
    assert_contains(&body, &["Received attributes", "firstName", "Analyst"]);
    let received = message["receivedAttributes"].as_array().unwrap();
    assert!(received.iter().all(|one| one["valueCount"] == 1 && one["values"][0] != ""));
    for filter in
        [["--email", "ADA.LOVELACE@example.com"], ["--subject", "ada.lovelace@example.com"]]
    {
        let found = folder.run_json(&[&["attempt", "list"][..], &filter].concat());
        assert_eq!(found.as_array().unwrap().len(), 1, "{filter:?}");
    }
    let none = folder.run_json(&["attempt", "list", "--email", "eve@example.com"]);
    assert_eq!(none, json!([]));
    assert_contains(
        &body,
        &["the attribute firstName", "new identity", "checks passed (--verbose lists"],
    );
    let verbose = folder.run(&["attempt", "show", "--verbose"]);
    assert_contains(&verbose, &["signature.key", "conditions.audience", "replay", "ok"]);
    assert_eq!(
        (&message["outcome"], &message["plan"]["fallbacks"]),
        (&json!("CREATED"), &json!([]))
    );
    let team = &message["plan"]["teams"][0];
    assert_eq!((&team["name"], &team["created"]), (&json!("Analytical Engine"), &json!(true)));
    let checks = message["checks"].as_array().unwrap();
    assert!(checks.len() > 20 && checks.iter().all(|check| check["result"] == "PASSED"));
    assert!(
        checks.iter().all(|check| check["expected"] != "" && check["actual"] != ""),
        "{checks:#?}"
    );
}

async fn other_attributes(folder: &Folder, demo: &RunningServer) {
    let browser = Browser::new();
    assert_eq!(sign_in(demo, &browser, "again").await, "/");
    let session = session(demo, &browser).await;
    assert_eq!(session["user"]["firstName"], "Ada");
    assert_eq!(session["user"]["role"], "USER");
    assert_eq!(session["teams"].as_array().unwrap().len(), 1);
    let (body, message) = latest_attempt(folder);
    assert_contains(&body, &["an existing user signs in; the user is not changed"]);
    assert!(!body.contains("House of Lords"), "{body}");
    assert_eq!(message["plan"]["user"]["foundBy"], "IDENTITY");
    assert_eq!(message["user"]["id"], session["user"]["id"]);
}

async fn malformed_values(folder: &Folder, demo: &RunningServer) {
    let browser = Browser::new();
    assert_eq!(sign_in(demo, &browser, "malformed").await, "/");
    let session = session(demo, &browser).await;
    assert_eq!(session["user"]["firstName"], "Grace");
    assert_eq!(session["user"]["role"], "STAKEHOLDER");
    let (body, message) = latest_attempt(folder);
    assert_contains(&body, &["CREATED", "Fallbacks", "problem", "used instead"]);
    assert_contains(
        &body,
        &[
            "CAPTAIN",
            "is not a role that the field accepts",
            "STAKEHOLDER",
            "parsed from the e-mail",
        ],
    );
    let fallbacks = message["plan"]["fallbacks"].as_array().unwrap();
    let mut codes: Vec<_> = fallbacks.iter().map(|fallback| fallback["reason"].clone()).collect();
    codes.sort_by_key(ToString::to_string);
    let expected = [
        "INVALID_URL",
        "NO_REGION",
        "REPEATED_TEAM",
        "UNKNOWN_REGION",
        "UNKNOWN_ROLE",
        "UNKNOWN_ROLE",
    ];
    assert_eq!(codes, expected);
    let listed = folder.run(&["attempt", "list"]);
    assert_contains(&listed, &["6 fallbacks", "grace.hopper+test@example.com"]);
}

async fn missing_guard(folder: &Folder, demo: &RunningServer) {
    let browser = Browser::new();
    let to = sign_in(demo, &browser, "guard").await;
    let reference = to.strip_prefix("/signin/error/").unwrap();
    let page = browser.get(&demo.url(&to)).await;
    assert_eq!(page.status(), StatusCode::FORBIDDEN);
    let page = page.text().await.unwrap();
    assert_contains(&page, &["reach out to an account admin", reference, "admin@example.com"]);
    let (body, message) = latest_attempt(folder);
    assert_contains(&body, &["DENIED", "Denied by: GUARD_ATTRIBUTE_MISSING", "the attribute role"]);
    assert_contains(&body, &["alan.turing@example.com", "remedy", "(--guard)"]);
    assert_eq!(message["reference"], reference);
    assert_eq!(
        (&message["user"], &message["plan"]["denial"]["code"]),
        (&json!(null), &json!("GUARD_ATTRIBUTE_MISSING"))
    );
    // As a person types it who reads it out over the telephone.
    let typed = reference.replace('-', "").to_lowercase();
    assert_eq!(folder.run_json(&["attempt", "show", &typed]), message);
}

async fn admin_with_user(folder: &Folder, demo: &RunningServer) {
    let browser = Browser::new();
    assert_eq!(sign_in(demo, &browser, "pair").await, "/");
    let session = session(demo, &browser).await;
    assert_eq!(session["user"]["role"], "ADMIN");
    assert_eq!(session["teams"][0]["role"], "ADMIN");
    let (body, message) = latest_attempt(folder);
    assert_contains(&body, &["is lower than the account role ADMIN", "raised to the account role"]);
    assert_eq!(message["plan"]["fallbacks"][0]["reason"], "LOWER_THAN_ACCOUNT_ROLE");
}

/// Stopped and started again, it is the same: people, keys, connection.
#[tokio::test]
async fn demo_preserves_its_users_across_a_restart() {
    let folder = Folder::new();
    let browser = Browser::new();
    let (before, keys) = {
        let demo = RunningServer::demo(&folder);
        assert_eq!(sign_in(&demo, &browser, "first").await, "/");
        let keys = browser.get(&demo.url("/.well-known/jwks.json")).await.text().await.unwrap();
        (session(&demo, &browser).await, keys)
    };
    let demo = RunningServer::demo(&folder);
    assert_eq!(session(&demo, &browser).await, before, "who was signed in stays so");
    let again = browser.get(&demo.url("/.well-known/jwks.json")).await.text().await.unwrap();
    assert_eq!(again, keys);
    let other = Browser::new();
    assert_eq!(sign_in(&demo, &other, "first").await, "/");
    assert_eq!(session(&demo, &other).await["user"], before["user"]);
    let (_, message) = latest_attempt(&folder);
    assert_eq!(message["outcome"], "SIGNED_IN");
    assert_eq!(folder.run_json(&["connection", "list"]).as_array().unwrap().len(), 1);
}
