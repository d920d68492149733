//! The errors of a body, each with its place.

use std::ops::ControlFlow;

use deserr::{
    DeserializeError, ErrorKind, IntoValue, MergeWithError, Value, ValueKind, ValuePointerRef,
};

use crate::{
    domain::field_error::{FieldError, Reason},
    http::problem::details::{MAX_ERRORS, ProblemError},
};

/// All errors of a body.
#[derive(Debug)]
pub(in crate::http::api) struct BodyErrors(pub(super) Vec<ProblemError>);

impl BodyErrors {
    /// Appends these errors to others.
    pub(in crate::http::api) fn append_to(self, others: Option<Self>) -> Self {
        match Self::merge(others, self, ValuePointerRef::Origin) {
            ControlFlow::Continue(errors) | ControlFlow::Break(errors) => errors,
        }
    }

    /// These errors in the order of the fields of the object at a place.
    pub(in crate::http::api) fn in_order(
        mut self,
        fields: &[String],
        location: ValuePointerRef<'_>,
    ) -> Self {
        let object = to_pointer(location);
        let order = |error: &ProblemError| {
            let below = error.pointer.as_deref()?.strip_prefix(&object)?.strip_prefix('/')?;
            let name = below.split('/').next()?;
            fields.iter().position(|field| escape_pointer(field) == name)
        };
        self.0.sort_by_key(|error| order(error).unwrap_or(usize::MAX));
        self
    }

    /// The errors of a field of the body.
    pub(in crate::http::api) fn from_field_errors(errors: &[FieldError]) -> Self {
        Self(errors.iter().map(ProblemError::in_body).collect())
    }

    /// Returns the errors.
    pub(in crate::http::api) fn into_errors(self) -> Vec<ProblemError> {
        self.0
    }
}

impl MergeWithError<Self> for BodyErrors {
    fn merge(self_: Option<Self>, other: Self, _: ValuePointerRef<'_>) -> ControlFlow<Self, Self> {
        let mut errors = self_.map(|errors| errors.0).unwrap_or_default();
        errors.extend(other.0);
        // One more than the response lists, so that it can say that there are more.
        if errors.len() > MAX_ERRORS {
            errors.truncate(MAX_ERRORS + 1);
            return ControlFlow::Break(Self(errors));
        }
        ControlFlow::Continue(Self(errors))
    }
}

impl DeserializeError for BodyErrors {
    fn error<V: IntoValue>(
        self_: Option<Self>,
        error: ErrorKind<'_, V>,
        location: ValuePointerRef<'_>,
    ) -> ControlFlow<Self, Self> {
        let new_errors = match error {
            ErrorKind::IncorrectValueKind { actual, accepted } => {
                Self::from_value(actual, Reason::must_be(join_kinds(accepted)), location)
            }
            ErrorKind::MissingField { field } => {
                let reason = Reason::required("a value", "Add the field.");
                Self::at_location(location.push_key(field), "", reason)
            }
            ErrorKind::UnknownKey { key, accepted } => unknown_key_error(key, accepted, location),
            ErrorKind::UnknownValue { value, accepted } => {
                unknown_name_error(value, true, accepted, location)
            }
            ErrorKind::BadSequenceLen { expected, .. } => {
                Self::at_location(location, "", format!("must have {expected} elements"))
            }
            // The text is the library's own.
            ErrorKind::Unexpected { msg: _ } => {
                Self::at_location(location, "", Reason::must_be("a value that the contract allows"))
            }
        };
        Self::merge(self_, new_errors, location)
    }
}

impl BodyErrors {
    /// The error of the value at a place.
    pub(in crate::http::api) fn at_location(
        location: ValuePointerRef<'_>,
        value: impl Into<String>,
        reason: impl Into<Reason>,
    ) -> Self {
        let pointer = to_pointer(location);
        let field = pointer.strip_prefix('/').unwrap_or_default().to_owned();
        let error = ProblemError::in_body(&FieldError::new(field, value, reason));
        // The pointer to a field without a name is not that to the whole body.
        Self(vec![ProblemError { pointer: Some(pointer), ..error }])
    }

