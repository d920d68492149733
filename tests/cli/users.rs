//! `usher user`: looking at users, and the changes that an operator needs.

use std::collections::BTreeSet;

use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::{
    program::{Folder, rows},
    running::RunningServer,
    sign_in::sign_in,
    support::{browser::Browser, db::TestDb},
};

#[tokio::test]
async fn an_identity_is_unlinked_by_its_subject_and_the_session_ends() {
    let folder = Folder::new();
    let demo = RunningServer::demo(&folder);
    let browser = Browser::new();
    assert_eq!(sign_in(&demo, &browser, "first").await, "/");
    let ada = "ada.lovelace@example.com";
    let attempt = &folder.run_json(&["attempt", "list"])[0];

    let why = folder.run_failing(&["user", "unlink", ada, "nobody"]);
    assert!(why.contains("must be an identity of") && why.contains(ada), "{why}");
    let why = folder.run_failing(&["user", "unlink", "nobody@example.com", ada]);
    assert!(why.contains("nobody@example.com"), "{why}");

    let unlinked = folder.run_json(&["user", "unlink", ada, ada]);
    assert_eq!(unlinked["userId"], attempt["user"]["id"]);
    assert_eq!((&unlinked["subject"], &unlinked["endedSessions"]), (&json!(ada), &json!(1)));
    let response = browser.get(&demo.url("/session")).await;
    assert_eq!(response.status(), StatusCode::UNAUTHORIZED);
    let why = folder.run_failing(&["user", "unlink", ada, unlinked["id"].as_str().unwrap()]);
    assert!(why.contains("who has no identities"), "{why}");

    assert_eq!(sign_in(&demo, &Browser::new(), "first").await, "/");
    let body = folder.run(&["user", "unlink", &ada.to_uppercase(), ada]);
    assert!(body.contains("ended 1 session."), "{body}");
}

const ADA: &str = "ada@example.com";
const BOB: &str = "bob@example.com";

/// A folder with two users: an administrator in a team, and another.
fn with_users(folder: Folder) -> Folder {
    folder.run(&["migrate"]);
    let users = "email,firstName,lastName,role,teamName,teamRole\n\
                 ada@example.com,Ada,Lovelace,ADMIN,Engine,ADMIN\n\
                 bob@example.com,Bob,Builder,USER,,\n";
    folder.file("users.csv", users);
    folder.run(&["user", "import", "users.csv", "--create-missing-teams"]);
    folder
}

