//! What becomes of a user's attributes, operation by operation.

mod model;
mod nulls;
mod paths;
mod values_model;

use serde_json::{Value, json};

use super::{PatchedUser, apply, parse};
use crate::{
    domain::api_key::Dialect,
    scim::{
        compatibility::CompatibilityFixes,
        error::ScimErrorType,
        schema::{ENTERPRISE, PATCH_OP, USER_EXTENSION, USERS},
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
    let object = ada().as_object().cloned().unwrap_or_default();
    let mut user = PatchedUser { object, kind: &USERS };
    for operation in parse(&body, &mut fixes).map_err(|why| why.kind)? {
        apply(&mut user, &operation, &mut fixes).map_err(|why| why.kind)?;
    }
    Ok(Value::Object(user.object))
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
fn each_value_of_an_attribute_is_kept_and_at_most_one_is_primary() {
    let work = json!({"value": "ada@example.com", "type": "work", "primary": true});
    let was_primary = json!({"value": "ada@example.com", "type": "work", "primary": false});
    let home = json!({"value": "a@b.c", "type": "home"});
    let primary_home = json!({"value": "a@b.c", "type": "home", "primary": true});
    let add_home = json!({"op": "add", "path": "emails", "value": [home]});
    for (operations, emails) in [
        (json!([add_home]), json!([work, home])),
        // The same value again is merged.
        (json!([add_home, add_home]), json!([work, home])),
        (
            json!([{"op": "add", "path": "emails", "value": primary_home}]),
            json!([was_primary, primary_home]),
        ),
        (
            json!([add_home, {"op": "replace", "path": "emails[type eq \"home\"].primary", "value": true}]),
            json!([was_primary, primary_home]),
        ),
        (
            json!([add_home, {"op": "replace", "path": "emails[type eq \"work\"].value", "value": "x@b.c"}]),
            json!([{"value": "x@b.c", "type": "work", "primary": true}, home]),
        ),
        (json!([add_home, {"op": "remove", "path": "emails[type eq \"work\"]"}]), json!([home])),
        (
            json!([add_home, {"op": "remove", "path": "emails[type eq \"work\"].value"}]),
            json!([home]),
        ),
        (json!([{"op": "replace", "path": "emails", "value": [home]}]), json!([home])),
        // One value with two types is two values.
        (
            json!([{"op": "add", "path": "emails", "value": [{"value": "ada@example.com", "type": "home"}]}]),
            json!([work, {"value": "ada@example.com", "type": "home"}]),
        ),
        (
            json!([{"op": "add", "path": "emails[type eq \"work\"].display", "value": "Ada"}]),
            json!([{"value": "ada@example.com", "type": "work", "primary": true, "display": "Ada"}]),
        ),
    ] {
        for dialect in Dialect::ALL {
            let changed = apply_operations(dialect, operations.clone());
            assert_eq!(
                changed.map(|user| user["emails"].clone()),
                Ok(emails.clone()),
                "{operations}"
            );
        }
    }
    let both_primary = json!([add_home, {"op": "replace", "path": "emails.primary", "value": true},
        {"op": "add", "path": "emails", "value": [{"value": "c@b.c"}]},
        {"op": "replace", "path": "emails.primary", "value": true}]);
    assert_eq!(apply_operations(Dialect::Strict, both_primary), Err(ScimErrorType::InvalidValue));
}

#[test]
fn parts_of_a_postal_address_are_set_one_by_one() {
    let street = json!({"op": "add", "path": "addresses[type eq \"work\"].streetAddress", "value": "Dorset St 1"});
    let country =
        json!({"op": "add", "path": "addresses[type eq \"work\"].country", "value": "GB"});
    let both = json!([{"type": "work", "streetAddress": "Dorset St 1", "country": "GB"}]);
    let changed = apply_operations(Dialect::Entra, json!([street, country])).unwrap();
    assert_eq!(changed["addresses"], both);
    // Without its last sub-attribute, there is no address.
    let remove = |sub_attribute| json!({"op": "remove", "path": format!("addresses[type eq \"work\"].{sub_attribute}")});
    let gone = json!([street, country, remove("streetAddress"), remove("country")]);
    assert_eq!(apply_operations(Dialect::Entra, gone), Ok(ada()));
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
