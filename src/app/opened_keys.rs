//! Private keys that were opened, ready for use.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use secrecy::{ExposeSecret, SecretBox};

use super::Error;
use crate::{
    domain::id::KeyId,
    saml::keys::{DecryptionKey, KeyError, SigningKey},
};

/// The private keys that this process has opened, ready for use. To decode
/// one, and to use it for the first time, costs more than a whole login.
#[derive(Default)]
pub(super) struct OpenedKeys {
    pub(super) signing: Ready<SigningKey>,
    pub(super) decryption: Ready<DecryptionKey>,
}

/// How many keys of one kind are kept ready.
const MAX_READY: usize = 1_000;

/// Keys of one kind.
pub(super) struct Ready<K>(Mutex<HashMap<KeyId, K>>);

impl<K> Default for Ready<K> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<K: Clone> Ready<K> {
    /// A stored key, ready for use. Which one is in use was decided before:
    /// here is only what it holds, which never changes.
    pub(super) fn ready(
        &self,
        id: KeyId,
        open: impl FnOnce() -> Result<SecretBox<Vec<u8>>, Error>,
        read: fn(&[u8]) -> Result<K, KeyError>,
    ) -> Result<K, Error> {
        let all = || self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(ready) = all().get(&id) {
            return Ok(ready.clone());
        }
        let private = open()?;
        let ready = read(private.expose_secret())
            .map_err(|error| Error::internal("reading a key", error))?;
        let mut all = all();
        if all.len() >= MAX_READY {
            all.clear();
        }
        all.insert(id, ready.clone());
        Ok(ready)
    }
}
