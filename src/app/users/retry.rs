//! Transactions that somebody else was faster than.

use crate::{
    app::{App, Error},
    domain::audit::Author,
    store::{StoreError, Tx},
};

/// More than it takes: an address, an external ID and a team can each be lost
/// to another.
pub(crate) const MAX_TRIES: u32 = 5;

/// Writes, and once more from the beginning if somebody else was faster: the
/// same user or team made first, the user changed, the team deleted. The next
/// time finds it so.
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
            ended => return ended,
        }
    }
    app.write_as(author, work)
}

/// Whether it is that somebody else was faster.
pub(crate) fn is_conflict(error: &Error) -> bool {
    use StoreError::{Conflict, Dangling, Stale};
    matches!(error, Error::Store(Conflict(_) | Stale { .. } | Dangling))
}
