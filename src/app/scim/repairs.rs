//! What of a client's requests was mended, and in how many of them.

use crate::{
    app::{App, Error, callers::Caller},
    domain::{
        id::ApiKeyId,
        repair::{Counted, Repair},
    },
};

/// Counts a request in which something was mended, each kind once. A session
/// is no client: nothing is mended for it.
///
/// # Errors
/// If the database can't be written.
pub fn count(app: &App, caller: &Caller, repairs: &[Repair]) -> Result<(), Error> {
    let Some(client) = caller.client().filter(|_| !repairs.is_empty()) else { return Ok(()) };
    let (account, now) = (caller.author.account, app.now());
    app.db
        .write_for(account, |tx| tx.count_repairs(account, client, repairs, now))
        .map_err(Error::from)
}

/// What was mended for a client so far.
///
/// # Errors
/// [`Error::NotFound`] if there is no such key.
pub fn list(app: &App, caller: &Caller, client: ApiKeyId) -> Result<Vec<Counted>, Error> {
    let account = caller.author.account;
    app.db.read(|tx| {
        tx.api_key(account, client)?.ok_or_else(|| Error::not_found("key", client))?;
        Ok(tx.repairs(account, client)?)
    })
}
