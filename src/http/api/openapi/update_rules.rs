//! The schemas of transforms and update policies.

use serde_json::{Value as Json, json};

use super::operations::{Object, object_at};
use crate::domain::{
    attribute_name::AttributeName,
    connection_setting::MAX_RECEIVED_CHARS,
    custom_attribute::CustomAttributeName,
    mapping_target::MappingTarget,
    text::MAX_CHARS,
    update_policy::{UpdatePolicy, allowed_policies, attributes_with_policy},
    value_transform::{MAX_SEPARATOR_CHARS, MAX_TABLE_ENTRIES},
};

/// Adds the schemas of transforms and update policies.
pub(super) fn add_schemas(contract: &mut Json) {
    let Some(schemas) = object_at(contract, "/components/schemas") else { return };
    let fields = MappingTarget::names().join("|").replace('.', "[.]");
    let name = CustomAttributeName::PATTERN;
    schemas.insert(
        "MappedField".into(),
        json!({
            "type": "string",
            "description": "The target of a SAML attribute: a field of a user, the values of a multi-valued attribute with one `type`, a custom attribute (`attributes.shoeSize`), or a sub-attribute of a complex one \
                            (`attributes.office.city`).",
            "pattern": format!("^({fields}|attributes[.]{name}([.]{name})?)$"),
        }),
    );
    schemas.insert("ValueTransform".into(), transform());
    schemas.insert("ValueTableEntry".into(), table_entry());
    schemas.insert(
        "UpdatePolicy".into(),
        json!({
            "type": "string",
            "description": "When logins set an attribute of a user. FIRST_LOGIN: the login that \
                            creates the user. FILL_EMPTY: also later logins, while the attribute has not been set. ALWAYS: each login. NEVER: no login.",
            "enum": UpdatePolicy::NAMES,
        }),
    );
    for attribute in attributes_with_policy().filter(|name| !has_every_policy(*name)) {
        schemas.insert(policy_schema(attribute), limited_policy(attribute));
    }
    let about = "When logins set each attribute of a user.";
    schemas.insert("UpdatePolicies".into(), policies(about, "", |policy| policy));
    let nullable = |policy| json!({ "oneOf": [policy, { "type": "null" }] });
    let changes = policies(about, " null gives it the policy FIRST_LOGIN again.", nullable);
    schemas.insert("UpdatePolicyChanges".into(), changes);
}

fn has_every_policy(attribute: AttributeName) -> bool {
    allowed_policies(attribute) == UpdatePolicy::ALL
}

/// The name of the schema of an attribute's policies.
fn policy_schema(attribute: AttributeName) -> String {
    if has_every_policy(attribute) {
        return "UpdatePolicy".into();
    }
    let name = attribute.to_string();
    let (first, rest) = name.split_at(1);
    format!("{}{rest}UpdatePolicy", first.to_ascii_uppercase())
}

/// The policies of an attribute that can't have each of them.
fn limited_policy(attribute: AttributeName) -> Json {
    let names: Vec<_> = allowed_policies(attribute).iter().map(|one| one.as_str()).collect();
    json!({
        "type": "string",
        "description": format!(
            "When logins set `{attribute}`: the values of UpdatePolicy that it supports."
        ),
        "enum": names,
    })
}

fn policies(about: &str, about_null: &str, wrapped: impl Fn(Json) -> Json) -> Json {
    let property = |schema: &str, attribute: &str| {
        let mut policy = wrapped(json!({ "$ref": format!("#/components/schemas/{schema}") }));
        if let Some(policy) = policy.as_object_mut() {
            let description = format!("The policy of {attribute}.{about_null}");
            policy.insert("description".into(), json!(description));
        }
        policy
    };
    let properties = attributes_with_policy().map(|attribute| {
        let policy = property(&policy_schema(attribute), &format!("`{attribute}`"));
        (attribute.to_string(), policy)
    });
    let properties: Object = properties.collect();
    let mut custom = property("UpdatePolicy", "a custom attribute (`attributes.shoeSize`)");
    // The generator for Go makes a model of this `oneOf` that does not compile.
    if let Some(custom) = custom.as_object_mut().filter(|custom| custom.contains_key("oneOf")) {
        custom.remove("oneOf");
        custom.insert("type".into(), json!(["string", "null"]));
        custom.insert("examples".into(), json!([UpdatePolicy::Always.as_str()]));
    }
    json!({
        "type": "object",
        "description": about,
        "properties": properties,
        "additionalProperties": custom,
    })
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
                "description": "Splits each value at this text. null: values are not split.",
                "minLength": 1,
                "maxLength": MAX_SEPARATOR_CHARS,
                "pattern": "^[^\\x00-\\x1F\\x7F]+$",
                "examples": [";"],
            },
            "lowerCase": switch("Whether letters are lower-cased."),
            "table": {
                "type": ["array", "null"],
                "description": "Replaces received values. They are compared without case. A field with one value gets that of the first entry that matches; each team gets that of its own entry. null: values are not replaced.",
                "items": { "$ref": "#/components/schemas/ValueTableEntry" },
                "maxItems": MAX_TABLE_ENTRIES,
            },
            "keepUnlisted": switch(
                "Whether a value without an entry in the table is used as it is. Otherwise it is left out.",
            ),
            "firstOnly": switch("Whether only the first value is used, if there are several."),
            "defaultValue": {
                "type": ["string", "null"],
                "description": "The value if no other is left. It must follow the rules of the field. null or an empty string: none. Not for `userName` and `externalId`, which are unique.",
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
