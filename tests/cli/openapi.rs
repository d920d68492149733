//! `usher openapi`: the contract, printed or written.

use std::fs;

use serde_json::Value;
use usher::http::openapi::{self, Document, Version};

use crate::program::Folder;

#[test]
fn the_contract_is_printed_without_a_configuration_or_a_database() {
    let folder = Folder::new();
    assert_eq!(folder.run(&["openapi"]), openapi::to_text(openapi::contract()));
    for (options, document, version) in [
        (&["--version", "3.0"][..], Document::Admin, Version::V3_0),
        (&["--document", "scim"], Document::Scim, Version::V3_1),
        (&["--document", "scim", "--version", "3.0"], Document::Scim, Version::V3_0),
    ] {
        let printed: Value =
            serde_json::from_str(&folder.run(&[&["openapi"], options].concat())).unwrap();
        assert_eq!(&printed, document.contract(version));
    }
}

#[test]
fn contract_names_the_requested_server() {
    let folder = Folder::new();
    let printed = folder.run(&["openapi", "--server", "https://usher.example.com/"]);
    let printed: Value = serde_json::from_str(&printed).unwrap();
    assert_eq!(printed["servers"][0]["url"], "https://usher.example.com");
}

#[test]
fn the_contract_is_written_to_a_file() {
    let folder = Folder::new();
    assert_eq!(folder.run(&["openapi", "--output", "contract.json"]), "");
    let written = fs::read_to_string(folder.path().join("contract.json")).unwrap();
    assert_eq!(written, openapi::to_text(openapi::contract()));
}
