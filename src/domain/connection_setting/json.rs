//! Reads single values of JSON, and names their errors.

use serde_json::Value as Json;

use crate::domain::{
    field_error::{FieldError, Reason},
    field_format::FieldFormatError,
};

/// Parses a text as a type. A value that is not a text gets the error of the type, if
/// it has one.
pub(super) fn parse_text<T, U>(value: &Json, convert: impl FnOnce(T) -> U) -> Result<U, Reason>
where
    T: std::str::FromStr<Err = FieldFormatError>,
{
    match to_text(value).parse() {
        Ok(parsed) if value.is_string() => Ok(convert(parsed)),
        Ok(_) => Err(Reason::must_be("a string")),
        Err(error) => Err(error.into()),
    }
}

/// Collects all values, or all errors.
pub(super) fn collect_all<T, C: FromIterator<T>>(
    parsed: impl Iterator<Item = Result<T, FieldError>>,
) -> Result<C, Vec<FieldError>> {
    let mut errors = Vec::new();
    let values = parsed.filter_map(|result| result.map_err(|error| errors.push(error)).ok());
    let values = values.collect();
    if errors.is_empty() { Ok(values) } else { Err(errors) }
}

pub(super) fn invalid_value(field: String, value: &Json, reason: Reason) -> FieldError {
    let reason = if value.is_null() { reason.instead_of_null() } else { reason };
    FieldError::new(field, to_text(value), reason)
}

/// The text of a value, for parsing or for an error.
pub(super) fn to_text(value: &Json) -> String {
    match value {
        Json::String(text) => text.clone(),
        Json::Array(_) => "an array".into(),
        Json::Object(_) => "an object".into(),
        other => other.to_string(),
    }
}
