//! API keys: created, listed, rotated, deleted. The secret of a key is shown
//! once.

mod creation;
mod rotation;

use chrono::SecondsFormat;
use secrecy::SecretString;

pub(super) use self::creation::Ready;
pub use self::rotation::{RotatedApiKey, rotate, rotate_as_operator};
use super::{
    App, Error, audit,
    callers::{Caller, KEY_PREFIX},
    error::Refusal,
    listing::{self, Listed, Query},
    random::{self, Secret},
    scim_clients,
    users::retry_on_conflict,
};
use crate::{
    domain::{
        Timestamp,
        api_key::{ApiKey, Dialect, Scope, Scopes},
        audit::{Actor, Author, Change},
        etag::{IfMatch, Tag},
        field_error::{FieldError, Reason},
        id::{AccountId, ApiKeyId, ScimClientId},
        listing::Page,
        scim_client::{KeyClient, ScimClient},
        text::line,
    },
    store::{StoreError, Tx},
};

/// A key with its SCIM client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyRecord {
    /// The key without its secret.
    pub key: ApiKey,
    /// The SCIM client that it is a key of, if it has the scope `scim`.
    pub scim_client: Option<ScimClient>,
}

/// What is needed for a key.
#[derive(Debug, Clone)]
pub struct NewApiKey {
    /// What it is for.
    pub name: String,
    /// What it lets its holder do.
    pub scopes: Scopes,
    /// The SCIM client that it is to be a key of. `None`: a new one, if the key
    /// has the scope `scim`.
    pub scim_client: Option<ScimClientId>,
    /// The dialect of a new SCIM client; [`Dialect::Strict`] if it is `None`.
    pub dialect: Option<Dialect>,
    /// From when on it lets nobody in.
    pub expires_at: Option<Timestamp>,
}

/// A key that was just made, with its text, which nobody can read again.
#[derive(Debug)]
pub struct MadeApiKey {
    /// The key without its secret.
    pub key: KeyRecord,
    /// What its holder shows.
    pub text: SecretString,
}

/// Makes a key for a program. A caller can't give what they do not have, nor for
/// longer than they have it.
///
/// # Errors
/// [`Error::Invalid`] with every fault.
pub fn create(app: &App, caller: &Caller, new: &NewApiKey) -> Result<MadeApiKey, Error> {
    let now = app.now();
    // A key that ends makes none that outlives it.
    let new = NewApiKey { expires_at: new.expires_at.or(caller.expires_at()), ..new.clone() };
    make(app, &caller.author, &new, now, faults(caller, &new, now))
}

/// What is wrong with a key that a caller asks for.
#[must_use]
pub fn faults(caller: &Caller, new: &NewApiKey, now: Timestamp) -> Vec<FieldError> {
    let beyond = caller.scopes.missing(&new.scopes);
    let beyond = (!beyond.is_empty()).then(|| {
        let own = format!("scopes of the caller: {}", caller.scopes);
        let reason = Reason::new(
            "are scopes that the caller does not have",
            own,
            "Leave these scopes out, or use a key that has them.",
        );
        FieldError::new("scopes", beyond.to_string(), reason)
    });
    let later = new.expires_at.zip(caller.expires_at()).filter(|(desired, own)| desired > own);
    let later = later.map(|(desired, own)| {
        let end = timestamp(own);
        let reason = Reason::new(
            format!("is later than the end of the caller's key, {end}"),
            format!("a moment until {end}"),
            "Use an earlier moment, or a key that ends later.",
        );
        FieldError::new("expiresAt", timestamp(desired), reason)
    });
    new.faults(now).into_iter().chain(beyond).chain(later).collect()
}

/// Makes a key for the operator on the command line.
///
/// # Errors
/// [`Error::Invalid`] with every fault.
pub fn create_first(app: &App, author: &Author, new: &NewApiKey) -> Result<MadeApiKey, Error> {
    let now = app.now();
    make(app, author, new, now, new.faults(now))
}

fn make(
    app: &App,
    author: &Author,
    new: &NewApiKey,
    now: Timestamp,
    faults: Vec<FieldError>,
) -> Result<MadeApiKey, Error> {
    if !faults.is_empty() {
        return Err(Error::Invalid(faults));
    }
    let ready = Ready::of(author, new, now)?;
    // Another request may create a SCIM client of the same name.
    let record = retry_on_conflict(app, author, |tx| ready.write(tx))?;
    Ok(ready.into_made(record))
}

/// A moment as the API writes it.
fn timestamp(moment: Timestamp) -> String {
    moment.to_rfc3339_opts(SecondsFormat::AutoSi, true)
}

impl NewApiKey {
    pub(super) fn faults(&self, now: Timestamp) -> Vec<FieldError> {
        let mut faults = Vec::new();
        if let Err(fault) = line(&self.name) {
            faults.push(FieldError::new("name", &self.name, fault));
        }
        if self.scopes.is_empty() {
            faults.push(FieldError::new("scopes", "", "must have at least one scope"));
        }
        if let Some(until) = self.expires_at.filter(|until| *until <= now) {
            faults.push(FieldError::new(
                "expiresAt",
                timestamp(until),
                "must be a moment in the future",
            ));
        }
        // A key without scopes has another fault.
        if !self.scopes.is_empty() {
            faults.extend(self.client().err().into_iter().flatten());
        }
        faults
    }

