//! `usher migrate`, `usher account`

use std::{fs, os::unix::fs::PermissionsExt};

use serde_json::json;

use crate::{
    program::{Folder, rows},
    support::db::TestDb,
};

#[test]
fn a_fresh_install_has_one_account() {
    let folder = Folder::new();
    let output = folder.run(&["migrate"]);
    for message in [
        "Created the database sqlite:usher.sqlite.",
        "Created the secret key usher.key.",
        "The database is of this version.",
    ] {
        assert!(output.contains(message), "{message}: {output}");
    }
    let accounts = folder.run_json(&["account", "list"]);
    assert_eq!(accounts.as_array().unwrap().len(), 1);
    assert_eq!(
        (&accounts[0]["slug"], &accounts[0]["name"]),
        (&json!("default"), &json!("Default"))
    );
    // Once more changes nothing.
    assert_eq!(folder.run(&["migrate"]).trim(), "The database is of this version.");
    assert_eq!(folder.run_json(&["account", "list"]), accounts);
}

#[test]
fn stored_files_are_readable_by_their_owner_only() {
    let folder = Folder::migrated();
    for file in ["usher.sqlite", "usher.key"] {
        let mode = fs::metadata(folder.path().join(file)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{file}");
    }
}

#[test]
fn an_account_is_created_changed_and_listed() {
    let folder = Folder::migrated();
    let create =
        ["account", "create", "acme", "--name", "Acme, Inc.", "--contact", "it@acme.example"];
    let made = folder.run_json(&create);
    let fields: Vec<_> = made.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(
        fields,
        [
            "id",
            "slug",
            "name",
            "contact",
            "recreateDeleted",
            "createdAt",
            "updatedAt",
            "etag",
            "version",
            "apiKey",
        ]
    );
    assert_eq!(made["slug"], "acme");
    assert_eq!(made["name"], "Acme, Inc.");
    assert_eq!(made["contact"], "it@acme.example");

    let changed = folder.run_json(&["account", "set", "acme", "--name", "Acme"]);
    assert_eq!((&changed["id"], &changed["name"]), (&made["id"], &json!("Acme")));
    assert_eq!(changed["contact"], "it@acme.example", "what was not given stays");
    let changed = folder.run_json(&["account", "set", "acme", "--contact", ""]);
    assert_eq!((&changed["contact"], &changed["name"]), (&json!(null), &json!("Acme")));

    let changed = folder.run_json(&["account", "set", "acme", "--recreate-deleted", "true"]);
    assert_eq!((&changed["recreateDeleted"], &changed["version"]), (&json!(true), &json!(4)));

    let listed = folder.run_json(&["account", "list"]);
    assert_eq!(listed[0], changed);
    let table = folder.run(&["account", "list"]);
    let table: Vec<_> = rows(&table).into_iter().map(|row| row[..3].join("|")).collect();
    assert_eq!(table, ["account|name|contact", "acme|Acme|-", "default|Default|-"]);
}

#[test]
fn account_without_a_name_is_displayed_by_its_slug() {
    let folder = Folder::migrated();
    assert_eq!(folder.run_json(&["account", "create", "acme"])["name"], "acme");
}

#[test]
fn an_account_is_created_with_its_key_or_not_at_all() {
    for db in [TestDb::sqlite(), TestDb::postgres()] {
        let folder = Folder::new().with("USHER_DATABASE", db.address());
        folder.run(&["migrate"]);
        db.reject_rows_of("api_keys");
        let before = db.rows();
        folder.run_failing(&["account", "create", "acme"]);
        assert_eq!(db.rows(), before);
    }
}

#[test]
fn invalid_slug_is_rejected_with_the_rule() {
    let folder = Folder::migrated();
    for slug in ["Acme", "a_b", "-a", "", "é", "a b", "../x"] {
        let why = folder.run_failing(&["account", "create", "--", slug]);
        assert!(why.contains("SLUG") && why.contains("lower-case letters"), "{slug}: {why}");
    }
    // All that is wrong, at once.
    let why = folder.run_failing(&["account", "create", "A", "--name", " ", "--contact", "\u{7}"]);
    for field in ["SLUG", "--name", "--contact"] {
        assert!(why.contains(field), "{why}");
    }
    assert!(!why.contains('\u{7}'), "nothing that a terminal would act upon");
    assert_eq!(folder.run_json(&["account", "list"]).as_array().unwrap().len(), 1);
}

#[test]
fn slug_is_unique() {
    let folder = Folder::migrated();
    let why = folder.run_failing(&["account", "create", "default"]);
    assert!(why.contains("there is a account default already") || why.contains("already"), "{why}");
    let why = folder.run_failing(&["account", "set", "nobody", "--name", "x"]);
    assert!(why.contains("account nobody was not found"), "{why}");
}

#[test]
fn database_of_another_version_is_not_changed() {
    let folder = Folder::new();
    for command in [["account", "list"], ["connection", "list"], ["attempt", "list"]] {
        let why = folder.run_failing(&command);
        assert!(why.contains("usher migrate"), "{command:?}: {why}");
    }
}

#[test]
fn the_same_commands_work_on_postgres() {
    let db = TestDb::postgres();
    let folder = Folder::new().with("USHER_DATABASE", db.address());
    folder.run(&["migrate"]);
    folder.run(&["account", "create", "acme"]);
    let listed = folder.run_json(&["account", "list"]);
    assert_eq!(listed.as_array().unwrap().len(), 2);
    assert_eq!(folder.run_json(&["connection", "list", "--account", "acme"]), json!([]));
    assert_eq!(folder.run_json(&["attempt", "list"]), json!([]));
    assert!(folder.run(&["config", "check"]).contains("is of this version"));
    assert!(!folder.path().join("usher.sqlite").exists());
}

#[test]
fn closed_output_pipe_is_not_a_failure() {
    let folder = Folder::migrated();
    let mut command = folder.command(&["account", "list"]);
    let mut child = command.stdout(std::process::Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    assert!(child.wait().unwrap().success());
}
