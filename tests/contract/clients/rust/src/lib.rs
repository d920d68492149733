//! The client that `build.rs` made.
#![allow(clippy::all, unused_imports)]

include!(concat!(env!("OUT_DIR"), "/client.rs"));
