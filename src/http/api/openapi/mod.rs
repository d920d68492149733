//! The contract: what the admin API serves, in OpenAPI 3.1, and the same in
//! 3.0 for programs that read no other.
//!
//! Each module of the API describes what is its own. What follows from a rule
//! (the problems that any operation may answer, conditional requests, links,
//! examples) is added here for all of them, so that none can forget it.

mod describe;
mod examples;
mod frame;
mod links;
mod lists;
mod operations;
mod problems;
mod rules;
mod schemas;
mod version_3_0;
mod words;

use std::sync::LazyLock;

use serde_json::Value;

pub(in crate::http) use self::examples::id as example_id;
use crate::http::scim;

/// Where the contract is served.
pub const PATH: &str = "/openapi.json";

/// Where its rendering in OpenAPI 3.0 is served.
pub const PATH_3_0: &str = "/openapi-3.0.json";

/// The contract, as it stands in `openapi/openapi.json`.
#[must_use]
pub fn contract() -> &'static Value {
    static CONTRACT: LazyLock<Value> = LazyLock::new(|| {
        let mut contract = frame::parts();
        describe::complete(&mut contract);
        lists::complete(&mut contract);
        problems::name_codes(&mut contract);
        schemas::complete(&mut contract);
        rules::complete(&mut contract);
        links::complete(&mut contract);
        scim::contract::add(&mut contract);
        examples::complete(&mut contract);
        contract
    });
    &CONTRACT
}

/// The contract in OpenAPI 3.0.
#[must_use]
pub fn contract_3_0() -> &'static Value {
    static CONTRACT: LazyLock<Value> = LazyLock::new(|| version_3_0::of(contract()));
    &CONTRACT
}

/// The contract as it is written: for people as well, and the same each time.
#[must_use]
pub fn written(contract: &Value) -> String {
    format!("{contract:#}\n")
}
