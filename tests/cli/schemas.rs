//! `--json`: each command writes what the contract of the admin API describes.

use std::{cell::RefCell, collections::BTreeSet, fs};

use jsonschema::{Draft, Validator};
use serde_json::{Value, json};

use crate::{
    program::{Folder, identity_provider},
    running::RunningServer,
    sign_in::sign_in,
    support::browser::Browser,
};

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
    let errors: Vec<String> =
        validator(schema).iter_errors(value).map(|error| error.to_string()).collect();
    assert!(errors.is_empty(), "{schema}: {errors:#?}\n{value:#}");
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

/// An object that the contract does not describe, with the fields that it has.
fn check_fields(value: &Value, names: &[&str]) {
    let fields: Vec<_> = value.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(fields, names, "{value:#}");
}

/// Runs commands with `--json`, and notes which.
struct Commands<'a> {
    folder: &'a Folder,
    checked: RefCell<BTreeSet<String>>,
}

impl Commands<'_> {
    fn run_json(&self, arguments: &[&str]) -> Value {
        let name = arguments[..2].join(" ");
        self.checked.borrow_mut().insert(name);
        self.folder.run_json(arguments)
    }
}

/// Every command that has the flag `--json`.
fn with_json() -> BTreeSet<String> {
    let program = usher::cli::command();
    let has_json = |command: &&clap::Command| {
        command.get_arguments().any(|argument| argument.get_long() == Some("json"))
    };
    let mut names = BTreeSet::new();
    for group in program.get_subcommands() {
        assert!(!has_json(&group), "{}: this test knows groups alone", group.get_name());
        let commands = group.get_subcommands().filter(has_json);
        names.extend(commands.map(|one| format!("{} {}", group.get_name(), one.get_name())));
    }
    names
}

#[tokio::test]
async fn json_output_of_every_command_matches_the_contract() {
    let folder = Folder::new();
    let demo = RunningServer::demo(&folder);
    for scenario in ["first", "again", "malformed", "guard"] {
        sign_in(&demo, &Browser::new(), scenario).await;
    }
    let commands = Commands { folder: &folder, checked: RefCell::default() };
    check_accounts(&commands);
    check_keys(&commands);
    check_scim_clients(&commands);
    check_attempts(&commands);
    check_users(&commands);
    check_teams(&commands);
    check_attributes(&commands);
    check_connections(&commands);
    check_audit(&commands);
    assert_eq!(commands.checked.into_inner(), with_json(), "a command is not checked");
}

fn check_accounts(commands: &Commands<'_>) {
    let made = commands.run_json(&["account", "create", "acme"]);
    check("CreatedApiKey", &made["apiKey"]);
    check("Account", &without(made, &["apiKey"]));
    check("Account", &commands.run_json(&["account", "set", "acme", "--name", "Acme"]));
    check_list("Account", &commands.run_json(&["account", "list"]));
}

fn check_keys(commands: &Commands<'_>) {
    let made = commands.run_json(&["key", "create", "--name", "Okta", "--scope", "scim"]);
    check("CreatedApiKey", &made);
    let id = made["key"]["id"].as_str().unwrap();
    check("RotatedApiKey", &commands.run_json(&["key", "rotate", id]));
    check_list("ApiKey", &commands.run_json(&["key", "list"]));
    check_fields(&commands.run_json(&["key", "delete", id]), &["id"]);
}

fn check_scim_clients(commands: &Commands<'_>) {
    let create = ["scim-client", "create", "--name", "Entra", "--dialect", "ENTRA"];
    check("ScimClient", &commands.run_json(&create));
    check(
        "ScimClient",
        &commands.run_json(&["scim-client", "set", "Entra", "--dialect", "STRICT"]),
    );
    check_list("ScimClient", &commands.run_json(&["scim-client", "list"]));
    let body = commands.run_json(&["scim-client", "show", "Okta"]);
    check_list("ApiKey", &body["keys"]);
    check("CompatibilityFixList", &json!({ "items": body["compatibilityFixes"] }));
    let own = ["userExternalIds", "teamExternalIds", "keys", "compatibilityFixes"];
    check("ScimClient", &without(body, &own));
    let gone = commands.run_json(&["scim-client", "delete", "Entra"]);
    check_fields(&gone, &["id", "name", "keys", "userExternalIds", "teamExternalIds"]);
}

fn check_attempts(commands: &Commands<'_>) {
    let attempts = commands.run_json(&["attempt", "list"]);
    check_list("AttemptSummary", &attempts);
    for attempt in attempts.as_array().unwrap() {
        let reference = attempt["reference"].as_str().unwrap();
        check("Attempt", &commands.run_json(&["attempt", "show", reference]));
    }
    check("Attempt", &commands.run_json(&["attempt", "show"]));
}

