//! Bodies with errors of two kinds: values that can't be read, and values that
//! break a rule. Both are reported at once, so the rules are checked for what is
//! left of a body that can't be read as a whole.

use std::future::{Future, ready};

use actix_web::web;
use deserr::Deserr;
use serde_json::{Value, json};

use super::body::{self, BodyErrors};
use crate::{
    app,
    domain::{field_error::FieldError, user_patch::UNNAMED_TEAM},
    http::problem::{
        Problem,
        details::{MAX_ERRORS, ProblemError},
    },
};

/// The JSON pointers of the values that can't be read. Empty for a body that can
/// be read as a whole.
#[derive(Debug, Clone, Default)]
pub(super) struct UnreadableFields(Vec<String>);

impl UnreadableFields {
    /// Whether a field of the body, or a part of it, can't be read.
    pub(super) fn contains(&self, field: &str) -> bool {
        let field = format!("/{field}");
        self.0.iter().any(|unread| is_within(unread, &field))
    }

    /// Whether an error is about a value that can't be read, or about its absence.
    fn covers(&self, error: &ProblemError) -> bool {
        let pointer = error.pointer.as_deref().unwrap_or_default();
        // A team whose ID or name can't be read is not without one.
        let names = [format!("{pointer}/id"), format!("{pointer}/name")];
        let is_unnamed = error.detail == UNNAMED_TEAM;
        self.0
            .iter()
            .any(|unread| is_within(pointer, unread) || is_unnamed && names.contains(unread))
    }
}

/// Parses JSON, and converts it by `convert`, which returns what breaks a rule.
/// If a value can't be read, the rules are checked for the rest of the body, so
/// that every error is reported at once.
///
/// # Errors
/// [`Problem::Malformed`] if it is not JSON; [`Problem::Body`] with every error.
pub(super) async fn parse<T, U>(
    bytes: &web::Bytes,
    convert: impl FnOnce(T, &UnreadableFields) -> (U, Vec<FieldError>),
) -> Result<U, Problem>
where
    T: Deserr<BodyErrors> + Send + 'static,
{
    parse_with(bytes, |body, unread| ready(Ok(convert(body, &unread)))).await
}

/// Like [`parse`], if the rules need the database.
///
/// # Errors
/// Those of [`parse`] and of `convert`.
pub(super) async fn parse_with<T, U, F>(
    bytes: &web::Bytes,
    convert: impl FnOnce(T, UnreadableFields) -> F,
) -> Result<U, Problem>
where
    T: Deserr<BodyErrors> + Send + 'static,
    F: Future<Output = Result<(U, Vec<FieldError>), Problem>>,
{
    let mut errors = match body::parse_off_thread::<T>(bytes).await {
        Ok(body) => match convert(body, UnreadableFields::default()).await? {
            (value, errors) if errors.is_empty() => return Ok(value),
            (_, errors) => return Err(app::Error::Invalid(errors).into()),
        },
        Err(Problem::Body(errors)) => errors,
        Err(problem) => return Err(problem),
    };
    let body = serde_json::from_slice(bytes).unwrap_or_default();
    if let Some((body, rest)) = ReadablePart::parse(body, &errors) {
        let (_, more) = convert(body, rest.unread.clone()).await?;
        errors.extend(rest.rule_errors(more));
    }
    Err(Problem::Body(errors))
}

/// Like [`parse`], for a part of a body.
///
/// # Errors
/// Every error.
pub(super) fn parse_part<T: Deserr<BodyErrors>, U>(
    value: &Value,
    convert: impl FnOnce(T) -> (U, Vec<FieldError>),
) -> Result<U, Vec<ProblemError>> {
    let mut errors = match deserr::deserialize::<T, _, BodyErrors>(value.clone()) {
        Ok(body) => match convert(body) {
            (value, errors) if errors.is_empty() => return Ok(value),
            (_, errors) => return Err(errors.iter().map(ProblemError::in_body).collect()),
        },
        Err(errors) => errors.into_errors(),
    };
    if let Some((body, rest)) = ReadablePart::parse(value.clone(), &errors) {
        let (_, more) = convert(body);
        errors.extend(rest.rule_errors(more));
    }
    Err(errors)
}

/// What was left out of a body so that the rest can be read.
struct ReadablePart {
    unread: UnreadableFields,
    /// The elements that were removed from their lists, one after the other: the
    /// list, and the index at that moment.
    removed: Vec<(String, usize)>,
}