    /// The error of a value. The remedy of null says what to send instead.
    pub(in crate::http::api) fn from_value<V: IntoValue>(
        value: Value<V>,
        reason: impl Into<Reason>,
        location: ValuePointerRef<'_>,
    ) -> Self {
        let reason = reason.into();
        let reason = if matches!(value, Value::Null) { reason.instead_of_null() } else { reason };
        Self::at_location(location, text_of(value), reason)
    }
}

/// The error of a value that is not one of the allowed words.
fn unknown_name_error(
    value: &str,
    is_text: bool,
    words: &[&str],
    location: ValuePointerRef<'_>,
) -> BodyErrors {
    let reason = Reason::must_be(format!("one of {}", words.join(", ")));
    let is_null = !is_text && value == "null";
    BodyErrors::at_location(
        location,
        value,
        if is_null { reason.instead_of_null() } else { reason },
    )
}

/// Reads a string that is one of some names, each with its value.
pub(in crate::http::api) fn read_name<V: IntoValue, T>(
    value: Value<V>,
    location: ValuePointerRef<'_>,
    names: impl Iterator<Item = (&'static str, T)>,
) -> Result<T, BodyErrors> {
    let is_text = matches!(value, Value::String(_));
    let text = text_of(value);
    let (names, mut values): (Vec<_>, Vec<_>) = names.unzip();
    match names.iter().position(|name| is_text && *name == text) {
        Some(index) => Ok(values.swap_remove(index)),
        None => Err(unknown_name_error(&text, is_text, &names, location)),
    }
}

/// The error of an unknown field.
fn unknown_key_error(key: &str, accepted: &[&str], location: ValuePointerRef<'_>) -> BodyErrors {
    BodyErrors::at_location(location.push_key(key), "", Reason::unknown_field(key, accepted))
}

/// Converts a value to text, for parsing or for an error entry.
pub(in crate::http::api) fn text_of<V: IntoValue>(value: Value<V>) -> String {
    match value {
        Value::Null => "null".into(),
        Value::Boolean(value) => value.to_string(),
        Value::Integer(value) => value.to_string(),
        Value::NegativeInteger(value) => value.to_string(),
        Value::Float(value) => value.to_string(),
        Value::String(value) => value,
        Value::Sequence(_) => "an array".into(),
        Value::Map(_) => "an object".into(),
    }
}

fn join_kinds(accepted: &[ValueKind]) -> String {
    let mut names = accepted
        .iter()
        .map(|kind| match kind {
            ValueKind::Null => "null",
            ValueKind::Boolean => "true or false",
            ValueKind::Integer | ValueKind::NegativeInteger => "an integer",
            ValueKind::Float => "a number",
            ValueKind::String => "a string",
            ValueKind::Sequence => "an array",
            ValueKind::Map => "an object",
        })
        .collect::<Vec<_>>();
    names.dedup();
    names.join(" or ")
}

/// Formats a place in a body as a JSON pointer (RFC 6901).
fn to_pointer(location: ValuePointerRef<'_>) -> String {
    match location {
        ValuePointerRef::Origin => String::new(),
        ValuePointerRef::Key { key, prev } => {
            format!("{}/{}", to_pointer(*prev), escape_pointer(key))
        }
        ValuePointerRef::Index { index, prev } => format!("{}/{index}", to_pointer(*prev)),
    }
}

/// Escapes the name of a field for a JSON pointer.
pub(in crate::http::api) fn escape_pointer(key: &str) -> String {
    key.replace('~', "~0").replace('/', "~1")
}

/// The error of a field that a request can't have. If responses have the field, the
/// error says that it is read-only.
pub(in crate::http::api) fn unknown_field_error(
    read_only: &[&str],
    key: &str,
    accepted: &[&str],
    location: ValuePointerRef<'_>,
) -> BodyErrors {
    if read_only.contains(&key) {
        return BodyErrors::at_location(location.push_key(key), "", Reason::read_only());
    }
    unknown_key_error(key, accepted, location)
}
