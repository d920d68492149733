//! Bodies with faults of two kinds: what can't be read, and what breaks a rule.
//! Whoever has made both is told both at once, so the rules are held against
//! what is left of a body that can't be read as a whole.

use std::future::Future;

use actix_web::web;
use deserr::Deserr;
use serde_json::Value;

use super::body::{self, Faults};
use crate::{
    app,
    domain::{field_error::FieldError, user_patch::UNNAMED_TEAM},
    http::problem::{
        Problem,
        details::{MAX_FAULTS, ProblemError},
    },
};

/// What is left of a body that can't be read as a whole.
#[derive(Debug, Clone)]
pub(super) struct PartialBody {
    body: Value,
    /// The places of what can't be read: JSON pointers.
    unread: Vec<String>,
}

/// Reads JSON as what a handler wants. If it can't, `rules` says what else is
/// wrong with the rest. That comes behind what can't be read; of a value that
/// can't be read, nothing more is told.
///
/// # Errors
/// [`Problem::Malformed`] if it is no JSON, [`Problem::Body`] with every fault;
/// those of `rules`.
pub(super) async fn read<T, R>(
    bytes: &web::Bytes,
    rules: impl FnOnce(PartialBody) -> R,
) -> Result<T, Problem>
where
    T: Deserr<Faults> + Send + 'static,
    R: Future<Output = Result<Vec<FieldError>, Problem>>,
{
    let mut message = match body::read_apart(bytes).await {
        Err(Problem::Body(message)) => message,
        read => return read,
    };
    // Of what has more faults than are told, or values than are read, no more
    // is looked at.
    if message.len() > MAX_FAULTS
        || message.iter().any(|fault| fault.pointer.as_deref() == Some(""))
    {
        return Err(Problem::Body(message));
    }
    let body = serde_json::from_slice(bytes).unwrap_or_default();
    let unread: Vec<_> = message.iter().filter_map(|fault| fault.pointer.clone()).collect();
    let rest = PartialBody { body, unread: unread.clone() };
    let more = rules(rest).await?;
    let more = more.iter().map(ProblemError::in_body);
    message.extend(more.filter(|fault| {
        let place = fault.pointer.as_deref().unwrap_or_default();
        !unread.iter().any(|unread| is_in(place, unread))
    }));
    Err(Problem::Body(message))
}

/// Parses JSON, and converts it by `convert`, which returns what breaks a rule.
/// If a value can't be read, the rules are checked for the rest of the body, so
/// that every error is reported at once.
///
/// # Errors
/// [`Problem::Malformed`] if it is not JSON; [`Problem::Body`] with every error.
pub(super) async fn parse<T, U>(
    bytes: &web::Bytes,
    convert: impl Fn(T) -> (U, Vec<FieldError>),
) -> Result<U, Problem>
where
    T: Deserr<Faults> + Send + 'static,
{
    let errors = match body::read_apart::<T>(bytes).await {
        Ok(body) => match convert(body) {
            (value, errors) if errors.is_empty() => return Ok(value),
            (_, errors) => return Err(app::Error::Invalid(errors).into()),
        },
        Err(Problem::Body(errors)) => errors,
        Err(problem) => return Err(problem),
    };
    let body = serde_json::from_slice(bytes).unwrap_or_default();
    Err(Problem::Body(with_rules(errors, &body, convert)))
}

/// Like [`parse`], for a part of a body.
///
/// # Errors
/// Every error.
pub(super) fn parse_value<T: Deserr<Faults>, U>(
    value: &Value,
    convert: impl Fn(T) -> (U, Vec<FieldError>),
) -> Result<U, Vec<ProblemError>> {
    let errors = match deserr::deserialize::<T, _, Faults>(value.clone()) {
        Ok(body) => match convert(body) {
            (value, errors) if errors.is_empty() => return Ok(value),
            (_, errors) => return Err(errors.iter().map(ProblemError::in_body).collect()),
        },
        Err(faults) => faults.into_errors(),
    };
    Err(with_rules(errors, value, convert))
}

