//! Deletion of a connection and its dependent records.

use super::{connection_update::find_for_update, view::ServiceProviderView};
use crate::{
    app::{App, Error, Rejection, audit, callers::Caller},
    domain::{
        audit::{AuditAction, AuditChange},
        audited_field::AuditedField,
        connection::Connection,
        etag::IfMatch,
        id::ConnectionId,
    },
    store::{StoreError, Tx},
};

/// The number of records that are deleted with a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Dependents {
    /// Users whom it knows by an identity. The users stay.
    pub identities: u64,
    /// Sessions that were opened through it.
    pub sessions: u64,
    /// Attempts to log in.
    pub attempts: u64,
}

/// Counts the dependent records of a connection.
fn count_in_transaction(
    tx: &mut Tx<'_>,
    connection: &Connection,
) -> Result<Dependents, StoreError> {
    let identities = tx.count_identities(connection.account, connection.id)?;
    let (sessions, attempts) = tx.count_logins(connection.account, connection.id)?;
    Ok(Dependents { identities, sessions, attempts })
}

/// Deletes a connection with its identities, sessions and attempts. The users
/// remain.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::PreconditionFailed`] if its ETag does not match;
/// [`Error::Rejected`] if it has identities and `force` is not set.
pub fn delete(
    app: &App,
    caller: &Caller,
    id: ConnectionId,
    if_match: &IfMatch,
    force: bool,
) -> Result<Dependents, Error> {
    let author = &caller.author;
    let now = app.now();
    let own = ServiceProviderView::load(app, author.account)?;
    // With the attempts, this may take long.
    app.write_long_as(author, |tx| {
        let connection = find_for_update(tx, author, id)?;
        let etag = own.describe(connection.clone(), now).etag();
        Error::check_match(if_match, &etag, "connection", id)?;
        let dependents = count_in_transaction(tx, &connection)?;
        let Dependents { identities: users, sessions, attempts } = dependents;
        if users > 0 && !force {
            return Err(Error::Rejected(Rejection::ConnectionInUse { users }));
        }
        tx.delete_connection(author.account, id)?;
        let changes = vec![
            AuditChange::removed(AuditedField::NAME, &connection.name),
            AuditChange::removed(AuditedField::IDP_ENTITY_ID, &connection.idp.entity_id),
            AuditChange::removed(AuditedField::IDENTITIES, &users),
            AuditChange::removed(AuditedField::SESSIONS, &sessions),
            AuditChange::removed(AuditedField::ATTEMPTS, &attempts),
        ];
        audit::record(tx, author, now, AuditAction::ConnectionDelete, id, changes)?;
        Ok(dependents)
    })
}
