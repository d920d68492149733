//! Malformed paths of real clients: understood, rejected, or ignored because the attribute
//! is documented as not stored. Nothing else happens to them.

use serde_json::{Value, json};

use super::{ada, ada_with, apply_operations};
use crate::{
    domain::api_key::Dialect,
    scim::{
        error::ScimErrorType::{
            self, InvalidPath, InvalidSyntax, InvalidValue, Mutability, NoTarget,
        },
        schema::{ENTERPRISE, USER, USER_EXTENSION},
    },
};

const INVALID_PATHS: &[&str] = &[
    "/active",
    "/name/familyName",
    "/",
    ".",
    ".active",
    "active.",
    "name.",
    "name..familyName",
    "name.familyName.",
    "name.familyName.x",
    "act ive",
    "name . familyName",
    "\"active\"",
    "'active'",
    "$.active",
    "active[",
    "active]",
    "active[value eq true]",
    "active.value",
    "userName.value",
    "userName[value eq \"ada\"]",
    "emails[type eq \"work\"",
    "emails[type eq \"work\"].",
    "emails[type eq \"work\"]value",
    "emails[type eq \"work\"]..value",
    "emails [type eq \"work\"]",
    "emails[type eq work].value",
    "emails[0].value",
    "emails[].value",
    "emails[type eq 'work'].value",
    "emails[type eq \"work\"]].value",
    "emails[colour eq \"red\"].value",
    "emails[emails[type eq \"work\"]].value",
    "photos[primary gt true]",
    "ims[type eq]",
    "emails.type.value",
    "emails.work",
    "User.active",
    "User:active",
    "user",
    "role",
    "mobile",
    "enabled",
    "actve",
    "*",
    "urn:ietf:params:scim:schemas:core:2.0:active",
    "urn:ietf:params:scim:schemas:core:2.0:Users:active",
    "urn:ietf:params:scim:schemas:core:2.0:User:",
    "urn:ietf:params:scim:schemas:core:2.0:User.",
    "urn:ietf:params:scim:schemas:core:2.0:User:nothing",
    "urn:ietf:params:scim:schemas:core:2.0:User/active",
    "urn:ietf:params:scim:schemas:core:2.0:Group:displayName",
    "urn:ietf:params:scim:schemas:extension:usher:2.0:Users:role",
    "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:nothing",
    "urn:scim:schemas:core:1.0:active",
];

#[test]
fn path_without_a_target_is_rejected_in_every_dialect() {
    for dialect in Dialect::ALL {
        for path in INVALID_PATHS {
            for op in ["add", "replace", "remove"] {
                let operation = json!([{"op": op, "path": path, "value": false}]);
                let rejected = apply_operations(dialect, operation);
                assert_eq!(rejected, Err(InvalidPath), "{dialect:?} {op} {path}");
            }
            let pathless = json!([{"op": "replace", "value": {*path: false}}]);
            let rejected = apply_operations(dialect, pathless);
            assert_eq!(rejected, Err(InvalidValue), "{dialect:?} {path}");
        }
    }
}

#[test]
fn attribute_that_is_documented_as_not_stored_is_passed_over_in_lenient_dialects_alone() {
    for path in [
        "password",
        "urn:ietf:params:scim:schemas:core:2.0:User:PASSWORD",
        "urn:example:hr:2.0:User",
        "urn:example:hr:2.0:User:badge.number",
        "urn:ietf:params:scim:schemas:extension:acme:2.0:User:badge",
    ] {
        for op in ["add", "replace", "remove"] {
            let operation = json!([{"op": op, "path": path, "value": "x"}]);
            assert_eq!(
                apply_operations(Dialect::Okta, operation.clone()),
                Ok(ada()),
                "{op} {path}"
            );
            assert_eq!(
                apply_operations(Dialect::Strict, operation),
                Err(InvalidPath),
                "{op} {path}"
            );
        }
        let pathless = json!([{"op": "replace", "value": {path: "x"}}]);
        assert_eq!(apply_operations(Dialect::Entra, pathless.clone()), Ok(ada()), "{path}");
        assert_eq!(apply_operations(Dialect::Strict, pathless), Err(InvalidValue), "{path}");
    }
    let broken = json!([{"op": "remove", "path": "phoneNumbers[type eq]"}]);
    assert_eq!(apply_operations(Dialect::Okta, broken), Err(InvalidPath));
}

