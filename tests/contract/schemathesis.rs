//! The running program, asked for all that the contract allows and forbids.

use std::{fs, path::Path};

use ::usher::http::openapi;

use crate::usher::{Usher, must};

#[test]
fn whatever_is_asked_the_answer_is_as_the_contract_says() {
    let usher = Usher::start();
    let folder = tempfile::tempdir().unwrap();
    let contract = folder.path().join("openapi.json");
    fs::write(&contract, openapi::written(openapi::contract())).unwrap();
    let mut run = usher.script("contract/schemathesis/run");
    run.env("USHER_OTHER_API_KEY", usher.key_of_another_account()).arg(&contract);
    must(run);
}

/// A check that can't fail says nothing: a contract that tells of an answer
/// what is not so must be found out.
#[test]
fn a_contract_that_is_not_kept_is_found_out() {
    let usher = Usher::start();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("openapi.json");
    let mut contract = openapi::contract().clone();
    contract["components"]["schemas"]["Caller"]["required"] = serde_json::json!(["shoeSize"]);
    fs::write(&file, openapi::written(&contract)).unwrap();
    assert!(!finds_nothing(&usher, &file), "schemathesis believes everything");
}

fn finds_nothing(usher: &Usher, contract: &Path) -> bool {
    let mut run = usher.script("contract/schemathesis/run");
    run.env("USHER_OTHER_API_KEY", usher.key_of_another_account()).arg(contract);
    run.args(["--include-operation-id", "getMe"]).output().unwrap().status.success()
}
