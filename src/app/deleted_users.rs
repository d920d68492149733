//! Deleted users, whom a later login does not re-create.

use super::{
    App, Error, audit,
    callers::Caller,
    listing::{self, ListPage, ListQuery},
};
use crate::{
    domain::{
        Timestamp,
        audit::{AuditAction, AuditChange, Author},
        audited_field::AuditedField,
        email::EmailKey,
        etag::{ETag, IfMatch},
        id::UserId,
        user::DeletedUser,
    },
    store::Tx,
};

/// The deleted users of the caller's account.
///
/// # Errors
/// [`Error::Invalid`] with every error of the query.
pub fn list(app: &App, caller: &Caller, query: &ListQuery) -> Result<ListPage<DeletedUser>, Error> {
    listing::list(query, |listing| {
        app.db.read(|tx| tx.list_deleted_users(caller.author.account, listing).map_err(Error::from))
    })
}

/// A deleted user of the caller's account.
///
/// # Errors
/// [`Error::NotFound`] if there is none.
pub fn get(app: &App, caller: &Caller, id: UserId) -> Result<DeletedUser, Error> {
    let found =
        app.db.read(|tx| tx.deleted_user(caller.author.account, id).map_err(Error::from))?;
    found.ok_or_else(|| Error::not_found("deleted user", id))
}

/// Deletes a tombstone: the user's next login may re-create them.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::PreconditionFailed`] if its ETag does not match
/// `if_match`.
pub fn delete(app: &App, caller: &Caller, id: UserId, if_match: &IfMatch) -> Result<(), Error> {
    let (now, author) = (app.now(), &caller.author);
    app.write_as(author, |tx| {
        let user = tx.deleted_user(author.account, id)?;
        let user = user.ok_or_else(|| Error::not_found("deleted user", id))?;
        Error::check_match(if_match, &etag(&user), "deleted user", id)?;
        let email = AuditChange::removed(AuditedField::EMAIL, &user.email);
        match remove(tx, author, now, id, vec![email])? {
            true => Ok(()),
            false => Err(Error::not_found("deleted user", id)),
        }
    })
}

/// Removes the tombstones with these e-mail addresses, because users have the addresses again.
pub(super) fn remove_with_emails(
    tx: &mut Tx<'_>,
    author: &Author,
    now: Timestamp,
    keys: &[EmailKey],
) -> Result<(), Error> {
    let found = tx.deleted_by_email(author.account, keys)?;
    found.into_iter().try_for_each(|id| remove(tx, author, now, id, Vec::new()).map(drop))
}

/// Removes a tombstone. Returns whether it was there.
pub(super) fn remove(
    tx: &mut Tx<'_>,
    author: &Author,
    now: Timestamp,
    id: UserId,
    changes: Vec<AuditChange>,
) -> Result<bool, Error> {
    let is_removed = tx.delete_deleted_user(author.account, id)?;
    if is_removed {
        audit::record(tx, author, now, AuditAction::DeletedUserDelete, id, changes)?;
    }
    Ok(is_removed)
}

/// The ETag of a deleted user, which never changes.
#[must_use]
pub fn etag(user: &DeletedUser) -> ETag {
    ETag::from_parts([user.deleted_at.timestamp_micros()])
}
