//! The schemas of transforms and update policies.

use serde_json::{Value as Json, json};

use super::operations::{Object, object_at};
use crate::domain::{
    attribute_name::AttributeName,
    connection_setting::MAX_RECEIVED_CHARS,
    mapping_target::MappingTarget,
    text::MAX_CHARS,
    update_policy::{UpdatePolicy, attributes_with_policy},
    value_transform::{MAX_SEPARATOR_CHARS, MAX_TABLE_ENTRIES},
};

/// Adds the schemas of transforms and update policies.
pub(super) fn add_schemas(contract: &mut Json) {
    let Some(schemas) = object_at(contract, "/components/schemas") else { return };
    let fields = MappingTarget::names();
    schemas.insert(
        "MappedField".into(),
        json!({
            "type": "string",
            "description": "What a SAML attribute fills: a field of a user, or the values of a multi-valued attribute with one `type`.",
            "enum": fields,
        }),
    );
    schemas.insert("ValueTransform".into(), transform());
    schemas.insert("ValueTableEntry".into(), table_entry());
    schemas.insert(
        "UpdatePolicy".into(),
        json!({
            "type": "string",
            "description": "When logins set an attribute of a user. FIRST_LOGIN: the login that \
                            creates the user. FILL_EMPTY: also later logins, while nobody has set \
                            the attribute. ALWAYS: each login. NEVER: no login.",
            "enum": UpdatePolicy::NAMES,
        }),
    );
    let about = "When logins set each attribute of a user.";
    schemas.insert("UpdatePolicies".into(), policies(about, &policy()));
    let nullable = json!({ "oneOf": [policy(), { "type": "null" }] });
    let about = format!("{about} null gives an attribute the policy FIRST_LOGIN again.");
    schemas.insert("UpdatePolicyChanges".into(), policies(&about, &nullable));
}

fn policy() -> Json {
    json!({ "$ref": "#/components/schemas/UpdatePolicy" })
}

fn policies(about: &str, policy: &Json) -> Json {
    let properties =
        attributes_with_policy().map(|name| (name.as_str().to_owned(), described(policy, name)));
    let properties: Object = properties.collect();
    json!({ "type": "object", "description": about, "properties": properties })
}

fn described(policy: &Json, name: AttributeName) -> Json {
    let mut policy = policy.clone();
    if let Some(policy) = policy.as_object_mut() {
        policy.insert("description".into(), json!(format!("The policy of `{name}`.")));
    }
    policy
}

fn transform() -> Json {
    json!({
        "type": "object",
        "description": "What is done to the received values of a field, in the order of the \
                        members. White space around values is always dropped.",
        "required": ["field"],
        "properties": {
            "field": { "$ref": "#/components/schemas/MappedField", "description": "The field." },
            "separator": {
                "type": ["string", "null"],
                "description": "Splits each value at this text.",
                "minLength": 1,
                "maxLength": MAX_SEPARATOR_CHARS,
                "pattern": "^[^\\x00-\\x1F\\x7F]+$",
                "examples": [";"],
            },
            "lowerCase": switch("Whether letters are lower-cased."),
            "table": {
                "type": ["array", "null"],
                "description": "Replaces received values. They are compared without case. A field with one value gets that of the first entry that matches; each team gets that of its own entry.",
                "items": { "$ref": "#/components/schemas/ValueTableEntry" },
                "maxItems": MAX_TABLE_ENTRIES,
            },
            "keepUnlisted": switch(
                "Whether a value without an entry in the table is used as it is. Otherwise it is left out.",
            ),
            "firstOnly": switch("Whether only the first value is used, if there are several."),
            "defaultValue": {
                "type": ["string", "null"],
                "description": "The value if no other is left. It must follow the rules of the field.",
                "maxLength": MAX_CHARS,
                "examples": ["USER"],
            },
        },
    })
}

fn switch(about: &str) -> Json {
    json!({ "type": ["boolean", "null"], "description": format!("{about} null: false."), "examples": [false] })
}

fn table_entry() -> Json {
    json!({
        "type": "object",
        "description": "A received value, and the value to use instead.",
        "required": ["received", "value"],
        "properties": {
            "received": {
                "type": "string",
                "description": "The received value, in any case.",
                "minLength": 1,
                "maxLength": MAX_RECEIVED_CHARS,
                "examples": ["Domain Admins"],
            },
            "value": {
                "type": "string",
                "description": "The value to use instead. It must follow the rules of the field.",
                "minLength": 1,
                "maxLength": MAX_CHARS,
                "examples": ["ADMIN"],
            },
        },
    })
}
