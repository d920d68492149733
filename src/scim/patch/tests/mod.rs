//! What becomes of a user's attributes, operation by operation.

mod model;
mod nulls;
mod paths;

use serde_json::{Value, json};

use super::{PatchedUser, apply, parse};
use crate::{
    domain::api_key::Dialect,
    scim::{
        compatibility::CompatibilityFixes,
        error::ScimErrorType,
        schema::{ENTERPRISE, PATCH_OP, USER_EXTENSION},
    },
};

fn ada() -> Value {
    json!({
        "userName": "ada", "name": {"givenName": "Ada", "familyName": "Lovelace"},
        "active": true, "emails": [{"value": "ada@example.com", "type": "work", "primary": true}],
        "photos": [{"value": "https://a/c", "type": "photo"}],
        ENTERPRISE.id: {"department": "Engines"},
    })
}

fn apply_operations(dialect: Dialect, operations: Value) -> Result<Value, ScimErrorType> {
    let mut fixes = CompatibilityFixes::new(dialect);
    let body = json!({"schemas": [PATCH_OP], "Operations": operations});
    let mut user = PatchedUser::new(ada().as_object().cloned().unwrap_or_default());
    for operation in parse(&body, &mut fixes).map_err(|why| why.kind)? {
        apply(&mut user, &operation, &mut fixes).map_err(|why| why.kind)?;
    }
    user.finish().map(Value::Object).map_err(|why| why.kind)
}

/// The user with some attributes otherwise; null: not there.
fn ada_with(changes: Value) -> Value {
    let mut user = ada();
    for (key, value) in changes.as_object().into_iter().flatten() {
        match value {
            Value::Null => drop(user.as_object_mut().and_then(|user| user.shift_remove(key))),
            value => user[key] = value.clone(),
        }
    }
    user
}

#[test]
fn operation_changes_only_its_target() {
    let department = format!("{}:department", ENTERPRISE.id);
    let mobile = format!("{}:mobile", USER_EXTENSION.id);
    let number = json!({"regionCode": "DE", "number": "0151 23456789"});
    for (operation, changes) in [
        (json!({"op": "add", "path": "title", "value": "Countess"}), json!({"title": "Countess"})),
        (json!({"op": "replace", "path": "USERNAME", "value": "al"}), json!({"userName": "al"})),
        (json!({"op": "replace", "value": {"active": false}}), json!({"active": false})),
        (
            json!({"op": "replace", "path": "name.familyName", "value": "King"}),
            json!({"name": {"givenName": "Ada", "familyName": "King"}}),
        ),
        (
            json!({"op": "replace", "path": "name", "value": {"givenName": "A."}}),
            json!({"name": {"givenName": "A.", "familyName": "Lovelace"}}),
        ),
        (json!({"op": "remove", "path": "name.familyName"}), json!({"name": {"givenName": "Ada"}})),
        (json!({"op": "remove", "path": "name"}), json!({"name": null})),
        (json!({"op": "replace", "path": "name", "value": null}), json!({"name": null})),
        (json!({"op": "remove", "path": "title"}), json!({})),
        (
            json!({"op": "replace", "path": department, "value": "Numbers"}),
            json!({ENTERPRISE.id: {"department": "Numbers"}}),
        ),
        (json!({"op": "remove", "path": department}), json!({ENTERPRISE.id: null})),
        (json!({"op": "remove", "path": ENTERPRISE.id}), json!({ENTERPRISE.id: null})),
        (
            json!({"op": "add", "value": {ENTERPRISE.id: {"manager": {"value": "7"}}}}),
            json!({ENTERPRISE.id: {"department": "Engines", "manager": {"value": "7"}}}),
        ),
        (
            json!({"op": "add", "path": mobile, "value": number}),
            json!({USER_EXTENSION.id: {"mobile": number}}),
        ),
        (
            json!({"op": "replace", "path": "emails[type eq \"work\"].value", "value": "a@b.c"}),
            json!({"emails": [{"value": "a@b.c", "type": "work", "primary": true}]}),
        ),
        (
            json!({"op": "replace", "path": "emails", "value": [{"value": "a@b.c"}]}),
            json!({"emails": [{"value": "a@b.c"}]}),
        ),
        // It is there already, in another spelling.
        (
            json!({"op": "add", "path": "emails", "value": [{"value": "ADA@example.com"}]}),
            json!({"emails": [{"value": "ADA@example.com", "type": "work", "primary": true}]}),
        ),
        (
            json!({"op": "add", "path": "emails", "value": {"value": "a@b.c", "primary": true}}),
            json!({"emails": [
                {"value": "ada@example.com", "type": "work", "primary": false},
                {"value": "a@b.c", "primary": true},
            ]}),
        ),
        (json!({"op": "remove", "path": "photos[value sw \"https\"]"}), json!({"photos": null})),
    ] {
        let changed = apply_operations(Dialect::Strict, json!([operation]));
        assert_eq!(changed, Ok(ada_with(changes)), "{operation}");
    }
}

