//! The server's answers fit the contract in each version of OpenAPI.

use std::{collections::HashMap, sync::LazyLock};

use jsonschema::{Draft, Validator};
use reqwest::StatusCode;
use serde_json::{Value, json};
use usher::{
    domain::api_key::Dialect,
    http::openapi::{Document, Version},
};

use crate::{
    client::{ApiClient, ApiResponse, path_with_query},
    contract::{DOCUMENTS, Operation, all_operations, operations_of},
    fixture::Fixture,
};

/// The documents of an operation: that which it stands in, in both versions.
fn documents(operation: &Operation) -> [(Document, Version); 2] {
    let admin = operation.path.starts_with("/api/");
    let document = if admin { Document::Admin } else { Document::Scim };
    [(document, Version::V3_1), (document, Version::V3_0)]
}

/// OpenAPI 3.0 as JSON Schema reads it: `nullable` counts beside a `type`, and
/// nowhere else (OAS 3.0.3, "Clarify Nullable").
fn without_nullable(schema: &Value) -> Value {
    match schema {
        Value::Object(object) => {
            let nullable = object.get("nullable") == Some(&Value::Bool(true));
            let open = |(word, value): (&String, &Value)| match (word.as_str(), value) {
                ("type", Value::String(kind)) if nullable => (word.clone(), json!([kind, "null"])),
                _ => (word.clone(), without_nullable(value)),
            };
            object.iter().map(open).collect()
        }
        Value::Array(items) => items.iter().map(without_nullable).collect(),
        other => other.clone(),
    }
}

/// A document as it is validated against, by version.
fn readable(document: Document, version: Version) -> &'static Value {
    static READABLE: LazyLock<HashMap<&'static str, Value>> = LazyLock::new(|| {
        let all = usher::http::openapi::ALL_DOCUMENTS.into_iter();
        let read = |(document, version): (Document, Version)| {
            let contract = document.contract(version);
            let contract = match version {
                Version::V3_1 => contract.clone(),
                Version::V3_0 => without_nullable(contract),
            };
            (document.path(version), contract)
        };
        all.map(read).collect()
    });
    &READABLE[document.path(version)]
}

/// The places of the enums in a contract that are not schemas of their own.
fn inline_enums(value: &Value, place: &str, found: &mut Vec<(String, Value)>) {
    let parts = match value {
        Value::Object(object) => object.iter().map(|(name, part)| (name.clone(), part)).collect(),
        Value::Array(items) => {
            items.iter().enumerate().map(|(index, part)| (index.to_string(), part)).collect()
        }
        _ => Vec::new(),
    };
    let is_named = place.starts_with("/components/schemas/") && place.matches('/').count() == 3;
    for (name, part) in parts {
        match (name.as_str(), part) {
            ("enum", Value::Array(_)) if is_named => {}
            ("enum", Value::Array(_)) => found.push((place.to_owned(), part.clone())),
            ("example" | "examples", _) => {}
            _ => inline_enums(part, &format!("{place}/{name}"), found),
        }
    }
}

/// 3.0 has no type of null. Generators read an enum of null alone as one, if it stands
/// where it is used.
#[test]
fn every_enum_has_a_name() {
    for (document, version) in usher::http::openapi::ALL_DOCUMENTS {
        let mut found = Vec::new();
        inline_enums(document.contract(version), "", &mut found);
        if version == Version::V3_0 {
            found.retain(|(_, values)| *values != json!([null]));
        }
        assert_eq!(found, [], "{}", document.path(version));
    }
}

/// What a reference leads to.
fn resolved<'a>(contract: &'a Value, value: &'a Value) -> &'a Value {
    match value["$ref"].as_str() {
        Some(target) => contract.pointer(target.trim_start_matches('#')).expect("leads somewhere"),
        None => value,
    }
}

