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

/// A cache of opened private keys. Decoding a key and using it for the first
/// time costs more than a whole login.
#[derive(Default)]
pub(super) struct OpenedKeys {
    pub(super) signing: OpenedKeyCache<SigningKey>,
    pub(super) decryption: OpenedKeyCache<DecryptionKey>,
}

/// The maximum number of cached keys of one kind.
const MAX_CACHED_KEYS: usize = 1_000;

/// A cache of opened keys of one kind.
pub(super) struct OpenedKeyCache<K>(Mutex<HashMap<KeyId, K>>);

impl<K> Default for OpenedKeyCache<K> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<K: Clone> OpenedKeyCache<K> {
    /// Returns the opened key from the cache, or opens it. The private part of a
    /// stored key never changes.
    pub(super) fn ready(
        &self,
        id: KeyId,
        open: impl FnOnce() -> Result<SecretBox<Vec<u8>>, Error>,
        decode: fn(&[u8]) -> Result<K, KeyError>,
    ) -> Result<K, Error> {
        let lock_cache = || self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(ready) = lock_cache().get(&id) {
            return Ok(ready.clone());
        }
        let private = open()?;
        let ready = decode(private.expose_secret())
            .map_err(|error| Error::internal("reading a key", error))?;
        let mut cache = lock_cache();
        if cache.len() >= MAX_CACHED_KEYS {
            cache.clear();
        }
        cache.insert(id, ready.clone());
        Ok(ready)
    }
}
