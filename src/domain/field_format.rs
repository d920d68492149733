//! Values of requests that several resources share. Each is validated as it was sent,
//! before white space around it is dropped, so that the contract and the code agree.

use std::str::FromStr;

use chrono::{DateTime, Datelike as _};
use url::{Host, Url};

use super::{
    Timestamp,
    field_error::Reason,
    return_to::MAX_CHARS as MAX_ADDRESS_CHARS,
    text::{MAX_CHARS, TextError, check_visible},
};

/// The maximum number of characters of an entity ID (Core 8.3.6).
pub const MAX_ENTITY_ID_CHARS: usize = 1024;

/// The error of a text.
#[derive(Debug, thiserror::Error)]
pub enum FieldFormatError {
    /// The text is empty.
    #[error("must not be empty")]
    Empty,
    /// More than this number of characters.
    #[error("must be at most {0} characters long")]
    TooLong(usize),
    /// A control character.
    #[error("must not contain a control character")]
    ControlCharacter,
    /// Whitespace or a control character.
    #[error("must not contain whitespace or control characters")]
    Whitespace,
    /// A character that can't be seen.
    #[error(transparent)]
    Character(#[from] TextError),
    /// Not a moment in RFC 3339.
    #[error("must be a date and time of RFC 3339, such as 2036-01-01T00:00:00Z")]
    NotTimestamp,
    /// Not a URI.
    #[error("must be a URI")]
    NotUri,
    /// Not a URL to which browsers can be redirected.
    #[error("must be an absolute https URL (http only on localhost)")]
    NotWebAddress,
}

impl From<FieldFormatError> for Reason {
    fn from(error: FieldFormatError) -> Self {
        let (expected, remedy) = match error {
            FieldFormatError::Empty => {
                ("at least one character".to_owned(), "Send at least one character.".to_owned())
            }
            FieldFormatError::TooLong(max) => {
                (format!("at most {max} characters"), "Shorten the text.".into())
            }
            FieldFormatError::ControlCharacter => (
                "visible characters".into(),
                "Remove the control characters, such as line breaks and tabs.".into(),
            ),
            FieldFormatError::Whitespace => (
                "a string without whitespace and control characters".into(),
                "Remove the whitespace and control characters.".into(),
            ),
            FieldFormatError::Character(error) => return error.into(),
            FieldFormatError::NotTimestamp
            | FieldFormatError::NotUri
            | FieldFormatError::NotWebAddress => {
                return error.to_string().into();
            }
        };
        Self::with_detail(error, expected, remedy)
    }
}

/// A trimmed text that is not empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LineValue(pub String);

/// A trimmed text that may be empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TextValue<const MAX: usize>(pub Option<String>);

/// A timestamp in RFC 3339, in UTC, with a year from 0 to 9999.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TimestampText(pub Timestamp);

/// A URI, or nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UriValue(pub Option<String>);

/// A trimmed name of at most `MAX` visible characters, or nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VisibleTextValue<const MAX: usize>(pub Option<String>);

/// The entity ID of an identity provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EntityIdValue(pub String);

/// A URL to which browsers are redirected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WebAddressValue(pub String);

impl FromStr for LineValue {
    type Err = FieldFormatError;

    fn from_str(text: &str) -> Result<Self, FieldFormatError> {
        let TextValue::<MAX_CHARS>(text) = text.parse()?;
        text.map(Self).ok_or(FieldFormatError::Empty)
    }
}

impl<const MAX: usize> FromStr for TextValue<MAX> {
    type Err = FieldFormatError;

    fn from_str(text: &str) -> Result<Self, FieldFormatError> {
        if text.contains(char::is_control) {
            return Err(FieldFormatError::ControlCharacter);
        }
        check_length(text, MAX)?;
        Ok(Self(Some(text.trim()).filter(|text| !text.is_empty()).map(str::to_owned)))
    }
}

impl<const MAX: usize> FromStr for VisibleTextValue<MAX> {
    type Err = FieldFormatError;

    fn from_str(text: &str) -> Result<Self, FieldFormatError> {
        let TextValue::<MAX>(text) = text.parse()?;
        text.as_deref().map_or(Ok(()), check_visible)?;
        Ok(Self(text))
    }
}

impl FromStr for TimestampText {
    type Err = FieldFormatError;

    fn from_str(text: &str) -> Result<Self, FieldFormatError> {
        // The parser also accepts a blank for the T, and the minus of Unicode.
        let separated = text.is_ascii() && matches!(text.as_bytes().get(10), Some(b'T' | b't'));
        let moment = DateTime::parse_from_rfc3339(text).ok().filter(|_| separated);
        let moment = moment.map(|moment| moment.to_utc());
        // To the microsecond, as it is stored. A leap second becomes the next second.
        let moment =
            moment.and_then(|moment| DateTime::from_timestamp_micros(moment.timestamp_micros()));
        let writable = moment.filter(|moment| (0..=9999).contains(&moment.year()));
        writable.map(Self).ok_or(FieldFormatError::NotTimestamp)
    }
}

impl FromStr for UriValue {
    type Err = FieldFormatError;

    fn from_str(text: &str) -> Result<Self, FieldFormatError> {
        let text = check_no_whitespace(text, MAX_CHARS)?;
        match text {
            "" => Ok(Self(None)),
            text if text.contains(':') => Ok(Self(Some(text.to_owned()))),
            _ => Err(FieldFormatError::NotUri),
        }
    }
}

impl FromStr for EntityIdValue {
    type Err = FieldFormatError;

