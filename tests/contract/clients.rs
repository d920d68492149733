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
    fn of(contract: &serde_json::Value) -> Self {
        Self::named("openapi.json", contract)
    }

    fn named(name: &str, contract: &serde_json::Value) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join(name);
        fs::write(&file, openapi::written(contract)).unwrap();
        Self { _folder: folder, file }
    }
}

/// Generates the client, compiles the story with it, and tells the story.
#[track_caller]
fn tell(language: &str, contract: &Contract) {
    let mut generate = script(&format!("contract/clients/{language}/generate"));
    generate.arg(&contract.file);
    must(generate);
    must(Usher::start().script(&format!("contract/clients/{language}/run")));
}

#[test]
fn the_story_is_told_in_typescript() {
    tell("typescript", &Contract::of(openapi::contract()));
}

#[test]
fn the_story_is_told_in_python() {
    tell("python", &Contract::of(openapi::contract()));
}

#[test]
fn the_story_is_told_in_python_with_pydantic() {
    tell("python-pydantic", &Contract::of(openapi::contract()));
}

#[test]
fn the_story_is_told_in_php() {
    tell("php", &Contract::of(openapi::contract()));
}

#[test]
fn the_story_is_told_in_ruby() {
    tell("ruby", &Contract::of(openapi::contract()));
}

#[test]
fn the_story_is_told_in_java() {
    tell("java", &Contract::of(openapi::contract()));
}

#[test]
fn the_story_is_told_in_go() {
    tell("go", &Contract::of(openapi::contract()));
}

/// Its generator reads 3.0 alone.
#[test]
fn the_story_is_told_in_rust() {
    tell("rust", &Contract::of(openapi::contract_3_0()));
}

/// Languages whose compilers are not at hand.
#[track_caller]
fn parses(document: Document) {
    let name = document.path(Version::V3_1).trim_start_matches('/');
    let contract = Contract::named(name, document.contract(Version::V3_1));
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
