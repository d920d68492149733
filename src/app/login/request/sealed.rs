//! Login requests in cookies. Each has a cookie of its own, so that tabs that begin logins
//! at the same time do not overwrite each other's.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use serde::{Deserialize, Serialize};

use crate::{
    app::{Error, sealing::Sealer},
    domain::{Timestamp, id::ConnectionId, session::PendingRequest},
};

/// The maximum number of bytes of a browser's login requests together.
const MAX_BYTES: usize = 4096;
/// The bytes of a cookie besides the ID and the value: its prefix, and separators.
const COOKIE_BYTES: usize = 24;
/// The bytes of the time in front of the sealed text.
const TIME_BYTES: usize = 8;

/// A login request in a cookie of the browser that began it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SealedRequest {
    /// The ID of the request, which is part of the cookie's name.
    pub id: String,
    /// The cookie's value: the time at which it expires, and the sealed request, in base64.
    pub value: String,
}

/// The sealed content of a request.
#[derive(Serialize, Deserialize)]
struct SealedText(uuid::Uuid, String, Option<String>);

/// Seals a request for the browser that begins it.
///
/// # Errors
/// If the encryption fails.
pub(in crate::app::login) fn seal(
    sealer: &Sealer,
    request: &PendingRequest,
) -> Result<SealedRequest, Error> {
    let PendingRequest { id, connection, relay_state, return_to, expires_at } = request;
    let text = SealedText(connection.as_uuid(), relay_state.clone(), return_to.clone());
    let text = serde_json::to_vec(&text).map_err(|error| Error::internal("sealing", error))?;
    let time = expires_at.timestamp_micros().to_be_bytes();
    let sealed = sealer.seal_once(id, &time, &text)?;
    let value = BASE64_URL_SAFE_NO_PAD.encode([&time[..], &sealed[..]].concat());
    Ok(SealedRequest { id: id.clone(), value })
}

impl SealedRequest {
    /// Opens the request. Returns `None` if it was changed, or was sealed with another
    /// secret key.
    pub(super) fn open(&self, sealer: &Sealer) -> Option<PendingRequest> {
        let bytes = BASE64_URL_SAFE_NO_PAD.decode(&self.value).ok()?;
        let (time, sealed) = bytes.split_at_checked(TIME_BYTES)?;
        let text = sealer.open_once(&self.id, time, sealed)?;
        let SealedText(connection, relay_state, return_to) = serde_json::from_slice(&text).ok()?;
        Some(PendingRequest {
            id: self.id.clone(),
            connection: ConnectionId::from(connection),
            relay_state,
            return_to,
            expires_at: self.expires_at()?,
        })
    }

    /// When the request expires. It is not verified before the request is opened.
    fn expires_at(&self) -> Option<Timestamp> {
        let bytes = BASE64_URL_SAFE_NO_PAD.decode(&self.value).ok()?;
        let time = bytes.first_chunk::<TIME_BYTES>()?;
        Timestamp::from_timestamp_micros(i64::from_be_bytes(*time))
    }

    fn byte_count(&self) -> usize {
        COOKIE_BYTES + self.id.len() + self.value.len()
    }
}

/// Finds the login requests whose cookies make room for a new one: those that have expired
/// or can't be read, and the oldest if all together are too long.
pub(in crate::app::login) fn find_displaced(
    browser: &[SealedRequest],
    new: &SealedRequest,
    now: Timestamp,
) -> Vec<String> {
    let mut others: Vec<_> = browser.iter().map(|other| (other.expires_at(), other)).collect();
    // Requests have the same lifetime, so the last to expire is the youngest.
    others.sort_by_key(|(expires_at, _)| std::cmp::Reverse(*expires_at));
    let mut bytes = new.byte_count();
    let mut displaced = Vec::new();
    for (expires_at, other) in others {
        let is_live = expires_at.is_some_and(|at| at > now);
        bytes += if is_live { other.byte_count() } else { 0 };
        if !is_live || bytes > MAX_BYTES {
            displaced.push(other.id.clone());
        }
    }
    displaced
}

#[cfg(test)]
mod tests {
    use base64::prelude::BASE64_STANDARD;
    use chrono::TimeDelta;

    use super::*;
    use crate::domain::return_to;

    fn sealer(byte: u8) -> Sealer {
        Sealer::new(&BASE64_STANDARD.encode([byte; 32]).into()).unwrap()
    }

    fn now() -> Timestamp {
        Timestamp::from_timestamp(1_800_000_000, 0).unwrap()
    }

    fn request(number: i64, return_to: Option<String>) -> PendingRequest {
        PendingRequest {
            id: format!("_{number:048x}"),
            connection: uuid::Uuid::from_u128(7).into(),
            relay_state: "handle".into(),
            return_to,
            expires_at: now() + TimeDelta::seconds(number),
        }
    }

    #[test]
    fn request_is_opened_as_it_was_sealed() {
        for return_to in [None, Some("/orders?\"é\"".into())] {
            let pending = request(1, return_to);
            let sealed = seal(&sealer(1), &pending).unwrap();
            assert_eq!(sealed.open(&sealer(1)), Some(pending));
            assert_eq!(sealed.open(&sealer(2)), None);
            let other = SealedRequest { id: request(2, None).id, ..sealed.clone() };
            assert_eq!(other.open(&sealer(1)), None, "under another ID");
            assert!(
                sealed
                    .value
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
            );
        }
    }

    #[test]
    fn no_byte_can_be_changed() {
        let sealed = seal(&sealer(1), &request(1, Some("/orders".into()))).unwrap();
        let bytes = BASE64_URL_SAFE_NO_PAD.decode(&sealed.value).unwrap();
        for index in 0..bytes.len() {
            let mut changed = bytes.clone();
            changed[index] ^= 1;
            for bytes in [&changed[..], &bytes[..index]] {
                let value = BASE64_URL_SAFE_NO_PAD.encode(bytes);
                let changed = SealedRequest { value, ..sealed.clone() };
                assert_eq!(changed.open(&sealer(1)), None, "byte {index}");
            }
        }
        for value in ["", "x", "=", "é", &"a".repeat(5_000)] {
            let forged = SealedRequest { value: value.to_owned(), ..sealed.clone() };
            assert_eq!(forged.open(&sealer(1)), None, "{value}");
        }
    }

    #[test]
    fn oldest_requests_make_room() {
        let seal = |number| seal(&sealer(1), &request(number, None)).unwrap();
        let new = seal(1_000);
        let fitting = MAX_BYTES / new.byte_count() - 1;
        let mut browser: Vec<_> =
            (1..=fitting).map(|number| seal(number.try_into().unwrap())).collect();
        assert!(find_displaced(&browser, &new, now()).is_empty());
        browser.rotate_left(3);
        browser.push(seal(500));
        assert_eq!(find_displaced(&browser, &new, now()), [request(1, None).id]);
        // Expired and malformed ones go in any case.
        let few = [seal(-1), seal(0), SealedRequest { value: "x".into(), ..seal(9) }, seal(2)];
        let mut displaced = find_displaced(&few, &new, now());
        displaced.sort();
        let mut expected = [-1, 0, 9].map(|number| request(number, None).id);
        expected.sort();
        assert_eq!(displaced, expected);
    }

    #[test]
    fn longest_request_fits_into_a_cookie() {
        let longest = format!("/{}", "a".repeat(return_to::MAX_CHARS - 1));
        let sealed = seal(&sealer(1), &request(1, Some(longest))).unwrap();
        // With its attributes.
        assert!(sealed.byte_count() + 120 <= MAX_BYTES, "{}", sealed.byte_count());
    }
}
