//! Attacks on the login, each by its name. Nobody may come in as somebody
//! else, nothing may be fetched, and the check that says no is the right one.
//!
//! | file | what it is for |
//! |---|---|
//! | `table.rs` | every attack with the check that must fail |
//! | `signatures.rs`, `wrapping.rs`, `references.rs` | attacks on the signature |
//! | `documents.rs`, `encryption.rs` | attacks on whoever reads the message |
//! | `contents.rs` | messages that are signed, and not meant for us |
//! | `direct.rs` | each of them against the verification itself |
//! | `honest.rs` | that the forge's honest messages are honest |

mod contents;
mod direct;
mod documents;
mod encryption;
#[path = "../support/forge/mod.rs"]
mod forge;
mod honest;
mod references;
mod scene;
mod signatures;
mod table;
mod wrapping;
