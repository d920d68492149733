//! The parts that schemas of the contract are made of.

use serde_json::{Value, json};

/// The tag of all operations.
pub(super) const TAG: &str = "scim";

/// Schemas, each with its name.
pub(super) type NamedSchemas = Vec<(&'static str, Value)>;

pub(super) fn object_schema(description: &str, required: &[&str], properties: Value) -> Value {
    json!({
        "type": "object",
        "description": description,
        "required": required,
        "properties": properties,
    })
}

/// A property that refers to a schema of its own.
pub(super) fn reference_property(name: &str, description: &str) -> Value {
    let mut schema = reference("schemas", name);
    set(&mut schema, "description", description.into());
    schema
}

pub(super) fn text_property(description: &str, example: &str) -> Value {
    json!({ "type": "string", "description": description, "examples": [example] })
}

pub(super) fn count_property(description: &str) -> Value {
    json!({ "type": "integer", "format": "int64", "minimum": 0, "description": description })
}

pub(super) fn flag_property(description: &str) -> Value {
    json!({ "type": "boolean", "description": description })
}

pub(super) fn list_property(items: &Value, description: &str) -> Value {
    json!({ "type": "array", "items": items, "description": description })
}

pub(super) fn text_list_property(description: &str, example: &str) -> Value {
    json!({
        "type": "array", "items": { "type": "string" }, "description": description,
        "examples": [[example]],
    })
}

/// The schema of an enum.
pub(super) fn enum_schema(description: &str, words: &[impl AsRef<str>]) -> Value {
    let words: Vec<&str> = words.iter().map(AsRef::as_ref).collect();
    json!({ "type": "string", "description": description, "enum": words })
}

/// A reference to a component.
pub(super) fn reference(kind: &str, name: &str) -> Value {
    json!({ "$ref": format!("#/components/{kind}/{name}") })
}

/// Sets a property of an object.
pub(super) fn set(object: &mut Value, name: &str, value: Value) {
    if let Some(object) = object.as_object_mut() {
        object.insert(name.to_owned(), value);
    }
}
