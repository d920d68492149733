//! Problem details (RFC 9457) for callers that are programs. Every error of
//! a use case gets its status here, and nowhere else.

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
