//! `/scim/v2`: SCIM 2.0 (RFC 7643, 7644, 9865), for identity providers. It shares its
//! use cases with the admin API.

pub(in crate::http) mod bulk;
pub(super) mod contract;
pub(in crate::http) mod discovery;
pub(in crate::http) mod groups;
pub(in crate::http) mod me;
mod path_normalization;
pub(super) mod problem;
mod request;
pub(in crate::http) mod resource;
mod response;
pub(in crate::http) mod root;
pub(in crate::http) mod users;

use actix_web::{HttpResponse, ResponseError as _, http::header::Allow};

pub(super) use self::path_normalization::normalize_path;
use self::problem::ScimProblem;
use super::problem::Problem;

/// Builds the response to a request that reaches no handler.
pub(super) fn problem_response(problem: Problem) -> HttpResponse {
    ScimProblem::Other(problem).error_response()
}

/// The error of a method that a path does not support.
pub(super) fn method_not_allowed(allow: Allow) -> Result<&'static str, ScimProblem> {
    Err(ScimProblem::Other(Problem::MethodNotAllowed(allow)))
}

/// The error of an unknown path.
pub(super) fn not_found() -> Result<&'static str, ScimProblem> {
    Err(ScimProblem::Other(Problem::UnknownPath))
}