#[test]
fn invalid_operation_is_rejected() {
    use ScimErrorType::{InvalidPath, InvalidSyntax, InvalidValue, Mutability, NoTarget};
    for (operation, error) in [
        (json!({"op": "remove"}), NoTarget),
        (json!({"op": "add"}), InvalidValue),
        (json!({"op": "add", "value": "x"}), InvalidValue),
        (json!({"op": "Replace", "path": "title", "value": "x"}), InvalidSyntax),
        (json!({"op": "move", "path": "title", "value": "x"}), InvalidSyntax),
        (json!({"op": "add", "path": 7, "value": "x"}), InvalidPath),
        (json!({"op": "add", "path": "password", "value": "x"}), InvalidPath),
        (json!({"op": "add", "path": "emails[type eq", "value": "x"}), InvalidPath),
        (
            json!({"op": "add", "path": "name[givenName eq \"x\"]", "value": {"givenName": "y"}}),
            NoTarget,
        ),
        (json!({"op": "remove", "path": "emails[colour eq \"x\"]"}), InvalidPath),
        (json!({"op": "remove", "path": "emails[type eq]"}), InvalidPath),
        (json!({"op": "remove", "path": "emails[type eq \"home\"]"}), NoTarget),
        (
            json!({"op": "replace", "path": "emails[type eq \"home\"].value", "value": "x"}),
            NoTarget,
        ),
        (json!({"op": "remove", "path": "userName"}), Mutability),
        (json!({"op": "replace", "path": "userName", "value": null}), Mutability),
        (json!({"op": "remove", "path": "emails.value"}), Mutability),
        (json!({"op": "remove", "path": "emails[value sw \"ada\"]"}), Mutability),
        (json!({"op": "replace", "path": "id", "value": "7"}), Mutability),
        (json!({"op": "replace", "path": "meta.created", "value": "x"}), Mutability),
        (json!({"op": "add", "path": "groups", "value": [{"value": "7"}]}), Mutability),
        (json!({"op": "replace", "path": "active", "value": "False"}), InvalidValue),
        (json!({"op": "replace", "value": {"password": "x"}}), InvalidValue),
        (json!({"op": "add", "path": "manager", "value": {"value": "7"}}), InvalidPath),
        (json!({"op": "remove", "path": "emails", "value": [{"value": "x"}]}), InvalidValue),
    ] {
        assert_eq!(
            apply_operations(Dialect::Strict, json!([operation])),
            Err(error),
            "{operation}"
        );
    }
}

