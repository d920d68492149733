//! OpenAPI links from the creation of a resource to the operations on it.

use serde_json::{Value, json};

use super::operations::{self, Object, Operation, answer, entry};

/// An operation on a resource, as the target of a link.
struct Target {
    path: String,
    operation_id: String,
}

/// Adds links from each POST to the operations on the created resource.
pub(super) fn complete(contract: &mut Value) {
    let before = contract.clone();
    let mut targets = Vec::new();
    operations::each(contract, |Operation { path, is, .. }| {
        if let Some(id) = is.get("operationId").and_then(Value::as_str) {
            targets.push(Target { path: path.to_owned(), operation_id: id.to_owned() });
        }
    });
    operations::each(contract, |Operation { path, method, is }| {
        let whole = Value::Object(is.clone());
        let Some(id) = answer(&before, &whole, "201").and_then(|schema| place(&before, schema))
        else {
            return;
        };
        if method == "post" && !path.contains('{') {
            let links = targets.iter().filter_map(|target| link(path, target, &id)).collect();
            set(is, links);
        }
    });
}

/// Finds the pointer to the ID in a response: at its top, or in a nested object.
fn place(contract: &Value, schema: &Value) -> Option<String> {
    let properties = schema.get("properties")?.as_object()?;
    if properties.contains_key("id") {
        return Some("/id".into());
    }
    let wraps =
        |schema: &Value| operations::resolved(contract, schema).pointer("/properties/id").is_some();
    let wrapped = properties.iter().find(|(_, schema)| wraps(schema));
    wrapped.map(|(name, _)| format!("/{name}/id"))
}

/// Builds the link to an operation on an item of a collection.
fn link(collection: &str, target: &Target, id: &str) -> Option<(String, Value)> {
    let below = target.path.strip_prefix(collection)?.strip_prefix("/{")?;
    let parameter = below.strip_suffix('}').filter(|name| !name.contains('}'))?;
    let expression = format!("$response.body#{id}");
    let link = json!({
        "operationId": target.operation_id,
        "parameters": {parameter: expression},
    });
    Some((target.operation_id.clone(), link))
}

fn set(operation: &mut Object, links: Object) {
    let made = entry(operation, "responses").and_then(|responses| entry(responses, "201"));
    if let (false, Some(made)) = (links.is_empty(), made) {
        made.insert("links".into(), Value::Object(links));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_made_is_linked_to_all_that_can_be_done_with_it() {
        let made = json!({"201": {"content": {"application/json": {"schema": {
            "properties": {"key": {"$ref": "#/components/schemas/Key"}},
        }}}}});
        let mut contract = json!({
            "paths": {
                "/keys": {"post": {"operationId": "createKey", "responses": made}},
                "/keys/{keyId}": {"get": {"operationId": "getKey"}},
                "/keys/{keyId}/uses/{useId}": {"get": {"operationId": "getUse"}},
            },
            "components": {"schemas": {"Key": {"properties": {"id": {}}}}},
        });
        complete(&mut contract);
        let desired = json!({"getKey": {
            "operationId": "getKey",
            "parameters": {"keyId": "$response.body#/key/id"},
        }});
        assert_eq!(contract["paths"]["/keys"]["post"]["responses"]["201"]["links"], desired);
    }
}
