//! The compatibility fixes of a client, with the number of requests of each.

use crate::{
    app::{App, Error, callers::Caller},
    domain::{
        compatibility_fix::FixCount,
        id::{ApiKeyId, ScimClientId},
    },
    scim::compatibility::CompatibilityFixes,
};

/// Counts each kind of fix once for a request. A session is not a SCIM client, so
/// it has no fixes. The request has succeeded, whether or
/// not its fixes are counted.
pub fn count(app: &App, caller: &Caller, fixes: &CompatibilityFixes) {
    let kinds = fixes.kinds();
    let Some(client) = caller.scim_client_id().filter(|_| !kinds.is_empty()) else { return };
    let (account, now) = (caller.author.account, app.now());
    let counted =
        app.db.write_for(account, |tx| tx.count_compatibility_fixes(account, client, &kinds, now));
    match counted.map_err(Error::from) {
        // An outage is reported once, by the store.
        Ok(()) | Err(Error::Unavailable(_)) => {}
        Err(error) => tracing::warn!(%error, "the fixes of a SCIM request were not counted"),
    }
}

/// The compatibility fixes of a SCIM client's requests.
///
/// # Errors
/// [`Error::NotFound`] if there is no such client.
pub fn list(app: &App, caller: &Caller, client: ScimClientId) -> Result<Vec<FixCount>, Error> {
    let author = &caller.author;
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
pub fn list_by_key(app: &App, caller: &Caller, key: ApiKeyId) -> Result<Vec<FixCount>, Error> {
    let author = &caller.author;
    let account = author.account;
    app.db.read(|tx| {
        let key = tx.api_key(account, key)?.ok_or_else(|| Error::not_found("key", key))?;
        match key.scim_client {
            Some(client) => Ok(tx.compatibility_fixes(account, client)?),
            None => Ok(Vec::new()),
        }
    })
}
