//! When something was last used: a key, a certificate, or a user's access by a login.

use chrono::TimeDelta;

use super::Timestamp;

/// How exact the time of a last use is. A use that comes sooner after the recorded one is
/// not recorded, so that frequent uses cost no writes.
pub const PRECISION: TimeDelta = TimeDelta::minutes(1);

/// Whether a use is recorded, after the recorded one. A recorded use that is later than the
/// present is from a clock that was wrong.
#[must_use]
pub fn is_due(recorded: Option<Timestamp>, now: Timestamp) -> bool {
    recorded.is_none_or(|recorded| (now - recorded).abs() >= PRECISION)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn use_is_recorded_once_a_minute() {
        let now = Timestamp::UNIX_EPOCH;
        assert!(is_due(None, now));
        for recorded in [now - PRECISION, now + PRECISION, now + TimeDelta::days(365)] {
            assert!(is_due(Some(recorded), now), "{recorded}");
        }
        for recorded in [now - TimeDelta::seconds(59), now, now + TimeDelta::seconds(59)] {
            assert!(!is_due(Some(recorded), now), "{recorded}");
        }
    }
}