fn validator(contract: &Value, schema: &Value, version: Version) -> Validator {
    let mut schema = schema.clone();
    // What stands beside a `$ref` is not read in older drafts.
    let whole = match version {
        Version::V3_1 => {
            schema["components"] = contract["components"].clone();
            schema
        }
        Version::V3_0 => json!({"allOf": [schema], "components": contract["components"]}),
    };
    let draft = match version {
        Version::V3_1 => Draft::Draft202012,
        Version::V3_0 => Draft::Draft4,
    };
    let options = jsonschema::options().with_draft(draft);
    options.should_validate_formats(true).build(&whole).expect("a schema")
}

/// The response of a contract for a status: its own, or that of a range, or the
/// default.
fn response<'a>(contract: &'a Value, operation: &Operation, status: StatusCode) -> &'a Value {
    let method = operation.method.as_str().to_lowercase();
    let responses = &contract["paths"][operation.path][method]["responses"];
    let range = format!("{}XX", status.as_u16() / 100);
    let names = [status.as_str(), &range, "default"];
    let found = names.iter().find_map(|name| responses.get(*name));
    let found = found.unwrap_or_else(|| panic!("{}: {status} is not documented", operation.id()));
    resolved(contract, found)
}

/// The answer fits what each version of the contract says of it.
#[track_caller]
pub(crate) fn fits(operation: &Operation, answer: &ApiResponse) {
    for (document, version) in documents(operation) {
        // A client of 3.0 sends no `If-None-Match`.
        if answer.status == StatusCode::NOT_MODIFIED && version == Version::V3_0 {
            continue;
        }
        let (id, contract) = (operation.id(), readable(document, version));
        let response = response(contract, operation, answer.status);
        let whose = format!("{id} {} {version:?}", answer.status);
        let Some(contents) = response["content"].as_object() else {
            assert_eq!(answer.text, "", "{whose}: has no body");
            continue;
        };
        let kind = answer.header("content-type").unwrap_or_default();
        let kind = kind.split(';').next().unwrap_or_default();
        let content = contents.get(kind);
        let content = content.unwrap_or_else(|| panic!("{whose}: {kind} is not documented"));
        if kind.ends_with("json") {
            let errors: Vec<String> = validator(contract, &content["schema"], version)
                .iter_errors(&answer.body)
                .map(|error| format!("{}: {error}", error.instance_path()))
                .collect();
            assert!(errors.is_empty(), "{whose}: {errors:#?}\n{:#}", answer.body);
        }
    }
}

#[test]
fn validator_detects_null_in_a_field_that_does_not_allow_it() {
    let role = json!({"type": "string", "enum": ["USER"]});
    let reference = json!({"$ref": "#/components/schemas/Role"});
    let contract = json!({"components": {"schemas": {"Role": role}}});
    for (schema, allowed) in [
        (json!({"type": "string", "nullable": true}), true),
        (json!({"type": "string", "nullable": true, "enum": ["USER"]}), false),
        (json!({"type": "string", "nullable": true, "allOf": [reference]}), false),
        (json!({"nullable": true, "allOf": [reference]}), false),
        (json!({"oneOf": [reference, {"enum": [null]}]}), true),
    ] {
        let schema = without_nullable(&schema);
        let validator = validator(&contract, &schema, Version::V3_0);
        assert_eq!(validator.is_valid(&Value::Null), allowed, "{schema}");
        assert!(validator.is_valid(&json!("USER")), "{schema}");
    }
}

fn operation(id: &str) -> Operation {
    all_operations().into_iter().find(|one| one.id() == id).expect("an operation")
}

