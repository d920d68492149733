//! The JSON of SCIM (RFC 7643, RFC 7644): parses requests by the tables of [`schema`],
//! and builds responses. Pure.
//!
//! The tables define the attributes. The discovery documents, the parsing of bodies and
//! paths, and the responses all follow from them.

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
pub mod projection;
pub mod resource;
pub mod schema;
pub mod search;
pub mod serialize;
pub mod user;
pub mod user_change;
pub mod user_view;
pub mod value;
