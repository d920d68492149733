//! Values of request bodies that several resources share. Each is validated as it was
//! sent, before white space around it is dropped, so that the contract and the code
//! agree.

use std::str::FromStr;

use chrono::{DateTime, Datelike as _, Utc};
use deserr::{Deserr, IntoValue, Sequence as _, Value, ValuePointerRef};

use super::body::Faults;
use crate::domain::{
    connection::{MAX_ENTITY_ID_CHARS, is_web_address},
    field_error::Reason,
    return_to::MAX_CHARS as MAX_ADDRESS_CHARS,
    text::MAX_CHARS,
};

/// What is wrong with a text.
#[derive(Debug, thiserror::Error)]
pub(super) enum Unfit {
    #[error("must not be empty")]
    Empty,
    #[error("must be at most {0} characters long")]
    TooLong(usize),
    #[error("must not contain a control character")]
    Control,
    #[error("must not contain a blank or a control character")]
    Blank,
    #[error("must be a date and time of RFC 3339, such as 2036-01-01T00:00:00Z")]
    NoMoment,
    #[error("must be a URI")]
    NoUri,
    #[error("must be an absolute https URL (http only on localhost)")]
    NoWebAddress,
}

impl From<Unfit> for Reason {
    fn from(unfit: Unfit) -> Self {
        let (expected, remedy) = match unfit {
            Unfit::Empty => {
                ("at least one character".to_owned(), "Send at least one character.".to_owned())
            }
            Unfit::TooLong(max) => {
                (format!("at most {max} characters"), "Shorten the text.".into())
            }
            Unfit::Control => (
                "characters that can be seen".into(),
                "Remove the control characters, such as line breaks and tabs.".into(),
            ),
            Unfit::Blank => (
                "a text without blanks and control characters".into(),
                "Remove the blanks and control characters.".into(),
            ),
            Unfit::NoMoment | Unfit::NoUri | Unfit::NoWebAddress => {
                return unfit.to_string().into();
            }
        };
        Self::with_detail(unfit, expected, remedy)
    }
}

/// A trimmed text that is not empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Line(pub(super) String);

/// A trimmed text that may be empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Text<const MAX: usize>(pub(super) Option<String>);

/// A timestamp in RFC 3339, in UTC, with a year from 0 to 9999.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Moment(pub(super) DateTime<Utc>);

/// A URI, or nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Uri(pub(super) Option<String>);

/// The entity ID of an identity provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct EntityId(pub(super) String);

/// A URL to which browsers are redirected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct WebAddress(pub(super) String);

impl FromStr for Line {
    type Err = Unfit;

    fn from_str(text: &str) -> Result<Self, Unfit> {
        let Text::<MAX_CHARS>(text) = text.parse()?;
        text.map(Self).ok_or(Unfit::Empty)
    }
}

impl<const MAX: usize> FromStr for Text<MAX> {
    type Err = Unfit;

    fn from_str(text: &str) -> Result<Self, Unfit> {
        if text.contains(char::is_control) {
            return Err(Unfit::Control);
        }
        bounded(text, MAX)?;
        Ok(Self(Some(text.trim()).filter(|text| !text.is_empty()).map(str::to_owned)))
    }
}

impl FromStr for Moment {
    type Err = Unfit;

    fn from_str(text: &str) -> Result<Self, Unfit> {
        // The parser also accepts a blank for the T, and the minus of Unicode.
        let separated = text.is_ascii() && matches!(text.as_bytes().get(10), Some(b'T' | b't'));
        let moment = DateTime::parse_from_rfc3339(text).ok().filter(|_| separated);
        let moment = moment.map(|moment| moment.to_utc());
        // To the microsecond, as it is stored. A leap second becomes the next second.
        let moment =
            moment.and_then(|moment| DateTime::from_timestamp_micros(moment.timestamp_micros()));
        let writable = moment.filter(|moment| (0..=9999).contains(&moment.year()));
        writable.map(Self).ok_or(Unfit::NoMoment)
    }
}

impl FromStr for Uri {
    type Err = Unfit;

    fn from_str(text: &str) -> Result<Self, Unfit> {
        let text = unbroken(text, MAX_CHARS)?;
        match text {
            "" => Ok(Self(None)),
            text if text.contains(':') => Ok(Self(Some(text.to_owned()))),
            _ => Err(Unfit::NoUri),
        }
    }
}

impl FromStr for EntityId {
    type Err = Unfit;

    fn from_str(text: &str) -> Result<Self, Unfit> {
        match unbroken(text, MAX_ENTITY_ID_CHARS)? {
            "" => Err(Unfit::Empty),
            text => Ok(Self(text.to_owned())),
        }
    }
}

