//! Housekeeping: the deletion of expired rows, and of deleted attributes of users.

use super::{App, Error, attribute_removals};

/// Deletes expired requests, sessions and replay-cache entries, attempts past their
/// retention, and what users still have of deleted custom attributes. In small transactions,
/// so that no login waits long.
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
        let gone =
            app.db.write(|tx| tx.delete_expired(now, attempts_before).map_err(Error::from))?;
        total += gone;
        if gone == 0 {
            attribute_removals::finish_all(app)?;
            return Ok(total);
        }
    }
}
