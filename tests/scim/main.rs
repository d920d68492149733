//! SCIM, spoken by programs that are not ours, with the real program. README.md
//! tells which, and what they do.
#![allow(missing_docs, reason = "the tests' names say what holds")]

mod client;
#[path = "../cli/html.rs"]
mod html;
#[path = "../cli/program.rs"]
#[allow(dead_code, reason = "shared with the tests of the command line")]
mod program;
#[path = "../cli/running.rs"]
#[allow(dead_code, reason = "shared with the tests of the command line")]
mod running;
#[path = "../cli/sign_in.rs"]
#[allow(dead_code, reason = "shared with the tests of the command line")]
mod sign_in;
#[path = "../support/mod.rs"]
mod support;
mod testers;
#[path = "../contract/usher.rs"]
#[allow(dead_code, reason = "shared with the tests of the contract")]
mod usher;
