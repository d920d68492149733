//! One schema for all successes of an operation, and one for all its problems. The
//! methods of some generated clients have one type for each.

use serde_json::{Value, json};

use super::super::operations::{Object, object_entry};

const PROBLEM: &str = "#/components/schemas/Problem";

/// Gives all successes of an operation one schema, and all its problems as well.
/// Returns the schema of the successes and its name, if they had several.
pub(super) fn unify_schemas(operation: &mut Object, shared: &Object) -> Option<(String, Value)> {
    let name = response_name(operation.get("operationId")?.as_str()?)?;
    let responses = object_entry(operation, "responses")?;

    // Every problem is valid against the operation's own schema of problems.
    let problems = collect_schemas(responses, shared, is_problem);
    let own_problem = problems.iter().find(|schema| **schema != reference(PROBLEM));
    if let (Some(own_problem), 2..) = (own_problem, problems.len()) {
        inline_problems(responses, shared);
        set_schema(responses, is_problem, own_problem);
    }

    let successes = collect_schemas(responses, shared, |status| status.starts_with('2'));
    if successes.len() < 2 {
        return None;
    }
    let schema = reference(&format!("#/components/schemas/{name}"));
    set_schema(responses, |status| status.starts_with('2'), &schema);
    let description = "The body of a success. The status determines the schema.";
    Some((name, json!({"description": description, "oneOf": successes})))
}

/// `ImportUsersResponse` for `importUsers`.
fn response_name(operation_id: &str) -> Option<String> {
    let first = operation_id.chars().next()?;
    let rest = operation_id.strip_prefix(first)?;
    Some(format!("{}{rest}Response", first.to_ascii_uppercase()))
}

fn is_problem(status: &str) -> bool {
    status.starts_with(['4', '5'])
}

fn reference(target: &str) -> Value {
    json!({"$ref": target})
}

/// Collects the distinct schemas of the responses with some statuses.
fn collect_schemas(
    responses: &Object,
    shared: &Object,
    has_status: impl Fn(&str) -> bool,
) -> Vec<Value> {
    let mut schemas: Vec<Value> = Vec::new();
    for (_, response) in responses.iter().filter(|(status, _)| has_status(status)) {
        let response = find_shared(response, shared).unwrap_or(response);
        let contents = response.get("content").and_then(Value::as_object);
        for content in contents.into_iter().flat_map(Object::values) {
            let schema = content.get("schema").filter(|schema| !schemas.contains(schema));
            schemas.extend(schema.cloned());
        }
    }
    schemas
}

fn set_schema(responses: &mut Object, has_status: impl Fn(&str) -> bool, schema: &Value) {
    for (_, response) in responses.iter_mut().filter(|(status, _)| has_status(status)) {
        let contents = response.get_mut("content").and_then(Value::as_object_mut);
        for content in contents.into_iter().flat_map(Object::values_mut) {
            if let Some(content) = content.as_object_mut() {
                content.insert("schema".into(), schema.clone());
            }
        }
    }
}

/// Copies shared problems into the operation, so that their schema can be replaced.
fn inline_problems(responses: &mut Object, shared: &Object) {
    for (_, response) in responses.iter_mut().filter(|(status, _)| is_problem(status)) {
        if let Some(problem) = find_shared(response, shared) {
            *response = problem.clone();
        }
    }
}

/// Finds the shared response that a response refers to.
fn find_shared<'a>(response: &Value, shared: &'a Object) -> Option<&'a Value> {
    shared.get(response.get("$ref")?.as_str()?.rsplit('/').next()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(schema: &str) -> Value {
        json!({"content": {"application/json": {"schema": reference(schema)}}})
    }

    #[test]
    fn several_successes_have_one_schema() {
        let mut operation = json!({
            "operationId": "importUsers",
            "responses": {"200": with("Report"), "202": with("Job"), "204": {}, "400": {}},
        });
        let added = unify_schemas(operation.as_object_mut().unwrap(), &Object::new()).unwrap();
        assert_eq!(added.0, "ImportUsersResponse");
        assert_eq!(added.1["oneOf"], json!([reference("Report"), reference("Job")]));
        let one = with("#/components/schemas/ImportUsersResponse");
        let desired = json!({"200": one, "202": one, "204": {}, "400": {}});
        assert_eq!(operation["responses"], desired);
    }

    #[test]
    fn problems_have_the_schema_of_the_operation() {
        let shared = json!({"NotFound": with(PROBLEM)});
        let not_found = reference("#/components/responses/NotFound");
        let mut operation = json!({
            "operationId": "importUsers",
            "responses": {"200": with("Report"), "404": not_found, "422": with("ImportProblem")},
        });
        unify_schemas(operation.as_object_mut().unwrap(), shared.as_object().unwrap());
        let own = with("ImportProblem");
        let desired = json!({"200": with("Report"), "404": own, "422": own});
        assert_eq!(operation["responses"], desired);
    }

    #[test]
    fn other_operations_stay_as_they_are() {
        let not_found = reference("#/components/responses/NotFound");
        let mut operation = json!({
            "operationId": "getUser",
            "responses": {"200": with("User"), "404": not_found, "409": with(PROBLEM)},
        });
        let before = operation.clone();
        let shared = json!({"NotFound": with(PROBLEM)});
        assert_eq!(
            unify_schemas(operation.as_object_mut().unwrap(), shared.as_object().unwrap()),
            None
        );
        assert_eq!(operation, before);
    }
}
