//! Attempts: why a login went as it did.

use super::{App, Error};
use crate::{
    domain::{
        account::Account,
        attempt::{Attempt, Reference},
    },
    store::AttemptFilter,
};

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