fn check_users(commands: &Commands<'_>) {
    let ada = "ada.lovelace@example.com";
    check_list("User", &commands.run_json(&["user", "list"]));
    let body = commands.run_json(&["user", "show", ada]);
    for session in body["sessions"].as_array().unwrap() {
        check_fields(session, &["id", "connectionId", "createdAt", "expiresAt"]);
    }
    let identity = body["identities"][0]["id"].as_str().unwrap().to_owned();
    check("User", &without(body, &["sessions"]));
    check("UserExplanation", &commands.run_json(&["user", "explain", ada]));
    check("User", &commands.run_json(&["user", "lock", ada, "department"]));
    check("User", &commands.run_json(&["user", "unlock", ada, "department"]));
    check("User", &commands.run_json(&["user", "disable", ada]));
    check("User", &commands.run_json(&["user", "enable", ada]));
    check("User", &commands.run_json(&["user", "set", ada, "--role", "ADMIN"]));
    let ended = commands.run_json(&["user", "end-sessions", ada]);
    check_fields(&ended, &["id", "endedSessions"]);
    let unlinked = commands.run_json(&["user", "unlink", ada, &identity]);
    check("UserIdentity", &without(unlinked, &["userId", "endedSessions"]));
    commands.folder.file("users.csv", "email\ngrace@example.com\n");
    check("ImportReport", &commands.run_json(&["user", "import", "users.csv", "--dry-run"]));
    commands.folder.run(&["user", "import", "users.csv"]);
    check_fields(&commands.run_json(&["user", "delete", "grace@example.com"]), &["id", "email"]);
}

fn check_teams(commands: &Commands<'_>) {
    let teams = commands.run_json(&["team", "list"]);
    check_list("Team", &teams);
    let team = teams[0]["id"].as_str().unwrap();
    check("Team", &commands.run_json(&["team", "show", team]));
    check_list("TeamMember", &commands.run_json(&["team", "members", team]));
    check_fields(&commands.run_json(&["team", "delete", team]), &["id", "name"]);
}

fn check_attributes(commands: &Commands<'_>) {
    let create = ["attribute", "create", "--name", "desk", "--type", "COMPLEX"];
    let sub_attributes =
        ["--sub-attribute", "city=STRING", "--sub-attribute", "floor=INTEGER", "--multi-valued"];
    let created = commands.run_json(&[create.as_slice(), &sub_attributes].concat());
    check("AttributeDefinition", &created);
    assert_eq!(
        (&created["subAttributes"][1]["name"], &created["multiValued"]),
        (&json!("floor"), &json!(true))
    );
    check("AttributeDefinition", &commands.run_json(&["attribute", "show", "DESK"]));
    let set = ["attribute", "set", "desk", "--required", "true", "--visibility", "ADMIN"];
    let changed = commands.run_json(&set);
    check("AttributeDefinition", &changed);
    assert_eq!((&changed["required"], &changed["visibility"]), (&json!(true), &json!("ADMIN")));
    check_list("AttributeDefinition", &commands.run_json(&["attribute", "list"]));
    let gone = commands.run_json(&["attribute", "delete", "desk"]);
    check_fields(&gone, &["id", "name", "users"]);
    assert_eq!(gone["users"], 0);
}

fn check_connections(commands: &Commands<'_>) {
    commands.folder.file("idp.xml", identity_provider().metadata_xml().unwrap());
    let create = ["connection", "create", "--name", "Okta", "--metadata", "idp.xml"];
    check("Connection", &commands.run_json(&create));
    check("Connection", &commands.run_json(&["connection", "show", "Okta"]));
    check("Connection", &commands.run_json(&["connection", "set", "Okta", "--map", "role=rolle"]));
    check_list("Connection", &commands.run_json(&["connection", "list"]));
    let gone = commands.run_json(&["connection", "delete", "Okta"]);
    check_fields(&gone, &["id", "name", "identities", "sessions", "attempts"]);
}

fn check_audit(commands: &Commands<'_>) {
    let entries = commands.run_json(&["audit", "list"]);
    check_list("AuditEntry", &entries);
    let entry = entries[0]["id"].as_str().unwrap();
    check("AuditEntry", &commands.run_json(&["audit", "show", entry]));
}

#[test]
fn undescribed_value_is_detected() {
    let account = json!({ "id": "x", "slug": "acme" });
    assert!(!validator("Account").is_valid(&account));
}
