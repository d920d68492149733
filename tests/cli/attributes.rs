//! `usher attribute`.

use serde_json::json;

use crate::program::Folder;

#[test]
fn attribute_is_defined_listed_read_changed_and_deleted() {
    let folder = Folder::migrated();
    assert_eq!(folder.run_json(&["attribute", "list"]), json!([]));
    assert!(folder.run(&["attribute", "list"]).contains("usher attribute create --name NAME"));
    let size = folder.run_json(&[
        "attribute",
        "create",
        "--name",
        "size",
        "--type",
        "string",
        "--canonical-value",
        "S",
        "--canonical-value",
        "L",
        "--description",
        "Of T-shirts",
    ]);
    assert_eq!((&size["type"], &size["canonicalValues"]), (&json!("STRING"), &json!(["S", "L"])));
    folder.run(&[
        "attribute",
        "create",
        "--name",
        "desk",
        "--type",
        "COMPLEX",
        "--sub-attribute",
        "floor=INTEGER",
    ]);
    let listed = folder.run(&["attribute", "list"]);
    assert!(listed.contains("COMPLEX: floor INTEGER") && listed.contains("READ_WRITE"), "{listed}");
    let body = folder.run(&["attribute", "show", size["id"].as_str().unwrap()]);
    assert!(body.contains("Of T-shirts") && body.contains("S, L"), "{body}");

    let set = ["attribute", "set", "SIZE", "--canonical-value", "", "--mutability", "IMMUTABLE"];
    let changed = folder.run_json(&set);
    let expected = (&json!([]), &json!("IMMUTABLE"), &json!("Of T-shirts"));
    let found = (&changed["canonicalValues"], &changed["mutability"], &changed["description"]);
    assert_eq!(found, expected);

    folder.file("users.csv", "email,attributes.size\nada@example.com,M\nbob@example.com,\n");
    folder.run(&["user", "import", "users.csv"]);
    let found = folder.run_json(&["user", "list", "--filter", r#"attributes.size eq "m""#]);
    assert_eq!(found[0]["email"], "ada@example.com");
    let why = folder.run_failing(&["attribute", "delete", "size"]);
    assert!(
        why.contains("1 user and 0 connections use the attribute") && why.contains("--force"),
        "{why}"
    );
    let gone = folder.run_json(&["attribute", "delete", "size", "--force"]);
    assert_eq!(gone, json!({"id": size["id"], "name": "size", "users": 1}));
    let why = folder.run_failing(&["attribute", "show", "size"]);
    assert!(
        why.contains("attribute definition size in the account default was not found"),
        "{why}"
    );
    assert!(why.contains("usher attribute list"), "{why}");
}

#[test]
fn wrong_flag_is_named_with_what_is_expected() {
    let folder = Folder::migrated();
    folder.run(&["attribute", "create", "--name", "size", "--type", "STRING"]);
    for (arguments, expected) in [
        (vec!["--name", "2nd", "--type", "STRING"], "must be a letter"),
        (vec!["--name", "a", "--type", "text"], "must be one of STRING, BOOLEAN"),
        (vec!["--name", "a", "--type", "COMPLEX"], "--sub-attribute"),
        (vec!["--name", "a", "--type", "COMPLEX", "--sub-attribute", "city"], "must be NAME=TYPE"),
        (vec!["--name", "a", "--type", "STRING", "--visibility", "all"], "must be one of ADMIN"),
        (vec!["--name", "a", "--type", "INTEGER", "--canonical-value", "1"], "--canonical-value"),
        (vec!["--name", "SIZE", "--type", "STRING"], "exists already"),
    ] {
        let why = folder.run_failing(&[vec!["attribute", "create"], arguments.clone()].concat());
        assert!(why.contains(expected), "{arguments:?}: {why}");
    }
}
