//! Housekeeping: the deletion of expired rows.

use super::{App, Error};

/// Deletes expired requests, sessions and replay-cache entries, and attempts past their
/// retention. In small transactions, so that no login waits long.
///
/// Returns the number of deleted rows.
///
/// # Errors
/// If the database can't be written.
pub fn sweep(app: &App) -> Result<usize, Error> {
    let now = app.now();
    let attempts_before = now - app.settings.attempt_retention;
    let mut total = 0;
    loop {
        let deleted =
            app.db.write(|tx| tx.delete_expired(now, attempts_before).map_err(Error::from))?;
        total += deleted;
        if deleted == 0 {
            return Ok(total);
        }
    }
}