#[test]
fn unusual_form_of_a_path_is_supported() {
    let off = json!({"active": false});
    let upper = USER.id.to_ascii_uppercase();
    for (dialect, operation, changes) in [
        (Dialect::Strict, json!({"path": "", "value": {"active": false}}), off.clone()),
        (Dialect::Okta, json!({"path": "  ", "value": {"active": false}}), off.clone()),
        (Dialect::Okta, json!({"path": " active ", "value": false}), off.clone()),
        (Dialect::Strict, json!({"path": USER.id, "value": {"active": false}}), off.clone()),
        (Dialect::Okta, json!({"path": upper, "value": {"active": "False"}}), off.clone()),
        (Dialect::Okta, json!({"value": {USER.id: {"active": false}}}), off.clone()),
        (Dialect::Strict, json!({"path": format!("{upper}:active"), "value": false}), off.clone()),
        (
            Dialect::Entra,
            json!({"path": format!("{}.active", USER.id), "value": false}),
            off.clone(),
        ),
        (Dialect::Okta, json!({"value": {format!("{}.active", USER.id): false}}), off.clone()),
        (
            Dialect::Entra,
            json!({"path": format!("{upper}.name.familyName"), "value": "King"}),
            json!({"name": {"givenName": "Ada", "familyName": "King"}}),
        ),
        (
            Dialect::Entra,
            json!({"path": format!("{}.department", ENTERPRISE.id), "value": "Numbers"}),
            json!({ENTERPRISE.id: {"department": "Numbers"}}),
        ),
        (
            Dialect::Entra,
            json!({"path": "emails[type eq \"work\" and primary eq \"True\"].value", "value": "a@b.c"}),
            json!({"emails": [{"value": "a@b.c", "type": "work", "primary": true}]}),
        ),
    ] {
        let mut operation = operation;
        operation["op"] = json!("replace");
        assert_eq!(
            apply_operations(dialect, json!([operation])),
            Ok(ada_with(changes)),
            "{operation}"
        );
    }
    let dotted = json!([{"op": "replace", "path": format!("{}.active", USER.id), "value": false}]);
    assert_eq!(apply_operations(Dialect::Strict, dotted), Err(InvalidPath));
}

#[test]
fn filter_on_the_one_manager_matches_or_not() {
    let manager = |filter: &str| format!("{}:manager[value eq \"{filter}\"]", ENTERPRISE.id);
    let add_manager = json!({"op": "add", "path": "manager", "value": {"value": "7"}});
    let expected_user = |value: Value| ada_with(json!({ENTERPRISE.id: value}));
    let changed =
        |dialect, operation: Value| apply_operations(dialect, json!([add_manager, operation]));
    for (operation, expected) in [
        (
            json!({"op": "replace", "path": manager("7") + ".value", "value": "8"}),
            Ok(expected_user(json!({"department": "Engines", "manager": {"value": "8"}}))),
        ),
        (
            json!({"op": "remove", "path": manager("7")}),
            Ok(expected_user(json!({"department": "Engines"}))),
        ),
        (json!({"op": "remove", "path": manager("8")}), Err(NoTarget)),
        (json!({"op": "replace", "path": manager("8"), "value": {"value": "9"}}), Err(NoTarget)),
        (json!({"op": "replace", "path": manager("8") + ".value", "value": "9"}), Err(NoTarget)),
        (json!({"op": "remove", "path": "manager[colour eq \"8\"]"}), Err(InvalidPath)),
        (json!({"op": "remove", "path": "manager[value eq \"7\""}), Err(InvalidPath)),
    ] {
        for dialect in [Dialect::Entra, Dialect::Okta] {
            assert_eq!(changed(dialect, operation.clone()), expected, "{operation}");
        }
    }
    let nobody = json!([{"op": "remove", "path": manager("7")}]);
    assert_eq!(apply_operations(Dialect::Entra, nobody), Err(NoTarget), "there is no manager");
}

