//! Bodies with errors of two kinds: values that can't be read, and values that
//! break a rule. Both are reported at once, so the rules are checked for what is
//! left of a body that can't be read as a whole.

use std::future::{Future, ready};

use actix_web::web;
use deserr::Deserr;

use super::{
    body::{self, BodyErrors},
    parts::Part,
    readable_part::{ReadablePart, UnreadableFields},
};
use crate::{app, domain::field_error::FieldError, http::problem::Problem};

/// Parses JSON, and converts it by `convert`, which returns what breaks a rule.
/// If a value can't be read, the rules are checked for the rest of the body, so
/// that every error is reported at once.
///
/// The problem is [`Problem::Malformed`] if it is not JSON, or has every error.
pub(super) async fn parse<T, U>(
    bytes: &web::Bytes,
    convert: impl FnOnce(T, &UnreadableFields) -> (U, Vec<FieldError>),
) -> Part<U>
where
    T: Deserr<BodyErrors> + Send + 'static,
{
    parse_with(bytes, |body, unread| ready(Ok(convert(body, &unread)))).await
}

/// Like [`parse`], for a body without further rules.
pub(super) async fn parse_values<T>(bytes: &web::Bytes) -> Part<T>
where
    T: Deserr<BodyErrors> + Send + 'static,
{
    parse(bytes, |body, _| (body, Vec::new())).await
}

/// Like [`parse_values`], for a body that may not have been read.
pub(super) async fn read_values<T>(bytes: Result<web::Bytes, Problem>) -> Part<T>
where
    T: Deserr<BodyErrors> + Send + 'static,
{
    match bytes {
        Ok(bytes) => parse_values(&bytes).await,
        Err(problem) => Part::Unusable(problem),
    }
}

/// Like [`parse`], if the rules need the database.
pub(super) async fn parse_with<T, U, F>(
    bytes: &web::Bytes,
    convert: impl FnOnce(T, UnreadableFields) -> F,
) -> Part<U>
where
    T: Deserr<BodyErrors> + Send + 'static,
    F: Future<Output = Result<(U, Vec<FieldError>), Problem>>,
{
    let mut errors = match body::parse_off_thread::<T>(bytes).await {
        Ok(body) => {
            return match convert(body, UnreadableFields::default()).await {
                Ok((value, errors)) if errors.is_empty() => Part::Usable(value),
                Ok((value, errors)) => {
                    let rest = ReadablePart::without_fields(&errors);
                    Part::Partial { value, problem: app::Error::Invalid(errors).into(), rest }
                }
                Err(problem) => Part::Unusable(problem),
            };
        }
        Err(Problem::Body(errors)) => errors,
        Err(problem) => return Part::Unusable(problem),
    };
    let body = serde_json::from_slice(bytes).unwrap_or_default();
    let Some((body, mut rest)) = ReadablePart::parse(body, &errors) else {
        return Part::Unusable(Problem::Body(errors));
    };
    match convert(body, rest.unread.clone()).await {
        Ok((value, more)) => {
            let more: Vec<_> = rest.rule_errors(more).collect();
            rest.unread.extend(&more);
            errors.extend(more);
            Part::Partial { value, problem: Problem::Body(errors), rest }
        }
        Err(problem) => Part::Unusable(problem),
    }
}
