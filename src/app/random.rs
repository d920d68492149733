//! Random bytes from the operating system, and secrets made of them.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use openssl::sha::sha256;
use secrecy::{ExposeSecret, SecretString};

use super::Error;

/// Random bytes of the operating system.
///
/// # Errors
/// If the operating system has none to give, which ends what needed them:
/// nothing may go on with a guessable value.
pub fn bytes<const N: usize>() -> Result<[u8; N], Error> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|error| Error::internal("random bytes", error))?;
    Ok(bytes)
}

/// An identifier made now.
///
/// # Errors
/// As [`bytes`].
pub fn id<T>(
    make: fn(crate::domain::Timestamp, [u8; 10]) -> T,
    now: crate::domain::Timestamp,
) -> Result<T, Error> {
    Ok(make(now, bytes()?))
}

/// A secret that its holder shows again: 256 random bits, stored by their hash.
#[derive(Debug)]
pub struct Secret {
    /// What the holder is given, once: 43 characters of base64url.
    pub text: SecretString,
    /// SHA-256 of the text: what is stored. A plain hash will do, because
    /// nobody can try 2^256 texts.
    pub hash: [u8; 32],
}

impl Secret {
    /// Makes one.
    ///
    /// # Errors
    /// As [`bytes`].
    pub fn new() -> Result<Self, Error> {
        let text = BASE64_URL_SAFE_NO_PAD.encode(bytes::<32>()?);
        let hash = hash(&text);
        Ok(Self { text: text.into(), hash })
    }

    /// Takes one that its holder has shown, if it has the shape of one.
    #[must_use]
    pub fn from_text(text: &str) -> Option<Self> {
        let has_shape = text.len() == 43 && BASE64_URL_SAFE_NO_PAD.decode(text).is_ok();
        has_shape.then(|| Self { text: text.to_owned().into(), hash: hash(text) })
    }

    /// The text, to be handed to its holder.
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
    fn a_secret_is_recognised_by_its_hash_and_never_printed() {
        let made = Secret::new().unwrap();
        let view = Secret::from_text(made.expose()).unwrap();
        assert_eq!(made.hash, view.hash);
        assert_ne!(made.hash, Secret::new().unwrap().hash);
        assert!(!format!("{made:?}").contains(made.expose()));
    }

    #[test]
    fn what_has_not_the_shape_of_a_secret_is_none() {
        for text in ["", "x", &"a".repeat(44), &"é".repeat(22), &" ".repeat(43)] {
            assert!(Secret::from_text(text).is_none(), "{text:?}");
        }
    }
}
