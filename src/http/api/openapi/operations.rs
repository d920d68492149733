//! Helpers that visit the operations and schemas of a contract.

use serde_json::{Map, Value};

/// A JSON object.
pub(super) type Object = Map<String, Value>;

/// The methods that an operation can have.
const METHODS: [&str; 5] = ["get", "post", "put", "patch", "delete"];

/// An operation with its path and method.
pub(super) struct Operation<'a> {
    pub(super) path: &'a str,
    pub(super) method: &'a str,
    pub(super) fields: &'a mut Object,
}

/// Calls a function for each operation.
pub(super) fn for_each_operation(contract: &mut Value, mut change: impl FnMut(Operation<'_>)) {
    let Some(paths) = object_at(contract, "/paths") else { return };
    for (path, item) in paths {
        for (method, operation) in item.as_object_mut().into_iter().flatten() {
            if let (true, Value::Object(fields)) = (METHODS.contains(&method.as_str()), operation) {
                change(Operation { path, method, fields });
            }
        }
    }
}

/// Returns the object at a JSON pointer.
pub(super) fn object_at<'a>(value: &'a mut Value, pointer: &str) -> Option<&'a mut Object> {
    value.pointer_mut(pointer)?.as_object_mut()
}

/// Adds properties to a schema, after another one.
pub(super) fn add_properties(
    contract: &mut Value,
    schema: &str,
    after: &str,
    added: impl Iterator<Item = (&'static str, Value)>,
) {
    let path = format!("/components/schemas/{schema}/properties");
    let Some(properties) = object_at(contract, &path) else { return };
    let index = properties.keys().position(|name| name == after).map_or(0, |index| index + 1);
    for (offset, (name, property)) in added.enumerate() {
        properties.shift_insert(index + offset, name.to_owned(), property);
    }
}

/// Returns the object with a name, and creates it if it is absent.
pub(super) fn object_entry<'a>(object: &'a mut Object, name: &str) -> Option<&'a mut Object> {
    object.entry(name).or_insert_with(|| Value::Object(Object::new())).as_object_mut()
}

/// Resolves a `$ref`. Returns any other value unchanged.
pub(super) fn resolve<'a>(contract: &'a Value, value: &'a Value) -> &'a Value {
    let target = value.get("$ref").and_then(Value::as_str);
    target
        .and_then(|target| contract.pointer(target.strip_prefix('#')?))
        .map_or(value, |found| resolve(contract, found))
}

/// Returns every `$ref` inside a value.
pub(super) fn references(value: &Value) -> Vec<&str> {
    match value {
        Value::Object(object) => {
            let own = object.get("$ref").and_then(Value::as_str);
            own.into_iter().chain(object.values().flat_map(references)).collect()
        }
        Value::Array(items) => items.iter().flat_map(references).collect(),
        _ => Vec::new(),
    }
}

/// Returns the schema of an operation's JSON response with a status.
pub(super) fn response_schema<'a>(
    contract: &'a Value,
    operation: &'a Value,
    status: &str,
) -> Option<&'a Value> {
    let content = operation.pointer(&format!("/responses/{status}/content/application~1json"))?;
    Some(resolve(contract, content.get("schema")?))
}