    fn client(&self) -> Result<KeyClient, Vec<FieldError>> {
        KeyClient::choose(&self.scopes, self.scim_client, self.dialect)
    }
}

/// The keys of the author's account.
///
/// # Errors
/// [`Error::Invalid`] with every fault of the query.
pub fn list(app: &App, author: &Author, query: &Query) -> Result<Listed<KeyRecord>, Error> {
    let account = author.account;
    listing::list(query, |listing| {
        app.db.read(|tx| {
            let Page { items, next, total } = tx.list_api_keys(account, listing)?;
            Ok(Page { items: records(tx, account, items)?, next, total })
        })
    })
}

fn records(
    tx: &mut Tx<'_>,
    account: AccountId,
    keys: Vec<ApiKey>,
) -> Result<Vec<KeyRecord>, StoreError> {
    let mut ids: Vec<_> = keys.iter().filter_map(|key| key.scim_client).collect();
    ids.sort_unstable();
    ids.dedup();
    let clients = tx.scim_clients(account, &ids)?;
    let record = |key: ApiKey| {
        let client = clients.iter().find(|client| Some(client.id) == key.scim_client);
        KeyRecord { scim_client: client.cloned(), key }
    };
    Ok(keys.into_iter().map(record).collect())
}

fn record(tx: &mut Tx<'_>, key: ApiKey) -> Result<KeyRecord, StoreError> {
    let client = key.scim_client.map(|client| tx.scim_client(key.account, client));
    Ok(KeyRecord { scim_client: client.transpose()?.flatten(), key })
}

/// A key of the caller's account.
///
/// # Errors
/// [`Error::NotFound`] if there is none.
pub fn get(app: &App, caller: &Caller, id: ApiKeyId) -> Result<KeyRecord, Error> {
    app.db.read(|tx| {
        let key = tx.api_key(caller.author.account, id)?;
        Ok(record(tx, key.ok_or_else(|| Error::not_found("key", id))?)?)
    })
}

/// The state of a key: what can change of it, and what is shown of its client.
#[must_use]
pub fn tag(record: &KeyRecord) -> Tag {
    let KeyRecord { key, scim_client } = record;
    let moment = |at: Option<Timestamp>| at.map_or(0, |at| at.timestamp_micros()).to_string();
    let client = scim_client.as_ref().map(|client| [&client.name, client.dialect.as_str()]);
    let [name, dialect] = client.unwrap_or_default();
    Tag::of_parts([&moment(key.last_used_at), &moment(key.expires_at), name, dialect])
}

/// Deletes a key: it lets nobody in from now on. Its SCIM client stays, with the
/// external IDs.
///
/// # Errors
/// [`Error::NotFound`] if there is none; [`Error::Changed`] if it is not any
/// more as `if_match` says; [`Error::Refused`] if no other key
/// could make keys, unless the caller insists, and if it is
/// the key that the caller shows.
pub fn delete(
    app: &App,
    author: &Author,
    id: ApiKeyId,
    if_match: &IfMatch,
    force: bool,
) -> Result<(), Error> {
    let now = app.now();
    app.write_as(author, |tx| {
        let keys = tx.api_keys_for_update(author.account)?;
        let key = keys.iter().find(|key| key.id == id);
        let key = key.ok_or_else(|| Error::not_found("key", id))?;
        if !if_match.allows(&tag(&record(tx, key.clone())?)) {
            return Err(Error::precondition("key", id, if_match));
        }
        let makes_keys = |key: &&ApiKey| key.scopes.contains(Scope::KeysWrite) && key.is_valid(now);
        if author.actor == Actor::ApiKey(id) {
            return Err(Error::Refused(Refusal::OwnKey));
        }
        let others = keys.iter().filter(|other| other.id != id).filter(makes_keys).count();
        if !force && makes_keys(&key) && others == 0 {
            return Err(Error::Refused(Refusal::LastKeyMaker));
        }
        remove(tx, author, key, now)
    })
}

fn remove(tx: &mut Tx<'_>, author: &Author, key: &ApiKey, now: Timestamp) -> Result<(), Error> {
    tx.delete_api_key(author.account, key.id)?;
    audit_deletion(tx, author, key, now)
}

/// Writes down that a key was deleted.
pub(super) fn audit_deletion(
    tx: &mut Tx<'_>,
    author: &Author,
    key: &ApiKey,
    now: Timestamp,
) -> Result<(), Error> {
    let gone = vec![
        Change { field: "name".into(), from: Some(key.name.clone()), to: None },
        Change { field: "scopes".into(), from: Some(key.scopes.to_string()), to: None },
    ];
    Ok(tx.insert_audit(&audit::entry(author, now, "key.delete", key.id.as_uuid(), gone)?)?)
}
