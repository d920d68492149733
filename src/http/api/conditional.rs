//! Conditional requests (RFC 9110, section 13) and responses with entity tags.

use actix_web::{
    HttpRequest, HttpResponse,
    http::{
        StatusCode,
        header::{CACHE_CONTROL, ETAG, EntityTag, LOCATION},
    },
};
use serde::Serialize;

use crate::{
    domain::{
        etag::{ETag, IfMatch},
        field_error::{FieldError, Reason},
    },
    http::problem::{CombineResults, Problem},
};

/// The header that makes a request safe to retry.
pub(super) const IDEMPOTENCY_KEY: &str = "Idempotency-Key";

/// The value of a precondition header.
enum Condition {
    Any,
    /// Whether each tag is weak, and the tag without its quotes.
    Tags(Vec<(bool, String)>),
}

/// Parses the precondition of a change, and rejects an `Idempotency-Key`.
///
/// # Errors
/// Returns those of [`parse_precondition`], and the error of an `Idempotency-Key`.
pub(in crate::http) fn parse_if_match(request: &HttpRequest) -> Result<IfMatch, Problem> {
    (parse_precondition(request), reject_idempotency_key(request))
        .combine()
        .map(|(if_match, ())| if_match)
}

/// Like [`parse_if_match`], for a change that creates what does not exist: it may have
/// `If-None-Match: *`.
///
/// # Errors
/// Those of [`parse_if_match`].
pub(super) fn parse_upsert_precondition(request: &HttpRequest) -> Result<IfMatch, Problem> {
    let precondition = match (parse_if_none_match_header(request), parse_if_match_header(request)) {
        (Ok(true), Ok(None)) => Ok(IfMatch::Absent),
        (Ok(false), Ok(found)) => Ok(found.unwrap_or(IfMatch::Unconditional)),
        (Ok(true), Ok(Some(_))) => {
            let reason = Reason::new(
                "can't be combined with If-Match",
                "one of the two headers",
                "Leave one of the two headers out.",
            );
            Err(Problem::Headers(vec![FieldError::new("If-None-Match", "*", reason)]))
        }
        (if_none_match, if_match) => {
            Err(Problem::Headers(if_match.err().into_iter().chain(if_none_match.err()).collect()))
        }
    };
    (precondition, reject_idempotency_key(request)).combine().map(|(if_match, ())| if_match)
}

/// The precondition of a change, if its headers can be parsed. Their errors are reported by
/// [`parse_upsert_precondition`] or [`parse_precondition`].
pub(super) fn parse_precondition_or_default(request: &HttpRequest) -> IfMatch {
    match (parse_if_none_match_header(request), parse_if_match_header(request)) {
        (Ok(true), Ok(None)) => IfMatch::Absent,
        (Ok(false), Ok(Some(if_match))) => if_match,
        _ => IfMatch::Unconditional,
    }
}

/// Parses the precondition of a change of what exists: `If-Match`.
///
/// # Errors
/// Returns an error if a header can't be parsed or is not supported. Such a
/// precondition must not be ignored. `If-None-Match: *` could never be met.
pub(super) fn parse_precondition(request: &HttpRequest) -> Result<IfMatch, Problem> {
    let if_none_match = join_header_lines(request, "If-None-Match").map(|value| {
        let reason = Reason::new(
            "is not supported for this operation, which creates nothing",
            "no such header",
            "Use If-Match with the ETag of the last response, or leave the header out.",
        );
        FieldError::new("If-None-Match", value, reason)
    });
    match (parse_if_match_header(request), if_none_match) {
        (Ok(found), None) => Ok(found.unwrap_or(IfMatch::Unconditional)),
        (if_match, error) => {
            Err(Problem::Headers(if_match.err().into_iter().chain(error).collect()))
        }
    }
}

/// Rejects an `Idempotency-Key`.
fn reject_idempotency_key(request: &HttpRequest) -> Result<(), Problem> {
    let error = unsupported_header_error(request, IDEMPOTENCY_KEY);
    error.map_or(Ok(()), |error| Err(Problem::Headers(vec![error])))
}

/// Parses `If-Match`, if it is present.
fn parse_if_match_header(request: &HttpRequest) -> Result<Option<IfMatch>, FieldError> {
    let Some(text) = join_header_lines(request, "If-Match") else { return Ok(None) };
    match parse_condition(&text) {
        Some(Condition::Any) => Ok(Some(IfMatch::Any)),
        Some(Condition::Tags(tags)) => {
            // A weak tag matches nothing (13.1.1: strong comparison).
            let strong = tags.iter().filter(|(is_weak, _)| !is_weak);
            Ok(Some(IfMatch::OneOf(strong.map(|(_, tag)| ETag::from_text(tag)).collect())))
        }
        None => {
            let reason = "must be * or a list of entity tags, such as \"v3\": send the ETag of the \
                          last response, with its quotes";
            Err(FieldError::new("If-Match", text, reason))
        }
    }
}

/// Whether the request has `If-None-Match: *`, which only creates.
fn parse_if_none_match_header(request: &HttpRequest) -> Result<bool, FieldError> {
    match join_header_lines(request, "If-None-Match") {
        None => Ok(false),
        Some(text) if text.trim() == "*" => Ok(true),
        Some(text) => {
            let reason = "must be * for a change: use If-Match with entity tags";
            Err(FieldError::new("If-None-Match", text, reason))
        }
    }
}

