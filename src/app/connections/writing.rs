//! Changing a connection in one transaction.

use super::{
    accept::{accept, apply},
    certificates::{self, CertificateChanges},
    described::changes,
    idp_source::ResolvedIdp,
    view::{ConnectionView, Own},
};
use crate::{
    app::{App, Error, audit, callers::Caller},
    domain::{
        audit::{Author, Change},
        connection::Connection,
        etag::IfMatch,
        field_error::FieldError,
        id::ConnectionId,
    },
    saml::keys,
    store::{StoreError, Tx, Unique},
};

/// What an update of a connection changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Updated {
    /// The connection as it was.
    pub before: Connection,
    /// The connection as it is.
    pub after: Connection,
}

pub(super) fn change_seen(
    app: &App,
    caller: &Caller,
    id: ConnectionId,
    if_match: &IfMatch,
    change: &Writing<'_, impl Fn(&mut Connection)>,
) -> Result<ConnectionView, Error> {
    let (now, author) = (app.now(), &caller.author);
    let own = Own::of(app, author.account)?;
    let seen = |before: &Connection| match if_match.allows(&own.beside(before.clone(), now).tag()) {
        true => Ok(()),
        false => Err(Error::precondition("connection", id, if_match)),
    };
    let Updated { after, before: _ } = change.write(app, author, id, seen)?;
    Ok(own.beside(after, now))
}

/// A change of a connection that is about to be written.
pub(super) struct Writing<'a, C> {
    pub(super) facts: Result<ResolvedIdp, Vec<FieldError>>,
    pub(super) certificates: &'a CertificateChanges,
    pub(super) force: bool,
    pub(super) change: C,
}

impl<C: Fn(&mut Connection)> Writing<'_, C> {
    /// Changes a connection in one transaction, if it was `seen` so.
    pub(super) fn write(
        &self,
        app: &App,
        author: &Author,
        id: ConnectionId,
        seen: impl Fn(&Connection) -> Result<(), Error>,
    ) -> Result<Updated, Error> {
        let now = app.now();
        app.write_as(author, |tx| {
            let before = find_for_update(tx, author, id)?;
            seen(&before)?;
            let mut after = before.clone();
            (self.change)(&mut after);
            let mut faults = apply(&self.facts, &mut after);
            faults.extend(self.certificates.apply(&mut after));
            let mut changes = changes(&before, &after);
            changes.extend(self.store_metadata(tx, &before)?);
            if changes.is_empty() && faults.is_empty() {
                return Ok(Updated { after: before.clone(), before });
            }
            accept(app, &after, faults, now)?;
            certificates::protect_latest(tx, &before, &after, self.force, now)?;
            refuse_taken_name(tx, &after)?;
            after.updated_at = now;
            after.version += 1;
            tx.update_connection(&after).map_err(|error| already_exists(error, &after))?;
            let id = after.id.as_uuid();
            tx.insert_audit(&audit::entry(author, now, "connection.update", id, changes)?)?;
            Ok(Updated { before, after })
        })
    }

    /// Stores the metadata, and returns the change for the audit log, which holds
    /// digests.
    fn store_metadata(
        &self,
        tx: &mut Tx<'_>,
        connection: &Connection,
    ) -> Result<Option<Change>, StoreError> {
        let Ok(ResolvedIdp { metadata: Some(desired), .. }) = &self.facts else { return Ok(None) };
        let (account, id) = (connection.account, connection.id);
        let stored = tx.idp_metadata(account, id)?;
        if stored == *desired {
            return Ok(None);
        }
        match desired {
            Some(xml) => tx.put_idp_metadata(account, id, xml)?,
            None => tx.delete_idp_metadata(account, id)?,
        }
        let digest = |xml: &String| format!("SHA-256 {}", keys::fingerprint(xml.as_bytes()));
        Ok(Some(Change {
            field: "metadata".into(),
            from: stored.as_ref().map(digest),
            to: desired.as_ref().map(digest),
        }))
    }
}

/// The names of an account's connections are unique, compared by key.
pub(super) fn refuse_taken_name(tx: &mut Tx<'_>, connection: &Connection) -> Result<(), Error> {
    match tx.connection_by_name(connection.account, &connection.name)? {
        Some(other) if other.id != connection.id => {
            Err(name_taken(&connection.name, Some(other.id)))
        }
        _ => Ok(()),
    }
}

/// The index of names decides who was first.
pub(super) fn already_exists(error: StoreError, connection: &Connection) -> Error {
    match error {
        StoreError::Conflict(Unique::ConnectionName) => name_taken(&connection.name, None),
        other => other.into(),
    }
}

fn name_taken(name: &str, other: Option<ConnectionId>) -> Error {
    Error::exists("connection", "name", name, other.map(|id| id.as_uuid()))
}

/// A connection, which nobody else can change until the transaction ends.
pub(super) fn find_for_update(
    tx: &mut Tx<'_>,
    author: &Author,
    id: ConnectionId,
) -> Result<Connection, Error> {
    let found = tx.connection_for_update(author.account, id)?;
    found.ok_or_else(|| Error::not_found("connection", id))
}
