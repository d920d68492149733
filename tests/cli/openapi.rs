//! `usher openapi`: the contract, printed or written.

use std::fs;

use serde_json::Value;
use usher::http::openapi;

use crate::program::Folder;

#[test]
fn the_contract_is_printed_without_a_configuration_or_a_database() {
    let folder = Folder::new();
    assert_eq!(folder.does(&["openapi"]), openapi::written(openapi::contract()));
    let older: Value =
        serde_json::from_str(&folder.does(&["openapi", "--version", "3.0"])).unwrap();
    assert_eq!(&older, openapi::contract_3_0());
}

#[test]
fn the_contract_is_written_to_a_file() {
    let folder = Folder::new();
    assert_eq!(folder.does(&["openapi", "--output", "contract.json"]), "");
    let written = fs::read_to_string(folder.path().join("contract.json")).unwrap();
    assert_eq!(written, openapi::written(openapi::contract()));
}