impl ReadablePart {
    /// Parses a body without the values that can't be read. `None` if it has more
    /// errors than are reported, or if nothing can be left out.
    fn parse<T: Deserr<BodyErrors>>(mut body: Value, errors: &[ProblemError]) -> Option<(T, Self)> {
        if errors.len() > MAX_ERRORS {
            return None;
        }
        let pointers: Vec<_> = errors.iter().filter_map(|error| error.pointer.clone()).collect();
        let mut rest = Self { unread: UnreadableFields(pointers.clone()), removed: Vec::new() };
        let mut unread = pointers;
        loop {
            let before = body.clone();
            // From the last to the first: the elements before keep their places.
            unread.iter().rev().for_each(|pointer| rest.remove(&mut body, pointer));
            if body == before {
                return None;
            }
            unread = match deserr::deserialize::<T, _, BodyErrors>(body.clone()) {
                Ok(body) => return Some((body, rest)),
                Err(errors) => {
                    errors.into_errors().into_iter().filter_map(|it| it.pointer).collect()
                }
            };
        }
    }

    /// Removes the field at a JSON pointer, or the nearest one that it is in. An
    /// element of a list becomes an empty object first, which may be readable.
    fn remove(&mut self, body: &mut Value, pointer: &str) {
        let Some((parent, key)) = pointer.rsplit_once('/') else { return };
        let key = key.replace("~1", "/").replace("~0", "~");
        match body.pointer_mut(parent) {
            Some(Value::Object(fields)) if fields.contains_key(&key) => drop(fields.remove(&key)),
            Some(Value::Array(elements)) => {
                let index = key.parse().ok().filter(|index| *index < elements.len());
                match index.map(|index| (index, elements.get_mut(index))) {
                    Some((_, Some(element))) if *element != json!({}) => *element = json!({}),
                    Some((index, Some(_))) => {
                        elements.remove(index);
                        self.removed.push((parent.trim_start_matches('/').to_owned(), index));
                    }
                    _ => self.remove(body, parent),
                }
            }
            _ => self.remove(body, parent),
        }
    }

    /// The broken rules of the rest, each at its place in the whole body.
    fn rule_errors(&self, errors: Vec<FieldError>) -> impl Iterator<Item = ProblemError> {
        let errors = errors.into_iter().map(|mut error| {
            error.field = self.original_place(&error.field).into();
            ProblemError::in_body(&error)
        });
        errors.filter(|error| !self.unread.covers(error))
    }

    /// The place in the whole body of a place in the rest.
    fn original_place(&self, field: &str) -> String {
        self.removed.iter().rev().fold(field.to_owned(), |field, (list, removed)| {
            let below = field.strip_prefix(list.as_str()).and_then(|rest| rest.strip_prefix('/'));
            let Some(below) = below else { return field };
            let (index, rest) = below.split_at(below.find('/').unwrap_or(below.len()));
            match index.parse::<usize>() {
                Ok(index) if index >= *removed => format!("{list}/{}{rest}", index + 1),
                _ => field,
            }
        })
    }
}

/// Whether a pointer is equal to another one, or below it.
fn is_within(pointer: &str, ancestor: &str) -> bool {
    pointer.strip_prefix(ancestor).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Deserr)]
    #[deserr(error = BodyErrors)]
    struct Numbers {
        numbers: Vec<u8>,
    }

    fn check_numbers(body: Numbers) -> ((), Vec<FieldError>) {
        let numbers = body.numbers.into_iter().enumerate().filter(|(_, number)| *number > 9);
        let error = |(pointer, number): (usize, u8)| {
            FieldError::new(format!("numbers/{pointer}"), number.to_string(), "must be below 10")
        };
        ((), numbers.map(error).collect())
    }

    #[test]
    fn broken_rules_are_reported_at_their_places_in_the_whole_body() {
        let body = json!({"numbers": ["a", 1, 20, {"b": 2}, 30, -1, 3]});
        let errors = parse_part(&body, check_numbers).unwrap_err();
        let places: Vec<_> = errors.iter().filter_map(|error| error.pointer.as_deref()).collect();
        assert_eq!(places, ["/numbers/0", "/numbers/3", "/numbers/5", "/numbers/2", "/numbers/4"]);
    }
}
