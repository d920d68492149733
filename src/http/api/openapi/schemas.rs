//! Schemas that are as strict as the server, in a form that generators understand.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::operations::{self, Object, object_at, references};

/// Completes the schemas of requests and of responses.
pub(super) fn complete(contract: &mut Value) {
    let request_schemas =
        find_reached_schemas(contract, |operation| operation.get("requestBody").cloned());
    let Some(schemas) = object_at(contract, "/components/schemas") else { return };
    for (name, schema) in schemas.iter_mut() {
        if let Some(schema) = schema.as_object_mut() {
            if request_schemas.contains(name) {
                forbid_other_fields(schema)
            } else {
                require_nullable_fields(schema)
            }
        }
    }
    for schema in schemas.values_mut() {
        lift_descriptions(schema);
        mark_deprecated(schema);
        name_examples(schema);
    }
    operations::for_each_operation(contract, |operation| {
        operation.fields.values_mut().for_each(name_examples_of_parameters);
    });
}

/// Finds the schemas that a part of any operation refers to.
fn find_reached_schemas(
    contract: &mut Value,
    part: impl Fn(&Object) -> Option<Value>,
) -> BTreeSet<String> {
    let mut next: Vec<String> = Vec::new();
    operations::for_each_operation(contract, |operation| {
        let part = part(operation.fields).unwrap_or_default();
        next.extend(references(&part).into_iter().map(str::to_owned));
    });
    let mut names = BTreeSet::new();
    while let Some(target) = next.pop() {
        let Some(name) = target.strip_prefix("#/components/schemas/") else { continue };
        if names.insert(name.to_owned()) {
            let schema = contract.pointer(target.trim_start_matches('#')).unwrap_or(&Value::Null);
            next.extend(references(schema).into_iter().map(str::to_owned));
        }
    }
    names
}

/// Forbids unknown fields, because the server rejects them.
fn forbid_other_fields(schema: &mut Object) {
    if schema.contains_key("properties") && !schema.contains_key("additionalProperties") {
        schema.insert("additionalProperties".into(), json!(false));
    }
}

/// Marks nullable fields of responses as required: they are always present.
fn require_nullable_fields(schema: &mut Object) {
    let Some(properties) = schema.get("properties").and_then(Value::as_object) else { return };
    let nullable = properties.iter().filter(|(_, schema)| may_be_null(schema));
    let mut required: BTreeSet<&str> = nullable.map(|(name, _)| name.as_str()).collect();
    required.extend(
        schema
            .get("required")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .filter_map(Value::as_str),
    );
    let in_order = properties.keys().filter(|name| required.contains(name.as_str()));
    let required: Vec<Value> = in_order.map(|name| json!(name)).collect();
    if !required.is_empty() {
        schema.insert("required".into(), Value::Array(required));
    }
}

/// Whether a schema allows null.
pub(super) fn may_be_null(schema: &Value) -> bool {
    let is_null = |kind: &Value| kind == "null";
    let listed = schema.get("type").and_then(Value::as_array);
    let either = ["oneOf", "anyOf"].into_iter().filter_map(|word| schema.get(word)?.as_array());
    listed.is_some_and(|kinds| kinds.iter().any(is_null))
        || either.flatten().any(|schema| schema.get("type").is_some_and(is_null))
}

/// Moves the description of a nullable field next to `oneOf`, out of its variants.
fn lift_descriptions(schema: &mut Value) {
    let properties = schema.get_mut("properties").and_then(Value::as_object_mut);
    for property in properties.into_iter().flat_map(|properties| properties.values_mut()) {
        let choices = property.get_mut("oneOf").and_then(Value::as_array_mut).into_iter().flatten();
        let mut referring = choices.filter(|choice| choice.get("$ref").is_some());
        let description = referring
            .next()
            .and_then(Value::as_object_mut)
            .and_then(|choice| choice.shift_remove("description"));
        if let (Some(description), Some(property)) = (description, property.as_object_mut()) {
            property.entry("description").or_insert(description);
        }
    }
}

