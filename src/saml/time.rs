//! Moments on the wire (Core 1.3.3).

use chrono::{DateTime, NaiveDateTime, SubsecRound as _, TimeDelta, Utc};

use crate::domain::Timestamp;

/// The maximum number of characters.
const MAX_CHARS: usize = 40;

/// Reads an `xs:dateTime`. One without a zone is UTC, as all of SAML is.
pub(super) fn parse(text: &str) -> Option<Timestamp> {
    let text = text.trim_matches(super::xml::SPACE);
    if text.len() > MAX_CHARS || !text.contains('T') {
        return None;
    }
    let moment = DateTime::parse_from_rfc3339(text).map(|zoned| zoned.with_timezone(&Utc));
    let moment = moment.or_else(|_| {
        NaiveDateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S%.f").map(|naive| naive.and_utc())
    });
    moment.ok().map(|moment| moment.trunc_subsecs(6))
}

/// Writes an `xs:dateTime`, to the second.
pub(super) fn format(moment: Timestamp) -> String {
    moment.format("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// Adds a duration. Returns the time unchanged on overflow.
pub(super) fn add_saturating(moment: Timestamp, by: TimeDelta) -> Timestamp {
    moment.checked_add_signed(by).unwrap_or(moment)
}

/// Subtracts a duration. Returns the time unchanged on overflow.
pub(super) fn subtract_saturating(moment: Timestamp, by: TimeDelta) -> Timestamp {
    moment.checked_sub_signed(by).unwrap_or(moment)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_parsed_in_the_forms_of_identity_providers() {
        for (text, desired) in [
            ("2026-11-23T10:00:00Z", Some("2026-11-23T10:00:00Z")),
            ("2026-11-23T10:00:00.1234567Z", Some("2026-11-23T10:00:00Z")),
            ("2026-11-23T11:00:00+01:00", Some("2026-11-23T10:00:00Z")),
            ("2026-11-23T10:00:00", Some("2026-11-23T10:00:00Z")),
            (" 2026-11-23T10:00:00Z\n", Some("2026-11-23T10:00:00Z")),
            ("9999-12-31T23:59:59Z", Some("9999-12-31T23:59:59Z")),
            ("2026-11-23", None),
            ("2026-13-23T10:00:00Z", None),
            ("+262000-01-01T00:00:00Z", None),
            ("now", None),
            ("", None),
        ] {
            assert_eq!(parse(text).map(format).as_deref(), desired, "{text:?}");
        }
    }
}
