//! The contracts of the admin API and SCIM in OpenAPI 3.1, and in 3.0 for programs
//! that support only that version.
//!
//! Each module of the API describes its own operations and schemas. This module adds
//! what follows from a rule: common problems, conditional requests, links, examples
//! and names of enums.

mod access;
mod connection_settings;
mod descriptions;
mod document;
mod enums;
mod example_values;
mod examples;
mod links;
mod lists;
mod operations;
mod problems;
mod profile_texts;
mod rules;
mod schemas;
mod update_rules;
mod version_3_0;

use std::sync::LazyLock;

use serde_json::{Value, json};

pub(in crate::http) use self::examples::id as example_id;
use crate::http::scim;

/// A contract. A generator creates one client from each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Document {
    /// The admin API.
    Admin,
    /// SCIM 2.0.
    Scim,
}

/// A version of OpenAPI.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Version {
    /// The version that the contracts are written in.
    V3_1,
    /// The version for programs that read no other.
    V3_0,
}

/// Every document in every version.
pub const ALL_DOCUMENTS: [(Document, Version); 4] = [
    (Document::Admin, Version::V3_1),
    (Document::Admin, Version::V3_0),
    (Document::Scim, Version::V3_1),
    (Document::Scim, Version::V3_0),
];

impl Document {
    /// The path at which a deployment serves the document.
    #[must_use]
    pub const fn path(self, version: Version) -> &'static str {
        match (self, version) {
            (Self::Admin, Version::V3_1) => "/openapi.json",
            (Self::Admin, Version::V3_0) => "/openapi-3.0.json",
            (Self::Scim, Version::V3_1) => "/openapi-scim.json",
            (Self::Scim, Version::V3_0) => "/openapi-scim-3.0.json",
        }
    }

    /// The document, with the server URL of the demo.
    #[must_use]
    pub fn contract(self, version: Version) -> &'static Value {
        static ADMIN: LazyLock<Value> = LazyLock::new(build_admin);
        static ADMIN_3_0: LazyLock<Value> = LazyLock::new(|| version_3_0::render_contract(&ADMIN));
        static SCIM: LazyLock<Value> = LazyLock::new(|| build_scim(&ADMIN));
        static SCIM_3_0: LazyLock<Value> = LazyLock::new(|| version_3_0::render_contract(&SCIM));
        match (self, version) {
            (Self::Admin, Version::V3_1) => &ADMIN,
            (Self::Admin, Version::V3_0) => &ADMIN_3_0,
            (Self::Scim, Version::V3_1) => &SCIM,
            (Self::Scim, Version::V3_0) => &SCIM_3_0,
        }
    }

    /// The document as a deployment serves it, with the deployment's own URL.
    #[must_use]
    pub fn contract_for_server(self, version: Version, server: &str) -> Value {
        let mut contract = self.contract(version).clone();
        if let Some(contract) = contract.as_object_mut() {
            let url = server.trim_end_matches('/');
            contract
                .insert("servers".into(), json!([{"url": url, "description": "This deployment"}]));
        }
        contract
    }
}

/// The contract of the admin API in OpenAPI 3.1: the content of
/// `openapi/openapi.json`.
#[must_use]
pub fn contract() -> &'static Value {
    Document::Admin.contract(Version::V3_1)
}

/// The contract of the admin API in OpenAPI 3.0.
#[must_use]
pub fn contract_3_0() -> &'static Value {
    Document::Admin.contract(Version::V3_0)
}

fn build_admin() -> Value {
    let mut contract = document::merge_modules();
    profile_texts::complete(&mut contract);
    connection_settings::complete(&mut contract);
    descriptions::complete(&mut contract);
    access::complete(&mut contract);
    lists::complete(&mut contract);
    problems::add_codes(&mut contract);
    schemas::complete(&mut contract);
    rules::complete(&mut contract);
    links::complete(&mut contract);
    enums::complete(&mut contract);
    examples::complete(&mut contract);
    contract
}

/// Builds the contract of SCIM. It shares headers, parameters and roles with the
/// admin API; unused components are removed.
fn build_scim(admin: &Value) -> Value {
    let mut contract = document::strip_operations(admin);
    scim::contract::add_operations(&mut contract);
    access::complete(&mut contract);
    descriptions::remove_all_unused(&mut contract);
    enums::complete(&mut contract);
    examples::complete(&mut contract);
    contract
}

/// Formats a contract as indented JSON.
#[must_use]
pub fn to_text(contract: &Value) -> String {
    format!("{contract:#}\n")
}
