//! The command line, as a person at a terminal uses it: the real program, in
//! a folder of its own.
//!
//! | file | what it is for |
//! |---|---|
//! | `program.rs` | running the program, and reading what it says |
//! | `running.rs` | a server that runs until the test ends |
//! | `html.rs` | the forms of a page, as a browser fills them in |
//! | `accounts.rs`, `connections.rs`, `policy.rs`, `users.rs`, `attempts.rs`, `keys.rs` | the records |
//! | `configuration.rs`, `secrets.rs` | the settings, and what is never shown |
//! | `schemas.rs` | JSON as the contract describes it |
//! | `demo.rs`, `serving.rs`, `login_log.rs`, `signals.rs` | the servers, and their log |
//! | `pipelining.rs`, `malformed_requests.rs` | clients that do not read, or do not speak HTTP |
//! | `outages.rs` | a database that can't be used for a while |
//! | `recovery.rs` | backups, and databases that are not up yet |
//! | `crashes.rs` | servers that are killed while they write |
#![allow(missing_docs, reason = "the tests' names say what holds")]

mod accounts;
mod attempts;
mod attributes;
mod configuration;
mod connections;
mod crashes;
mod demo;
mod html;
mod imports;
mod keys;
mod login_log;
mod malformed_requests;
mod openapi;
mod outages;
mod pipelining;
mod policy;
mod program;
mod recovery;
mod running;
mod schemas;
mod scim_clients;
mod secrets;
mod serving;
mod sign_in;
mod signals;
#[path = "../support/mod.rs"]
mod support;
mod users;
