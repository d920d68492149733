//! The settings of a connection in the schemas: one property for each definition.

use serde_json::{Value as Json, json};

use super::{
    operations::{Object, add_properties, object_at},
    update_rules,
};
use crate::domain::{
    connection_setting::{
        ConnectionSetting, MAX_ATTRIBUTE_NAME_CHARS, SettingDefinition, SettingKind, SettingValue,
        max_transforms,
    },
    mapping_target::MappingTarget,
    text::MAX_CHARS,
};

/// Completes the schemas of connections.
pub(super) fn complete(contract: &mut Json) {
    add_mappings(contract);
    update_rules::add_schemas(contract);
    let draft = "/components/schemas/ConnectionDraft";
    if let Some(draft) = object_at(contract, draft) {
        let about = "A new connection: send `metadata` of the identity provider, or \
                     `idpEntityId`, `ssoUrl` and `certificates`.";
        draft.insert("description".into(), json!(about));
        draft.insert("required".into(), json!(["name"]));
    }
    if let Some(fields) = object_at(contract, &format!("{draft}/properties")) {
        fields.shift_remove("clear");
        let enabled = fields.get_mut("enabled").and_then(|enabled| enabled.get_mut("description"));
        if let Some(Json::String(about)) = enabled {
            about.push_str(" True by default.");
        }
    }
    let settings = ConnectionSetting::ALL.into_iter();
    let drafts = settings.clone().map(|one| (one.as_str(), in_body(one, in_new(one))));
    add_properties(contract, "ConnectionDraft", "certificates", drafts);
    let changes = settings.clone().map(|one| (one.as_str(), in_body(one, in_changes(one))));
    add_properties(contract, "ConnectionChanges", "certificates", changes);
    let responses = settings.map(|one| (one.as_str(), response_schema(one)));
    add_properties(contract, "Connection", "serviceProvider", responses);
    if let Some(Json::Array(required)) =
        contract.pointer_mut("/components/schemas/Connection/required")
    {
        required.extend(ConnectionSetting::ALL.map(|setting| json!(setting.as_str())));
    }
}

/// The schema of a setting in a response.
fn response_schema(setting: ConnectionSetting) -> Json {
    let SettingDefinition { kind, without_value, .. } = *setting.definition();
    let null = without_value.map(|effect| format!("null: {effect}."));
    let schema = match kind {
        SettingKind::Attribute | SettingKind::Uri => json!({ "type": ["string", "null"] }),
        SettingKind::RelayStates | SettingKind::Uris => {
            json!({ "type": "array", "items": { "type": "string" } })
        }
        SettingKind::Mapping => json!({ "$ref": "#/components/schemas/AttributeMapping" }),
        SettingKind::Policies => json!({ "$ref": "#/components/schemas/UpdatePolicies" }),
        SettingKind::Transforms => {
            json!({ "type": "array", "items": { "$ref": "#/components/schemas/ValueTransform" } })
        }
        SettingKind::Switch
        | SettingKind::Count { .. }
        | SettingKind::Timestamp
        | SettingKind::AccountRole
        | SettingKind::TeamRole => body_schema(kind),
    };
    described(schema, setting, null)
}

/// The schema of a setting in a body, with what is true of this kind of body.
fn in_body(setting: ConnectionSetting, note: Option<String>) -> Json {
    let SettingDefinition { kind, without_value, .. } = *setting.definition();
    let effect = without_value.map_or_else(String::new, |effect| format!(": {effect}"));
    let null = match kind {
        SettingKind::Attribute | SettingKind::Uri => {
            Some(format!("null or an empty string clears it{effect}."))
        }
        SettingKind::Timestamp | SettingKind::AccountRole | SettingKind::TeamRole => {
            Some(format!("null clears it{effect}."))
        }
        _ => note,
    };
    described(body_schema(kind), setting, null)
}

/// What the contract says of a setting of a new connection.
fn in_new(setting: ConnectionSetting) -> Option<String> {
    match setting.default_value() {
        SettingValue::Switch(default) => {
            Some(format!("{} by default.", if default { "True" } else { "False" }))
        }
        SettingValue::Count(default) => Some(format!("{default} by default.")),
        SettingValue::Mapping(_) => Some("null: each attribute has the name of its field.".into()),
        SettingValue::Policies(_) => Some("null: each attribute has `FIRST_LOGIN`.".into()),
        SettingValue::Transforms(_) => Some("null: none.".into()),
        SettingValue::Text(_)
        | SettingValue::Timestamp(_)
        | SettingValue::List(_)
        | SettingValue::AccountRole(_)
        | SettingValue::TeamRole(_) => None,
    }
}

/// What the contract says of a change of a setting.
fn in_changes(setting: ConnectionSetting) -> Option<String> {
    match setting.definition().kind {
        SettingKind::RelayStates | SettingKind::Uris => Some("Replaces all values.".into()),
        SettingKind::Transforms => Some("Replaces all transforms. null removes them.".into()),
        SettingKind::Mapping | SettingKind::Policies => {
            Some("An entry that is left out keeps its value. null clears all entries.".into())
        }
        _ => None,
    }
}

