//! Problem details (RFC 9457) for API callers. This module maps every error of a
//! use case to its status.

mod answer;
pub(super) mod codes;
pub(super) mod details;
mod entry;
mod kind;
mod log;
pub(super) mod sent;
mod several;
mod unparsed;

pub(super) use self::{
    answer::RETRY_SECONDS, kind::Problem, log::log, several::Parts, unparsed::UnparsedRequest,
};
