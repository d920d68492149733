//! The contract, taken at its word by programs that are not ours, against the
//! real program. README.md tells which, and what they do.
#![allow(missing_docs, reason = "the tests' names say what holds")]

mod clients;
mod patterns;
#[path = "../cli/program.rs"]
#[allow(dead_code, reason = "shared with the tests of the command line")]
mod program;
#[path = "../cli/running.rs"]
#[allow(dead_code, reason = "shared with the tests of the command line")]
mod running;
mod schemathesis;
#[path = "../support/mod.rs"]
mod support;
mod usher;
