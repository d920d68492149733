//! What generators of clients need of every document, in both versions.

use std::collections::BTreeSet;

use serde_json::Value;
use usher::http::openapi::{ALL_DOCUMENTS, Document, Version};

/// Calls `see` with each object below a value, and its path.
fn visit_objects(
    value: &Value,
    path: &str,
    see: &mut impl FnMut(&str, &serde_json::Map<String, Value>),
) {
    match value {
        Value::Object(object) => {
            see(path, object);
            for (name, below) in object {
                if name != "example" && name != "examples" {
                    visit_objects(below, &format!("{path}/{name}"), see);
                }
            }
        }
        Value::Array(items) => items
            .iter()
            .enumerate()
            .for_each(|(number, item)| visit_objects(item, &format!("{path}/{number}"), see)),
        _ => {}
    }
}

/// Every response of a contract, with its operation's method and its status.
fn responses(contract: &Value) -> Vec<(&str, &str, &Value)> {
    let items = contract["paths"].as_object().unwrap().values();
    let operations = items.flat_map(|item| item.as_object().unwrap());
    let responses = operations.flat_map(|(method, operation)| {
        let responses = operation["responses"].as_object().unwrap();
        responses.iter().map(move |(status, is)| (method.as_str(), status.as_str(), is))
    });
    responses.collect()
}

#[test]
fn every_enum_has_a_name_and_members_that_no_language_reserves() {
    for (document, version) in ALL_DOCUMENTS {
        let contract = document.contract(version);
        visit_objects(contract, "", &mut |path, object| {
            let Some(values) = object.get("enum").and_then(Value::as_array) else { return };
            // The only word that 3.0 has for null as one of several.
            if values.iter().all(Value::is_null) && version == Version::V3_0 {
                return;
            }
            let place: Vec<&str> = path.split('/').collect();
            assert!(
                matches!(place[..], ["", "components", "schemas", _]),
                "{document:?} {version:?}: {path} has no name: {values:?}"
            );
            let names = object.get("x-enum-varnames").and_then(Value::as_array);
            let names: Vec<&str> =
                names.unwrap_or(values).iter().map(|name| name.as_str().unwrap()).collect();
            let unique: BTreeSet<&&str> = names.iter().collect();
            assert_eq!((unique.len(), names.len()), (values.len(), values.len()), "{path}");
            for name in names {
                let upper =
                    |char: char| char.is_ascii_uppercase() || char.is_ascii_digit() || char == '_';
                let begins = name.starts_with(|char: char| char.is_ascii_uppercase());
                assert!(begins && name.chars().all(upper), "{path}: {name}");
            }
        });
    }
}

/// A method of a client has one type for what goes well, and one for what does not.
#[test]
fn operations_of_the_older_version_have_one_success_and_one_problem() {
    let mut several = Vec::new();
    let contract = Document::Admin.contract(Version::V3_0);
    for (path, item) in contract["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            for statuses in ["2", "45"] {
                let responses = operation["responses"].as_object().unwrap().iter();
                let kind = |response: &Value| {
                    let name = response["$ref"].as_str().unwrap_or_default();
                    let shared = &contract["components"]["responses"];
                    let shared = shared.get(name.rsplit('/').next().unwrap()).unwrap_or(response);
                    shared["content"]["application/json"]["schema"].clone()
                };
                let kinds: BTreeSet<String> = responses
                    .filter(|(status, _)| statuses.contains(&status[..1]))
                    .map(|(_, response)| kind(response).to_string())
                    .collect();
                if kinds.len() != 1 {
                    several.push(format!("{method} {path} {statuses}: {kinds:?}"));
                }
            }
        }
    }
    assert!(several.is_empty(), "{several:#?}");
    let both = &contract["components"]["schemas"]["ImportUsersResponse"]["oneOf"];
    let names = both.as_array().unwrap().iter().map(|one| one["$ref"].as_str().unwrap());
    let names: Vec<_> = names.map(|name| name.rsplit('/').next().unwrap()).collect();
    assert_eq!(names, ["ImportReport", "Import"]);
}

#[test]
fn keys_are_the_only_security_scheme() {
    for (document, version) in ALL_DOCUMENTS {
        let schemes = &document.contract(version)["components"]["securitySchemes"];
        let schemes = schemes.as_object().unwrap();
        assert_eq!(schemes.keys().collect::<Vec<_>>(), ["apiKey"], "{document:?}");
        assert_eq!(schemes["apiKey"]["scheme"], "bearer");
    }
}

#[test]
fn servers_are_absolute_urls() {
    for (document, version) in ALL_DOCUMENTS {
        for server in document.contract(version)["servers"].as_array().unwrap() {
            let url: url::Url = server["url"].as_str().unwrap().parse().unwrap();
            assert!(matches!(url.scheme(), "http" | "https") && url.has_host(), "{url}");
        }
    }
}

#[test]
fn every_operation_names_specific_problems_and_all_others() {
    for (document, version) in ALL_DOCUMENTS {
        let contract = document.contract(version);
        let others: &[&str] = match version {
            Version::V3_1 => &["default"],
            Version::V3_0 => &["4XX", "5XX"],
        };
        for operation in contract["paths"].as_object().unwrap().values() {
            for operation in operation.as_object().unwrap().values() {
                let id = &operation["operationId"];
                for status in ["500", "503"].iter().chain(others) {
                    assert!(operation["responses"].get(status).is_some(), "{id}: {status}");
                }
            }
        }
    }
}

#[test]
fn older_rendering_has_one_body_and_no_answer_that_is_not_modified() {
    for (document, version) in
        ALL_DOCUMENTS.into_iter().filter(|(_, version)| *version == Version::V3_0)
    {
        let contract = document.contract(version);
        for (method, status, response) in responses(contract) {
            assert_ne!(status, "304", "{document:?} {method}");
            let target = response["$ref"].as_str().map(|target| target.trim_start_matches('#'));
            let response = target.map_or(response, |target| contract.pointer(target).unwrap());
            let contents = response["content"].as_object();
            let kinds: Vec<_> = contents.into_iter().flat_map(|contents| contents.keys()).collect();
            let json = kinds.iter().any(|kind| kind.ends_with("json"));
            assert!(!json || kinds[0] == "application/json", "{document:?} {status}: {kinds:?}");
        }
        visit_objects(contract, "", &mut |path, object| {
            let Some(body) = object.get("requestBody") else { return };
            let contents = body["content"].as_object().unwrap();
            let kinds: Vec<&str> = contents.keys().map(String::as_str).collect();
            let known = matches!(kinds[..], ["application/json" | "text/plain"]);
            assert!(known, "{path}: {kinds:?}");
        });
    }
}
