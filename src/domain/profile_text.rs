//! The texts of a user whose rules depend on no other attribute: their kinds, and the rule
//! of each kind.

use chrono_tz::Tz;
use oxilangtag::LanguageTag;
use url::Url;

use super::{
    characters::{is_invisible, is_unassigned},
    text::{TextError, parse_line},
};

/// The maximum number of characters of a web address.
pub const MAX_URL_CHARS: usize = 2048;

/// The kind of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TextKind {
    /// A line of at most [`MAX_CHARS`](super::text::MAX_CHARS) characters.
    Line,
    /// An absolute http or https URL of at most [`MAX_URL_CHARS`] characters.
    WebAddress,
    /// A language tag (BCP 47).
    Language,
    /// Language tags with their weights, as in `Accept-Language` (RFC 9110, section
    /// 12.5.4; RFC 7643, section 4.1.1).
    Languages,
    /// The name of a time zone in the IANA database.
    TimeZone,
}

/// Why a text can't be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProfileTextError {
    /// It can't be a line.
    Line(TextError),
    /// It is too long for a web address.
    TooLong,
    /// It is not an absolute http or https URL.
    Url,
    /// It is not a language tag.
    Language,
    /// It is not a time zone.
    TimeZone,
}

impl TextKind {
    /// Parses a text that is not blank, and trims it.
    ///
    /// # Errors
    /// The error of the value.
    pub fn parse(self, text: &str) -> Result<String, ProfileTextError> {
        if self == Self::WebAddress {
            return parse_web_address(text.trim());
        }
        let line = parse_line(text).map_err(ProfileTextError::Line)?;
        match self {
            Self::Language if !is_language(line) => Err(ProfileTextError::Language),
            Self::Languages if !line.split(',').all(is_weighted_language) => {
                Err(ProfileTextError::Language)
            }
            Self::TimeZone if line.parse::<Tz>().is_err() => Err(ProfileTextError::TimeZone),
            _ => Ok(line.to_owned()),
        }
    }
}

/// Whether a text is a language tag. Okta separates its parts by `_`.
fn is_language(text: &str) -> bool {
    LanguageTag::parse(text.replace('_', "-")).is_ok()
}

/// Whether a text is a language tag or `*`, with or without a weight.
fn is_weighted_language(text: &str) -> bool {
    let (tag, weight) = match text.split_once(';') {
        Some((tag, weight)) => (tag.trim(), weight.trim().strip_prefix("q=")),
        None => (text.trim(), Some("1")),
    };
    let is_weight = |weight: &str| {
        weight.len() <= "0.000".len()
            && weight.starts_with(['0', '1'])
            && weight.parse::<f32>().is_ok_and(|weight| weight <= 1.0)
    };
    (tag == "*" || is_language(tag)) && weight.is_some_and(is_weight)
}

/// Parses an absolute http or https URL with a host, and returns it as it was sent.
///
/// The library accepts everything that a browser's address bar accepts. A stored URL is
/// shown to other people, so it must be valid as it is: without whitespace, backslashes,
/// user name or password (RFC 9110, section 4.2.4).
///
/// # Errors
/// [`ProfileTextError::TooLong`], [`ProfileTextError::Url`].
fn parse_web_address(text: &str) -> Result<String, ProfileTextError> {
    if text.chars().nth(MAX_URL_CHARS).is_some() {
        return Err(ProfileTextError::TooLong);
    }
    let is_odd = |char: char| {
        is_invisible(char) || is_unassigned(char) || char.is_whitespace() || char == '\\'
    };
    let is_absolute = text
        .split_once("://")
        .is_some_and(|(_, rest)| !rest.starts_with('/') && !rest.contains(is_odd));
    let is_usable = |url: &Url| {
        matches!(url.scheme(), "http" | "https")
            && url.has_host()
            && url.username().is_empty()
            && url.password().is_none()
    };
    let url = Url::parse(text).ok().filter(is_usable);
    let valid = (is_absolute && url.is_some()).then(|| text.to_owned());
    valid.ok_or(ProfileTextError::Url)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_accepts_its_values_and_rejects_others() {
        use ProfileTextError::{
            Language as NoLanguage, Line, TimeZone as NoTimeZone, Url as NoUrl,
        };
        let cases: [(TextKind, &str, Result<&str, ProfileTextError>); 30] = [
            (TextKind::Line, " Analyst ", Ok("Analyst")),
            (TextKind::Line, "a\u{200b}b", Err(Line(TextError::Invisible('\u{200b}')))),
            (TextKind::WebAddress, " https://example.com/ada ", Ok("https://example.com/ada")),
            (TextKind::WebAddress, "ftp://example.com/ada", Err(NoUrl)),
            (TextKind::WebAddress, "/people/ada", Err(NoUrl)),
            (TextKind::WebAddress, "https://example.com/a\u{202e}da", Err(NoUrl)),
            (TextKind::WebAddress, "https://example.com/a\u{200b}da", Err(NoUrl)),
            (TextKind::WebAddress, "https://example.com/a\u{fdd0}da", Err(NoUrl)),
            (TextKind::Language, "de", Ok("de")),
            (TextKind::Language, "en-GB", Ok("en-GB")),
            (TextKind::Language, "en_US", Ok("en_US")),
            (TextKind::Language, "zh-Hant-TW", Ok("zh-Hant-TW")),
            (TextKind::Language, "de-CH-1996", Ok("de-CH-1996")),
            (TextKind::Language, "en_US.UTF-8", Err(NoLanguage)),
            (TextKind::Language, "e", Err(NoLanguage)),
            (TextKind::Language, "English (US)", Err(NoLanguage)),
            (TextKind::Language, "en-GB, de", Err(NoLanguage)),
            (TextKind::Languages, "en-GB", Ok("en-GB")),
            (TextKind::Languages, "da, en-gb;q=0.8, *;q=0", Ok("da, en-gb;q=0.8, *;q=0")),
            (TextKind::Languages, "da;q=2", Err(NoLanguage)),
            (TextKind::Languages, "da;q=-0", Err(NoLanguage)),
            (TextKind::Languages, "da;level=1", Err(NoLanguage)),
            (TextKind::Languages, "da,", Err(NoLanguage)),
            (TextKind::TimeZone, "Europe/London", Ok("Europe/London")),
            (
                TextKind::TimeZone,
                "America/Argentina/Buenos_Aires",
                Ok("America/Argentina/Buenos_Aires"),
            ),
            (TextKind::TimeZone, "UTC", Ok("UTC")),
            (TextKind::TimeZone, "Asia/Calcutta", Ok("Asia/Calcutta")),
            (TextKind::TimeZone, "GMT Standard Time", Err(NoTimeZone)),
            (TextKind::TimeZone, "+01:00", Err(NoTimeZone)),
            (TextKind::TimeZone, "Europe/Atlantis", Err(NoTimeZone)),
        ];
        for (kind, text, expected) in cases {
            assert_eq!(kind.parse(text), expected.map(str::to_owned), "{kind:?} {text:?}");
        }
    }
}
