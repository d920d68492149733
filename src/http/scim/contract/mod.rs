//! SCIM in the contract: a tag of its own. Users and groups are described from
//! the tables that bodies are read by.

mod discovery;
mod messages;
mod operations;
mod problems;
mod schemas;

use serde_json::{Value, json};

/// The tag of all operations.
const TAG: &str = "scim";

/// What the tag is for.
const DESCRIPTION: &str = "Users and groups for identity providers: SCIM 2.0 (RFC 7643, RFC 7644, \
    RFC 9865), over the same users and teams. A client is a key with the scope `scim`, and a \
    dialect. What is said here is what a client of the dialect `strict` may send; names of \
    attributes may be written in any case, and what only the server changes may be sent back.";

/// Adds the operations of SCIM to the contract of the admin API.
pub(in crate::http) fn add(contract: &mut Value) {
    let admin = contract.pointer("/components/schemas").cloned().unwrap_or_default();
    let mut schemas = schemas::all(&admin);
    schemas.extend(messages::all());
    for (place, more) in [
        ("/components/schemas", schemas),
        ("/components/parameters", operations::parameters()),
        ("/components/headers", operations::headers()),
        ("/components/responses", problems::responses()),
        ("/paths", operations::paths()),
    ] {
        if let Some(known) = contract.pointer_mut(place).and_then(Value::as_object_mut) {
            known.extend(more);
        }
    }
    if let Some(tags) = contract.get_mut("tags").and_then(Value::as_array_mut) {
        tags.push(json!({ "name": TAG, "description": DESCRIPTION }));
    }
}

/// A reference to a component.
fn reference(kind: &str, name: &str) -> Value {
    json!({ "$ref": format!("#/components/{kind}/{name}") })
}

/// Says one thing more of an object.
fn set(object: &mut Value, name: &str, value: Value) {
    if let Some(object) = object.as_object_mut() {
        object.insert(name.to_owned(), value);
    }
}