/// The bodies of 3.0 have other media types than those of 3.1.
#[tokio::test]
async fn every_body_of_the_older_rendering_is_accepted() {
    for document in DOCUMENTS {
        for operation in operations_of(document.contract(Version::V3_0)) {
            let Some(contents) = operation.is["requestBody"]["content"].as_object() else {
                continue;
            };
            // Only the session of an administrator is somebody.
            if operation.path == "/scim/v2/Me" {
                continue;
            }
            let (kind, content) = contents.iter().next().unwrap();
            let fixture = Fixture::new().await;
            let response = match document {
                Document::Admin => {
                    let request = fixture.requests(&fixture.api, &operation).swap_remove(0);
                    fixture.api.send(request).await
                }
                Document::Scim => {
                    let scim = ApiClient::scim(&fixture.world.server, Dialect::Strict);
                    let request = scim
                        .request(operation.method.clone(), &fixture.scim_path(&operation))
                        .header("content-type", kind)
                        .body(fixture.real(&content["example"].to_string()));
                    scim.send(request).await
                }
            };
            let id = operation.id();
            assert!(response.status.is_success(), "{id} {kind}: {}", response.text);
            fits(&operation, &response);
        }
    }
}

/// Answers in which everything is null that may be: a user with nothing but an
/// address, a login that failed before anybody was found, a caller with a key.
#[tokio::test]
async fn answers_with_nulls_fit_both_versions() {
    let fixture = Fixture::new().await;
    let api = &fixture.api;
    let bare = json!({"email": "bare@example.com"});
    let user = api.post("/users", &bare).await;
    fits(&operation("createUser"), &user);
    let id = user.body["id"].as_str().unwrap().to_owned();
    fits(&operation("getUser"), &api.get(&format!("/users/{id}")).await);
    fits(&operation("listUsers"), &api.get("/users").await);
    let emptied = json!({"mobile": null, "department": null});
    fits(&operation("updateUser"), &api.patch(&format!("/users/{id}"), &emptied).await);
    fits(&operation("getMe"), &api.get("/me").await);
    fits(&operation("listKeys"), &api.get("/keys").await);

    let connection = api.get("/connections").await.body["items"][0].clone();
    let address =
        format!("{}/saml/{}/acs", fixture.world.server.address, connection["id"].as_str().unwrap());
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    client.post(address).form(&[("SAMLResponse", "PHgvPg==")]).send().await.unwrap();
    let attempts = api.get("/attempts").await;
    fits(&operation("listAttempts"), &attempts);
    for attempt in attempts.body["items"].as_array().unwrap() {
        let path = format!("/attempts/{}", attempt["id"].as_str().unwrap());
        fits(&operation("getAttempt"), &api.get(&path).await);
    }
    let nobody = json!({"assertion": {"nameId": "", "attributes": {}}});
    let path = format!("/connections/{}/preview", connection["id"].as_str().unwrap());
    fits(&operation("previewLogin"), &api.post(&path, &nobody).await);
}

/// The rejections of the server, each of its own status.
#[tokio::test]
async fn rejections_fit_both_versions() {
    let fixture = Fixture::new().await;
    let api = &fixture.api;
    let nobody = "/users/0198c5a0-7d2c-7b6e-9d60-3f1f2a6f0c11";
    let taken = json!({"email": "taken@example.com"});
    api.post("/users", &taken).await.body(StatusCode::CREATED);
    for (id, answer, status) in [
        ("listUsers", api.get(&path_with_query("/users", &[("count", "0")])).await, 400),
        ("listUsers", ApiClient::without_key(&fixture.world.server).get("/users").await, 401),
        ("getUser", api.get(nobody).await, 404),
        ("createUser", api.post("/users", &taken).await, 409),
        ("createUser", api.post("/users", &json!({"email": 1})).await, 422),
        ("batchUsers", api.post("/users/batch?mode=x", &json!({"users": []})).await, 400),
        ("batchUsers", api.post("/users/batch", &json!({"users": 1})).await, 422),
        ("batchUsers", api.post("/users/batch", &json!({"users": [{"email": "x"}]})).await, 422),
    ] {
        assert_eq!(answer.status.as_u16(), status, "{id}: {}", answer.text);
        fits(&operation(id), &answer);
    }
}