/// What the audit log has, the latest first.
fn actions(folder: &Folder, filter: &[&str]) -> Vec<String> {
    let listed = folder.run_json(&[&["audit", "list"], filter].concat());
    let listed = listed.as_array().unwrap().iter();
    listed.map(|entry| entry["action"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn users_are_listed_displayed_and_changed_on_each_database() {
    for db in [TestDb::sqlite(), TestDb::postgres()] {
        let folder = Folder::new().with("USHER_DATABASE", db.address());
        let folder = with_users(folder);
        let listed = folder.run_json(&["user", "list"]);
        // By ID, which does not say who was first in the same millisecond.
        let users = listed.as_array().unwrap();
        assert_eq!(users.len(), 2);
        let ada = users.iter().find(|user| user["email"] == ADA).unwrap();
        let id = ada["id"].as_str().unwrap().to_owned();
        let some = folder.run_json(&["user", "list", "--filter", "role eq \"USER\""]);
        assert_eq!(some.as_array().unwrap().len(), 1);
        let first = folder.usher(&["user", "list", "--limit", "1"]);
        assert!(first.err.contains("--limit 10"), "{first:#?}");
        assert_eq!(rows(&first.out).len(), 2, "the head and one user");

        // By ID, and by address in any case.
        let body = folder.run_json(&["user", "show", &id]);
        assert_eq!(folder.run_json(&["user", "show", " ADA@Example.com"]), body);
        assert_eq!(body["teams"][0]["name"], "Engine");
        assert_eq!((&body["identities"], &body["sessions"]), (&json!([]), &json!([])));
        let text = folder.run(&["user", "show", ADA]);
        assert!(text.contains("Engine") && text.contains("Sessions: 0"), "{text}");

        let disabled = folder.run_json(&["user", "disable", BOB]);
        assert_eq!(
            (&disabled["status"], &disabled["disabled"]),
            (&json!("DISABLED"), &json!(true))
        );
        assert!(folder.run(&["user", "disable", BOB]).contains("Nothing was changed"));
        assert!(folder.run(&["user", "enable", BOB]).contains("the status is STAGED now"));
        let output = folder.run(&["user", "lock", BOB, "role", "teams"]);
        assert!(
            output.contains("the locked attributes are role, teams now, were none"),
            "{output}"
        );
        assert!(folder.run(&["user", "lock", BOB, "role"]).contains("Nothing was changed"));
        let unlocked = folder.run_json(&["user", "unlock", BOB, "teams"]);
        assert_eq!(unlocked["lockedAttributes"], json!(["role"]));
        assert_eq!(actions(&folder, &["--user", BOB, "--field", "lockedAttributes"]).len(), 2);
        assert!(folder.run(&["user", "show", BOB]).contains("role"));
        let output = folder.run(&["user", "set", BOB, "--role", "responder"]);
        assert!(output.contains("the role is RESPONDER now, was USER"), "{output}");
        assert_eq!(
            actions(&folder, &["--target", BOB, "--actor", "COMMAND_LINE"]),
            ["user.update"; 5].into_iter().chain(["user.create"]).collect::<Vec<_>>()
        );
        let explained = folder.run_json(&["user", "explain", BOB]);
        let values = explained["values"].as_array().unwrap();
        let role = values.iter().find(|value| value["attribute"] == "role").unwrap();
        let set_by = (&role["setBy"]["type"], &role["setBy"]["imported"], &role["value"]);
        assert_eq!(set_by, (&json!("COMMAND_LINE"), &json!(false), &json!("RESPONDER")));
        let text = folder.run(&["user", "explain", BOB]);
        assert!(text.contains("COMMAND_LINE by an import"), "{text}");
        assert!(text.contains("An administrator or a SCIM client can change it."), "{text}");
        let roles = actions(&folder, &["--user", BOB, "--field", "role"]);
        assert_eq!(roles, ["user.update", "user.create"]);
        let history = actions(&folder, &["--user", ADA]);
        let expected = ["team.member.add", "user.create"].map(str::to_owned);
        assert_eq!(BTreeSet::from_iter(history), BTreeSet::from(expected));
        assert!(folder.run(&["audit", "list", "--user", &id]).contains("team.member.add"));
        let gone = folder.run_json(&["user", "delete", BOB]);
        assert_eq!(gone["email"], BOB);
        assert_eq!(actions(&folder, &["--limit", "50"])[0], "user.delete");
    }
}

#[test]
fn last_administrator_is_demoted_only_by_force() {
    let folder = with_users(Folder::new());
    for command in [
        &["user", "disable", ADA][..],
        &["user", "set", ADA, "--role", "USER"],
        &["user", "delete", ADA],
    ] {
        let before = folder.run_json(&["user", "show", ADA]);
        let why = folder.run_failing(command);
        assert!(why.contains("last user") && why.contains("--force"), "{why}");
        assert_eq!(folder.run_json(&["user", "show", ADA]), before);
    }
    folder.run(&["user", "delete", ADA, "--force"]);
}

#[test]
fn invalid_change_of_a_user_is_rejected_with_the_reason() {
    let folder = with_users(Folder::new());
    folder.run(&["account", "create", "acme"]);
    for (command, why) in [
        (&["user", "show", "nobody"][..], "user nobody in the account default was not found"),
        (&["user", "disable", BOB, "--account", "acme"], "in the account acme"),
        (
            &["user", "show", "01a224d4-9c82-7927-a698-48b0dc3b2539"],
            "user 01a224d4-9c82-7927-a698-48b0dc3b2539 in the account default was not found",
        ),
        (&["user", "lock", BOB, "salary"], "must be one of"),
        (&["user", "set", BOB, "--role", "OWNER"], "--role: \"OWNER\" must be one of STAKEHOLDER"),
        (&["user", "list", "--filter", "rol eq \"USER\""], "--filter: 'rol eq \"USER\"' asks for"),
        (&["user", "list", "--account", "nobody"], "account nobody was not found"),
        (
            &["user", "show", ""],
            "user \"\" in the account default was not found. See `usher user list`",
        ),
        (&["user", "list", "--limit", "0"], "must be a whole number from 1"),
        (&["user", "list", "--limit", "-1"], "must be a whole number from 1"),
        (&["audit", "list", "--actor", "nobody"], "--actor: \"nobody\" must be an ID"),
        (&["audit", "list", "--user", "nobody"], "--user: \"nobody\" must be an ID"),
        (&["attempt", "show", "x"], "REFERENCE: \"x\" must be a reference"),
        (&["user", "import", "."], ".: is a folder, but a file is expected"),
        (&["account", "create", "A"], "SLUG: \"A\" must have"),
        (&["audit", "show", "x"], "audit entry x in the account default was not found"),
        (&["team", "show", "Sales"], "team Sales in the account default was not found"),
        (&["team", "delete", "Engine", "--account", "acme"], "in the account acme"),
    ] {
        let output = folder.run_failing(command);
        assert!(output.contains(why), "{command:?}: {output}");
    }
}

#[tokio::test]
async fn sessions_of_a_user_are_ended_and_counted() {
    let folder = Folder::new();
    let demo = RunningServer::demo(&folder);
    let browsers = [Browser::new(), Browser::new()];
    for browser in &browsers {
        assert_eq!(sign_in(&demo, browser, "first").await, "/");
    }
    let ada = "ada.lovelace@example.com";
    let body = folder.run_json(&["user", "show", ada]);
    assert_eq!(body["sessions"].as_array().unwrap().len(), 2);
    assert_eq!(folder.run_json(&["user", "end-sessions", ada])["endedSessions"], 2);
    for browser in &browsers {
        let response = browser.get(&demo.url("/session")).await;
        assert_eq!(response.status(), StatusCode::UNAUTHORIZED);
    }
    assert_eq!(actions(&folder, &[])[0], "user.end_sessions");
    assert!(folder.run(&["user", "end-sessions", ada]).contains("has no session"));
    // A disabled user has no session, and can't log in.
    assert_eq!(sign_in(&demo, &browsers[0], "first").await, "/");
    folder.run(&["user", "disable", ada, "--force"]);
    let response = browsers[0].get(&demo.url("/session")).await;
    assert_eq!(response.status(), StatusCode::UNAUTHORIZED);
    assert!(sign_in(&demo, &browsers[1], "first").await.starts_with("/signin/error/"));
    folder.run(&["user", "enable", ada]);
    assert_eq!(sign_in(&demo, &browsers[1], "first").await, "/");
}

#[test]
fn teams_are_listed_read_and_deleted() {
    let folder = with_users(Folder::new());
    let teams = folder.run_json(&["team", "list"]);
    let id = teams[0]["id"].as_str().unwrap();
    assert_eq!(folder.run_json(&["team", "show", "eNGINE"]), teams[0]);
    assert_eq!(folder.run_json(&["team", "show", id]), teams[0]);
    let members = folder.run_json(&["team", "members", "Engine"]);
    assert_eq!((&members[0]["user"]["email"], &members[0]["role"]), (&json!(ADA), &json!("ADMIN")));
    let gone = folder.run_json(&["team", "delete", "Engine"]);
    assert_eq!(gone, json!({ "id": id, "name": "Engine" }));
    assert_eq!(folder.run_json(&["user", "show", ADA])["teams"], json!([]));
    let deletion = BTreeSet::from_iter(actions(&folder, &["--target", id]).drain(..2));
    assert_eq!(deletion, BTreeSet::from(["team.delete", "team.member.remove"].map(String::from)));
    assert_eq!(actions(&folder, &["--user", ADA])[0], "team.member.remove");
}

#[test]
fn empty_list_has_a_message() {
    let folder = Folder::migrated();
    folder.run(&["account", "create", "acme"]);
    for thing in ["user", "team", "attempt", "connection"] {
        let output = folder.run(&[thing, "list", "--account", "acme"]);
        assert!(output.starts_with("No ") && output.contains("acme"), "{thing}: {output}");
        assert_eq!(folder.run_json(&[thing, "list", "--account", "acme"]), json!([]));
    }
    assert!(folder.run(&["key", "list"]).starts_with("No keys"));
    let output = folder.run(&["audit", "list", "--since", "2100-01-01"]);
    assert!(output.starts_with("No audit entries in the account default match"), "{output}");
}

#[test]
fn audit_entry_has_each_field_before_and_after() {
    let folder = with_users(Folder::new());
    folder.run(&["user", "set", BOB, "--role", "GUEST"]);
    let entry: Value = folder.run_json(&["audit", "list", "--action", "user.update"])[0].clone();
    assert_eq!(entry["actor"]["type"], "COMMAND_LINE");
    let id = entry["id"].as_str().unwrap();
    assert_eq!(folder.run_json(&["audit", "show", id]), entry);
    let body = folder.run(&["audit", "show", id]);
    let row = rows(&body).into_iter().find(|row| row.first() == Some(&"role")).unwrap();
    assert_eq!(row, ["role", "USER", "GUEST"]);
}
