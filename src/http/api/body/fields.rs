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
    /// The new value.
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

/// The error of `clear` in a request that has nothing to clear.
pub(in crate::http::api) fn unsupported_clear<T>(clear: &BodyField<T>) -> Option<FieldError> {
    let error = |_| {
        let reason = Reason::new(
            "is not supported in this request",
            "no value",
            "Leave the fields out instead.",
        );
        FieldError::new("clear", "", reason)
    };
    clear.as_option().map(error)
}

/// Clears each field of `clear`. `clear_field` returns the name of the field, and
/// whether it was set. Returns the errors of fields that are set as well.
pub(in crate::http::api) fn clear_fields<T>(
    clear: BodyField<Vec<T>>,
    mut clear_field: impl FnMut(T) -> (&'static str, bool),
) -> Vec<FieldError> {
    let fields = clear.into_option().unwrap_or_default().into_iter().enumerate();
    let errors = fields.filter_map(|(index, field)| {
        let (name, was_set) = clear_field(field);
        was_set.then(|| set_and_cleared_error(index, name))
    });
    errors.collect()
}

/// The error of a field that is set and cleared in one request.
fn set_and_cleared_error(index: usize, field: &'static str) -> FieldError {
    let reason = Reason::new(
        "is set in the same request",
        "a field that the request does not set",
        "Set the field or clear it.",
    );
    FieldError::new(format!("clear/{index}"), field, reason)
}
