//! External IDs of users and teams (`externalId`; RFC 7643, section 3.1).

use super::{field_error::FieldError, text::MAX_CHARS};

/// Parses an external ID. It is compared exactly, and therefore not trimmed. An empty
/// text is no external ID.
///
/// # Errors
/// If it is too long or contains control characters.
pub fn parse(input: Option<&str>) -> Result<Option<&str>, FieldError> {
    let Some(text) = input.filter(|text| !text.is_empty()) else { return Ok(None) };
    if text.chars().any(char::is_control) || text.chars().count() > MAX_CHARS {
        let reason =
            format!("must have at most {MAX_CHARS} characters, none of them a control character");
        return Err(FieldError::new("externalId", text, reason));
    }
    Ok(Some(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_kept_to_the_letter_within_its_bounds() {
        let (longest, long) = ("é".repeat(MAX_CHARS), "é".repeat(MAX_CHARS + 1));
        for (input, desired) in [
            (None, Ok(None)),
            (Some(""), Ok(None)),
            (Some(" 00u1 "), Ok(Some(" 00u1 "))),
            (Some(longest.as_str()), Ok(Some(longest.as_str()))),
            (Some(long.as_str()), Err("externalId")),
            (Some("a\0b"), Err("externalId")),
        ] {
            let read = parse(input).map_err(|fault| fault.field.into_owned());
            assert_eq!(read, desired.map_err(str::to_owned), "{input:?}");
        }
    }
}
