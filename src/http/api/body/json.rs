//! JSON, read as what a handler wants.

use actix_web::web;
use deserr::Deserr;

use super::errors::BodyErrors;
use crate::{
    domain::field_error::FieldError,
    http::problem::{Problem, details::ProblemError},
    scim::json,
};

/// The maximum number of values of a body. Each takes a multiple of its bytes in memory.
const MAX_VALUES: usize = 100_000;

/// Whether a JSON text has more values than the limit. Counts separators outside of
/// strings.
pub(in crate::http) fn has_too_many_values(bytes: &[u8], limit: usize) -> bool {
    let (mut count, mut in_text, mut escaped) = (0, false, false);
    for byte in bytes {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_text => escaped = true,
            b'"' => in_text = !in_text,
            b',' | b'[' | b'{' if !in_text => count += 1,
            _ => {}
        }
    }
    count > limit
}

/// Parses JSON as the body type of a handler.
///
/// # Errors
/// Returns [`Problem::Malformed`] if the text is not JSON, and [`Problem::Body`] with
/// every error of its values.
pub(in crate::http::api) fn parse<T: Deserr<BodyErrors>>(bytes: &[u8]) -> Result<T, Problem> {
    if has_too_many_values(bytes, MAX_VALUES) {
        let reason = format!("must have at most {MAX_VALUES} values: send several requests");
        return Err(Problem::Body(vec![ProblemError::in_body(&FieldError::new("", "", reason))]));
    }
    let value = json::parse(bytes).map_err(Problem::Malformed)?;
    deserr::deserialize(value).map_err(|BodyErrors(errors)| Problem::Body(errors))
}

/// The maximum number of bytes that are parsed on a thread that accepts requests.
const MAX_INLINE_PARSE_BYTES: usize = 64 * 1024;

/// Like [`parse`], but parses a long body on the blocking pool.
///
/// # Errors
/// Those of [`parse`].
pub(in crate::http::api) async fn parse_off_thread<T>(bytes: &web::Bytes) -> Result<T, Problem>
where
    T: Deserr<BodyErrors> + Send + 'static,
{
    if bytes.len() <= MAX_INLINE_PARSE_BYTES {
        return parse(bytes);
    }
    let bytes = bytes.clone();
    web::block(move || parse(&bytes)).await.map_err(|_| Problem::Cancelled)?
}
