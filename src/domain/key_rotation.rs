//! Rotation of an API key: a new key takes its place, and both are valid for a
//! while, so that the new secret can be deployed without an outage.

use chrono::TimeDelta;

use super::{Timestamp, api_key::ApiKey, field_error::FieldError};

/// The default number of seconds for which both keys are valid: 7 days.
pub const DEFAULT_OVERLAP_SECONDS: u32 = 7 * 24 * 60 * 60;

/// The maximum number of seconds for which both keys are valid: 30 days.
pub const MAX_OVERLAP_SECONDS: u32 = 30 * 24 * 60 * 60;

/// The time for which both keys are valid.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RotationOverlap(u32);

impl Default for RotationOverlap {
    fn default() -> Self {
        Self(DEFAULT_OVERLAP_SECONDS)
    }
}

impl RotationOverlap {
    /// Creates an overlap from a number of seconds.
    ///
    /// # Errors
    /// The error, if both keys would be valid for too long.
    pub fn from_seconds(seconds: u64) -> Result<Self, FieldError> {
        let valid = u32::try_from(seconds).ok().filter(|seconds| *seconds <= MAX_OVERLAP_SECONDS);
        valid.map(Self).ok_or_else(|| {
            let reason =
                format!("must be a whole number of seconds from 0 to {MAX_OVERLAP_SECONDS}");
            FieldError::new("overlap", seconds.to_string(), reason).with_remedy(
                "Use at most 30 days, and rotate the key when the new one can be deployed.",
            )
        })
    }
}

/// When the two keys of a rotation expire.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rotation {
    /// When the old key expires: never later than before.
    pub old_expires_at: Timestamp,
    /// When the new key expires. `None`: never.
    pub new_expires_at: Option<Timestamp>,
}

/// Rotates a key. The new key lasts as long as the old one was created for, but
/// not longer than `limit`, the end of the key that asks for it.
///
/// The old key may be rotated again while it is valid: each rotation creates a
/// key, and none extends the old one.
///
/// # Errors
/// The moment at which the key expired.
pub fn rotate(
    key: &ApiKey,
    overlap: RotationOverlap,
    limit: Option<Timestamp>,
    now: Timestamp,
) -> Result<Rotation, Timestamp> {
    if let Some(expired_at) = key.expires_at.filter(|_| !key.is_valid(now)) {
        return Err(expired_at);
    }
    let end = add_clamped(now, TimeDelta::seconds(i64::from(overlap.0)));
    let old_expires_at = key.expires_at.map_or(end, |before| before.min(end));
    let new = key.lifetime.map(|lifetime| add_clamped(now, lifetime));
    let new_expires_at = match (new, limit) {
        (Some(new), Some(limit)) => Some(new.min(limit)),
        (new, limit) => new.or(limit),
    };
    Ok(Rotation { old_expires_at, new_expires_at })
}

/// The last time that RFC 3339 can write: 9999-12-31T23:59:59Z.
const LAST_SECOND: i64 = 253_402_300_799;

/// Adds a duration, up to the last time that can be written.
fn add_clamped(now: Timestamp, by: TimeDelta) -> Timestamp {
    let last = Timestamp::from_timestamp(LAST_SECOND, 0).unwrap_or(now);
    now.checked_add_signed(by).map_or(last, |at| at.min(last))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{
        api_key::{Scope, Scopes},
        id::{AccountId, ApiKeyId},
    };

    const DAY: i64 = 24 * 60 * 60;

    /// So many days after some day.
    fn day(days: i64) -> Timestamp {
        Timestamp::from_timestamp(1_800_000_000 + days * DAY, 0).unwrap()
    }

    /// A key that was created on day 0.
    fn key(expires_at: Option<Timestamp>, lifetime: Option<i64>) -> ApiKey {
        ApiKey {
            id: ApiKeyId::new(day(0), [1; 10]),
            account: AccountId::new(day(0), [2; 10]),
            name: "Okta".into(),
            hint: "usher_aaaa".into(),
            scopes: [Scope::UsersRead].into_iter().collect::<Scopes>(),
            scim_client: None,
            created_at: day(0),
            expires_at,
            lifetime: lifetime.map(TimeDelta::days),
            last_used_at: None,
        }
    }

    #[test]
    fn new_key_lasts_as_long_and_old_key_never_longer_than_before() {
        // Day, expiry and lifetime of the old key; overlap in days; end of the
        // caller's key; expiry of the old and of the new key.
        for (today, expires, lifetime, overlap, limit, old, new) in [
            // A key without an end.
            (10, None, None, 7, None, 17, None),
            (10, None, None, 0, None, 10, None),
            (10, None, None, 30, None, 40, None),
            // A key of 90 days: the new one has 90 days from now on.
            (80, Some(90), Some(90), 7, None, 87, Some(170)),
            (80, Some(90), Some(90), 30, None, 90, Some(170)),
            // Rotated again within the overlap: the lifetime is the first one.
            (82, Some(87), Some(90), 7, None, 87, Some(172)),
            (82, Some(87), Some(90), 1, None, 83, Some(172)),
            (12, Some(17), None, 7, None, 17, None),
            // The caller's key ends: no key outlives the key that creates it.
            (80, Some(90), Some(90), 7, Some(90), 87, Some(90)),
            (80, None, None, 7, Some(100), 87, Some(100)),
            (80, Some(90), Some(90), 7, Some(300), 87, Some(170)),
        ] {
            let key = key(expires.map(day), lifetime);
            let overlap = RotationOverlap::from_seconds(overlap * DAY.unsigned_abs()).unwrap();
            let rotation = rotate(&key, overlap, limit.map(day), day(today));
            let expected = Rotation { old_expires_at: day(old), new_expires_at: new.map(day) };
            assert_eq!(rotation, Ok(expected), "{key:?}");
        }
    }

    #[test]
    fn expired_key_is_not_rotated() {
        let key = key(Some(day(90)), Some(90));
        for today in [90, 91] {
            assert_eq!(rotate(&key, RotationOverlap::default(), None, day(today)), Err(day(90)));
        }
        assert!(rotate(&key, RotationOverlap::default(), None, day(89)).is_ok());
    }

    #[test]
    fn expiry_is_limited_to_the_latest_time_that_can_be_written() {
        let last = Timestamp::from_timestamp(LAST_SECOND, 0).unwrap();
        let lasting = ApiKey { lifetime: Some(last - day(0)), ..key(Some(last), None) };
        let rotation = rotate(&lasting, RotationOverlap::default(), None, day(1)).unwrap();
        assert_eq!(rotation.new_expires_at, Some(last));
        assert_eq!(last.to_rfc3339(), "9999-12-31T23:59:59+00:00");
    }

    #[test]
    fn overlap_has_an_upper_bound() {
        let max = u64::from(MAX_OVERLAP_SECONDS);
        for (seconds, is_accepted) in
            [(0, true), (1, true), (max, true), (max + 1, false), (u64::MAX, false)]
        {
            assert_eq!(RotationOverlap::from_seconds(seconds).is_ok(), is_accepted, "{seconds}");
        }
        assert_eq!(RotationOverlap::default(), RotationOverlap::from_seconds(7 * 86_400).unwrap());
    }
}
