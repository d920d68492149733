//! `usher user`: changes of a user that an operator needs.

use serde_json::json;

use crate::{program::Folder, running::Running, sign_in::sign_in, support::browser::Browser};

#[tokio::test]
async fn an_identity_is_unlinked_by_its_subject_and_the_session_ends() {
    let folder = Folder::new();
    let demo = Running::demo(&folder);
    let browser = Browser::new();
    assert_eq!(sign_in(&demo, &browser, "first").await, "/");
    let ada = "ada.lovelace@example.com";
    let attempt = &folder.tells(&["attempt", "list"])[0];

    let why = folder.refuses(&["user", "unlink", ada, "nobody"]);
    assert!(why.contains("must be an identity of") && why.contains(ada), "{why}");
    let why = folder.refuses(&["user", "unlink", "nobody@example.com", ada]);
    assert!(why.contains("nobody@example.com"), "{why}");

    let unlinked = folder.tells(&["user", "unlink", ada, ada]);
    assert_eq!(unlinked["userId"], attempt["user"]);
    assert_eq!((&unlinked["subject"], &unlinked["endedSessions"]), (&json!(ada), &json!(1)));
    let answer = browser.get(&demo.at("/session")).await;
    assert_eq!(answer.status(), reqwest::StatusCode::UNAUTHORIZED);
    let why = folder.refuses(&["user", "unlink", ada, unlinked["id"].as_str().unwrap()]);
    assert!(why.contains("who has none"), "{why}");

    assert_eq!(sign_in(&demo, &Browser::new(), "first").await, "/");
    let shown = folder.does(&["user", "unlink", &ada.to_uppercase(), ada]);
    assert!(shown.contains("ended 1 session."), "{shown}");
}