impl FromStr for WebAddress {
    type Err = Unfit;

    fn from_str(text: &str) -> Result<Self, Unfit> {
        let text = unbroken(text, MAX_ADDRESS_CHARS)?;
        if is_web_address(text) { Ok(Self(text.to_owned())) } else { Err(Unfit::NoWebAddress) }
    }
}

fn bounded(text: &str, max: usize) -> Result<&str, Unfit> {
    if text.chars().count() > max { Err(Unfit::TooLong(max)) } else { Ok(text) }
}

fn unbroken(text: &str, max: usize) -> Result<&str, Unfit> {
    let text = bounded(text, max)?;
    if text.contains(|char: char| char.is_control() || char.is_whitespace()) {
        return Err(Unfit::Blank);
    }
    Ok(text)
}

/// A whole number from 0 to `MAX`. `1.0` is accepted too (JSON Schema 6.1.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Count<const MAX: u16>(pub(super) u16);

impl<const MAX: u16> Deserr<Faults> for Count<MAX> {
    fn deserialize_from_value<V: IntoValue>(
        value: Value<V>,
        location: ValuePointerRef<'_>,
    ) -> Result<Self, Faults> {
        let count = match &value {
            Value::Integer(input) => u16::try_from(*input).ok(),
            Value::Float(input) => (0..=MAX).find(|count| f64::from(*count) == *input),
            _ => None,
        };
        count.filter(|count| *count <= MAX).map(Self).ok_or_else(|| {
            let reason = format!("must be a whole number from 0 to {MAX}");
            Faults::of_value(value, reason, location)
        })
    }
}

/// A list of at most `MAX` elements.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Few<T, const MAX: usize>(pub(super) Vec<T>);

impl<T: Deserr<Faults>, const MAX: usize> Deserr<Faults> for Few<T, MAX> {
    fn deserialize_from_value<V: IntoValue>(
        value: Value<V>,
        location: ValuePointerRef<'_>,
    ) -> Result<Self, Faults> {
        // A list that is too long is not parsed.
        let too_many = matches!(&value, Value::Sequence(all) if all.len() > MAX);
        if !too_many {
            return Vec::deserialize_from_value(value, location).map(Self);
        }
        Err(Faults::of_value(value, format!("must have at most {MAX} elements"), location))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_judged_before_it_is_trimmed() {
        let long = format!("{} ", "a".repeat(255));
        assert_eq!(" Ops ".parse::<Line>().unwrap(), Line("Ops".into()));
        for bad in ["", "  ", "a\0", "\ta", &long] {
            assert!(bad.parse::<Line>().is_err(), "{bad:?}");
        }
        assert_eq!("  ".parse::<Text<3>>().unwrap(), Text(None));
        assert!("abcd".parse::<Text<3>>().is_err());
    }

    #[test]
    fn a_moment_is_what_rfc_3339_can_write() {
        for good in ["2036-01-01T00:00:00Z", "2036-01-01t01:00:00.5+01:00", "9999-12-31T23:59:59z"]
        {
            assert!(good.parse::<Moment>().is_ok(), "{good}");
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
            assert!(bad.parse::<Moment>().is_err(), "{bad}");
        }
    }

    #[test]
    fn a_moment_is_read_to_the_microsecond_that_is_stored() {
        for (text, stored) in [
            ("2036-06-30T23:59:60Z", "2036-07-01T00:00:00Z"),
            ("2036-06-30T23:59:59.123456789Z", "2036-06-30T23:59:59.123456Z"),
            ("2036-06-30T23:59:59.5+01:00", "2036-06-30T22:59:59.5Z"),
        ] {
            let (read, stored): (Moment, Moment) = (text.parse().unwrap(), stored.parse().unwrap());
            assert_eq!(read, stored, "{text}");
            assert_eq!(read.0.timestamp_subsec_nanos() % 1_000, 0, "{text}");
        }
    }

    #[test]
    fn addresses_and_names_have_no_blanks() {
        assert!("https://idp.example/sso?a=b".parse::<WebAddress>().is_ok());
        // `Url::parse` would take these.
        for bad in [" https://a/", "https://a/\n", "https://a/\tb", "http://a/", "a", ""] {
            assert!(bad.parse::<WebAddress>().is_err(), "{bad:?}");
        }
        assert!("urn:a".parse::<EntityId>().is_ok());
        assert!("".parse::<EntityId>().is_err() && "a b".parse::<EntityId>().is_err());
        assert_eq!("".parse::<Uri>().unwrap(), Uri(None));
        assert!("urn:a".parse::<Uri>().is_ok() && "email".parse::<Uri>().is_err());
    }
}
