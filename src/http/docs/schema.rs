//! Descriptions of schemas for people: types, limits and fields.

use askama::Template;
use serde_json::Value;

use super::markdown::Markdown;

/// A part of a type in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum TypePart {
    Text(String),
    /// The name of a schema, to be linked.
    Schema(String),
}

/// A type in words, e.g. "array of User or null".
#[derive(Debug, Clone, Default, PartialEq, Eq, Template)]
#[template(path = "docs/kind.html")]
pub(super) struct TypeDescription(Vec<TypePart>);

/// A field of an object, or a parameter.
#[derive(Debug, Clone)]
pub(super) struct SchemaField {
    pub(super) name: String,
    /// Where a parameter stands: `path`, `query` or `header`.
    pub(super) place: Option<String>,
    pub(super) required: bool,
    pub(super) deprecated: bool,
    pub(super) kind: TypeDescription,
    pub(super) limits: Vec<String>,
    pub(super) description: Markdown,
    pub(super) example: Option<String>,
}

/// A list of fields.
#[derive(Debug, Clone, Default, Template)]
#[template(path = "docs/fields.html")]
pub(super) struct SchemaFields(pub(super) Vec<SchemaField>);

/// A named schema.
#[derive(Debug, Clone)]
pub(super) struct Schema {
    pub(super) name: String,
    pub(super) description: Markdown,
    pub(super) kind: TypeDescription,
    pub(super) limits: Vec<String>,
    pub(super) fields: SchemaFields,
}

impl TypeDescription {
    /// Describes the type of a schema.
    pub(super) fn from_schema(schema: &Value) -> Self {
        let mut parts = Vec::new();
        describe_type(schema, &mut parts);
        Self(parts)
    }
}

impl SchemaFields {
    /// Describes the properties of a schema.
    pub(super) fn from_schema(schema: &Value) -> Self {
        let required: Vec<&str> = get_texts(schema, "required").collect();
        let properties = schema.get("properties").and_then(Value::as_object).into_iter().flatten();
        let fields = properties.map(|(name, property)| SchemaField {
            required: required.contains(&name.as_str()),
            ..SchemaField::from_schema(name, property)
        });
        let mut fields: Vec<SchemaField> = fields.collect();
        if let Some(additional) =
            schema.get("additionalProperties").filter(|others| others.is_object())
        {
            fields.push(SchemaField::from_schema("any other name", additional));
        }
        Self(fields)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl SchemaField {
    pub(super) fn from_schema(name: &str, schema: &Value) -> Self {
        let examples = schema.get("examples").and_then(Value::as_array);
        Self {
            name: name.to_owned(),
            place: None,
            required: false,
            deprecated: schema.get("deprecated") == Some(&Value::Bool(true)),
            kind: TypeDescription::from_schema(schema),
            limits: describe_limits(schema),
            description: Markdown::parse(get_text(schema, "description")),
            example: examples.and_then(|all| all.first()).map(abbreviate),
        }
    }
}

impl Schema {
    pub(super) fn from_schema(name: &str, schema: &Value) -> Self {
        Self {
            name: name.to_owned(),
            description: Markdown::parse(get_text(schema, "description")),
            kind: TypeDescription::from_schema(schema),
            limits: describe_limits(schema),
            fields: SchemaFields::from_schema(schema),
        }
    }
}

/// Returns a text field of an object, or an empty text if it is absent.
pub(super) fn get_text<'a>(object: &'a Value, name: &str) -> &'a str {
    object.get(name).and_then(Value::as_str).unwrap_or_default()
}

/// Returns the texts of an array field, or nothing if it is absent.
pub(super) fn get_texts<'a>(object: &'a Value, name: &str) -> impl Iterator<Item = &'a str> {
    let values = object.get(name).and_then(Value::as_array).into_iter().flatten();
    values.filter_map(Value::as_str)
}

/// Formats a value on one line, and shortens a long one.
fn abbreviate(value: &Value) -> String {
    const LONGEST: usize = 120;
    let text = value.to_string();
    if text.chars().count() <= LONGEST {
        return text;
    }
    text.chars().take(LONGEST).chain(['…']).collect()
}

