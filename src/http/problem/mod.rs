//! Problem details (RFC 9457) for API callers. This module maps every error of a
//! use case to its status.

pub(super) mod codes;
pub(super) mod details;
mod kind;
mod log;
mod merge;
mod request_error;
mod response;
pub(super) mod sent_values;
mod unparsed_request;

pub(super) use self::{
    kind::Problem, log::log_failure, merge::CombineResults, response::RETRY_SECONDS,
    unparsed_request::UnparsedRequest,
};
