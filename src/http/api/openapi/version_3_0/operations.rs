//! Operations in a form that generators of 3.0 support.
//!
//! These generators know one media type for JSON, one media type for each body, one
//! schema for all successes of an operation and one for all its problems. The server
//! conforms to the simplified contract too.

use serde_json::{Value, json};

use super::{
    super::{
        descriptions::remove_all_unused,
        operations::{self, Object, Operation},
    },
    response_kinds,
};

const JSON: &str = "application/json";

/// Simplifies each operation and each shared response.
pub(super) fn simplify(contract: &mut Value) {
    let mut shared = Object::new();
    if let Some(responses) = operations::object_at(contract, "/components/responses") {
        responses.values_mut().filter_map(get_content).for_each(add_plain_json);
        shared = responses.clone();
    }
    let mut added = Vec::new();
    operations::for_each_operation(contract, |Operation { method, fields, .. }| {
        if let Some(body) = fields.get_mut("requestBody").and_then(get_content) {
            keep_one_type(body);
        }
        if let Some(responses) = fields.get_mut("responses").and_then(Value::as_object_mut) {
            remove_not_modified(responses);
            use_status_ranges(responses);
            responses.values_mut().filter_map(get_content).for_each(add_plain_json);
        }
        added.extend(response_kinds::unify_schemas(fields, &shared));
        if let ("get", Some(parameters)) = (method, fields.get_mut("parameters")) {
            remove_if_none_match(parameters);
        }
    });
    if let Some(schemas) = operations::object_at(contract, "/components/schemas") {
        schemas.extend(added);
    }
    remove_all_unused(contract);
}

fn get_content(holder: &mut Value) -> Option<&mut Object> {
    holder.get_mut("content")?.as_object_mut()
}

fn is_json(kind: &str) -> bool {
    kind == JSON || kind.ends_with("+json")
}

/// Keeps one media type of a body: JSON, or plain text. The server accepts a merge
/// patch as plain JSON, and a table of users as plain text.
fn keep_one_type(content: &mut Object) {
    let json_body = content.iter().find(|(kind, _)| is_json(kind));
    let json_body = json_body.map(|(_, body)| (JSON, body.clone()));
    let table = content.get("text/csv").cloned().map(|mut body| {
        if let Some(body) = body.as_object_mut() {
            body.insert("schema".into(), json!({"type": "string"}));
        }
        ("text/plain", body)
    });
    if let Some((kind, body)) = json_body.or(table) {
        content.clear();
        content.insert(kind.into(), body);
    }
}

/// Adds plain JSON to a more specific JSON media type.
fn add_plain_json(content: &mut Object) {
    let json_body = content.iter().find(|(kind, _)| is_json(kind)).map(|(_, body)| body.clone());
    if let (false, Some(body)) = (content.contains_key(JSON), json_body) {
        content.shift_insert(0, JSON.into(), body);
    }
}

/// Removes 304, which a client without `If-None-Match` never gets.
fn remove_not_modified(responses: &mut Object) {
    responses.shift_remove("304");
}

fn remove_if_none_match(parameters: &mut Value) {
    if let Some(parameters) = parameters.as_array_mut() {
        let reference = json!({"$ref": "#/components/parameters/If-None-Match"});
        parameters.retain(|parameter| *parameter != reference);
    }
}

/// Replaces `default` with the ranges of problems: some generators read `default` as a
/// success.
fn use_status_ranges(responses: &mut Object) {
    if let Some(problem) = responses.shift_remove("default") {
        responses.insert("4XX".into(), problem.clone());
        responses.insert("5XX".into(), problem);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn simplified(operation: Value) -> Value {
        let mut contract = json!({
            "paths": {"/x": {"get": operation}},
            "components": {"parameters": {"If-None-Match": {}}, "responses": {}},
        });
        simplify(&mut contract);
        assert_eq!(contract["components"]["parameters"], json!({}));
        contract["paths"]["/x"]["get"].clone()
    }

    #[test]
    fn body_has_one_type_that_generators_know() {
        for (kinds, kind, schema) in [
            (json!({"application/merge-patch+json": {"schema": {}}}), JSON, json!({})),
            (json!({"application/scim+json": {"schema": {}}}), JSON, json!({})),
            (
                json!({"text/csv": {"schema": {"format": "csv"}}, "application/x-ndjson": {}}),
                "text/plain",
                json!({"type": "string"}),
            ),
            (json!({"text/csv": {}, "application/json": {"schema": {}}}), JSON, json!({})),
        ] {
            let operation = simplified(json!({"requestBody": {"content": kinds}}));
            assert_eq!(operation["requestBody"]["content"], json!({kind: {"schema": schema}}));
        }
    }

    #[test]
    fn answers_are_plain_json_and_never_304() {
        let problem = json!({"content": {"application/problem+json": {"schema": {}}}});
        let operation = simplified(json!({
            "parameters": [{"$ref": "#/components/parameters/If-None-Match"}],
            "responses": {"200": {}, "304": {}, "404": problem, "default": problem},
        }));
        let plain = json!({"content": {
            "application/json": {"schema": {}},
            "application/problem+json": {"schema": {}},
        }});
        let desired = json!({"200": {}, "404": plain, "4XX": plain, "5XX": plain});
        assert_eq!(operation["responses"], desired);
        assert_eq!(operation["parameters"], json!([]));
    }
}
