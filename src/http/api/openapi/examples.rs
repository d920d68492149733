//! Examples of bodies. Request examples are built from the examples of their fields.
//! Response examples are recorded responses of a server to these requests.

use std::sync::LazyLock;

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::{
    example_values,
    operations::{self, Object, Operation, object_entry, resolve},
};

/// The default timestamp of examples.
const MOMENT: &str = "2026-11-23T09:30:00Z";

/// The maximum nesting depth of examples. It ends recursive schemas.
const MAX_DEPTH: usize = 12;

/// The recorded responses to the example requests, by operation and status.
/// `tests/api/examples.rs` records them, and compares them with a server's responses.
static RECORDED_RESPONSES: LazyLock<Value> =
    LazyLock::new(|| serde_json::from_str(include_str!("responses.json")).unwrap_or_default());

/// Adds examples to requests and path parameters that have none, and the recorded
/// responses.
pub(super) fn complete(contract: &mut Value) {
    let before = contract.clone();
    operations::for_each_operation(contract, |Operation { path, fields, .. }| {
        for parameter in
            fields.get_mut("parameters").and_then(Value::as_array_mut).into_iter().flatten()
        {
            add_id_example(path, parameter);
        }
        let name = fields.get("operationId").and_then(Value::as_str).unwrap_or_default().to_owned();
        if let Some(body) = fields.get_mut("requestBody").and_then(Value::as_object_mut) {
            add_examples(&before, body);
            apply_overrides(&name, body);
        }
        let recorded = RECORDED_RESPONSES.get(&name);
        let responses = object_entry(fields, "responses").into_iter().flatten();
        for (status, response) in responses.filter(|(status, _)| status.starts_with('2')) {
            let recorded_body = recorded.and_then(|responses| responses.get(status));
            if let (Some(body), Some(response)) = (recorded_body, response.as_object_mut()) {
                set_example(body, response);
            }
        }
    });
}

/// Adds the example of an ID in a path. It is the same ID as in bodies.
fn add_id_example(path: &str, parameter: &mut Value) {
    let is_id = parameter.pointer("/schema/format").is_some_and(|format| format == "uuid");
    let name = parameter.get("name").and_then(Value::as_str);
    let name = name.map(|name| match path.contains("/deleted-users/") {
        true => "DeletedUser".to_owned(),
        false => name.to_owned(),
    });
    if let (true, Some(name), Some(parameter)) = (is_id, name, parameter.as_object_mut()) {
        parameter.entry("example").or_insert_with(|| json!(id(&name)));
    }
}

/// Adds the fields that are specific to an operation to its request example.
fn apply_overrides(operation: &str, body: &mut Object) {
    let Some(Value::Object(overrides)) = example_values::request_overrides(operation) else {
        return;
    };
    for content in body.get_mut("content").and_then(Value::as_object_mut).into_iter().flatten() {
        if let Some(example) = content.1.get_mut("example").and_then(Value::as_object_mut) {
            example.extend(overrides.clone());
        }
    }
}

/// Sets a recorded response as the example.
fn set_example(body: &Value, response: &mut Object) {
    for content in response.get_mut("content").and_then(Value::as_object_mut).into_iter().flatten()
    {
        if let Some(content) = content.1.as_object_mut() {
            content.remove("examples");
            content.insert("example".into(), body.clone());
        }
    }
}

fn add_examples(contract: &Value, holder: &mut Object) {
    let Some(contents) = holder.get_mut("content").and_then(Value::as_object_mut) else { return };
    for content in contents.values_mut().filter_map(Value::as_object_mut) {
        if content.contains_key("example") || content.contains_key("examples") {
            continue;
        }
        let Some(schema) = content.get("schema") else { continue };
        let example = ExampleBuilder { contract, owner: "", field: "", depth: 0 }.build(schema);
        content.insert("example".into(), example);
    }
}

/// Builds the example of a schema that is in a field of another schema.
#[derive(Clone, Copy)]
struct ExampleBuilder<'a> {
    contract: &'a Value,
    owner: &'a str,
    field: &'a str,
    depth: usize,
}

impl<'a> ExampleBuilder<'a> {
    fn build(self, schema: &'a Value) -> Value {
        let own_example =
            schema.get("examples").and_then(Value::as_array).and_then(|all| all.first());
        if let Some(example) = own_example.or_else(|| schema.get("default")) {
            return example.clone();
        }
        if self.depth > MAX_DEPTH {
            return Value::Null;
        }
        if let Some(value) = example_values::example_value(self.owner, self.field) {
            return value;
        }
        let text = example_values::example_text(self.owner, self.field).filter(|_| is_text(schema));
        if let Some(text) = text {
            return json!(text);
        }
        let next = Self { depth: self.depth + 1, ..self };
        if let Some(target) = schema.get("$ref").and_then(Value::as_str) {
            let owner = target.rsplit('/').next().unwrap_or_default();
            return Self { owner, field: "", ..next }.build(resolve(self.contract, schema));
        }
        if let Some(first) =
            schema.get("enum").and_then(Value::as_array).and_then(|all| all.first())
        {
            return first.clone();
        }
        for word in ["oneOf", "anyOf", "allOf"] {
            let variants = schema.get(word).and_then(Value::as_array).into_iter().flatten();
            let mut non_null = variants.filter(|variant| value_type(variant) != "null");
            if let Some(variant) = non_null.next() {
                return next.build(variant);
            }
        }
        next.build_by_type(schema)
    }

