//! The running program, asked for all that the contract allows and forbids.

use std::{fs, path::Path};

use ::usher::http::openapi::{self, Document, Version};
use serde_json::Value;

use crate::usher::{Usher, must};

#[test]
fn admin_api_conforms_to_its_contract() {
    assert_conformance(Document::Admin);
}

#[test]
fn scim_conforms_to_its_contract() {
    assert_conformance(Document::Scim);
}

#[track_caller]
fn assert_conformance(document: Document) {
    let usher = Usher::start();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("openapi.json");
    fs::write(&file, openapi::to_text(&strict(document))).unwrap();
    let mut run = usher.script("contract/schemathesis/run");
    run.env("USHER_OTHER_API_KEY", usher.key_of_another_account()).arg(&file);
    must(run);
}

/// The contract without its defaults: every status has to be named.
fn strict(document: Document) -> Value {
    let mut contract = document.contract(Version::V3_1).clone();
    for item in contract["paths"].as_object_mut().unwrap().values_mut() {
        for operation in item.as_object_mut().unwrap().values_mut() {
            operation["responses"].as_object_mut().unwrap().remove("default");
        }
    }
    contract
}

/// A check that can't fail says nothing: a contract that tells of an answer
/// what is not so must be found out.
#[test]
fn response_that_violates_the_contract_is_detected() {
    let usher = Usher::start();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("openapi.json");
    let mut contract = strict(Document::Admin);
    contract["components"]["schemas"]["Caller"]["required"] = serde_json::json!(["shoeSize"]);
    fs::write(&file, openapi::to_text(&contract)).unwrap();
    assert!(!finds_nothing(&usher, &file), "schemathesis believes everything");
}

fn finds_nothing(usher: &Usher, contract: &Path) -> bool {
    let mut run = usher.script("contract/schemathesis/run");
    run.env("USHER_OTHER_API_KEY", usher.key_of_another_account()).arg(contract);
    run.args(["--include-operation-id", "getMe"]).output().unwrap().status.success()
}
