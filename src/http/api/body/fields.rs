//! Fields that can be left out of a body, or be null.

use deserr::{DeserializeError, Deserr, IntoValue, Value, ValuePointerRef};

use crate::domain::{
    field_error::{FieldError, Reason},
    field_patch::FieldPatch,
};

/// A field that can be left out or set, but not cleared: null is an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(in crate::http::api) enum BodyField<T> {
    /// Left out: it stays as it is.
    #[default]
    Absent,
    /// What it shall be.
    Value(T),
}

impl<T: Deserr<E>, E: DeserializeError> Deserr<E> for BodyField<T> {
    fn deserialize_from_value<V: IntoValue>(
        value: Value<V>,
        location: ValuePointerRef<'_>,
    ) -> Result<Self, E> {
        T::deserialize_from_value(value, location).map(Self::Value)
    }
}

/// A field of a merge patch (RFC 7396): null clears it.
impl<T: Deserr<E>, E: DeserializeError> Deserr<E> for FieldPatch<T> {
    fn deserialize_from_value<V: IntoValue>(
        value: Value<V>,
        location: ValuePointerRef<'_>,
    ) -> Result<Self, E> {
        match value {
            Value::Null => Ok(Self::Clear),
            value => T::deserialize_from_value(value, location).map(Self::Set),
        }
    }
}

impl<T> BodyField<T> {
    /// Borrows the value, if there is one.
    pub(in crate::http::api) fn as_option(&self) -> Option<&T> {
        match self {
            Self::Absent => None,
            Self::Value(value) => Some(value),
        }
    }

    /// The value, if there is one.
    pub(in crate::http::api) fn into_option(self) -> Option<T> {
        match self {
            Self::Absent => None,
            Self::Value(value) => Some(value),
        }
    }
}

/// The error of a field that a request must have.
pub(in crate::http::api) fn missing(field: &'static str) -> FieldError {
    FieldError::new(field, "", Reason::required("a value", "Add the field."))
}

/// The error of a field that is set and cleared in one request.
pub(in crate::http::api) fn set_and_cleared_error(place: usize, field: &'static str) -> FieldError {
    let reason = Reason::new(
        "is set in the same request",
        "a field that the request does not set",
        "Set the field or clear it.",
    );
    FieldError::new(format!("clear/{place}"), field, reason)
}
