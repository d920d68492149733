//! External IDs of users and teams (`externalId`; RFC 7643, section 3.1).

use super::{
    field_error::FieldError,
    text::{MAX_CHARS, TextError, check_visible},
};

/// Parses an external ID. It is compared exactly, and therefore not trimmed. An empty text is
/// not an external ID.
///
/// # Errors
/// If it is too long, or contains control characters or invisible ones.
pub fn parse(input: Option<&str>) -> Result<Option<&str>, FieldError> {
    let Some(text) = input.filter(|text| !text.is_empty()) else { return Ok(None) };
    let length = match text.chars().nth(MAX_CHARS) {
        Some(_) => Err(TextError::TooLong),
        None => Ok(()),
    };
    let checked = length.and_then(|()| check_visible(text));
    checked.map_err(|reason| FieldError::new("externalId", text, reason))?;
    Ok(Some(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn name_is_stored_unchanged_within_its_bounds() {
        let (longest, long) = ("é".repeat(MAX_CHARS), "é".repeat(MAX_CHARS + 1));
        for (input, desired) in [
            (None, Ok(None)),
            (Some(""), Ok(None)),
            (Some(" 00u1 "), Ok(Some(" 00u1 "))),
            (Some(longest.as_str()), Ok(Some(longest.as_str()))),
            (Some(long.as_str()), Err("externalId")),
            (Some("a\0b"), Err("externalId")),
            (Some("a\u{200b}b"), Err("externalId")),
            (Some("a\u{202e}b"), Err("externalId")),
            (Some("a\u{2028}b"), Err("externalId")),
            (Some("a\u{ad}b"), Err("externalId")),
        ] {
            let read = parse(input).map_err(|error| error.field.into_owned());
            assert_eq!(read, desired.map_err(str::to_owned), "{input:?}");
        }
    }
}
