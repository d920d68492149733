//! `usher scim-client`, and `usher key rotate`.

use serde_json::{Value, json};

use crate::program::Folder;

fn id(body: &Value) -> &str {
    body["id"].as_str().unwrap()
}

#[test]
fn scim_client_is_created_listed_read_changed_and_deleted() {
    let folder = Folder::migrated();
    assert_eq!(folder.run_json(&["scim-client", "list"]), json!([]));
    let create = ["scim-client", "create", "--name", "Okta", "--dialect", "OKTA"];
    let okta = folder.run_json(&create);
    assert!(okta["dialect"].as_str().unwrap().eq_ignore_ascii_case("okta"), "{okta}");
    let why = folder.run_failing(&["scim-client", "create", "--name", "OKTA"]);
    assert!(why.contains("belongs to the SCIM client") && why.contains(id(&okta)), "{why}");
    let why = folder.run_failing(&["scim-client", "create", "--name", "x", "--dialect", "ping"]);
    assert!(why.contains("must be one of"), "{why}");

    let key = ["key", "create", "--name", "Okta's", "--scope", "scim", "--scim-client", "okta"];
    let key = &folder.run_json(&key)["key"];
    assert_eq!(key["scimClient"], json!({"id": okta["id"], "name": "Okta"}));
    let listed = folder.run(&["scim-client", "list"]);
    assert!(listed.contains(id(&okta)) && listed.contains("valid keys"), "{listed}");
    let body = folder.run(&["scim-client", "show", id(&okta)]);
    assert!(body.contains("External IDs: 0 of users") && body.contains(id(key)), "{body}");
    let body = folder.run_json(&["scim-client", "show", "Okta"]);
    assert_eq!((&body["keys"][0]["id"], &body["compatibilityFixes"]), (&key["id"], &json!([])));

    let set = ["scim-client", "set", "Okta", "--name", "Okta of Example", "--dialect", "strict"];
    assert_eq!(folder.run_json(&set)["name"], "Okta of Example");
    let why = folder.run_failing(&["scim-client", "show", "Okta"]);
    assert!(why.contains("SCIM client Okta in the account "), "{why}");
    let why = folder.run_failing(&["scim-client", "delete", "Okta of Example"]);
    assert!(why.contains("--force"), "{why}");
    let gone = folder.run_json(&["scim-client", "delete", "Okta of Example", "--force"]);
    assert_eq!((&gone["id"], &gone["keys"]), (&okta["id"], &json!(1)));
    assert_eq!(folder.run_json(&["key", "list"]), json!([]));
}

#[test]
fn key_is_rotated_and_keeps_its_client() {
    let folder = Folder::migrated();
    let create = ["key", "create", "--name", "Okta", "--scope", "scim", "--dialect", "okta"];
    let made = folder.run_json(&create);
    let old = &made["key"];
    let rotated = folder.run_json(&["key", "rotate", id(old), "--overlap", "12h"]);
    let new = &rotated["key"];
    assert_ne!((id(new), &rotated["secret"]), (id(old), &made["secret"]));
    assert_eq!(new["scimClient"], old["scimClient"]);
    assert_eq!((&rotated["oldKey"]["id"], &new["expiresAt"]), (&old["id"], &Value::Null));
    assert!(rotated["oldKey"]["expiresAt"].is_string(), "{rotated}");

    let body = folder.run(&["key", "rotate", id(new)]);
    assert!(body.contains("usher_") && body.contains("expires at"), "{body}");
    folder.run(&["key", "rotate", id(old), "--overlap", "0"]);
    let why = folder.run_failing(&["key", "rotate", id(old)]);
    assert!(why.contains("expired at") && why.contains("Create a new key"), "{why}");
    let why = folder.run_failing(&["key", "rotate", id(new), "--overlap", "31d"]);
    assert!(why.contains("from 0 to 30d"), "{why}");
    let why = folder.run_failing(&["key", "rotate", "0190a000-0000-7000-8000-000000000000"]);
    assert!(why.contains("was not found"), "{why}");
    assert_eq!(folder.run_json(&["scim-client", "list"]).as_array().unwrap().len(), 1);
}

#[test]
fn key_of_a_client_needs_the_scope() {
    let folder = Folder::migrated();
    folder.run(&["scim-client", "create", "--name", "Okta"]);
    let some = ["key", "create", "--name", "x", "--scope", "users:read"];
    for (more, expected) in [
        (&["--scim-client", "Okta"][..], "--scim-client: "),
        (&["--dialect", "okta"], "--dialect: "),
    ] {
        let why = folder.run_failing(&[&some[..], more].concat());
        assert!(why.contains(expected) && why.contains("scope scim"), "{why}");
    }
    let why = folder.run_failing(&["key", "create", "--name", "x", "--scim-client", "Entra"]);
    assert!(why.contains("SCIM client Entra in the account default was not found"), "{why}");
}
