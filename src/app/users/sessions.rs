//! The sessions of a user.

use super::{diff::session_change, load_for_update};
use crate::{
    app::{App, Error, audit, callers::Caller, retry::retry_on_conflict},
    domain::{audit::AuditAction, etag::IfMatch, id::UserId, session::Session},
};

/// The sessions of a user that have not ended, the newest first.
///
/// # Errors
/// [`Error::NotFound`] if there is no such user.
pub fn list_sessions(app: &App, caller: &Caller, id: UserId) -> Result<Vec<Session>, Error> {
    let (account, now) = (caller.author.account, app.now());
    app.db.read(|tx| {
        tx.user(account, id)?.ok_or_else(|| Error::not_found("user", id))?;
        tx.sessions_of(account, id, now).map_err(Error::from)
    })
}

/// Ends all sessions of a user. Returns their number.
///
/// # Errors
/// [`Error::NotFound`] if there is no such user.
pub fn end_sessions(app: &App, caller: &Caller, id: UserId) -> Result<usize, Error> {
    let (author, now) = (&caller.author, app.now());
    retry_on_conflict(app, author, |tx| {
        load_for_update(tx, author.account, id, &IfMatch::Unconditional)?;
        // Expired sessions may still be in the database.
        let count = tx.sessions_of(author.account, id, now)?.len();
        tx.end_sessions(author.account, id)?;
        if let Some(change) = session_change(count) {
            audit::record(tx, author, now, AuditAction::UserEndSessions, id, vec![change])?;
        }
        Ok(count)
    })
}
