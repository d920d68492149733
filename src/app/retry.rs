//! Retries of transactions that lost a race.

use super::{App, Error};
use crate::{
    domain::audit::Author,
    store::{StoreError, Tx},
};

/// More than necessary: an address, an external ID and a team can each lose a race.
const MAX_TRIES: u32 = 5;

/// Runs `attempt` until it succeeds or fails with an error that can't be retried.
///
/// # Errors
/// Those of `attempt`; of the last of several tries.
pub(crate) fn retry<T, E>(
    is_retryable: impl Fn(&E) -> bool,
    mut attempt: impl FnMut() -> Result<T, E>,
) -> Result<T, E> {
    for _ in 1..MAX_TRIES {
        match attempt() {
            Err(error) if is_retryable(&error) => {}
            result => return result,
        }
    }
    attempt()
}

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
    retry(is_conflict, || app.write_as(author, &mut work))
}

/// Whether the transaction lost a race and may be retried.
pub(crate) fn is_conflict(error: &Error) -> bool {
    use StoreError::{Conflict, Dangling, Stale};
    matches!(error, Error::Store(Conflict(_) | Stale { .. } | Dangling))
}
