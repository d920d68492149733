//! The message of an attempt, where its connection asks for it to be kept.

use chrono::TimeDelta;

use super::record::Record;
use crate::{
    app::{App, Error, attempts},
    domain::{Timestamp, attempt::Attempt, connection::Connection},
    saml::response,
    store::Tx,
};

/// A message, sealed, and until when it is kept.
#[derive(Debug)]
pub(super) struct Kept {
    sealed: Vec<u8>,
    until: Timestamp,
}

/// Seals what was posted, if the connection asks for it and it can be decoded,
/// in order or not. `None`: nothing is kept.
pub(super) fn keep(
    app: &App,
    connection: &Connection,
    record: &Record,
    posted: Option<&str>,
) -> Result<Option<Kept>, Error> {
    let hours = connection.saml.keep_messages_hours;
    if hours == 0 {
        return Ok(None);
    }
    let Some(xml) = response::text(posted) else { return Ok(None) };
    let sealed = app.sealer.seal(&attempts::place(record.id()), xml.as_bytes())?;
    Ok(Some(Kept { sealed, until: record.at() + TimeDelta::hours(i64::from(hours)) }))
}

/// Writes an attempt, with its message if it is kept.
pub(super) fn insert(
    tx: &mut Tx<'_>,
    attempt: &Attempt,
    message: Option<&Kept>,
) -> Result<(), Error> {
    tx.insert_attempt(attempt)?;
    if let Some(Kept { sealed, until }) = message {
        tx.insert_attempt_message(attempt.account, attempt.id, sealed, *until)?;
    }
    Ok(())
}
