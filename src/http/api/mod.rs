//! `/api/v1`: the admin API. Each module serves and describes one resource.

pub(in crate::http) mod account;
pub(in crate::http) mod attempts;
pub(in crate::http) mod attribute_definitions;
mod attribute_name;
pub(in crate::http) mod audit;
pub(in crate::http) mod body;
mod body_stream;
pub(in crate::http) mod conditional;
pub(in crate::http) mod connections;
pub(in crate::http) mod custom_attributes;
pub(in crate::http) mod deleted_users;
pub(in crate::http) mod deprecation;
mod enums;
mod fields;
mod idempotency;
pub(in crate::http) mod import;
pub(in crate::http) mod keys;
pub(in crate::http) mod me;
pub(in crate::http) mod members;
pub(in crate::http) mod multi_values;
pub mod openapi;
mod page;
mod partial_body;
mod parts;
pub(in crate::http) mod path_resources;
mod plan;
pub(in crate::http) mod preview;
mod profile_texts;
mod query;
mod read_back;
mod readable_part;
pub(in crate::http) mod scim_clients;
pub(in crate::http) mod teams;
pub(in crate::http) mod users;
pub(crate) mod views;

use std::{fmt::Display, str::FromStr};

use actix_web::{HttpRequest, HttpResponse};

use self::parts::{IntoPart, JoinParts, Part};
use super::{
    auth::Authorized,
    problem::{CombineResults, Problem},
};
use crate::{app::Error, domain::etag::IfMatch};

/// The result of a handler.
pub(in crate::http) type ApiResult = Result<HttpResponse, Problem>;

/// Parses the ID in a path. A text that is not an ID is not found.
pub(in crate::http) fn parse_id<T: FromStr>(
    thing: &'static str,
    text: &(impl Display + ?Sized),
) -> Result<T, Problem> {
    let text = text.to_string();
    text.parse().map_err(|_| Problem::App(Error::not_found(thing, text)))
}

/// Parses the target of a change, with the precondition and the flag `force`.
fn parse_forced_target<T: FromStr>(
    thing: &'static str,
    path: &str,
    request: &HttpRequest,
) -> Part<(T, IfMatch, bool)> {
    let force = query::parse_flags(request, ["force"]).or_default();
    let if_match = conditional::parse_if_match(request).or_default();
    let parts = (force, parse_id(thing, path).into_part(), if_match).join();
    parts.map(|([force], id, if_match)| (id, if_match, force))
}

impl<R: 'static> Authorized<R> {
    /// Parses the target of a request that has no parameters.
    fn parse_target<T: FromStr>(&self, thing: &'static str) -> Result<T, Problem> {
        let query = query::reject_parameters(&self.request);
        (query, self.parse_id(thing)).combine().map(|((), id)| id)
    }

    /// Parses the target of a change, with the precondition.
    fn parse_guarded_target<T: FromStr>(&self, thing: &'static str) -> Part<(T, IfMatch)> {
        let query = query::reject_parameters(&self.request).or_default();
        let if_match = conditional::parse_if_match(&self.request).or_default();
        let parts = (query, self.parse_id(thing).into_part(), if_match).join();
        parts.map(|((), id, if_match)| (id, if_match))
    }

    /// Parses the target of a change, with the precondition and the flag `force`.
    fn parse_forced_target<T: FromStr>(&self, thing: &'static str) -> Part<(T, IfMatch, bool)> {
        parse_forced_target(thing, &self.path::<String>(), &self.request)
    }
}