/// Marks fields whose description begins with `Deprecated:`. The derive macro does not
/// mark a field that refers to a schema.
fn mark_deprecated(schema: &mut Value) {
    let properties = schema.get_mut("properties").and_then(Value::as_object_mut);
    for property in properties.into_iter().flat_map(|properties| properties.values_mut()) {
        let description = property.get("description").and_then(Value::as_str).unwrap_or_default();
        if let (true, Some(property)) =
            (description.starts_with("Deprecated:"), property.as_object_mut())
        {
            property.insert("deprecated".into(), json!(true));
        }
    }
}

/// Replaces `example`, which is the keyword of 3.0, by `examples` of JSON Schema.
fn name_examples(schema: &mut Value) {
    let Some(schema) = schema.as_object_mut() else { return };
    if let Some(example) = schema.shift_remove("example") {
        schema.entry("examples").or_insert_with(|| json!([example]));
    }
    for (word, nested) in schema.iter_mut() {
        match (word.as_str(), nested) {
            ("properties", Value::Object(properties)) => {
                properties.values_mut().for_each(name_examples);
            }
            ("items" | "additionalProperties", nested) => name_examples(nested),
            ("oneOf" | "anyOf" | "allOf", Value::Array(schemas)) => {
                schemas.iter_mut().for_each(name_examples);
            }
            _ => {}
        }
    }
}

fn name_examples_of_parameters(part: &mut Value) {
    for parameter in part.as_array_mut().into_iter().flatten() {
        if let Some(schema) = parameter.get_mut("schema") {
            name_examples(schema);
            replace_pattern_by_enum(schema);
            add_flag_default(schema);
        }
    }
}

/// Adds the default of a flag, which is always false.
fn add_flag_default(schema: &mut Value) {
    let Some(schema) = schema.as_object_mut() else { return };
    let is_flag = schema.get("type").is_some_and(|kind| kind == "boolean");
    if is_flag {
        schema.entry("default").or_insert(json!(false));
    }
}

/// Replaces a pattern that only lists words with an enum, which generators understand.
fn replace_pattern_by_enum(schema: &mut Value) {
    let Some(schema) = schema.as_object_mut() else { return };
    let pattern = schema.get("pattern").and_then(Value::as_str);
    let Some(words) = pattern.and_then(|pattern| pattern.strip_prefix("^(")?.strip_suffix(")$"))
    else {
        return;
    };
    if words.chars().all(|char| char.is_ascii_alphanumeric() || char == '|') {
        let words = words.split('|').map(|word| json!(word)).collect();
        schema.shift_remove("pattern");
        schema.insert("enum".into(), Value::Array(words));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pattern_of_alternatives_becomes_an_enum() {
        for (pattern, words) in [("^(a|bC)$", json!(["a", "bC"])), ("^(a+|b)$", Value::Null)] {
            let mut schema = json!({"type": "string", "pattern": pattern});
            replace_pattern_by_enum(&mut schema);
            assert_eq!(schema["enum"], words);
            assert_eq!(schema.get("pattern").is_none(), words.is_array());
        }
    }

    #[test]
    fn nullable_fields_of_answers_are_required() {
        let mut schema = json!({"required": ["b"], "properties": {
            "a": {"type": ["string", "null"]},
            "b": {"type": "string"},
            "c": {"type": "string"},
            "d": {"oneOf": [{"type": "null"}, {"$ref": "#/components/schemas/D"}]},
        }});
        require_nullable_fields(schema.as_object_mut().unwrap());
        assert_eq!(schema["required"], json!(["a", "b", "d"]));
    }

    #[test]
    fn a_body_is_closed_but_a_map_is_not() {
        let mut body = json!({"type": "object", "properties": {}});
        forbid_other_fields(body.as_object_mut().unwrap());
        assert_eq!(body["additionalProperties"], false);
        let map = json!({"type": "object", "additionalProperties": {"type": "string"}});
        let mut same = map.clone();
        forbid_other_fields(same.as_object_mut().unwrap());
        assert_eq!(same, map);
    }

    #[test]
    fn a_property_may_be_called_example() {
        let mut schema = json!({"example": {"example": 1}, "properties": {
            "example": {"type": "integer", "example": 1},
        }});
        name_examples(&mut schema);
        let desired = json!({"examples": [{"example": 1}], "properties": {
            "example": {"type": "integer", "examples": [1]},
        }});
        assert_eq!(schema, desired);
    }
}
