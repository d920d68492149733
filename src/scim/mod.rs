//! SCIM's JSON on the wire (RFC 7643, RFC 7644): what a client sends, read by
//! the tables of [`schema`], and what it is answered. Pure.
//!
//! The tables are the one place that says which attributes there are. From
//! them come the discovery documents, what a body may hold, what a path of a
//! PATCH may point at, and what an answer shows.

pub mod bulk;
pub mod compatibility;
pub mod discovery;
pub mod error;
pub mod filter_eval;
pub mod group;
pub mod json;
mod names;
mod object;
pub mod patch;
pub mod path;
pub mod project;
pub mod resource;
pub mod schema;
pub mod search;
pub mod text;
pub mod user;
pub mod user_change;
pub mod value;
