//! The retained message of an attempt, if its connection retains messages.

use chrono::TimeDelta;

use super::attempt_builder::AttemptBuilder;
use crate::{
    app::{App, Error, attempts},
    domain::{Timestamp, attempt::Attempt, connection::Connection},
    saml::response::{self, SignedClaims},
    store::Tx,
};

/// A sealed message, and the end of its retention.
#[derive(Debug)]
pub(super) struct RetainedMessage {
    sealed: Vec<u8>,
    /// All attributes with all values, if a signature covers them.
    attributes: Option<Vec<u8>>,
    until: Timestamp,
}

/// Seals the posted message, if the connection retains messages and it can be
/// decoded. Its checks may have failed.
pub(super) fn seal_message(
    app: &App,
    connection: &Connection,
    record: &AttemptBuilder,
    posted: Option<&str>,
    claims: Option<&SignedClaims>,
) -> Result<Option<RetainedMessage>, Error> {
    let hours = connection.saml.keep_messages_hours;
    if hours == 0 {
        return Ok(None);
    }
    let Some(xml) = response::decode_text(posted) else { return Ok(None) };
    let sealed = app.sealer.seal(&attempts::message_seal_context(record.id()), xml.as_bytes())?;
    let attributes = match claims {
        Some(claims) => Some(attempts::seal_attributes(app, record.id(), &claims.attributes)?),
        None => None,
    };
    Ok(Some(RetainedMessage {
        sealed,
        attributes,
        until: record.started_at() + TimeDelta::hours(i64::from(hours)),
    }))
}

/// Writes an attempt, with its message if that is retained.
pub(super) fn insert_attempt(
    tx: &mut Tx<'_>,
    attempt: &Attempt,
    message: Option<&RetainedMessage>,
) -> Result<(), Error> {
    tx.insert_attempt(attempt)?;
    if let Some(RetainedMessage { sealed, attributes, until }) = message {
        let (account, id) = (attempt.account, attempt.id);
        tx.insert_attempt_message(account, id, sealed, attributes.as_deref(), *until)?;
    }
    Ok(())
}
