//! The compatibility fixes of a client, with the number of requests of each.

use crate::{
    app::{App, Error, callers::Caller},
    domain::{
        compatibility_fix::FixCount,
        id::{ApiKeyId, ScimClientId},
    },
    scim::compatibility::CompatibilityFixes,
};

/// Counts each kind of fix once for a request, behind the response. A session is not a
/// SCIM client, so it has no fixes.
pub fn count(app: &App, caller: &Caller, fixes: &CompatibilityFixes) {
    let kinds = fixes.kinds();
    let Some(client) = caller.scim_client_id().filter(|_| !kinds.is_empty()) else { return };
    app.usage.count_fixes(caller.author.account, client, &kinds, app.now());
}

/// The compatibility fixes of a SCIM client's requests. Those that other processes have
/// counted may be missing for a minute.
///
/// # Errors
/// [`Error::NotFound`] if there is no such client.
pub fn list(app: &App, caller: &Caller, client: ScimClientId) -> Result<Vec<FixCount>, Error> {
    let author = &caller.author;
    let account = author.account;
    app.usage.flush();
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
pub fn list_by_key(app: &App, caller: &Caller, key: ApiKeyId) -> Result<Vec<FixCount>, Error> {
    let author = &caller.author;
    let account = author.account;
    app.usage.flush();
    app.db.read(|tx| {
        let key = tx.api_key(account, key)?.ok_or_else(|| Error::not_found("key", key))?;
        match key.scim_client {
            Some(client) => Ok(tx.compatibility_fixes(account, client)?),
            None => Ok(Vec::new()),
        }
    })
}
