//! Texts that the domain parses.

use std::str::FromStr;

use deserr::{Deserr, IntoValue, Value, ValuePointerRef};

use super::errors::{BodyErrors, text_of};
use crate::domain::field_error::Reason;

/// A value that the domain parses from a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::http::api) struct ParsedText<T>(pub(in crate::http::api) T);

impl<T: FromStr<Err: Into<Reason>>> Deserr<BodyErrors> for ParsedText<T> {
    fn deserialize_from_value<V: IntoValue>(
        value: Value<V>,
        location: ValuePointerRef<'_>,
    ) -> Result<Self, BodyErrors> {
        let (is_text, is_null) = match &value {
            Value::String(_) => (true, false),
            Value::Null => (false, true),
            _ => (false, false),
        };
        // A value that is not a text is rejected with the error of the type, if any.
        let text = text_of(value);
        let reason = match text.parse() {
            Ok(value) if is_text => return Ok(Self(value)),
            Ok(_) => Reason::must_be("a string"),
            Err(error) => T::Err::into(error),
        };
        let reason = if is_null { reason.instead_of_null() } else { reason };
        Err(BodyErrors::at_location(location, text, reason))
    }
}
