//! The examples of the contract are true: requests succeed as they stand, and
//! answers look as they say.

use jsonschema::{Draft, Validator};
use reqwest::Method;
use serde_json::{Map, Value, json};
use usher::http::openapi::{Document, Version};

use crate::{
    client::Answer,
    contract::{DOCUMENTS, Operation, all_operations, operations},
    fixture::Fixture,
    renderings::fits,
};

/// The schemas of both documents.
fn schemas() -> Map<String, Value> {
    let of = |document: &Document| {
        document.contract(Version::V3_1)["components"]["schemas"].as_object().unwrap().clone()
    };
    DOCUMENTS.iter().flat_map(of).collect()
}

/// A validator by the schema of a content.
fn validator(content: &Value) -> Validator {
    let mut schema = content["schema"].clone();
    schema["components"] = json!({"schemas": schemas()});
    let options = jsonschema::options().with_draft(Draft::Draft202012);
    options.should_validate_formats(true).build(&schema).expect("a schema")
}

#[track_caller]
pub(crate) fn meets(content: &Value, value: &Value, whose: &str) {
    let faults: Vec<String> = validator(content)
        .iter_errors(value)
        .map(|fault| format!("{}: {fault}", fault.instance_path()))
        .collect();
    assert!(faults.is_empty(), "{whose}: {faults:#?}\n{value:#}");
}

/// Every content of the contract with its examples.
fn contents() -> Vec<(String, &'static Value)> {
    let mut contents = Vec::new();
    let mut take = |whose: &str, holder: &'static Value| {
        for (kind, content) in holder["content"].as_object().into_iter().flatten() {
            contents.push((format!("{whose} {kind}"), content));
        }
    };
    for operation in all_operations() {
        take(operation.id(), &operation.is["requestBody"]);
        for (status, response) in operation.is["responses"].as_object().unwrap() {
            take(&format!("{} {status}", operation.id()), response);
        }
    }
    for document in DOCUMENTS {
        let contract = document.contract(Version::V3_1);
        for (name, response) in contract["components"]["responses"].as_object().unwrap() {
            if !name.contains("Unexpected") {
                take(name, response);
            }
        }
    }
    contents
}

#[test]
fn every_example_meets_its_schema() {
    for (whose, content) in contents() {
        let several = content["examples"].as_object().into_iter().flatten();
        let examples: Vec<_> = content
            .get("example")
            .into_iter()
            .chain(several.map(|(_, one)| &one["value"]))
            .collect();
        assert!(!examples.is_empty(), "{whose} has an example");
        for example in examples {
            meets(content, example, &whose);
        }
    }
}

/// What an answer has that its example has not, or has of another kind.
fn unlike(example: &Value, answer: &Value, place: &str, found: &mut Vec<String>) {
    match (example, answer) {
        (Value::Null, _) | (_, Value::Null) => {}
        (Value::Object(example), Value::Object(answer)) => {
            for (field, value) in answer {
                let place = format!("{place}/{field}");
                match example.get(field) {
                    Some(example) => unlike(example, value, &place, found),
                    // Its names are those of the identity provider.
                    None if place.contains("/attributes/") => {}
                    None => found.push(format!("{place} is not in the example")),
                }
            }
        }
        (Value::Array(example), Value::Array(answer)) => {
            if let (Some(example), Some(first)) = (example.first(), answer.first()) {
                unlike(example, first, &format!("{place}/0"), found);
            }
        }
        (Value::String(_), Value::String(_))
        | (Value::Number(_), Value::Number(_))
        | (Value::Bool(_), Value::Bool(_)) => {}
        _ => found.push(format!("{place} is {answer}, and in the example {example}")),
    }
}

/// What the contract says of an answer, whose status and headers are as it says.
#[track_caller]
pub(crate) fn documented(operation: &Operation, answer: &Answer) -> &'static Value {
    let (id, status) = (operation.id(), answer.status.as_str());
    assert!(answer.status.is_success(), "{id}: {status} {}", answer.text);
    let response = &operation.is["responses"][status];
    assert!(response.is_object(), "{id}: {status} is not in the contract");
    for header in ["etag", "location", "x-request-id"] {
        let documented = response["headers"].as_object().expect("headers").keys();
        let documented = documented.map(|name| name.to_lowercase()).any(|name| name == header);
        assert_eq!(answer.header(header).is_some(), documented, "{id} {status}: {header}");
    }
    response
}

fn is_as_documented(operation: &Operation, answer: &Answer) {
    fits(operation, answer);
    let (id, response) = (operation.id(), documented(operation, answer));
    let Some(contents) = response["content"].as_object() else {
        assert_eq!(answer.text, "", "{id}: has no body");
        return;
    };
    let kind = answer.header("content-type").unwrap_or_default();
    let content =
        contents.get(kind).unwrap_or_else(|| panic!("{id}: {kind} is not in the contract"));
    if kind == "application/json" {
        meets(content, &answer.body, id);
        let mut found = Vec::new();
        unlike(&content["example"], &answer.body, "", &mut found);
        assert_eq!(found, [""; 0], "{id}");
    }
}

#[tokio::test]
async fn every_request_succeeds_as_its_example_stands() {
    for operation in operations() {
        let contents =
            operation.is["requestBody"]["content"].as_object().map_or(1, |all| all.len());
        for number in 0..contents {
            // A fixture of its own: a name can be taken once, and what is
            // deleted is gone.
            let fixture = Fixture::new().await;
            let request = fixture.requests(&fixture.api, &operation).swap_remove(number);
            is_as_documented(&operation, &fixture.api.send(request).await);
        }
    }
}

#[tokio::test]
async fn a_put_that_makes_something_is_answered_as_documented() {
    let fixture = Fixture::new().await;
    let find = |id: &str| operations().into_iter().find(|one| one.id() == id).unwrap();
    let (put, remove) = (find("putTeamMember"), find("removeTeamMember"));
    is_as_documented(&remove, &fixture.api.delete(&fixture.path(&remove)).await);
    let answer = fixture.api.send(fixture.requests(&fixture.api, &put).swap_remove(0)).await;
    assert_eq!(answer.status, 201);
    is_as_documented(&put, &answer);
}

#[tokio::test]
async fn a_patch_is_taken_as_plain_json_as_well() {
    let fixture = Fixture::new().await;
    for operation in operations().into_iter().filter(|one| one.method == Method::PATCH) {
        let request =
            fixture.api.request(Method::PATCH, &fixture.path(&operation)).json(&json!({}));
        let answer = fixture.api.send(request).await;
        assert!(answer.status.is_success(), "{}: {}", operation.id(), answer.text);
    }
}
