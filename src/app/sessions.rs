//! Sessions: who is signed in, and signing out.

use super::{App, Error, attribute_visibility::retain_visible, random::Secret};
use crate::domain::{
    account::Account,
    custom_attribute::Visibility,
    membership::MemberRole,
    session::Session,
    team::Team,
    user::{User, UserStatus},
};

/// A person who is signed in.
#[derive(Debug, Clone)]
pub struct SignedInUser {
    /// The session.
    pub session: Session,
    /// The account of the user.
    pub account: Account,
    /// The user, as they are now, with the custom attributes that the product gets.
    pub user: User,
    /// Their teams, and their role in each.
    pub teams: Vec<(Team, MemberRole)>,
}

/// Returns the user who is signed in by a session cookie. `None` if the session
/// does not exist or has expired, or its user is disabled.
///
/// # Errors
/// If the database can't be read. Never treat that as signed out.
pub fn find_current(app: &App, cookie: &str) -> Result<Option<SignedInUser>, Error> {
    let Some(secret) = Secret::from_text(cookie) else { return Ok(None) };
    let now = app.now();
    app.db.read(|tx| {
        let Some(session) = tx.session_by_hash(secret.hash)? else { return Ok(None) };
        if session.expires_at <= now {
            return Ok(None);
        }
        let Some(mut user) = tx.user(session.account, session.user)? else { return Ok(None) };
        let Some(account) = tx.account(session.account)? else { return Ok(None) };
        match user.status {
            UserStatus::Active | UserStatus::Staged => {}
            UserStatus::Disabled => return Ok(None),
        }
        let users = std::iter::once(&mut user);
        retain_visible(tx, session.account, users, Visibility::includes_product)?;
        let teams = tx.teams_of(session.account, session.user)?;
        Ok(Some(SignedInUser { session, account, user, teams }))
    })
}

/// Ends the session of a cookie, if there is one.
///
/// # Errors
/// If the database can't be written: the session remains.
pub fn end(app: &App, cookie: &str) -> Result<(), Error> {
    let Some(secret) = Secret::from_text(cookie) else { return Ok(()) };
    app.db.write(|tx| {
        if let Some(session) = tx.session_by_hash(secret.hash)? {
            tx.delete_session(session.account, session.id)?;
        }
        Ok(())
    })
}
