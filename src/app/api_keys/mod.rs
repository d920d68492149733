//! API keys: created, listed, rotated, deleted. The secret of a key is shown
//! once.

mod creation;
mod rotation;

pub(super) use self::creation::PreparedApiKey;
pub use self::{
    creation::{CreatedApiKey, NewApiKey, create, create_as_operator, validate},
    rotation::{RotatedApiKey, rotate, rotate_as_operator},
};
pub use super::callers::KeyRecord;
use super::{
    App, Error, audit,
    callers::Caller,
    listing::{self, ListPage, ListQuery},
    rejection::Rejection,
};
use crate::{
    domain::{
        Timestamp,
        api_key::{ApiKey, Scope},
        audit::{Actor, AuditAction, AuditChange, Author},
        audited_field::AuditedField,
        etag::{ETag, IfMatch},
        id::{AccountId, ApiKeyId},
        lists::Page,
    },
    store::{StoreError, Tx},
};

/// The keys of the author's account.
///
/// # Errors
/// [`Error::Invalid`] with every error of the query.
pub fn list(app: &App, caller: &Caller, query: &ListQuery) -> Result<ListPage<KeyRecord>, Error> {
    let author = &caller.author;
    let account = author.account;
    app.usage.flush();
    listing::list(query, |listing| {
        app.db.read(|tx| {
            let Page { items, next, total } = tx.list_api_keys(account, listing)?;
            Ok(Page { items: load_records(tx, account, items)?, next, total })
        })
    })
}

fn load_records(
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

fn load_record(tx: &mut Tx<'_>, key: ApiKey) -> Result<KeyRecord, StoreError> {
    let client = key.scim_client.map(|client| tx.scim_client(key.account, client));
    Ok(KeyRecord { scim_client: client.transpose()?.flatten(), key })
}

/// A key of the caller's account.
///
/// # Errors
/// [`Error::NotFound`] if there is none.
pub fn get(app: &App, caller: &Caller, id: ApiKeyId) -> Result<KeyRecord, Error> {
    app.usage.flush();
    app.db.read(|tx| {
        let key = tx.api_key(caller.author.account, id)?;
        Ok(load_record(tx, key.ok_or_else(|| Error::not_found("key", id))?)?)
    })
}

/// The ETag of a key: a digest of its mutable fields and those of its SCIM client.
#[must_use]
pub fn etag(record: &KeyRecord) -> ETag {
    let KeyRecord { key, scim_client } = record;
    let moment = |at: Option<Timestamp>| at.map_or(0, |at| at.timestamp_micros()).to_string();
    let client = scim_client.as_ref().map(|client| [&client.name, client.dialect.as_str()]);
    let [name, dialect] = client.unwrap_or_default();
    ETag::from_parts([&moment(key.last_used_at), &moment(key.expires_at), name, dialect])
}

/// Deletes a key. Its SCIM client remains, with the external IDs.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::PreconditionFailed`] if its ETag does not match;
/// [`Error::Rejected`] if no other key could create keys and `force` is not set,
/// or if it is the caller's own key.
pub fn delete(
    app: &App,
    caller: &Caller,
    id: ApiKeyId,
    if_match: &IfMatch,
    force: bool,
) -> Result<(), Error> {
    let author = &caller.author;
    let now = app.now();
    app.write_as(author, |tx| {
        let keys = tx.api_keys_for_update(author.account)?;
        let key = keys.iter().find(|key| key.id == id);
        let key = key.ok_or_else(|| Error::not_found("key", id))?;
        Error::check_match(if_match, &etag(&load_record(tx, key.clone())?), "key", id)?;
        let makes_keys = |key: &&ApiKey| key.scopes.contains(Scope::KeysWrite) && key.is_valid(now);
        if author.actor == Actor::ApiKey(id) {
            return Err(Error::Rejected(Rejection::OwnKey));
        }
        let others = keys.iter().filter(|other| other.id != id).filter(makes_keys).count();
        if !force && makes_keys(&key) && others == 0 {
            return Err(Error::Rejected(Rejection::LastKeyAdmin));
        }
        delete_and_audit(tx, author, key, now)
    })
}

fn delete_and_audit(
    tx: &mut Tx<'_>,
    author: &Author,
    key: &ApiKey,
    now: Timestamp,
) -> Result<(), Error> {
    tx.delete_api_key(author.account, key.id)?;
    audit_deletion(tx, author, key, now)
}

/// Records the deletion of a key in the audit log.
pub(super) fn audit_deletion(
    tx: &mut Tx<'_>,
    author: &Author,
    key: &ApiKey,
    now: Timestamp,
) -> Result<(), Error> {
    let changes = vec![
        AuditChange::removed(AuditedField::NAME, &key.name),
        AuditChange::removed(AuditedField::SCOPES, &key.scopes),
    ];
    audit::record(tx, author, now, AuditAction::KeyDelete, key.id, changes)
}
