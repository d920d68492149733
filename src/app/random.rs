//! Random bytes from the operating system, and secrets made from them.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use openssl::sha::sha256;
use secrecy::{ExposeSecret, SecretString};

use super::Error;

/// Returns random bytes from the operating system.
///
/// # Errors
/// If the operating system provides none. The operation must then fail, because
/// a guessable value is not safe.
pub fn generate_bytes<const N: usize>() -> Result<[u8; N], Error> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|error| Error::internal("random bytes", error))?;
    Ok(bytes)
}

/// Generates an ID with the current time.
///
/// # Errors
/// As [`generate_bytes`].
pub fn generate_id<T>(
    make: fn(crate::domain::Timestamp, [u8; 10]) -> T,
    now: crate::domain::Timestamp,
) -> Result<T, Error> {
    Ok(make(now, generate_bytes()?))
}

/// A bearer secret: 256 random bits, stored as a hash.
#[derive(Debug)]
pub struct Secret {
    /// The text for its holder, which is returned once: 43 characters of base64url.
    pub text: SecretString,
    /// SHA-256 of the text, for storage. A plain hash suffices, because
    /// 2^256 texts can't be tried.
    pub hash: [u8; 32],
}

impl Secret {
    /// Generates a secret.
    ///
    /// # Errors
    /// As [`generate_bytes`].
    pub fn new() -> Result<Self, Error> {
        let text = BASE64_URL_SAFE_NO_PAD.encode(generate_bytes::<32>()?);
        let hash = hash(&text);
        Ok(Self { text: text.into(), hash })
    }

    /// Parses the secret that a caller presents. Returns `None` if it is malformed.
    #[must_use]
    pub fn from_text(text: &str) -> Option<Self> {
        let has_shape = text.len() == 43 && BASE64_URL_SAFE_NO_PAD.decode(text).is_ok();
        has_shape.then(|| Self { text: text.to_owned().into(), hash: hash(text) })
    }

    /// The text of the secret, for its holder.
    #[must_use]
    pub fn expose(&self) -> &str {
        self.text.expose_secret()
    }
}

fn hash(text: &str) -> [u8; 32] {
    sha256(text.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secret_is_verified_by_its_hash_and_never_printed() {
        let secret = Secret::new().unwrap();
        let parsed = Secret::from_text(secret.expose()).unwrap();
        assert_eq!(secret.hash, parsed.hash);
        assert_ne!(secret.hash, Secret::new().unwrap().hash);
        assert!(!format!("{secret:?}").contains(secret.expose()));
    }

    #[test]
    fn malformed_secret_is_rejected() {
        for text in ["", "x", &"a".repeat(44), &"é".repeat(22), &" ".repeat(43)] {
            assert!(Secret::from_text(text).is_none(), "{text:?}");
        }
    }
}
