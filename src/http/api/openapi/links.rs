//! OpenAPI links from the creation of a resource to the operations on it.

use serde_json::{Value, json};

use super::operations::{self, Object, Operation, object_entry, response_schema};

/// An operation on a resource, as the target of a link.
struct LinkTarget {
    path: String,
    operation_id: String,
}

/// Adds links from each POST to the operations on the created resource.
pub(super) fn complete(contract: &mut Value) {
    let before = contract.clone();
    let mut targets = Vec::new();
    operations::for_each_operation(contract, |Operation { path, fields, .. }| {
        if let Some(id) = fields.get("operationId").and_then(Value::as_str) {
            targets.push(LinkTarget { path: path.to_owned(), operation_id: id.to_owned() });
        }
    });
    operations::for_each_operation(contract, |Operation { path, method, fields }| {
        let operation = Value::Object(fields.clone());
        let Some(id) = response_schema(&before, &operation, "201")
            .and_then(|schema| find_id_pointer(&before, schema))
        else {
            return;
        };
        if method == "post" && !path.contains('{') {
            let links = targets.iter().filter_map(|target| build_link(path, target, &id)).collect();
            set_links(fields, links);
        }
    });
}

/// Finds the pointer to the ID in a response: at its top, or in a nested object.
fn find_id_pointer(contract: &Value, schema: &Value) -> Option<String> {
    let properties = schema.get("properties")?.as_object()?;
    if properties.contains_key("id") {
        return Some("/id".into());
    }
    let has_id =
        |schema: &Value| operations::resolve(contract, schema).pointer("/properties/id").is_some();
    let wrapped = properties.iter().find(|(_, schema)| has_id(schema));
    wrapped.map(|(name, _)| format!("/{name}/id"))
}

/// Builds the link to an operation on an item of a collection.
fn build_link(collection: &str, target: &LinkTarget, id: &str) -> Option<(String, Value)> {
    let rest = target.path.strip_prefix(collection)?.strip_prefix("/{")?;
    let parameter = rest.strip_suffix('}').filter(|name| !name.contains('}'))?;
    let expression = format!("$response.body#{id}");
    let link = json!({
        "operationId": target.operation_id,
        "parameters": {parameter: expression},
    });
    Some((target.operation_id.clone(), link))
}

fn set_links(operation: &mut Object, links: Object) {
    let created =
        object_entry(operation, "responses").and_then(|responses| object_entry(responses, "201"));
    if let (false, Some(created)) = (links.is_empty(), created) {
        created.insert("links".into(), Value::Object(links));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn created_resource_has_a_link_to_each_of_its_operations() {
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