#[test]
fn required_attribute_of_a_user_cannot_be_removed_in_any_form() {
    let role = format!("{}:role", USER_EXTENSION.id);
    for dialect in Dialect::ALL {
        for operation in [
            json!({"op": "remove", "path": "active"}),
            json!({"op": "replace", "path": "active", "value": null}),
            json!({"op": "add", "value": {"active": null}}),
            json!({"op": "remove", "path": role}),
            json!({"op": "replace", "value": {role.as_str(): null}}),
            json!({"op": "replace", "value": {USER_EXTENSION.id: {"role": null}}}),
            json!({"op": "remove", "path": USER_EXTENSION.id}),
            json!({"op": "replace", "value": {USER_EXTENSION.id: null}}),
            json!({"op": "replace", "value": {"userName": null}}),
            json!({"op": "add", "value": {"emails": null}}),
            json!({"op": "replace", "value": {"emails": [null]}}),
            json!({"op": "replace", "value": {"emails": [{"value": ""}]}}),
            json!({"op": "remove", "path": USER.id}),
        ] {
            let rejected = apply_operations(dialect, json!([operation]));
            assert_eq!(rejected, Err(Mutability), "{dialect:?} {operation}");
        }
        let emptied =
            json!([{"op": "replace", "path": "emails[type eq \"work\"].value", "value": ""}]);
        assert_eq!(apply_operations(dialect, emptied), Err(Mutability), "{dialect:?}");
    }
}

#[test]
fn patch_message_is_parsed_by_its_schema() {
    let read = |dialect, operation: Value| apply_operations(dialect, json!([operation])).map(drop);
    let error = Err::<(), ScimErrorType>(InvalidValue);
    for extra in ["paht", "paths", "Value ", "attribute"] {
        let operation = json!({"op": "replace", extra: "title", "value": {"active": false}});
        assert_eq!(read(Dialect::Okta, operation), error, "{extra}");
    }
    let twice = json!({"op": "replace", "path": "title", "Path": "active", "value": "x"});
    assert_eq!(read(Dialect::Okta, twice), Err(ScimErrorType::InvalidSyntax));
    let twice = json!({"op": "replace", "value": {"active": false, "ACTIVE": true}});
    assert_eq!(read(Dialect::Okta, twice), Err(ScimErrorType::InvalidSyntax));
    let named = json!({"name": "off", "op": "replace", "value": {"active": false}});
    assert_eq!(read(Dialect::Okta, named), Ok(()));
    assert_eq!(apply_operations(Dialect::Okta, json!([])), Ok(ada()));
    assert_eq!(apply_operations(Dialect::Strict, json!([])), Err(ScimErrorType::InvalidSyntax));
}

#[test]
fn attribute_that_is_named_twice_is_rejected() {
    let ours = USER_EXTENSION.id;
    for value in [
        json!({"active": false, USER.id: {"active": true}}),
        json!({"active": false, format!("{}:active", USER.id): true}),
        json!({"name": {"givenName": "Z"}, "name.givenName": "Y"}),
        json!({format!("{ours}:role"): "ADMIN", ours: {"role": "GUEST"}}),
        json!({"department": "x", ENTERPRISE.id: {"department": "y"}}),
    ] {
        for dialect in [Dialect::Okta, Dialect::Entra] {
            let operations = json!([{"op": "replace", "value": value}]);
            assert_eq!(apply_operations(dialect, operations), Err(InvalidSyntax), "{value}");
        }
    }
    let apart = json!([{"op": "replace", "value": {
        "name": {"givenName": "Z"}, "name.familyName": "Y",
        "emails[type eq \"work\"].value": "a@b.c", "emails[type eq \"home\"].value": "d@b.c",
    }}]);
    assert!(apply_operations(Dialect::Entra, apart).is_ok());
}