/// Joins all lines of a header as one list (RFC 9110, section 5.3).
fn join_header_lines(request: &HttpRequest, name: &str) -> Option<String> {
    let lines = request.headers().get_all(name);
    let lines = lines.map(|line| String::from_utf8_lossy(line.as_bytes())).collect::<Vec<_>>();
    (!lines.is_empty()).then(|| lines.join(", "))
}

/// Parses `*` or a list of entity tags (RFC 9110, sections 8.8.3 and 13.1.1).
fn parse_condition(text: &str) -> Option<Condition> {
    let mut rest = text.trim();
    if rest == "*" {
        return Some(Condition::Any);
    }
    let mut tags = Vec::new();
    while !rest.is_empty() {
        let (is_weak, quoted) = match rest.strip_prefix("W/") {
            Some(quoted) => (true, quoted),
            None => (false, rest),
        };
        let (tag, remainder) = quoted.strip_prefix('"')?.split_once('"')?;
        tags.push((is_weak, tag.to_owned()));
        let remainder = remainder.trim_start();
        rest = match remainder.strip_prefix(',') {
            Some(next) => next.trim_start_matches([' ', '\t', ',']),
            None if remainder.is_empty() => remainder,
            None => return None,
        };
    }
    (!tags.is_empty()).then_some(Condition::Tags(tags))
}

/// The error of a header that an operation does not support. The caller relies on the
/// header, so it must not be ignored.
fn unsupported_header_error(request: &HttpRequest, name: &'static str) -> Option<FieldError> {
    let value = join_header_lines(request, name)?;
    let reason = Reason::new(
        "is not supported for this operation",
        "no such header",
        "Leave the header out.",
    );
    Some(FieldError::new(name, value, reason))
}

/// The errors of preconditions that an operation does not support.
pub(super) fn precondition_errors(request: &HttpRequest) -> Vec<FieldError> {
    let preconditions = ["If-Match", "If-None-Match"];
    preconditions.into_iter().filter_map(|name| unsupported_header_error(request, name)).collect()
}

/// Rejects a request that has a precondition or an `Idempotency-Key`.
///
/// # Errors
/// Returns [`Problem::Headers`] if it has one.
pub(in crate::http) fn reject_conditions(request: &HttpRequest) -> Result<(), Problem> {
    let mut errors = precondition_errors(request);
    errors.extend(unsupported_header_error(request, IDEMPOTENCY_KEY));
    if errors.is_empty() { Ok(()) } else { Err(Problem::Headers(errors)) }
}

/// Whether the caller has the current state of a resource (`If-None-Match`).
pub(in crate::http) fn is_not_modified(request: &HttpRequest, tag: &ETag) -> bool {
    match join_header_lines(request, "If-None-Match").as_deref().and_then(parse_condition) {
        Some(Condition::Any) => true,
        Some(Condition::Tags(tags)) => tags.iter().any(|(_, seen)| seen == tag.as_str()),
        None => false,
    }
}

/// Builds the response with a resource, or 304 if the caller has its current state
/// (`If-None-Match`).
pub(super) fn entity_response(
    request: &HttpRequest,
    tag: &ETag,
    body: &impl Serialize,
) -> HttpResponse {
    let is_current = is_not_modified(request, tag);
    let tag = EntityTag::new_strong(tag.as_str().to_owned());
    let mut response =
        HttpResponse::build(if is_current { StatusCode::NOT_MODIFIED } else { StatusCode::OK });
    response.insert_header((ETAG, tag));
    // Only the caller may cache it, and must revalidate it.
    response.insert_header((CACHE_CONTROL, "private, no-cache"));
    if is_current { response.finish() } else { response.json(body) }
}

/// Builds the response to a change, with the updated resource.
pub(super) fn updated_response(tag: &ETag, body: &impl Serialize) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((ETAG, EntityTag::new_strong(tag.as_str().to_owned())))
        .json(body)
}

/// Builds the response to a creation, with the new resource and its location.
pub(super) fn created_response(tag: &ETag, location: &str, body: &impl Serialize) -> HttpResponse {
    HttpResponse::Created()
        .insert_header((ETAG, EntityTag::new_strong(tag.as_str().to_owned())))
        .insert_header((LOCATION, location))
        .json(body)
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    #[test]
    fn lines_of_a_precondition_are_one_list() {
        let request = TestRequest::default()
            .append_header(("If-Match", "\"v1\""))
            .append_header(("If-Match", "W/\"v2\" , \"a,b\""))
            .to_http_request();
        let tags = ["v1", "a,b"].map(ETag::from_text).to_vec();
        assert_eq!(parse_precondition(&request).unwrap(), IfMatch::OneOf(tags));
        for bad in ["", "v1", "\"v1\" \"v2\"", "\"v1", "*, \"v1\"", "w/\"v1\""] {
            let request = TestRequest::default().insert_header(("If-Match", bad)).to_http_request();
            assert!(parse_precondition(&request).is_err(), "{bad:?}");
        }
    }
}