fn described(mut schema: Json, setting: ConnectionSetting, note: Option<String>) -> Json {
    let description = [Some(setting.description().to_owned()), note];
    let description = description.into_iter().flatten().collect::<Vec<_>>().join(" ");
    let is_list = schema.get("items").is_some();
    let Some(fields) = schema.as_object_mut() else { return schema };
    fields.insert("description".into(), json!(description));
    if let Some(example) = setting.definition().example {
        let example = if is_list { json!([example]) } else { json!(example) };
        fields.insert("examples".into(), json!([example]));
    }
    schema
}

fn body_schema(kind: SettingKind) -> Json {
    let list = |format: &str, about: &str| {
        let items = json!({ "type": "string", "format": format, "description": about });
        json!({ "type": "array", "items": items, "maxItems": kind.max_elements() })
    };
    match kind {
        SettingKind::Switch => json!({ "type": "boolean" }),
        SettingKind::Count { max, unit: _ } => {
            json!({ "type": "integer", "format": "int32", "maximum": max, "minimum": 0 })
        }
        SettingKind::Attribute => attribute_schema(),
        SettingKind::Uri => json!({
            "type": ["string", "null"],
            "maxLength": MAX_CHARS,
            "pattern": "^([^\\x00-\\x20\\x7F]*:[^\\x00-\\x20\\x7F]*)?$",
        }),
        SettingKind::Timestamp => json!({ "type": ["string", "null"], "format": "date-time" }),
        SettingKind::RelayStates => list(
            "relay-state",
            "A path, or a URL of this server or of a listed origin: at most 80 bytes.",
        ),
        SettingKind::Uris => list("authn-context", "A URI."),
        SettingKind::Mapping => nullable("AttributeMappingChanges"),
        SettingKind::Policies => nullable("UpdatePolicyChanges"),
        SettingKind::AccountRole => nullable("AccountRole"),
        SettingKind::TeamRole => nullable("TeamRole"),
        SettingKind::Transforms => json!({
            "type": ["array", "null"],
            "items": { "$ref": "#/components/schemas/ValueTransform" },
            "maxItems": max_transforms(),
        }),
    }
}

fn nullable(schema: &str) -> Json {
    let schema = format!("#/components/schemas/{schema}");
    json!({ "oneOf": [{ "$ref": schema }, { "type": "null" }] })
}

fn attribute_schema() -> Json {
    json!({
        "type": ["string", "null"],
        "maxLength": MAX_ATTRIBUTE_NAME_CHARS,
        "pattern": "^[^\\x00-\\x1F\\x7F]*$",
    })
}

/// Adds the schemas of mappings: a text or null for each field.
fn add_mappings(contract: &mut Json) {
    let about = "The SAML attribute for each user field.";
    let mut response = mapping_schema(
        &format!(
            "{about} null: the attribute has the name of the field. Lists, externalId, userName \
             and custom attributes have an entry only if an attribute is mapped to them."
        ),
        "null: the attribute with the name of the field.",
        &json!({ "type": ["string", "null"] }),
    );
    // An answer has every property of its schema.
    if let Some(properties) = object_at(&mut response, "/properties") {
        let has_entry =
            |name: &str| MappingTarget::find(name).is_some_and(MappingTarget::has_default_name);
        properties.retain(|name, _| has_entry(name));
    }
    if let Some(schema) = response.as_object_mut() {
        schema.insert("additionalProperties".into(), json!({ "type": "string" }));
    }
    let changes = mapping_schema(
        &format!(
            "{about} null or an empty string clears an entry: then the attribute has the name of the field."
        ),
        "null or an empty string clears the entry.",
        &attribute_schema(),
    );
    let Some(schemas) = object_at(contract, "/components/schemas") else { return };
    schemas.insert("AttributeMapping".into(), response);
    schemas.insert("AttributeMappingChanges".into(), changes);
}

fn mapping_schema(about: &str, null: &str, text: &Json) -> Json {
    let properties = MappingTarget::iter().map(|target| {
        let mut text = text.clone();
        let null = if target.has_default_name() { null } else { "null: no attribute." };
        let description = format!("The SAML attribute that fills `{target}`. {null}");
        if let Some(text) = text.as_object_mut() {
            text.insert("description".into(), json!(description));
        }
        (target.to_string(), text)
    });
    let properties: Object = properties.collect();
    let mut custom = text.clone();
    if let Some(custom) = custom.as_object_mut() {
        let about = "The SAML attribute that fills a custom attribute (`attributes.shoeSize`), or a sub-attribute of a complex one (`attributes.office.city`).";
        custom.insert("description".into(), json!(format!("{about} null: no attribute.")));
    }
    json!({
        "type": "object",
        "description": about,
        "properties": properties,
        "additionalProperties": custom,
    })
}