    fn build_by_type(self, schema: &'a Value) -> Value {
        match value_type(schema) {
            "object" => Value::Object(self.build_fields(schema)),
            "array" => {
                let item = schema.get("items").map(|items| self.build(items));
                Value::Array(item.into_iter().collect())
            }
            "integer" | "number" => schema.get("minimum").cloned().unwrap_or(json!(1)),
            "boolean" => json!(true),
            "string" => json!(self.build_text(schema)),
            _ => Value::Null,
        }
    }

    fn build_fields(self, schema: &'a Value) -> Object {
        let properties = schema.get("properties").and_then(Value::as_object).into_iter().flatten();
        let mut fields: Object = properties
            .filter(|(field, _)| example_values::is_in_examples(self.owner, field))
            .map(|(field, schema)| (field.clone(), Self { field, ..self }.build(schema)))
            .collect();
        let additional = schema.get("additionalProperties").filter(|others| others.is_object());
        if let (true, Some(additional)) = (fields.is_empty(), additional) {
            fields.insert("name".into(), self.build(additional));
        }
        fields
    }

    fn build_text(self, schema: &Value) -> String {
        match schema.get("format").and_then(Value::as_str) {
            Some("date-time") => MOMENT.into(),
            Some("uuid") if self.field == "id" => id(self.owner),
            Some("uuid") => id(self.field),
            // A test finds texts without an example.
            _ => self.field.into(),
        }
    }
}

/// Whether a schema allows any text.
fn is_text(schema: &Value) -> bool {
    let is_id = schema.get("format").is_some_and(|format| format == "uuid");
    !is_id && schema.get("enum").is_none() && value_type(schema) == "string"
}

/// Returns the type of a schema, other than null.
fn value_type(schema: &Value) -> &str {
    let kinds = match schema.get("type") {
        Some(Value::Array(kinds)) => {
            kinds.iter().filter_map(Value::as_str).find(|kind| *kind != "null")
        }
        Some(kind) => kind.as_str(),
        None => schema.get("properties").map(|_| "object"),
    };
    kinds.unwrap_or_default()
}

/// Returns the ID of a resource in all examples: `userId` in a path, `userId` in a
/// body and `id` of a `User` are the same.
#[must_use]
pub(in crate::http) fn id(name: &str) -> String {
    let thing = name.to_lowercase();
    let thing = thing.strip_suffix("id").unwrap_or(&thing);
    let thing = thing.strip_prefix("api").unwrap_or(thing);
    let hash = hex::encode(Sha256::digest(thing));
    format!("0198c5a0-7d2c-7000-8000-{}", hash.get(..12).unwrap_or("000000000000"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn example_ids_of_a_resource_agree_everywhere() {
        assert_eq!(id("userId"), id("User"));
        assert_eq!(id("keyId"), id("ApiKey"));
        assert_ne!(id("userId"), id("teamId"));
        assert!(id("userId").parse::<uuid::Uuid>().is_ok());
    }

    #[test]
    fn example_is_composed_of_the_examples_of_its_fields() {
        let contract = json!({"components": {"schemas": {
            "Role": {"type": "string", "enum": ["USER", "ADMIN"]},
            "User": {"type": "object", "properties": {
                "id": {"type": "string", "format": "uuid"},
                "name": {"type": ["string", "null"], "examples": ["Ada"]},
                "role": {"oneOf": [{"type": "null"}, {"$ref": "#/components/schemas/Role"}]},
                "managers": {"type": "array", "items": {"type": "integer", "minimum": 3}},
                "createdAt": {"type": "string", "format": "date-time"},
            }},
        }}});
        let schema = json!({"$ref": "#/components/schemas/User"});
        let maker = ExampleBuilder { contract: &contract, owner: "", field: "", depth: 0 };
        let desired = json!({
            "id": id("User"), "name": "Ada", "role": "USER", "managers": [3], "createdAt": MOMENT,
        });
        assert_eq!(maker.build(&schema), desired);
    }

    #[test]
    fn recursive_schema_has_a_finite_example() {
        let contract = json!({"components": {"schemas": {
            "Node": {"properties": {"next": {"$ref": "#/components/schemas/Node"}}},
        }}});
        let schema = json!({"$ref": "#/components/schemas/Node"});
        let maker = ExampleBuilder { contract: &contract, owner: "", field: "", depth: 0 };
        assert!(maker.build(&schema).to_string().contains("null"));
    }
}
