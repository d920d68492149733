//! `/api/v1`: the admin API. Each module serves and describes one resource.

pub(in crate::http) mod account;
pub(in crate::http) mod attempts;
pub(in crate::http) mod audit;
pub(in crate::http) mod body;
mod body_stream;
pub(in crate::http) mod conditional;
pub(in crate::http) mod connections;
pub(in crate::http) mod deleted_users;
pub(in crate::http) mod deprecation;
mod enums;
mod fields;
mod idempotency;
pub(in crate::http) mod import;
pub(in crate::http) mod keys;
pub(in crate::http) mod me;
pub(in crate::http) mod members;
pub mod openapi;
mod page;
mod partial_body;
mod plan;
pub(in crate::http) mod preview;
mod profile_texts;
mod query;
pub(in crate::http) mod scim_clients;
pub(in crate::http) mod teams;
pub(in crate::http) mod users;
pub(crate) mod views;

use std::{fmt::Display, str::FromStr};

use super::problem::Problem;
use crate::app::Error;

/// Parses the ID in a path. A text that is not an ID is not found.
pub(in crate::http) fn parse_id<T: FromStr>(
    thing: &'static str,
    text: &(impl Display + ?Sized),
) -> Result<T, Problem> {
    let text = text.to_string();
    text.parse().map_err(|_| Problem::App(Error::not_found(thing, text)))
}
