//! Times on the command line: `2h`, `2026-11-29`, RFC 3339.

use chrono::{DateTime, NaiveDate, NaiveTime, TimeDelta};

use crate::domain::Timestamp;

/// The expected format of a moment.
const EXPECTED: &str = "must be a duration such as 30m, 2h or 7d, a day such as 2026-11-29, or a time such as 2026-11-29T08:00:00Z";

/// The start of a period.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum StartTime {
    /// This long before now.
    Ago(TimeDelta),
    /// Since this moment.
    At(Timestamp),
}

impl StartTime {
    /// Parses an argument.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let text = text.trim();
        if let Ok(at) = DateTime::parse_from_rfc3339(text) {
            return Ok(Self::At(at.to_utc()));
        }
        if let Ok(day) = text.parse::<NaiveDate>() {
            return Ok(Self::At(day.and_time(NaiveTime::MIN).and_utc()));
        }
        ago(text).map(Self::Ago).ok_or_else(|| EXPECTED.to_owned())
    }

    /// The time. Durations that are too long count from the earliest time.
    pub(super) fn moment(self, now: Timestamp) -> Timestamp {
        match self {
            Self::At(at) => at,
            Self::Ago(ago) => now.checked_sub_signed(ago).unwrap_or(Timestamp::UNIX_EPOCH),
        }
    }
}

fn ago(text: &str) -> Option<TimeDelta> {
    let unit = text.chars().next_back()?;
    let number = text.strip_suffix(unit)?.parse::<u32>().ok()?;
    let seconds = match unit {
        's' => 1,
        'm' => 60,
        'h' => 3_600,
        'd' => 86_400,
        'w' => 604_800,
        _ => return None,
    };
    TimeDelta::try_seconds(i64::from(number).checked_mul(seconds)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_parsed_in_the_forms_that_operators_type() {
        let now: Timestamp = "2026-11-29T12:00:00Z".parse().unwrap();
        for (text, moment) in [
            ("30m", "2026-11-29T11:30:00Z"),
            ("2h", "2026-11-29T10:00:00Z"),
            (" 7d ", "2026-11-22T12:00:00Z"),
            ("1w", "2026-11-22T12:00:00Z"),
            ("2026-11-29", "2026-11-29T00:00:00Z"),
            ("2026-11-29T08:00:00+01:00", "2026-11-29T07:00:00Z"),
        ] {
            let expected: Timestamp = moment.parse().unwrap();
            assert_eq!(StartTime::parse(text).unwrap().moment(now), expected, "{text}");
        }
        for text in ["", "h", "-1h", "1.5h", "2 h", "yesterday", "4711", "99999999999h", "2h€"] {
            assert!(StartTime::parse(text).is_err(), "{text}");
        }
        assert!(StartTime::parse("4000000000w").unwrap().moment(now) < now);
    }
}
