//! Retries of transactions that lost a race.

use crate::{
    app::{App, Error},
    domain::audit::Author,
    store::{StoreError, Tx},
};

/// More than necessary: an address, an external ID and a team can each lose a race.
pub(crate) const MAX_TRIES: u32 = 5;

/// Runs a write transaction, and retries it if another transaction created the same
/// user or team, changed the user, or deleted the team.
///
/// # Errors
/// Those of `work`.
pub(crate) fn retry_on_conflict<T>(
    app: &App,
    author: &Author,
    mut work: impl FnMut(&mut Tx<'_>) -> Result<T, Error>,
) -> Result<T, Error> {
    for _ in 1..MAX_TRIES {
        match app.write_as(author, &mut work) {
            Err(error) if is_conflict(&error) => {}
            result => return result,
        }
    }
    app.write_as(author, work)
}

/// Whether the transaction lost a race and may be retried.
pub(crate) fn is_conflict(error: &Error) -> bool {
    use StoreError::{Conflict, Dangling, Stale};
    matches!(error, Error::Store(Conflict(_) | Stale { .. } | Dangling))
}
