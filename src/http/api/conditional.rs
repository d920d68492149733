//! Conditional requests (RFC 9110, section 13): what a caller has seen, and
//! whether it is still so.

use actix_web::{
    HttpRequest, HttpResponse,
    http::{
        StatusCode,
        header::{
            CACHE_CONTROL, ETAG, EntityTag, Header, IfMatch as Matches, IfNoneMatch, LOCATION,
        },
    },
};
use serde::Serialize;

use crate::{
    domain::{
        etag::{IfMatch, Tag},
        field_error::FieldError,
    },
    http::problem::Problem,
};

/// Under which state the request wants its change made: `If-Match`, or
/// `If-None-Match: *`.
///
/// # Errors
/// If there is a header of them that can't be read, or that asks for what is
/// not offered: a guard that is not understood must not be taken for none.
pub(in crate::http) fn if_match(request: &HttpRequest) -> Result<IfMatch, Problem> {
    match (not_there(request), matches(request)) {
        (Ok(true), Ok(None)) => Ok(IfMatch::NotThere),
        (Ok(false), Ok(found)) => Ok(found.unwrap_or(IfMatch::Unconditional)),
        (Ok(true), Ok(Some(_))) => {
            let reason = "must not stand beside If-Match: send one of the two headers";
            Err(Problem::Headers(vec![FieldError::new("If-None-Match", "*", reason)]))
        }
        (one, other) => Err(Problem::Headers(other.err().into_iter().chain(one.err()).collect())),
    }
}

/// What `If-Match` wants, if it is there.
fn matches(request: &HttpRequest) -> Result<Option<IfMatch>, FieldError> {
    let Some(input) = request.headers().get(Matches::name()) else { return Ok(None) };
    let read = match Matches::parse(request) {
        Ok(Matches::Any) => Ok(IfMatch::Any),
        Ok(Matches::Items(tags)) if !tags.is_empty() => {
            // A weak tag matches nothing (13.1.1: strong comparison).
            let strong = tags.iter().filter(|tag| !tag.weak);
            Ok(IfMatch::OneOf(strong.map(|tag| Tag::from_text(tag.tag())).collect()))
        }
        Ok(Matches::Items(_)) | Err(_) => {
            let input = String::from_utf8_lossy(input.as_bytes());
            let reason = "must be * or a list of entity tags, such as \"v3\"";
            let remedy = "Send the ETag of the last answer, with its quotes.";
            Err(FieldError::new("If-Match", input, reason).remedied(remedy))
        }
    };
    read.map(Some)
}

/// Whether the request wants its change made only if there is nothing yet.
fn not_there(request: &HttpRequest) -> Result<bool, FieldError> {
    let Some(input) = request.headers().get(IfNoneMatch::name()) else { return Ok(false) };
    if input.as_bytes().trim_ascii() == b"*" {
        return Ok(true);
    }
    let reason = "must be * for a change: use If-Match with entity tags";
    let input = String::from_utf8_lossy(input.as_bytes());
    Err(FieldError::new("If-None-Match", input, reason))
}

/// The faults of a request that has a precondition where there is nothing to
/// hold it against: its caller relies on it.
pub(super) fn unguarded(request: &HttpRequest) -> Vec<FieldError> {
    let fault = |name: &'static str| {
        let input = String::from_utf8_lossy(request.headers().get(name)?.as_bytes()).into_owned();
        let reason = "is not supported for this operation: leave the header out";
        Some(FieldError::new(name, input, reason).expecting("no such header"))
    };
    ["If-Match", "If-None-Match"].into_iter().filter_map(fault).collect()
}

/// That a request has no precondition.
///
/// # Errors
/// [`Problem::Headers`] if it has.
pub(super) fn none(request: &HttpRequest) -> Result<(), Problem> {
    let faults = unguarded(request);
    if faults.is_empty() { Ok(()) } else { Err(Problem::Headers(faults)) }
}

/// Whether the caller has seen a resource as it is (`If-None-Match`).
pub(in crate::http) fn is_not_modified(request: &HttpRequest, tag: &Tag) -> bool {
    let tag = EntityTag::new_strong(tag.as_str().to_owned());
    match IfNoneMatch::parse(request) {
        Ok(IfNoneMatch::Any) => request.headers().contains_key(IfNoneMatch::name()),
        Ok(IfNoneMatch::Items(tags)) => tags.iter().any(|seen| seen.weak_eq(&tag)),
        Err(_) => false,
    }
}

/// The answer that shows a resource, or 304 if the caller has seen it so
/// (`If-None-Match`).
pub(super) fn entity_response(
    request: &HttpRequest,
    tag: &Tag,
    body: &impl Serialize,
) -> HttpResponse {
    let seen = is_not_modified(request, tag);
    let tag = EntityTag::new_strong(tag.as_str().to_owned());
    let mut response =
        HttpResponse::build(if seen { StatusCode::NOT_MODIFIED } else { StatusCode::OK });
    response.insert_header((ETAG, tag));
    // For its caller alone, who asks again each time.
    response.insert_header((CACHE_CONTROL, "private, no-cache"));
    if seen { response.finish() } else { response.json(body) }
}

/// The answer to a change: what the resource is now.
pub(super) fn changed(tag: &Tag, body: &impl Serialize) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((ETAG, EntityTag::new_strong(tag.as_str().to_owned())))
        .json(body)
}

/// The answer to a request that has made a resource, and where it is.
pub(super) fn created(tag: &Tag, location: &str, body: &impl Serialize) -> HttpResponse {
    HttpResponse::Created()
        .insert_header((ETAG, EntityTag::new_strong(tag.as_str().to_owned())))
        .insert_header((LOCATION, location))
        .json(body)
}
