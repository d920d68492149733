//! Rotating a key.

use super::{CreatedApiKey, PreparedApiKey, etag, load_record};
use crate::{
    app::{
        App, Error, Rejection, audit,
        callers::{Caller, KeyRecord},
        retry::retry_on_conflict,
    },
    domain::{
        Timestamp,
        api_key::{ApiKey, Scopes},
        audit::{AuditAction, AuditChange, Author},
        audited_field::AuditedField,
        etag::IfMatch,
        id::ApiKeyId,
        key_rotation::{self, Rotation, RotationOverlap},
    },
    store::Tx,
};

/// The two keys of a rotation.
#[derive(Debug)]
pub struct RotatedApiKey {
    /// The new key.
    pub new: CreatedApiKey,
    /// The replaced key, with its new end.
    pub old: KeyRecord,
}

/// The limits that a caller's key sets for a new key.
struct CallerLimits<'a> {
    scopes: &'a Scopes,
    expires_at: Option<Timestamp>,
}

/// Rotates a key: creates one with the same name, scopes, SCIM client and
/// lifetime, and brings the end of the old one forward. The scopes and lifetime
/// of the new key can't exceed those of the caller.
///
/// # Errors
/// [`Error::NotFound`] if there is no such key; [`Error::MissingScope`] if the
/// key has a scope that the caller does not have; [`Error::PreconditionFailed`] if it is
/// not as `if_match` says; [`Error::Rejected`] if it has expired.
pub fn rotate(
    app: &App,
    caller: &Caller,
    id: ApiKeyId,
    if_match: &IfMatch,
    overlap: RotationOverlap,
) -> Result<RotatedApiKey, Error> {
    let limits = CallerLimits { scopes: &caller.scopes, expires_at: caller.expires_at() };
    rotate_within(app, &caller.author, Some(&limits), id, if_match, overlap)
}

/// Rotates a key for the operator on the command line.
///
/// # Errors
/// As [`rotate`].
pub fn rotate_as_operator(
    app: &App,
    caller: &Caller,
    id: ApiKeyId,
    overlap: RotationOverlap,
) -> Result<RotatedApiKey, Error> {
    let author = &caller.author;
    rotate_within(app, author, None, id, &IfMatch::Unconditional, overlap)
}

fn rotate_within(
    app: &App,
    author: &Author,
    limits: Option<&CallerLimits<'_>>,
    id: ApiKeyId,
    if_match: &IfMatch,
    overlap: RotationOverlap,
) -> Result<RotatedApiKey, Error> {
    let now = app.now();
    retry_on_conflict(app, author, |tx| {
        let key = tx.api_key_for_update(author.account, id)?;
        let old = load_record(tx, key.ok_or_else(|| Error::not_found("key", id))?)?;
        if let Some(limits) = limits
            && let Some(scope) = limits.scopes.missing(&old.key.scopes).iter().next()
        {
            return Err(Error::MissingScope(scope));
        }
        Error::check_match(if_match, &etag(&old), "key", id)?;
        let limit = limits.and_then(|limits| limits.expires_at);
        let rotation = key_rotation::rotate(&old.key, overlap, limit, now);
        let Rotation { old_expires_at, new_expires_at } =
            rotation.map_err(|at| Error::Rejected(Rejection::KeyExpired { at }))?;
        let ready = PreparedApiKey::new_replacement(author, &old.key, new_expires_at, now)?;
        let new = ready.write(tx)?;
        let old = expire_replaced_key(tx, author, old, &new.key, old_expires_at)?;
        Ok(RotatedApiKey { new: ready.into_created(new), old })
    })
}

/// Sets the end of a replaced key.
fn expire_replaced_key(
    tx: &mut Tx<'_>,
    author: &Author,
    old: KeyRecord,
    new: &ApiKey,
    expires_at: Timestamp,
) -> Result<KeyRecord, Error> {
    let KeyRecord { key, scim_client } = old;
    tx.set_api_key_end(author.account, key.id, expires_at)?;
    let ends = |end: Option<Timestamp>| [(AuditedField::EXPIRES_AT, end.map(|at| at.to_rfc3339()))];
    let mut changes = vec![AuditChange::added(AuditedField::REPLACED_BY, &new.id)];
    changes.extend(AuditChange::diff(&ends(key.expires_at), &ends(Some(expires_at))));
    audit::record(tx, author, new.created_at, AuditAction::KeyRotate, key.id, changes)?;
    Ok(KeyRecord { key: ApiKey { expires_at: Some(expires_at), ..key }, scim_client })
}
