//! Clients that are generated from the contract, each used for the same story.

use std::{fs, path::PathBuf};

use ::usher::http::openapi;
use tempfile::TempDir;

use crate::usher::{Usher, must, script};

/// A rendering of the contract in a file.
struct Contract {
    _folder: TempDir,
    file: PathBuf,
}

impl Contract {
    fn of(contract: &serde_json::Value) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("openapi.json");
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
