//! Changing a connection in one transaction.

use super::{
    audit_fields::audit_fields,
    certificates, custom_attributes,
    input::{ConnectionUpdate, ParsedUpdate},
    view::{ConnectionView, ServiceProviderView},
};
use crate::{
    app::{App, Error, audit, callers::Caller, error::Conflict},
    domain::{
        audit::{AuditAction, AuditChange, Author},
        audited_field::AuditedField,
        connection::Connection,
        etag::IfMatch,
        id::ConnectionId,
    },
    saml::keys,
    store::{StoreError, Tx},
};

/// What an update of a connection changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UpdatedConnection {
    /// The connection as it was.
    pub before: Connection,
    /// The connection as it is.
    pub after: Connection,
}

/// Changes a connection, if its ETag matches. Returns its view.
pub(super) fn write_if_match(
    app: &App,
    caller: &Caller,
    id: ConnectionId,
    if_match: &IfMatch,
    update: &ConnectionUpdate,
    parsed: &ParsedUpdate,
) -> Result<ConnectionView, Error> {
    let (now, author) = (app.now(), &caller.author);
    let own = ServiceProviderView::load(app, author.account)?;
    let check_etag = |before: &Connection| {
        let etag = own.describe(before.clone(), now).etag();
        Error::check_match(if_match, &etag, "connection", id)
    };
    Ok(own.describe(write(app, author, id, update, parsed, check_etag)?.after, now))
}

/// Changes a connection in one transaction, if it passes the check.
pub(super) fn write(
    app: &App,
    author: &Author,
    id: ConnectionId,
    update: &ConnectionUpdate,
    parsed: &ParsedUpdate,
    check: impl Fn(&Connection) -> Result<(), Error>,
) -> Result<UpdatedConnection, Error> {
    let now = app.now();
    if !update.certificates.remove.is_empty() || parsed.patch.idp.certificates.is_some() {
        // A certificate that a login of this process has used is not removed.
        if !app.usage.flush() {
            let reason = "the last uses of the certificates could not be recorded in time";
            return Err(StoreError::Locked(reason.into()).into());
        }
        app.usage.forget_certificates(id);
    }
    app.write_as(author, |tx| {
        // The definitions are locked before the connection, as by their deletion.
        let definitions = || tx.attribute_definitions_for_share(author.account);
        let errors = custom_attributes::find_errors(&parsed.patch, definitions)?;
        let before = find_for_update(tx, author, id)?;
        check(&before)?;
        let mut parsed = parsed.clone();
        parsed.errors.extend(errors);
        parsed.errors.extend(update.certificates.apply(&before.idp, &mut parsed.patch.idp));
        let metadata = parsed.metadata.clone();
        let applied = parsed.apply(app, &before, now)?;
        let is_same_idp = applied.as_ref().is_none_or(|after| after.idp == before.idp);
        // A replacement without metadata keeps the stored metadata if the identity provider
        // does not change.
        let metadata = metadata.filter(|xml| xml.is_some() || !is_same_idp);
        let metadata = store_metadata(tx, &before, metadata.as_ref())?;
        if applied.is_none() && metadata.is_none() {
            return Ok(UpdatedConnection { after: before.clone(), before });
        }
        let mut after = applied.unwrap_or_else(|| before.clone());
        let mut changes = AuditChange::diff(&audit_fields(&before), &audit_fields(&after));
        changes.extend(metadata);
        certificates::protect_latest(tx, &before, &after, update.force, now)?;
        reject_taken_name(tx, &after)?;
        after.updated_at = now;
        after.version += 1;
        tx.update_connection(&after)
            .map_err(|error| Error::from_name_index(error, "connection", &after.name))?;
        audit::record(tx, author, now, AuditAction::ConnectionUpdate, after.id, changes)?;
        Ok(UpdatedConnection { before, after })
    })
}

/// Stores the metadata, and returns the change for the audit log, which holds digests.
fn store_metadata(
    tx: &mut Tx<'_>,
    connection: &Connection,
    desired: Option<&Option<String>>,
) -> Result<Option<AuditChange>, StoreError> {
    let Some(desired) = desired else { return Ok(None) };
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
    let field = |xml: &Option<String>| [(AuditedField::METADATA, xml.as_ref().map(digest))];
    Ok(AuditChange::diff(&field(&stored), &field(desired)).pop())
}

/// The names of an account's connections are unique, compared by key.
pub(super) fn reject_taken_name(tx: &mut Tx<'_>, connection: &Connection) -> Result<(), Error> {
    match tx.connection_by_name(connection.account, &connection.name)? {
        Some(other) if other.id != connection.id => {
            Err(name_conflict(&connection.name, Some(other.id)).into())
        }
        _ => Ok(()),
    }
}

/// The conflict of a name that another connection has.
pub(super) fn name_conflict(name: &str, other: Option<ConnectionId>) -> Conflict {
    let id = other.map(|id| id.as_uuid());
    Conflict { thing: "connection", field: "name", value: name.to_owned(), id }
}

/// Loads a connection, locked against changes by other transactions.
pub(super) fn find_for_update(
    tx: &mut Tx<'_>,
    author: &Author,
    id: ConnectionId,
) -> Result<Connection, Error> {
    let found = tx.connection_for_update(author.account, id)?;
    found.ok_or_else(|| Error::not_found("connection", id))
}
