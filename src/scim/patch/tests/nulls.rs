//! Null unassigns, at any depth (RFC 7643, section 2.5).

use serde_json::{Value, json};

use super::{ada_with, apply_operations};
use crate::{
    domain::api_key::Dialect,
    scim::{
        error::ScimErrorType,
        schema::{ENTERPRISE, USER, USER_EXTENSION},
    },
};

/// A user with all that can be taken away.
fn prepared_operations(operation: &Value) -> Value {
    let ours = json!({"role": "USER", "mobile": {"regionCode": "DE", "number": "0151 23456789"}});
    let enterprise = json!({"manager": {"value": "7"}});
    json!([
        {"op": "add", "value": {USER_EXTENSION.id: ours, ENTERPRISE.id: enterprise}},
        operation,
    ])
}

#[test]
fn null_unassigns_in_every_dialect_with_a_path_and_without() {
    let department = json!({"department": "Engines"});
    let both = json!({"department": "Engines", "manager": {"value": "7"}});
    let ours = json!({"role": "USER", "mobile": {"regionCode": "DE", "number": "0151 23456789"}});
    let input = json!({"name": {"givenName": "Ada"}, ENTERPRISE.id: both, USER_EXTENSION.id: ours});
    let unmanaged = json!({ENTERPRISE.id: department, USER_EXTENSION.id: ours});
    let immobile = json!({ENTERPRISE.id: both, USER_EXTENSION.id: {"role": "USER"}});
    let manager = format!("{}:manager", ENTERPRISE.id);
    let mobile = format!("{}:mobile", USER_EXTENSION.id);
    for (operation, changes) in [
        (json!({"value": {"name": {"familyName": null}}}), input.clone()),
        (json!({"path": "name", "value": {"FAMILYNAME": null}}), input.clone()),
        (json!({"path": USER.id, "value": {"name": {"familyName": null}}}), input.clone()),
        (json!({"path": "name.familyName", "value": null}), input.clone()),
        (
            json!({"value": {"name": {"familyName": null, "givenName": "Augusta"}}}),
            json!({"name": {"givenName": "Augusta"}, ENTERPRISE.id: both, USER_EXTENSION.id: ours}),
        ),
        (
            json!({"value": {"name": {"familyName": null, "givenName": null}}}),
            json!({"name": null, ENTERPRISE.id: both, USER_EXTENSION.id: ours}),
        ),
        (json!({"value": {ENTERPRISE.id: {"manager": {"value": null}}}}), unmanaged.clone()),
        (json!({"value": {ENTERPRISE.id: {"manager": null}}}), unmanaged.clone()),
        (json!({"path": ENTERPRISE.id, "value": {"manager": {"value": null}}}), unmanaged.clone()),
        (json!({"path": manager, "value": {"value": null}}), unmanaged.clone()),
        (
            json!({"value": {ENTERPRISE.id: null}}),
            json!({ENTERPRISE.id: null, USER_EXTENSION.id: ours}),
        ),
        (json!({"value": {USER_EXTENSION.id: {"mobile": null}}}), immobile.clone()),
        (json!({"path": mobile, "value": {"regionCode": null, "number": null}}), immobile.clone()),
        (
            json!({"value": {"photos": null}}),
            json!({"photos": null, ENTERPRISE.id: both, USER_EXTENSION.id: ours}),
        ),
        (
            json!({"path": "photos[type eq \"photo\"]", "value": {"value": null}}),
            json!({"photos": null, ENTERPRISE.id: both, USER_EXTENSION.id: ours}),
        ),
    ] {
        for dialect in Dialect::ALL {
            for op in ["add", "replace"] {
                let mut operation = operation.clone();
                operation["op"] = json!(op);
                let changed = apply_operations(dialect, prepared_operations(&operation));
                assert_eq!(changed, Ok(ada_with(changes.clone())), "{dialect:?} {operation}");
            }
        }
    }
    let only = json!({"op": "replace", "path": manager, "value": [null]});
    assert_eq!(
        apply_operations(Dialect::Entra, prepared_operations(&only)),
        Ok(ada_with(unmanaged))
    );
}

#[test]
fn required_sub_attribute_cannot_be_unassigned_alone() {
    let mobile = format!("{}:mobile", USER_EXTENSION.id);
    for operation in [
        json!({"op": "replace", "path": mobile, "value": {"regionCode": null}}),
        json!({"op": "replace", "path": format!("{mobile}.number"), "value": null}),
        json!({"op": "remove", "path": format!("{mobile}.number")}),
    ] {
        let rejected = apply_operations(Dialect::Okta, prepared_operations(&operation));
        assert_eq!(rejected, Err(ScimErrorType::Mutability), "{operation}");
    }
}