#[test]
fn requests_of_entra_and_okta_are_supported() {
    for (operation, changes) in [
        (json!({"op": "Replace", "path": "active", "value": "False"}), json!({"active": false})),
        (
            json!({"op": "Add", "path": "emails[type eq \"work\"].value", "value": "a@b.c"}),
            json!({"emails": [{"value": "a@b.c", "type": "work", "primary": true}]}),
        ),
        (
            json!({"op": "Add", "value": {"name.givenName": "A.", "password": "x",
                format!("{}:department", ENTERPRISE.id): "Numbers"}}),
            json!({"name": {"givenName": "A.", "familyName": "Lovelace"},
                ENTERPRISE.id: {"department": "Numbers"}}),
        ),
        (
            json!({"op": "Add", "path": format!("{}:manager", ENTERPRISE.id), "value": "7"}),
            json!({ENTERPRISE.id: {"department": "Engines", "manager": {"value": "7"}}}),
        ),
        (
            json!({"op": "Add", "path": "manager", "value": [{"$ref": "https://a/7", "value": "7"}]}),
            json!({ENTERPRISE.id: {"department": "Engines", "manager": {"value": "7"}}}),
        ),
        (
            json!({"op": "Replace", "value": {"department": "Numbers"}}),
            json!({ENTERPRISE.id: {"department": "Numbers"}}),
        ),
        (json!({"op": "replace", "value": {"id": "7", "active": false}}), json!({"active": false})),
        (
            json!({"op": "Remove", "path": "photos", "value": [{"value": "https://a/c"}]}),
            json!({"photos": null}),
        ),
    ] {
        let changed = apply_operations(Dialect::Entra, json!([operation]));
        assert_eq!(changed, Ok(ada_with(changes)), "{operation}");
    }
}

#[test]
fn value_that_would_not_be_stored_is_rejected() {
    let home = "emails[type eq \"home\"].value";
    let both = json!([
        {"value": "ada@example.com", "type": "work", "primary": true},
        {"value": "a@b.c", "type": "home"},
    ]);
    let add_first = json!({"op": "add", "path": "emails", "value": [{"value": "a@b.c"}]});
    for (operations, expected) in [
        (json!([{"op": "add", "path": home, "value": "a@b.c"}]), false),
        (json!([{"op": "replace", "path": home, "value": "a@b.c"}]), false),
        (json!([{"op": "add", "value": {home: "a@b.c"}}]), false),
        (json!([add_first]), false),
        (
            json!([{"op": "add", "path": "photos[type eq \"thumbnail\"].value", "value": "https://a/b"}]),
            false,
        ),
        // It replaces the other one.
        (json!([add_first, {"op": "remove", "path": "emails[type eq \"work\"]"}]), true),
        (
            json!([{"op": "add", "path": "emails", "value": {"value": "a@b.c", "primary": true}}]),
            true,
        ),
        // The stored one is of the request as well.
        (
            json!([
                {"op": "add", "path": home, "value": "a@b.c"},
                {"op": "replace", "path": "emails[type eq \"work\"].value", "value": "x@b.c"},
            ]),
            true,
        ),
        (
            json!([
                {"op": "replace", "path": "emails[type eq \"work\"].value", "value": "ada@example.com"},
                {"op": "add", "path": home, "value": "a@b.c"},
            ]),
            true,
        ),
        // The client sends all that it has, and one of these is stored.
        (json!([{"op": "replace", "path": "emails", "value": both}]), true),
        (json!([{"op": "add", "path": "emails", "value": both}]), true),
        (json!([add_first, {"op": "replace", "value": {"emails": both}}]), true),
        (
            json!([
                {"op": "remove", "path": "photos"},
                {"op": "add", "path": "photos[type eq \"thumbnail\"].value", "value": "https://a/b"},
            ]),
            true,
        ),
    ] {
        for dialect in [Dialect::Entra, Dialect::Okta] {
            let changed = apply_operations(dialect, operations.clone()).map(drop);
            let expected = if expected { Ok(()) } else { Err(ScimErrorType::InvalidValue) };
            assert_eq!(changed, expected, "{dialect:?} {operations}");
        }
    }
}

#[test]
fn replacing_a_manager_with_an_empty_text_removes_it() {
    let manager = format!("{}:manager", ENTERPRISE.id);
    let operations = json!([
        {"op": "Add", "path": manager, "value": "7"},
        {"op": "Replace", "path": manager, "value": ""},
    ]);
    assert_eq!(apply_operations(Dialect::Entra, operations.clone()), Ok(ada()));
    assert_eq!(apply_operations(Dialect::Strict, operations), Err(ScimErrorType::InvalidSyntax));
    let empty = json!([{"op": "replace", "path": manager, "value": ""}]);
    assert_eq!(apply_operations(Dialect::Strict, empty), Err(ScimErrorType::InvalidValue));
}
