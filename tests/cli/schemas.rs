//! `--json`: each command writes what the contract of the admin API describes.

use std::fs;

use jsonschema::{Draft, Validator};
use serde_json::{Value, json};

use crate::{program::Folder, running::Running, sign_in::sign_in, support::browser::Browser};

/// The schema of this name, with all others of the contract.
fn validator(schema: &str) -> Validator {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/openapi/openapi.json");
    let contract: Value = serde_json::from_str(&fs::read_to_string(file).unwrap()).unwrap();
    let root = json!({
        "$ref": format!("#/components/schemas/{schema}"),
        "components": contract["components"],
    });
    jsonschema::options().with_draft(Draft::Draft202012).build(&root).unwrap()
}

fn check(schema: &str, value: &Value) {
    let faults: Vec<String> =
        validator(schema).iter_errors(value).map(|error| error.to_string()).collect();
    assert!(faults.is_empty(), "{schema}: {faults:#?}\n{value:#}");
}

fn check_list(schema: &str, list: &Value) {
    let items = list.as_array().unwrap();
    assert!(!items.is_empty(), "{schema}: nothing to check");
    for item in items {
        check(schema, item);
    }
}

/// The same without what the command adds.
fn without(mut value: Value, names: &[&str]) -> Value {
    for name in names {
        assert!(value.as_object_mut().unwrap().remove(*name).is_some(), "{name}");
    }
    value
}

#[tokio::test]
async fn json_has_the_names_and_the_spelling_of_the_contract() {
    let folder = Folder::new();
    let demo = Running::demo(&folder);
    for scenario in ["first", "again", "malformed", "guard"] {
        sign_in(&demo, &Browser::new(), scenario).await;
    }
    let tells = |command: &[&str]| folder.tells(command);

    check_list("Account", &tells(&["account", "list"]));
    check("Account", &without(tells(&["account", "create", "acme"]), &["apiKey"]));
    check("Account", &tells(&["account", "set", "acme", "--name", "Acme"]));

    let connections = tells(&["connection", "list"]);
    check_list("Connection", &connections);
    let connection = connections[0]["id"].as_str().unwrap();
    check("Connection", &tells(&["connection", "show", connection]));
    check("Connection", &tells(&["connection", "set", connection, "--map", "role=rolle"]));

    let attempts = tells(&["attempt", "list"]);
    check_list("AttemptSummary", &attempts);
    for attempt in attempts.as_array().unwrap() {
        let reference = attempt["reference"].as_str().unwrap();
        check("Attempt", &tells(&["attempt", "show", reference]));
    }
    check("Attempt", &tells(&["attempt", "show"]));

    let ada = "ada.lovelace@example.com";
    check_list("User", &tells(&["user", "list"]));
    check("User", &without(tells(&["user", "show", ada]), &["sessions"]));
    check("User", &tells(&["user", "disable", ada]));
    check("User", &tells(&["user", "enable", ada]));
    check("User", &tells(&["user", "set", ada, "--role", "ADMIN"]));

    let teams = tells(&["team", "list"]);
    check_list("Team", &teams);
    let team = teams[0]["id"].as_str().unwrap();
    check("Team", &tells(&["team", "show", team]));
    check_list("TeamMember", &tells(&["team", "members", team]));

    let entries = tells(&["audit", "list"]);
    check_list("AuditEntry", &entries);
    check("AuditEntry", &tells(&["audit", "show", entries[0]["id"].as_str().unwrap()]));

    folder.file("users.csv", "email\ngrace@example.com\n");
    check("ImportReport", &tells(&["user", "import", "users.csv", "--dry-run"]));
}

#[test]
fn value_that_the_contract_does_not_describe_is_found() {
    let account = json!({ "id": "x", "slug": "acme" });
    assert!(!validator("Account").is_valid(&account));
}