    fn from_str(text: &str) -> Result<Self, FieldFormatError> {
        match check_no_whitespace(text, MAX_ENTITY_ID_CHARS)? {
            "" => Err(FieldFormatError::Empty),
            text => Ok(Self(text.to_owned())),
        }
    }
}

impl FromStr for WebAddressValue {
    type Err = FieldFormatError;

    fn from_str(text: &str) -> Result<Self, FieldFormatError> {
        let text = check_no_whitespace(text, MAX_ADDRESS_CHARS)?;
        if is_web_address(text) {
            Ok(Self(text.to_owned()))
        } else {
            Err(FieldFormatError::NotWebAddress)
        }
    }
}

/// Whether browsers can be redirected to a URL: https, or http on localhost, without a
/// password.
#[must_use]
pub fn is_web_address(text: &str) -> bool {
    let Ok(url) = Url::parse(text) else { return false };
    let is_local = match url.host() {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => return false,
    };
    let has_password = !url.username().is_empty() || url.password().is_some();
    !has_password && (url.scheme() == "https" || url.scheme() == "http" && is_local)
}

fn check_length(text: &str, max: usize) -> Result<&str, FieldFormatError> {
    if text.chars().count() > max { Err(FieldFormatError::TooLong(max)) } else { Ok(text) }
}

fn check_no_whitespace(text: &str, max: usize) -> Result<&str, FieldFormatError> {
    let text = check_length(text, max)?;
    if text.contains(|char: char| char.is_control() || char.is_whitespace()) {
        return Err(FieldFormatError::Whitespace);
    }
    check_visible(text)?;
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_validated_before_trimming() {
        let long = format!("{} ", "a".repeat(255));
        assert_eq!(" Ops ".parse::<LineValue>().unwrap(), LineValue("Ops".into()));
        for bad in ["", "  ", "a\0", "\ta", &long] {
            assert!(bad.parse::<LineValue>().is_err(), "{bad:?}");
        }
        assert_eq!("  ".parse::<TextValue<3>>().unwrap(), TextValue(None));
        assert!("abcd".parse::<TextValue<3>>().is_err());
    }

    #[test]
    fn time_is_limited_to_the_range_of_rfc_3339() {
        for good in ["2036-01-01T00:00:00Z", "2036-01-01t01:00:00.5+01:00", "9999-12-31T23:59:59z"]
        {
            assert!(good.parse::<TimestampText>().is_ok(), "{good}");
        }
        for bad in [
            "+262142-12-31T00:00:00Z",
            "9999-12-31T23:59:59-23:59",
            "0000-01-01T00:00:00+01:00",
            "2036-01-01 00:00:00Z",
            "2036-01-01T00:00:00",
            "2036-1-1T00:00:00Z",
            "2036-01-01T00:00:00\u{2212}01:00",
            " 2036-01-01T00:00:00Z",
            "2036-01-01T00:00:00Z ",
            "",
        ] {
            assert!(bad.parse::<TimestampText>().is_err(), "{bad}");
        }
    }

    #[test]
    fn time_is_truncated_to_the_stored_microsecond() {
        for (text, stored) in [
            ("2036-06-30T23:59:60Z", "2036-07-01T00:00:00Z"),
            ("2036-06-30T23:59:59.123456789Z", "2036-06-30T23:59:59.123456Z"),
            ("2036-06-30T23:59:59.5+01:00", "2036-06-30T22:59:59.5Z"),
        ] {
            let (read, stored): (TimestampText, TimestampText) =
                (text.parse().unwrap(), stored.parse().unwrap());
            assert_eq!(read, stored, "{text}");
            assert_eq!(read.0.timestamp_subsec_nanos() % 1_000, 0, "{text}");
        }
    }

    #[test]
    fn addresses_and_names_have_no_blanks() {
        assert!("https://idp.example/sso?a=b".parse::<WebAddressValue>().is_ok());
        // `Url::parse` would take these.
        for good in
            ["http://localhost/", "http://idp.localhost/", "http://127.0.0.2/", "http://[::1]/"]
        {
            assert!(good.parse::<WebAddressValue>().is_ok(), "{good:?}");
        }
        for bad in [
            " https://a/",
            "https://a/\n",
            "https://a/\tb",
            "https://a/\u{200b}",
            "https://user@a/",
            "https://",
            "http://a/",
            "http://localhost.example/",
            "a",
            "",
        ] {
            assert!(bad.parse::<WebAddressValue>().is_err(), "{bad:?}");
        }
        assert!("urn:a".parse::<EntityIdValue>().is_ok());
        assert!("urn:\u{feff}a".parse::<EntityIdValue>().is_err());
        assert!("urn:\u{202e}a".parse::<UriValue>().is_err());
        assert!("a\u{200b}".parse::<VisibleTextValue<9>>().is_err());
        assert!("".parse::<EntityIdValue>().is_err() && "a b".parse::<EntityIdValue>().is_err());
        assert_eq!("".parse::<UriValue>().unwrap(), UriValue(None));
        assert!("urn:a".parse::<UriValue>().is_ok() && "email".parse::<UriValue>().is_err());
    }
}
