//! What of a client's requests was fixed, and in how many of them.

use crate::{
    app::{App, Error, callers::Caller},
    domain::{
        audit::Author,
        compatibility_fix::{CompatibilityFix, FixCount},
        id::{ApiKeyId, ScimClientId},
    },
};

/// Counts a request in which something was fixed, each kind once. A session
/// is no client: nothing is fixed for it.
///
/// # Errors
/// If the database can't be written.
pub fn count(app: &App, caller: &Caller, fixes: &[CompatibilityFix]) -> Result<(), Error> {
    let Some(client) = caller.client().filter(|_| !fixes.is_empty()) else { return Ok(()) };
    let (account, now) = (caller.author.account, app.now());
    app.db
        .write_for(account, |tx| tx.count_compatibility_fixes(account, client, fixes, now))
        .map_err(Error::from)
}

/// The compatibility fixes of a SCIM client's requests.
///
/// # Errors
/// [`Error::NotFound`] if there is no such client.
pub fn list(app: &App, author: &Author, client: ScimClientId) -> Result<Vec<FixCount>, Error> {
    let account = author.account;
    app.db.read(|tx| {
        let found = tx.scim_client(account, client)?;
        found.ok_or_else(|| Error::not_found("SCIM client", client))?;
        Ok(tx.compatibility_fixes(account, client)?)
    })
}

/// The compatibility fixes of the SCIM client of a key: none, if it has no client.
///
/// # Errors
/// [`Error::NotFound`] if there is no such key.
pub fn list_by_key(app: &App, author: &Author, key: ApiKeyId) -> Result<Vec<FixCount>, Error> {
    let account = author.account;
    app.db.read(|tx| {
        let key = tx.api_key(account, key)?.ok_or_else(|| Error::not_found("key", key))?;
        match key.scim_client {
            Some(client) => Ok(tx.compatibility_fixes(account, client)?),
            None => Ok(Vec::new()),
        }
    })
}
