//! Bodies with faults of two kinds: what can't be read, and what breaks a rule.
//! Whoever has made both is told both at once, so the rules are held against
//! what is left of a body that can't be read as a whole.

use std::future::Future;

use actix_web::web;
use deserr::Deserr;
use serde_json::Value;

use super::body::{self, Faults};
use crate::{
    domain::field_error::FieldError,
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
