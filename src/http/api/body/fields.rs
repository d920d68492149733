//! Fields that can be left out of a body, or be null.

use deserr::{DeserializeError, Deserr, IntoValue, Value, ValuePointerRef};

use crate::domain::field_error::{FieldError, Reason};

/// A field that can be left out or set, but not cleared: null is an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(in crate::http::api) enum BodyField<T> {
    /// Left out: it stays as it is.
    #[default]
    Absent,
    /// What it shall be.
    Value(T),
}

/// A field of a merge patch (RFC 7396) that can be left out, cleared or set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(in crate::http::api) enum PatchField<T> {
    /// Left out: it stays as it is.
    #[default]
    Absent,
    /// null: the field is cleared.
    Null,
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

impl<T: Deserr<E>, E: DeserializeError> Deserr<E> for PatchField<T> {
    fn deserialize_from_value<V: IntoValue>(
        value: Value<V>,
        location: ValuePointerRef<'_>,
    ) -> Result<Self, E> {
        match value {
            Value::Null => Ok(Self::Null),
            value => T::deserialize_from_value(value, location).map(Self::Value),
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

impl<T> PatchField<T> {
    /// Sets the field to null. Returns whether it had a value.
    pub(in crate::http::api) fn clear(&mut self) -> bool {
        matches!(std::mem::replace(self, Self::Null), Self::Value(_))
    }

    /// Returns `None` if the field was left out, and `Some(None)` if it is null.
    pub(in crate::http::api) fn into_option(self) -> Option<Option<T>> {
        match self {
            Self::Absent => None,
            Self::Null => Some(None),
            Self::Value(value) => Some(Some(value)),
        }
    }
}
