//! The JSON Schema (draft 2020-12) of the custom attributes of an account.

use serde_json::{Map, Value as Json, json};

use crate::domain::{
    custom_attribute::{AttributeDefinition, MAX_VALUES, SubAttributeDefinition, ValueType},
    profile_text::MAX_URL_CHARS,
    text::MAX_CHARS,
};

/// Builds the schema of `attributes` of a user, as the admin API shows it.
pub(super) fn build(definitions: &[AttributeDefinition]) -> Json {
    let visible = definitions.iter().filter(|one| one.visibility.includes_admins());
    let properties = visible.map(|one| (one.name.to_string(), attribute_schema(one)));
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Attributes",
        "description": "The custom attributes of a user.",
        "type": "object",
        "properties": properties.collect::<Map<_, _>>(),
        "additionalProperties": false,
    })
}

fn attribute_schema(definition: &AttributeDefinition) -> Json {
    let mut schema = match definition.value_type {
        ValueType::Complex => complex_schema(&definition.sub_attributes),
        simple => simple_schema(simple, &definition.canonical_values),
    };
    if definition.is_multi_valued {
        schema = json!({
            "type": "array",
            "items": schema,
            "minItems": 1,
            "maxItems": MAX_VALUES,
            "uniqueItems": true,
        });
    }
    describe(schema, &definition.description)
}

fn complex_schema(sub_attributes: &[SubAttributeDefinition]) -> Json {
    let properties = sub_attributes.iter().map(|sub_attribute| {
        let schema = simple_schema(sub_attribute.value_type, &sub_attribute.canonical_values);
        (sub_attribute.name.to_string(), describe(schema, &sub_attribute.description))
    });
    let required = sub_attributes.iter().filter(|sub_attribute| sub_attribute.is_required);
    json!({
        "type": "object",
        "properties": properties.collect::<Map<_, _>>(),
        "required": required.map(|sub_attribute| sub_attribute.name.as_str()).collect::<Vec<_>>(),
        "additionalProperties": false,
    })
}

fn simple_schema(value_type: ValueType, canonical_values: &[String]) -> Json {
    let text = json!({"type": "string", "minLength": 1, "maxLength": MAX_CHARS});
    match value_type {
        ValueType::String if canonical_values.is_empty() => text,
        ValueType::String => json!({"type": "string", "enum": canonical_values}),
        ValueType::Boolean => json!({"type": "boolean"}),
        ValueType::Integer => {
            json!({"type": "integer", "format": "int64", "minimum": i64::MIN, "maximum": i64::MAX})
        }
        ValueType::Decimal => json!({"type": "number", "format": "double"}),
        ValueType::DateTime => json!({"type": "string", "format": "date-time"}),
        ValueType::Reference => {
            json!({"type": "string", "format": "uri", "maxLength": MAX_URL_CHARS})
        }
        // A sub-attribute is never complex.
        ValueType::Complex => json!({"type": "object"}),
    }
}

fn describe(mut schema: Json, description: &str) -> Json {
    if let Some(schema) = schema.as_object_mut().filter(|_| !description.is_empty()) {
        schema.insert("description".into(), description.into());
    }
    schema
}
