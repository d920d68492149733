//! The audit: what each change is written down as, and reading it.

use super::{Error, random};
use crate::domain::{
    Timestamp,
    audit::{AuditEntry, Author, Change},
    id::AuditId,
};

/// An entry of the audit. `action` is `thing.verb`, e.g. `user.create`;
/// `target` the thing's identifier.
///
/// # Errors
/// If the operating system has no random bytes to give.
pub(crate) fn entry(
    author: &Author,
    now: Timestamp,
    action: &'static str,
    target: uuid::Uuid,
    changes: Vec<Change>,
) -> Result<AuditEntry, Error> {
    let Author { account, actor, request } = author.clone();
    Ok(AuditEntry {
        id: random::id(AuditId::new, now)?,
        account,
        at: now,
        actor,
        request,
        action: action.into(),
        target,
        changes,
    })
}
