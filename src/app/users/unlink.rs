//! Unlinking an identity from its user.

use super::{diff::session_change, load_for_update};
use crate::{
    app::{App, Error, audit, callers::Caller, retry::retry_on_conflict},
    domain::{
        Timestamp,
        audit::{AuditAction, AuditChange, AuditEntry, Author},
        audited_field::AuditedField,
        etag::IfMatch,
        id::{IdentityId, UserId},
        user::Identity,
    },
};

/// An identity that was unlinked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnlinkedIdentity {
    /// The identity.
    pub identity: Identity,
    /// The number of sessions of the user through the connection that ended.
    pub ended_sessions: usize,
}

/// Unlinks an identity from its user, and ends the user's sessions through its
/// connection. The next login with the user's address links a new identity.
///
/// # Errors
/// [`Error::NotFound`] if there is no such user, or they have no such identity;
/// [`Error::PreconditionFailed`] if the user is not as `if_match` says.
pub fn unlink(
    app: &App,
    caller: &Caller,
    (user, identity): (UserId, IdentityId),
    if_match: &IfMatch,
) -> Result<UnlinkedIdentity, Error> {
    let author = &caller.author;
    let (account, now) = (author.account, app.now());
    retry_on_conflict(app, author, |tx| {
        let current = load_for_update(tx, account, user, if_match)?;
        let found = current.identities.into_iter().find(|stored| stored.id == identity);
        let identity = found.ok_or_else(|| Error::not_found("identity of this user", identity))?;
        tx.delete_identity(account, identity.id)?;
        let ended_sessions = tx.end_sessions_through(account, user, identity.connection)?;
        let sessions = session_change(ended_sessions);
        tx.insert_audit(&build_unlink_entry(author, now, &identity, sessions)?)?;
        Ok(UnlinkedIdentity { identity, ended_sessions })
    })
}

/// The audit entry of an identity that is removed from its user.
pub(super) fn build_unlink_entry(
    author: &Author,
    now: Timestamp,
    identity: &Identity,
    sessions: Option<AuditChange>,
) -> Result<AuditEntry, Error> {
    let mut changes = vec![
        AuditChange::removed(AuditedField::USER, &identity.user),
        AuditChange::removed(AuditedField::CONNECTION, &identity.connection),
        AuditChange::removed(AuditedField::SUBJECT, &identity.subject.text),
    ];
    changes.extend(sessions);
    audit::build_entry(
        author,
        now,
        AuditAction::IdentityDelete,
        (identity.id, identity.user),
        changes,
    )
}
