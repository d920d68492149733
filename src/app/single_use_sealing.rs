//! Sealing of texts that leave the program, such as cookies.
//!
//! Each text has an ID that is random and used once. Its key is derived from the secret key
//! and this ID, so that no key encrypts two texts, however many are sealed. AES-GCM with
//! random nonces under one key would allow only 2^32.

use openssl::{
    error::ErrorStack,
    hash::MessageDigest,
    pkey::PKey,
    sign::Signer,
    symm::{Cipher, decrypt_aead, encrypt_aead},
};

use super::{Error, sealing::Sealer};

const TAG: usize = 16;
/// One nonce suffices, because each key encrypts one text.
const NONCE: [u8; 12] = [0; 12];

impl Sealer {
    /// Seals a text under an ID that is random and never used again. `context` is not
    /// encrypted; a changed one does not open the text.
    ///
    /// # Errors
    /// If the encryption fails.
    pub fn seal_once(&self, id: &str, context: &[u8], text: &[u8]) -> Result<Vec<u8>, Error> {
        let mut tag = [0; TAG];
        let sealed = self.derive_key(id).and_then(|key| {
            encrypt_aead(Cipher::aes_256_gcm(), &key, Some(&NONCE), context, text, &mut tag)
        });
        let sealed = sealed.map_err(|error| Error::internal("sealing", error))?;
        Ok([&tag[..], &sealed[..]].concat())
    }

    /// Opens a text that was sealed under this ID and in this context. Returns `None` if it
    /// was not, or was changed.
    #[must_use]
    pub fn open_once(&self, id: &str, context: &[u8], sealed: &[u8]) -> Option<Vec<u8>> {
        let (tag, text) = sealed.split_at_checked(TAG)?;
        let key = self.derive_key(id).ok()?;
        decrypt_aead(Cipher::aes_256_gcm(), &key, Some(&NONCE), context, text, tag).ok()
    }

    /// The key of one text. The secret key also encrypts other values, so it only derives
    /// a key for this purpose.
    fn derive_key(&self, id: &str) -> Result<[u8; 32], ErrorStack> {
        hmac(&hmac(self.key(), b"usher: texts that are sealed once")?, id.as_bytes())
    }
}

fn hmac(key: &[u8], message: &[u8]) -> Result<[u8; 32], ErrorStack> {
    let key = PKey::hmac(key)?;
    let mut code = [0; 32];
    Signer::new(MessageDigest::sha256(), &key)?.sign_oneshot(&mut code, message)?;
    Ok(code)
}

#[cfg(test)]
mod tests {
    use base64::{Engine, prelude::BASE64_STANDARD};

    use super::*;

    fn sealer(byte: u8) -> Sealer {
        Sealer::new(&BASE64_STANDARD.encode([byte; 32]).into()).unwrap()
    }

    #[test]
    fn text_opens_only_with_its_id_its_context_and_its_key() {
        let sealed = sealer(1).seal_once("_a", b"context", b"text").unwrap();
        assert_eq!(sealer(1).open_once("_a", b"context", &sealed).unwrap(), b"text");
        assert_eq!(sealer(1).open_once("_b", b"context", &sealed), None);
        assert_eq!(sealer(1).open_once("_a", b"another", &sealed), None);
        assert_eq!(sealer(2).open_once("_a", b"context", &sealed), None);
        for index in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[index] ^= 1;
            assert_eq!(sealer(1).open_once("_a", b"context", &changed), None, "byte {index}");
            assert_eq!(sealer(1).open_once("_a", b"context", &sealed[..index]), None, "{index}");
        }
        assert_eq!(sealer(1).open_once("_a", b"context", &[&sealed[..], &[0]].concat()), None);
    }

    #[test]
    fn text_is_not_in_what_is_sealed() {
        let sealed = sealer(1).seal_once("_a", b"", b"some long text").unwrap();
        assert_eq!(sealed.len(), TAG + 14);
        assert!(!sealed.windows(4).any(|bytes| b"some long text".windows(4).any(|it| it == bytes)));
    }
}
