//! API keys: made, shown once, looked at, taken away.

use secrecy::SecretString;

use super::{
    App, Error, audit,
    callers::{Caller, KEY_PREFIX},
    error::Refusal,
    listing::{self, Listed, Query},
    random::{self, Secret},
};
use crate::{
    domain::{
        Timestamp,
        api_key::{ApiKey, Dialect, Scope, Scopes},
        audit::{Actor, AuditEntry, Author, Change},
        fault::Fault,
        id::ApiKeyId,
        tag::{IfMatch, Tag},
        text::line,
    },
    store::{StoreError, Tx},
};

/// What is needed for a key.
#[derive(Debug, Clone)]
pub struct NewApiKey {
    /// What it is for.
    pub name: String,
    /// What it lets its holder do.
    pub scopes: Scopes,
    /// How its holder speaks SCIM; [`Dialect::Strict`], if it may and nothing is
    /// said.
    pub dialect: Option<Dialect>,
    /// From when on it lets nobody in.
    pub expires_at: Option<Timestamp>,
}

/// A key that was just made, with its text, which nobody can read again.
#[derive(Debug)]
pub struct MadeApiKey {
    /// The key without its secret.
    pub key: ApiKey,
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
pub fn faults(caller: &Caller, new: &NewApiKey, now: Timestamp) -> Vec<Fault> {
    let beyond = caller.scopes.missing(&new.scopes);
    let beyond = (!beyond.is_empty()).then(|| {
        let reason = "are scopes that the key which makes this one does not have itself";
        Fault::new("scopes", beyond.to_string(), reason)
    });
    let later = new.expires_at.zip(caller.expires_at()).filter(|(wanted, own)| wanted > own);
    let later = later.map(|(wanted, own)| {
        let reason =
            format!("is later than the key which makes this one ends: {}", own.to_rfc3339());
        Fault::new("expiresAt", wanted.to_rfc3339(), reason)
    });
    new.faults(now).into_iter().chain(beyond).chain(later).collect()
}

/// Makes a key for whoever has the command line of the machine.
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
    faults: Vec<Fault>,
) -> Result<MadeApiKey, Error> {
    if !faults.is_empty() {
        return Err(Error::Invalid(faults));
    }
    let ready = Ready::of(author, new, now)?;
    app.write_as(author, |tx| ready.write(tx).map_err(Error::from))?;
    Ok(ready.made())
}

/// A key that only has to be written.
pub(super) struct Ready {
    key: ApiKey,
    secret: Secret,
    audit: AuditEntry,
}

impl Ready {
    /// Without a look at what may be wrong with it.
    pub(super) fn of(author: &Author, new: &NewApiKey, now: Timestamp) -> Result<Self, Error> {
        let (key, secret) = key(author, new, now)?;
        let expires_at = key.expires_at.map(|until| until.to_rfc3339());
        let made = [
            ("name", Some(key.name.clone())),
            ("scopes", Some(key.scopes.to_string())),
            ("dialect", key.dialect.map(|dialect| dialect.as_str().to_owned())),
            ("expiresAt", expires_at),
        ];
        let made = made.into_iter().filter(|(_, to)| to.is_some());
        let made = made.map(|(field, to)| Change { field: field.into(), from: None, to }).collect();
        let audit = audit::entry(author, now, "key.create", key.id.as_uuid(), made)?;
        Ok(Self { key, secret, audit })
    }

    pub(super) fn write(&self, tx: &mut Tx<'_>) -> Result<(), StoreError> {
        tx.insert_api_key(&self.key, self.secret.hash)?;
        tx.insert_audit(&self.audit)
    }

    pub(super) fn made(self) -> MadeApiKey {
        let text = format!("{KEY_PREFIX}{}", self.secret.expose()).into();
        MadeApiKey { key: self.key, text }
    }
}

fn key(author: &Author, new: &NewApiKey, now: Timestamp) -> Result<(ApiKey, Secret), Error> {
    let NewApiKey { name, scopes, dialect, expires_at } = new;
    let strict = scopes.contains(Scope::Scim).then_some(Dialect::Strict);
    let secret = Secret::new()?;
    let key = ApiKey {
        id: random::id(ApiKeyId::new, now)?,
        account: author.account,
        name: name.trim().to_owned(),
        hint: KEY_PREFIX.chars().chain(secret.expose().chars().take(4)).collect(),
        scopes: scopes.clone(),
        dialect: dialect.or(strict),
        created_at: now,
        expires_at: *expires_at,
        last_used_at: None,
    };
    Ok((key, secret))
}

impl NewApiKey {
    pub(super) fn faults(&self, now: Timestamp) -> Vec<Fault> {
        let mut faults = Vec::new();
        if let Err(fault) = line(&self.name) {
            faults.push(Fault::new("name", &self.name, fault));
        }
        if self.scopes.is_empty() {
            faults.push(Fault::new("scopes", "", "must have at least one scope"));
        }
        if let Some(until) = self.expires_at.filter(|until| *until <= now) {
            faults.push(Fault::new("expiresAt", until.to_rfc3339(), "must be in the future"));
        }
        faults
    }
}

/// The keys of the author's account.
///
/// # Errors
/// [`Error::Invalid`] with every fault of the query.
pub fn list(app: &App, author: &Author, query: &Query) -> Result<Listed<ApiKey>, Error> {
    listing::list(query, |listing| {
        app.db.read(|tx| tx.list_api_keys(author.account, listing).map_err(Error::from))
    })
}

/// A key of the caller's account.
///
/// # Errors
/// [`Error::NotFound`] if there is none.
pub fn get(app: &App, caller: &Caller, id: ApiKeyId) -> Result<ApiKey, Error> {
    let found = app.db.read(|tx| tx.api_key(caller.author.account, id).map_err(Error::from))?;
    found.ok_or_else(|| Error::not_found("key", id))
}

/// The state of a key, which changes in nothing but when it was last used.
#[must_use]
pub fn tag(key: &ApiKey) -> Tag {
    Tag::of_parts([key.last_used_at.map_or(0, |at| at.timestamp_micros())])
}

/// Takes a key away: it lets nobody in from now on.
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
        if !if_match.allows(&tag(key)) {
            return Err(Error::precondition("key", id, if_match));
        }
        let makes_keys = |key: &&ApiKey| {
            key.scopes.contains(Scope::KeysWrite) && key.expires_at.is_none_or(|until| now < until)
        };
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
    let gone = vec![
        Change { field: "name".into(), from: Some(key.name.clone()), to: None },
        Change { field: "scopes".into(), from: Some(key.scopes.to_string()), to: None },
    ];
    Ok(tx.insert_audit(&audit::entry(author, now, "key.delete", key.id.as_uuid(), gone)?)?)
}
