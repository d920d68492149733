//! Clients that are generated from the contract, each used for the same story.

use std::{fs, path::PathBuf};

use ::usher::http::openapi::{self, Document, Version};
use tempfile::TempDir;

use crate::usher::{Usher, must, script};

/// A rendering of the contract in a file.
struct Contract {
    _folder: TempDir,
    file: PathBuf,
}

impl Contract {
    fn write(contract: &serde_json::Value) -> Self {
        Self::write_as("openapi.json", contract)
    }

    fn write_as(name: &str, contract: &serde_json::Value) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join(name);
        fs::write(&file, openapi::to_text(contract)).unwrap();
        Self { _folder: folder, file }
    }
}

/// Generates the client, compiles the story with it, and tells the story.
#[track_caller]
fn run_story(language: &str, contract: &Contract) {
    let mut generate = script(&format!("contract/clients/{language}/generate"));
    generate.arg(&contract.file);
    must(generate);
    must(Usher::start().script(&format!("contract/clients/{language}/run")));
}

#[test]
fn typescript_client_follows_the_story() {
    run_story("typescript", &Contract::write(openapi::contract()));
}

#[test]
fn python_client_follows_the_story() {
    run_story("python", &Contract::write(openapi::contract()));
}

#[test]
fn pydantic_client_follows_the_story() {
    run_story("python-pydantic", &Contract::write(openapi::contract()));
}

#[test]
fn php_client_follows_the_story() {
    run_story("php", &Contract::write(openapi::contract()));
}

#[test]
fn ruby_client_follows_the_story() {
    run_story("ruby", &Contract::write(openapi::contract()));
}

#[test]
fn java_client_follows_the_story() {
    run_story("java", &Contract::write(openapi::contract()));
}

#[test]
fn go_client_follows_the_story() {
    run_story("go", &Contract::write(openapi::contract()));
}

/// Its generator reads 3.0 alone.
#[test]
fn rust_client_follows_the_story() {
    run_story("rust", &Contract::write(openapi::contract_3_0()));
}

/// Languages whose compilers are not at hand.
#[track_caller]
fn parses(document: Document) {
    let name = document.path(Version::V3_1).trim_start_matches('/');
    let contract = Contract::write_as(name, document.contract(Version::V3_1));
    let mut generate = script("contract/clients/syntax/generate");
    generate.arg(&contract.file);
    must(generate);
}

#[test]
fn admin_clients_parse_in_kotlin_swift_and_csharp() {
    parses(Document::Admin);
}

#[test]
fn scim_clients_parse_in_kotlin_swift_and_csharp() {
    parses(Document::Scim);
}
