//! Usher's key pairs: generated, sealed for storage, opened for use.

use chrono::TimeDelta;
use secrecy::SecretBox;

use super::{App, Error, random};
use crate::{
    domain::{
        Timestamp,
        account::Account,
        id::{AccountId, KeyId},
    },
    saml::keys::{self, DecryptionKey, SigningKey},
    store::{KeyOwner, KeyPurpose, StoredKey},
};

/// How long our certificates are valid. Identity providers pin them, and a
/// rollover is work for their administrators, so: long.
const CERTIFICATE_LIFETIME: TimeDelta = TimeDelta::days(3650);

/// Generates the key pairs of a new account: one for signing requests, one for
/// decrypting assertions.
///
/// # Errors
/// If a key can't be generated.
pub(super) fn generate_for_account(
    app: &App,
    account: &Account,
    now: Timestamp,
) -> Result<Vec<StoredKey>, Error> {
    let generate_key = |purpose, name| {
        let pair = keys::generate(name, now, CERTIFICATE_LIFETIME)
            .map_err(|error| Error::internal("making a key", error))?;
        let owner = KeyOwner::Account(account.id);
        seal(app, owner, purpose, pair.certificate_der, &pair.private_der, now)
    };
    Ok(vec![
        generate_key(KeyPurpose::SamlSigning, "Usher signing")?,
        generate_key(KeyPurpose::SamlEncryption, "Usher encryption")?,
    ])
}

/// Seals a private key for storing.
pub(super) fn seal(
    app: &App,
    owner: KeyOwner,
    purpose: KeyPurpose,
    public: Vec<u8>,
    private: &[u8],
    now: Timestamp,
) -> Result<StoredKey, Error> {
    let id = random::generate_id(KeyId::new, now)?;
    let sealed_private = app.sealer.seal(&seal_context(id), private)?;
    Ok(StoredKey { id, owner, purpose, public, sealed_private, created_at: now, retired_at: None })
}

/// Opens a stored private key.
pub(super) fn open(app: &App, key: &StoredKey) -> Result<SecretBox<Vec<u8>>, Error> {
    app.sealer.open(&seal_context(key.id), &key.sealed_private)
}

/// The certificates of an account for one purpose, DER, newest first; all of
/// them during a rollover.
pub(super) fn load_certificates(
    app: &App,
    account: AccountId,
    purpose: KeyPurpose,
) -> Result<Vec<Vec<u8>>, Error> {
    let keys = load_active_keys(app, KeyOwner::Account(account), purpose)?;
    Ok(keys.into_iter().map(|key| key.public).collect())
}

/// The key that signs an account's requests: the newest one.
pub(super) fn load_signing_key(app: &App, account: AccountId) -> Result<SigningKey, Error> {
    let keys = load_active_keys(app, KeyOwner::Account(account), KeyPurpose::SamlSigning)?;
    let key = keys.first().ok_or_else(|| Error::not_found("signing key of account", account))?;
    app.sealer.opened.signing.ready(key.id, || open(app, key), SigningKey::from_der)
}

/// The keys that may open an account's encrypted assertions.
pub(super) fn load_decryption_keys(
    app: &App,
    account: AccountId,
) -> Result<Vec<DecryptionKey>, Error> {
    let keys = load_active_keys(app, KeyOwner::Account(account), KeyPurpose::SamlEncryption)?;
    let opened = &app.sealer.opened.decryption;
    keys.iter()
        .map(|key| opened.ready(key.id, || open(app, key), DecryptionKey::from_der))
        .collect()
}

/// The keys of an owner for one purpose that are not retired, newest first.
pub(super) fn load_active_keys(
    app: &App,
    owner: KeyOwner,
    purpose: KeyPurpose,
) -> Result<Vec<StoredKey>, Error> {
    let mut keys = app.db.read(|tx| tx.keys(owner).map_err(Error::from))?;
    keys.retain(|key| key.purpose == purpose && key.retired_at.is_none());
    keys.sort_by_key(|key| std::cmp::Reverse(key.id));
    Ok(keys)
}

fn seal_context(id: KeyId) -> String {
    format!("key/{id}")
}
