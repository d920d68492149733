//! Deletion of a user, which leaves a tombstone.

use super::{
    UserRecord,
    admins::check_admin_left,
    change::load_for_update,
    diff::{diff_users, session_change},
    unlink::build_unlink_entry,
};
use crate::{
    app::{App, Error, audit, callers::Caller, members, retry::retry_on_conflict},
    domain::{
        Timestamp,
        audit::{AuditAction, Author},
        etag::IfMatch,
        id::UserId,
        membership::MembershipEffect,
        user::DeletedUser,
    },
    store::Tx,
};

/// Deletes a user with their memberships and identities, and ends their sessions.
/// A tombstone with their subjects remains: their next login does not re-create
/// them, unless the account allows it.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::PreconditionFailed`] if the user is not as `if_match` says;
/// [`Error::Rejected`] if no administrator would be left and `force` is not set.
pub fn delete(
    app: &App,
    caller: &Caller,
    id: UserId,
    if_match: &IfMatch,
    force: bool,
) -> Result<(), Error> {
    let (author, now) = (&caller.author, app.now());
    retry_on_conflict(app, author, |tx| {
        let current = load_for_update(tx, author.account, id, if_match)?;
        delete_in(tx, author, &current, force, now)
    })
}

/// Deletes a user who was loaded for an update.
pub(crate) fn delete_in(
    tx: &mut Tx<'_>,
    author: &Author,
    current: &UserRecord,
    force: bool,
    now: Timestamp,
) -> Result<(), Error> {
    let UserRecord { user, teams, identities } = current;
    let (account, id) = (author.account, user.id);
    let mut changes = diff_users(Some(user), None);
    changes.extend(session_change(tx.end_sessions(account, id)?));
    let mut entries = Vec::new();
    for (team, role) in teams {
        entries.extend(members::build_audit_entry(
            author,
            now,
            team.id,
            id,
            MembershipEffect::Remove(role.requested),
        )?);
    }
    for identity in identities {
        entries.push(build_unlink_entry(author, now, identity, None)?);
    }
    entries.push(audit::build_entry(author, now, AuditAction::UserDelete, id, changes)?);
    tx.delete_user(account, id)?;
    let deleted = DeletedUser { id, account, email: user.email.clone(), deleted_at: now };
    tx.insert_deleted_user(&deleted, identities)?;
    tx.insert_audits(&entries)?;
    if user.is_enabled_admin() && !force {
        check_admin_left(tx, account, "force")?;
    }
    Ok(())
}
