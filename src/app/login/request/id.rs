//! The IDs of login requests (SAML Core 1.3.4). An ID has the time of its request, so that
//! a late response can be explained after the browser has dropped the cookie.

use crate::{
    app::{Error, random},
    domain::Timestamp,
};

/// Returns a new ID: an underscore, since an `xs:ID` may not begin with a digit, the seconds
/// of `now`, and 160 random bits, in hexadecimal digits.
///
/// # Errors
/// As [`random::generate_bytes`].
pub(in crate::app::login) fn new_id(now: Timestamp) -> Result<String, Error> {
    let seconds = u32::try_from(now.timestamp()).unwrap_or(u32::MAX);
    Ok(format!("_{seconds:08x}{}", hex::encode(random::generate_bytes::<20>()?)))
}

/// When the request with this ID was created. `None`: [`new_id`] makes no such ID.
pub(super) fn created_at(id: &str) -> Option<Timestamp> {
    let digits = id.strip_prefix('_').filter(|digits| digits.len() == 48)?;
    let is_digit = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
    let seconds = digits.bytes().all(is_digit).then(|| digits.get(..8))??;
    Timestamp::from_timestamp(u32::from_str_radix(seconds, 16).ok()?.into(), 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn id_has_the_second_of_its_request() {
        let now = Timestamp::from_timestamp(1_800_000_000, 999_999_000).unwrap();
        let id = new_id(now).unwrap();
        assert_eq!(created_at(&id), Timestamp::from_timestamp(1_800_000_000, 0));
        assert_ne!(id, new_id(now).unwrap());
        for other in ["", "_", &id[1..], &id[..48], &format!("{id}0"), &id.to_uppercase(), "_é"] {
            assert_eq!(created_at(other), None, "{other}");
        }
        assert_eq!(created_at(&format!("_{}", "é".repeat(24))), None);
    }
}
