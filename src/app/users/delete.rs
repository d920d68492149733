//! Deleting a user, and remembering that it was done.

use super::{
    change::load_for_update,
    diff::{changes, ended, is_admin},
    retry_on_conflict,
};
use crate::{
    app::{App, Error, audit, callers::Caller, error::Refusal, members},
    domain::{etag::IfMatch, id::UserId, membership::Effect, user::DeletedUser},
};

/// Deletes a user with all that is theirs, and ends their sessions. That they
/// were deleted is remembered, with what connections called them: their next
/// login does not make them again, unless the account allows it.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::Changed`] if the user is not as `if_match`
/// says; [`Error::Refused`] if no administrator would be left, unless the
/// caller insists.
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
        let user = &current.user;
        let mut gone = changes(Some(user), None);
        gone.extend(ended(tx.end_sessions(author.account, id)?));
        let mut entries = Vec::new();
        for (team, role) in &current.teams {
            entries.extend(members::entry(
                author,
                now,
                team.id,
                id,
                Effect::Remove(role.requested),
            )?);
        }
        entries.push(audit::entry(author, now, "user.delete", id.as_uuid(), gone)?);
        tx.delete_user(author.account, id)?;
        let (account, email) = (author.account, user.email.clone());
        let deleted = DeletedUser { id, account, email, deleted_at: now };
        tx.insert_deleted_user(&deleted, &current.identities)?;
        tx.insert_audits(&entries)?;
        let bereft = is_admin(user) && !force;
        if bereft && tx.enabled_admins_for_update(author.account)?.is_empty() {
            return Err(Error::Refused(Refusal::LastAdmin { field: "force" }));
        }
        Ok(())
    })
}
