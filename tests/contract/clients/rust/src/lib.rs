//! The client that `build.rs` made.
// A range of statuses comes before those that stand in it.
#![allow(clippy::all, unused_imports, unreachable_patterns)]

include!(concat!(env!("OUT_DIR"), "/client.rs"));
