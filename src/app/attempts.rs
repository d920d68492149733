//! Attempts: why a login went as it did.

use std::collections::HashSet;

use secrecy::ExposeSecret;

use super::{
    App, Error,
    callers::Caller,
    listing::{self, Listed, Query},
};
use crate::{
    domain::{
        Timestamp,
        account::Account,
        attempt::{Attempt, Reference},
        id::{AccountId, AttemptId},
        listing::Page,
    },
    store::{AttemptFilter, Tx},
};

/// An attempt, and whether its message is kept.
#[derive(Debug, Clone, PartialEq)]
pub struct Told {
    /// The attempt.
    pub attempt: Attempt,
    /// Whether its message is there to be read.
    pub has_message: bool,
}

/// The attempts of an account, newest first.
///
/// # Errors
/// If the database can't be read.
pub fn list(app: &App, account: &Account, filter: &AttemptFilter) -> Result<Vec<Attempt>, Error> {
    app.db.read(|tx| tx.attempts(account.id, filter).map_err(Error::from))
}

/// The attempt of an account that has this reference.
///
/// # Errors
/// [`Error::NotFound`] if there is none.
pub fn by_reference(app: &App, account: &Account, reference: &Reference) -> Result<Attempt, Error> {
    app.db
        .read(|tx| tx.attempt_by_reference(account.id, reference).map_err(Error::from))?
        .ok_or_else(|| Error::not_found("attempt", reference))
}

/// What the error page needs: the attempt of a reference, whichever account
/// has it, and that account. The reference is 60 random bits that only the
/// person's browser was given.
///
/// # Errors
/// [`Error::NotFound`] if there is none.
pub fn for_error_page(app: &App, reference: &Reference) -> Result<(Attempt, Account), Error> {
    app.db.read(|tx| {
        let missing = || Error::not_found("attempt", reference);
        let attempt = tx.attempt_of_any_account(reference)?.ok_or_else(missing)?;
        let account = tx.account(attempt.account)?.ok_or_else(missing)?;
        Ok((attempt, account))
    })
}

/// A page of the attempts of the caller's account, the newest first unless the
/// query says otherwise.
///
/// # Errors
/// [`Error::Invalid`] with every fault of the query.
pub fn page(app: &App, caller: &Caller, query: &Query) -> Result<Listed<Told>, Error> {
    let now = app.now();
    let account = caller.author.account;
    listing::list(query, |listing| {
        app.db.read(|tx| {
            let Page { items, next, total } = tx.list_attempts(account, listing)?;
            Ok(Page { items: told(tx, account, items, now)?, next, total })
        })
    })
}

/// An attempt of the caller's account.
///
/// # Errors
/// [`Error::NotFound`] if there is none.
pub fn get(app: &App, caller: &Caller, id: AttemptId) -> Result<Told, Error> {
    let now = app.now();
    let account = caller.author.account;
    app.db.read(|tx| {
        let found = tx.attempt(account, id)?.into_iter().collect();
        let told = told(tx, account, found, now)?.pop();
        told.ok_or_else(|| Error::not_found("attempt", id))
    })
}

/// The message of an attempt, as XML. Nothing of it has been looked at.
///
/// # Errors
/// [`Error::NotFound`] if there is no such attempt, or if its message is not
/// kept, or not any more.
pub fn message(app: &App, caller: &Caller, id: AttemptId) -> Result<(Attempt, Vec<u8>), Error> {
    let now = app.now();
    let account = caller.author.account;
    let (attempt, sealed) = app.db.read(|tx| {
        let attempt = tx.attempt(account, id)?.ok_or_else(|| Error::not_found("attempt", id))?;
        let sealed = tx.attempt_message(account, id, now)?;
        let sealed = sealed.ok_or_else(|| Error::not_found("message of the attempt", id))?;
        Ok::<_, Error>((attempt, sealed))
    })?;
    let opened = app.sealer.open(&place(id), &sealed)?;
    Ok((attempt, opened.expose_secret().clone()))
}

/// What the message of an attempt is sealed for.
pub(super) fn place(id: AttemptId) -> String {
    format!("attempt-message/{id}")
}

fn told(
    tx: &mut Tx<'_>,
    account: AccountId,
    attempts: Vec<Attempt>,
    now: Timestamp,
) -> Result<Vec<Told>, Error> {
    let ids: Vec<_> = attempts.iter().map(|attempt| attempt.id).collect();
    let kept: HashSet<_> = tx.attempts_with_message(account, &ids, now)?.into_iter().collect();
    let told = |attempt: Attempt| Told { has_message: kept.contains(&attempt.id), attempt };
    Ok(attempts.into_iter().map(told).collect())
}