fn describe_type(schema: &Value, parts: &mut Vec<TypePart>) {
    if let Some(target) = schema.get("$ref").and_then(Value::as_str) {
        let name = target.rsplit('/').next().unwrap_or_default();
        parts.push(TypePart::Schema(name.to_owned()));
        return;
    }
    for (word, joint) in [("oneOf", " or "), ("anyOf", " or "), ("allOf", " and ")] {
        if let Some(variants) = schema.get(word).and_then(Value::as_array) {
            for (number, variant) in variants.iter().enumerate() {
                if number > 0 {
                    parts.push(TypePart::Text(joint.to_owned()));
                }
                describe_type(variant, parts);
            }
            return;
        }
    }
    let kinds: Vec<&str> = match schema.get("type") {
        Some(Value::Array(_)) => get_texts(schema, "type").collect(),
        Some(Value::String(kind)) => vec![kind],
        _ if schema.get("properties").is_some() => vec!["object"],
        _ => vec!["any value"],
    };
    for (number, kind) in kinds.iter().enumerate() {
        if number > 0 {
            parts.push(TypePart::Text(" or ".to_owned()));
        }
        match (*kind, schema.get("items")) {
            ("array", Some(items)) => {
                parts.push(TypePart::Text("array of ".to_owned()));
                describe_type(items, parts);
            }
            (kind, _) => {
                let format = Some(get_text(schema, "format"));
                let format = format.filter(|format| !format.is_empty() && kind != "null");
                let format = format.map(|format| format!(" ({format})")).unwrap_or_default();
                parts.push(TypePart::Text(format!("{kind}{format}")));
            }
        }
    }
}

/// Describes the limits of a value, each in a few words.
fn describe_limits(schema: &Value) -> Vec<String> {
    let number = |name: &str| schema.get(name).filter(|value| value.is_number());
    let range = |least: &str, most: &str, unit: &str| match (number(least), number(most)) {
        (Some(least), Some(most)) if least == most => Some(format!("exactly {least}{unit}")),
        (Some(least), Some(most)) => Some(format!("{least} to {most}{unit}")),
        (Some(least), None) => Some(format!("at least {least}{unit}")),
        (None, Some(most)) => Some(format!("at most {most}{unit}")),
        (None, None) => None,
    };
    let values = |name: &str| {
        let values: Vec<String> = schema
            .get(name)
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .map(abbreviate)
            .collect();
        (!values.is_empty()).then(|| values.join(", "))
    };
    let pattern = Some(get_text(schema, "pattern")).filter(|pattern| !pattern.is_empty());
    [
        schema.get("default").map(|value| format!("default: {}", abbreviate(value))),
        values("enum").map(|values| format!("one of {values}")),
        values("x-extensible-enum")
            .map(|values| format!("one of {values}, and perhaps others later")),
        range("minimum", "maximum", ""),
        range("minLength", "maxLength", " characters"),
        range("minItems", "maxItems", " items"),
        pattern.map(|pattern| format!("pattern: {pattern}")),
        (schema.get("readOnly") == Some(&Value::Bool(true))).then(|| "read-only".to_owned()),
    ]
    .into_iter()
    .flatten()
    .collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn type_is_described_in_words() {
        let role = json!({"$ref": "#/components/schemas/Role"});
        for (schema, expected) in [
            (json!({"type": ["string", "null"], "format": "email"}), "string (email) or null"),
            (json!({"type": "array", "items": role}), "array of [Role]"),
            (json!({"oneOf": [role, {"type": "null"}]}), "[Role] or null"),
            (json!({"properties": {}}), "object"),
            (json!({}), "any value"),
        ] {
            let words =
                TypeDescription::from_schema(&schema).0.into_iter().map(|piece| match piece {
                    TypePart::Text(text) => text,
                    TypePart::Schema(name) => format!("[{name}]"),
                });
            assert_eq!(words.collect::<String>(), expected, "{schema}");
        }
    }

    #[test]
    fn limits_are_described_in_words() {
        for (schema, expected) in [
            (json!({"default": 100, "minimum": 1, "maximum": 1000}), "default: 100; 1 to 1000"),
            (json!({"maxLength": 255, "pattern": "^a$"}), "at most 255 characters; pattern: ^a$"),
            (json!({"minItems": 1}), "at least 1 items"),
            (json!({"minLength": 64, "maxLength": 64}), "exactly 64 characters"),
            (json!({"enum": ["A", "B"]}), "one of \"A\", \"B\""),
            (json!({"type": "string"}), ""),
        ] {
            assert_eq!(describe_limits(&schema).join("; "), expected, "{schema}");
        }
    }
}
