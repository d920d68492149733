//! The custom attributes that connections name in their settings.

use super::audit_fields::audit_fields;
use crate::{
    app::{Error, audit, listing::read_all},
    domain::{
        Timestamp,
        audit::{AuditAction, AuditChange, Author},
        connection::Connection,
        connection_patch::ConnectionPatch,
        custom_attribute::{AttributeDefinition, CustomAttributeName},
        field_error::FieldError,
        id::AccountId,
    },
    store::{StoreError, Tx},
};

/// Returns the errors of custom attributes that a connection can't set. Reads the
/// definitions only if the patch sets custom attributes.
pub(super) fn find_errors(
    patch: &ConnectionPatch,
    read_definitions: impl FnOnce() -> Result<Vec<AttributeDefinition>, StoreError>,
) -> Result<Vec<FieldError>, StoreError> {
    // Without definitions, each custom attribute is an error.
    if patch.find_custom_errors(&[]).is_empty() {
        return Ok(Vec::new());
    }
    Ok(patch.find_custom_errors(&read_definitions()?))
}

/// The connections of an account that name a custom attribute.
pub(in crate::app) fn find_naming(
    tx: &mut Tx<'_>,
    account: AccountId,
    name: CustomAttributeName,
) -> Result<Vec<Connection>, StoreError> {
    let mut connections = read_all(|page| tx.list_connections(account, page))?;
    connections.retain(|connection| connection.provisioning.names_attribute(name));
    Ok(connections)
}

/// Removes a custom attribute from the settings of connections.
///
/// The connections are not locked first, because a login locks its connection before the
/// definitions. Fails with [`StoreError::Stale`] if the connection has changed since.
pub(in crate::app) fn forget_attribute(
    tx: &mut Tx<'_>,
    author: &Author,
    now: Timestamp,
    connections: &[Connection],
    name: CustomAttributeName,
) -> Result<(), Error> {
    for before in connections {
        let mut after = before.clone();
        after.provisioning.forget_attribute(name);
        after.updated_at = now;
        after.version += 1;
        tx.update_connection(&after)?;
        let changes = AuditChange::diff(&audit_fields(before), &audit_fields(&after));
        audit::record(tx, author, now, AuditAction::ConnectionUpdate, after.id, changes)?;
    }
    Ok(())
}
