//! Attacks on the login, each by its name. Nobody may come in as somebody
//! else, nothing may be fetched, and the check that says no is the right one.
//!
//! | file | what it is for |
//! |---|---|
//! | `table.rs` | every attack with the check that must fail |
//! | `signatures.rs`, `wrapping.rs`, `references.rs` | attacks on the signature |
//! | `documents.rs`, `encryption.rs` | attacks on the parser of the message |
//! | `contents.rs` | messages that are signed, and not meant for us |
//! | `pss.rs`, `two_certificates.rs` | what is verified over our own canonical form |
//! | `direct.rs` | each of them against the verification itself |
//! | `http.rs` | each of them over HTTP, and attacks on the ACS endpoint |
//! | `metadata.rs` | metadata that would leave a connection without a key |
//! | `valid_messages.rs` | that the forge's valid messages are valid |
#![allow(missing_docs, reason = "the tests' names say what holds")]

mod contents;
mod direct;
mod documents;
mod encryption;
mod http;
mod metadata;
mod pss;
mod references;
mod scene;
mod signatures;
#[path = "../support/mod.rs"]
mod support;
mod table;
mod two_certificates;
mod valid_messages;
mod wrapping;

use support::forge;