/// Adds what breaks a rule in the readable part of a body.
fn with_rules<T: Deserr<Faults>, U>(
    mut errors: Vec<ProblemError>,
    body: &Value,
    convert: impl Fn(T) -> (U, Vec<FieldError>),
) -> Vec<ProblemError> {
    let unread: Vec<_> = errors.iter().filter_map(|error| error.pointer.clone()).collect();
    if errors.len() <= MAX_FAULTS
        && let Some(rest) = readable_part::<T>(body, &unread)
    {
        let more = convert(rest).1;
        errors.extend(more.iter().map(ProblemError::in_body).filter(|error| {
            let place = error.pointer.as_deref().unwrap_or_default();
            // A team whose ID or name can't be read is not without one.
            let names = [format!("{place}/id"), format!("{place}/name")];
            let is_named = error.detail == UNNAMED_TEAM;
            !unread.iter().any(|unread| is_in(place, unread) || is_named && names.contains(unread))
        }));
    }
    errors
}

/// The body without the values that can't be read. If a value that was left out
/// is needed, what it is a part of is left out as well.
fn readable_part<T: Deserr<Faults>>(body: &Value, unread: &[String]) -> Option<T> {
    let (mut body, mut unread) = (body.clone(), unread.to_vec());
    loop {
        let before = body.clone();
        unread.iter().for_each(|pointer| remove(&mut body, pointer));
        if body == before {
            return None;
        }
        unread = match deserr::deserialize::<T, _, Faults>(body.clone()) {
            Ok(body) => return Some(body),
            Err(faults) => faults.into_errors().into_iter().filter_map(|it| it.pointer).collect(),
        };
    }
}

/// Removes the field at a JSON pointer, or the nearest one that it is in. An
/// element of a list becomes an empty object first.
fn remove(body: &mut Value, pointer: &str) {
    let Some((parent, key)) = pointer.rsplit_once('/') else { return };
    let key = key.replace("~1", "/").replace("~0", "~");
    match body.pointer_mut(parent) {
        Some(Value::Object(fields)) if fields.contains_key(&key) => drop(fields.remove(&key)),
        // The elements behind it keep their places.
        Some(Value::Array(elements)) => {
            match key.parse().ok().and_then(|at: usize| elements.get_mut(at)) {
                Some(element) if *element != serde_json::json!({}) => {
                    *element = serde_json::json!({})
                }
                _ => remove(body, parent),
            }
        }
        _ => remove(body, parent),
    }
}

/// Whether a place is another, or in it.
fn is_in(place: &str, other: &str) -> bool {
    place.strip_prefix(other).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

impl PartialBody {
    /// A text as it was written, whatever is wrong with it. What is no text is
    /// written as JSON, which no rule takes for a value. `None`: it was left
    /// out, or is null.
    pub(super) fn text(&self, pointer: &str) -> Option<String> {
        match self.body.pointer(pointer)? {
            Value::Null => None,
            Value::String(text) => Some(text.clone()),
            other => Some(other.to_string()),
        }
    }

    /// The value at a place.
    pub(super) fn value(&self, pointer: &str) -> Option<&Value> {
        self.body.pointer(pointer)
    }

    /// Whether a field of the body, or something in it, can't be read.
    pub(super) fn lacks(&self, field: &str) -> bool {
        let field = format!("/{field}");
        self.unread.iter().any(|unread| is_in(unread, &field))
    }

    /// The fields of the body that can be read from end to end.
    pub(super) fn whole_fields<T: Deserr<Faults>>(&self) -> Option<T> {
        let Value::Object(mut fields) = self.body.clone() else { return None };
        fields.retain(|field, _| !self.lacks(&body::escaped(field)));
        deserr::deserialize(Value::Object(fields)).ok()
    }
}
