//! Connections between an account and its identity providers.

mod audit_fields;
mod certificates;
mod connection_update;
mod idp_source;
mod input;
mod removal;
mod validation;
mod view;

pub use self::{
    certificates::CertificateChanges,
    connection_update::UpdatedConnection,
    idp_source::{IDP_FIELDS, IdpFields, IdpSource, read_idp},
    input::{IdpUpdate, NewConnection},
    removal::{Dependents, delete},
    validation::{creation_errors, update_errors},
    view::{CertificateView, ConnectionView},
};
use self::{
    connection_update::{
        ConnectionUpdate, already_exists, refuse_taken_name, update_if_unmodified,
    },
    idp_source::IdpChanges,
    validation::accepted,
    view::ServiceProviderView,
};
use super::{
    App, Error, audit,
    callers::Caller,
    listing::{self, ListPage, ListQuery},
};
use crate::domain::{
    account::Account, audit::Author, connection::Connection, etag::IfMatch, id::ConnectionId,
    lists::Page,
};
pub use crate::saml::keys::fingerprint;

/// Creates a connection.
///
/// # Errors
/// [`Error::Invalid`] with every fault; [`Error::UniqueConflict`] if another connection
/// of the account has the name.
pub fn create(app: &App, author: &Author, new: NewConnection) -> Result<Connection, Error> {
    let now = app.now();
    let metadata = new.idp.metadata();
    let connection = accepted(app, author, new, now)?;
    let made = audit_fields::creation_changes(&connection);
    let id = connection.id.as_uuid();
    let audit = audit::build_entry(author, now, "connection.create", id, made)?;
    app.write_as(author, |tx| {
        refuse_taken_name(tx, &connection)?;
        tx.insert_connection(&connection).map_err(|error| already_exists(error, &connection))?;
        if let Some(xml) = &metadata {
            tx.put_idp_metadata(connection.account, connection.id, xml)?;
        }
        tx.insert_audit(&audit).map_err(Error::from)
    })?;
    Ok(connection)
}

/// The connections of an account, by name.
///
/// # Errors
/// If the database can't be read.
pub fn list(app: &App, account: &Account) -> Result<Vec<Connection>, Error> {
    let mut all = app.db.read(|tx| {
        listing::read_all(|page| tx.list_connections(account.id, page)).map_err(Error::from)
    })?;
    all.sort_by(|one, other| (&one.name, one.id).cmp(&(&other.name, other.id)));
    Ok(all)
}

/// Finds a connection of an account by its id or its name.
///
/// # Errors
/// [`Error::NotFound`] if there is none.
pub fn find_by_id_or_name(app: &App, account: &Account, name: &str) -> Result<Connection, Error> {
    let found = app.db.read(|tx| match name.parse::<ConnectionId>() {
        Ok(id) => match tx.connection_of(account.id, id)? {
            Some(connection) => Ok(Some(connection)),
            None => tx.connection_by_name(account.id, name),
        },
        Err(_) => tx.connection_by_name(account.id, name),
    })?;
    found.ok_or_else(|| Error::not_found("connection", name))
}

/// The metadata that a connection was last read from, as XML in UTF-8.
///
/// # Errors
/// [`Error::NotFound`] if there is no such connection, or it was not read from
/// metadata.
pub fn idp_metadata(app: &App, caller: &Caller, id: ConnectionId) -> Result<String, Error> {
    let account = caller.author.account;
    app.db.read(|tx| {
        tx.connection_of(account, id)?.ok_or_else(|| Error::not_found("connection", id))?;
        let xml = tx.idp_metadata(account, id)?;
        xml.ok_or_else(|| Error::not_found("identity provider metadata of the connection", id))
    })
}

/// The connections of the caller's account, page by page.
///
/// # Errors
/// [`Error::Invalid`] with every fault of the query.
pub fn list_page(
    app: &App,
    caller: &Caller,
    query: &ListQuery,
) -> Result<ListPage<ConnectionView>, Error> {
    let account = caller.author.account;
    let listed = listing::list(query, |listing| {
        app.db.read(|tx| tx.list_connections(account, listing).map_err(Error::from))
    })?;
    let (own, now) = (ServiceProviderView::load(app, account)?, app.now());
    let ListPage { page: Page { items, next, total }, cursor } = listed;
    let items = items.into_iter().map(|connection| own.describe(connection, now)).collect();
    Ok(ListPage { page: Page { items, next, total }, cursor })
}

/// A connection of the caller's account.
///
/// # Errors
/// [`Error::NotFound`] if there is none.
pub fn get(app: &App, caller: &Caller, id: ConnectionId) -> Result<ConnectionView, Error> {
    let account = caller.author.account;
    let found = app.db.read(|tx| tx.connection_of(account, id).map_err(Error::from))?;
    to_view(app, found.ok_or_else(|| Error::not_found("connection", id))?)
}

/// Returns the view of a connection.
///
/// # Errors
/// If the database can't be read.
pub fn to_view(app: &App, connection: Connection) -> Result<ConnectionView, Error> {
    Ok(ServiceProviderView::load(app, connection.account)?.describe(connection, app.now()))
}

/// Changes a connection: its identity provider, and by what `change` does to
/// it.
///
/// # Errors
/// [`Error::NotFound`] if there is none; [`Error::Invalid`] with every fault;
/// [`Error::UniqueConflict`] if another connection has the name; [`Error::Refused`] if
/// a certificate that verified one of the latest logins would go, unless the caller
/// insists.
pub fn update_idp(
    app: &App,
    author: &Author,
    id: ConnectionId,
    update: &IdpUpdate,
    change: impl Fn(&mut Connection),
) -> Result<UpdatedConnection, Error> {
    let IdpUpdate { fields: facts, certificates, force } = update;
    let change =
        ConnectionUpdate { idp: facts.resolve(app.now()), certificates, force: *force, change };
    change.write(app, author, id, |_| Ok(()))
}

/// Adds a certificate, or the signing certificate of a chain, to those of a
/// connection. It is PEM, DER, or base64 of DER.
///
/// # Errors
/// As [`update_idp`].
pub fn add_certificate(
    app: &App,
    caller: &Caller,
    id: ConnectionId,
    certificate: Vec<u8>,
) -> Result<ConnectionView, Error> {
    let certificates = CertificateChanges { add: vec![certificate], remove: Vec::new() };
    let update = IdpUpdate { certificates, ..IdpUpdate::default() };
    match update_if_match(app, caller, id, &IfMatch::Unconditional, &update, |_| {}) {
        Err(Error::Invalid(mut faults)) => {
            for fault in faults.iter_mut().filter(|fault| fault.field == "addCertificates/0") {
                fault.field = "certificate".into();
            }
            Err(Error::Invalid(faults))
        }
        other => other,
    }
}

/// Removes a certificate from a connection, by its whole fingerprint.
///
/// # Errors
/// As [`update_if_match`], and [`Error::NotFound`] if the connection has no such
/// certificate.
pub fn remove_certificate(
    app: &App,
    caller: &Caller,
    id: ConnectionId,
    if_match: &IfMatch,
    fingerprint: &str,
    force: bool,
) -> Result<ConnectionView, Error> {
    let fingerprint = fingerprint.to_ascii_lowercase();
    let missing = || Error::not_found("certificate", &fingerprint);
    let ConnectionView { certificates, .. } = get(app, caller, id)?;
    if !certificates.iter().any(|certificate| certificate.fingerprint == fingerprint) {
        return Err(missing());
    }
    let certificates = CertificateChanges { add: Vec::new(), remove: vec![fingerprint.clone()] };
    let update = IdpUpdate { certificates, force, ..IdpUpdate::default() };
    match update_if_match(app, caller, id, if_match, &update, |_| {}) {
        // Another request removed it meanwhile.
        Err(Error::Invalid(faults))
            if faults.iter().any(|fault| fault.field.starts_with("removeCertificates")) =>
        {
            Err(missing())
        }
        other => other,
    }
}

/// Updates a connection as [`update_idp`] does, if its ETag matches `if_match`.
///
/// # Errors
/// As [`update_idp`], and [`Error::PreconditionFailed`] if it has changed since.
pub fn update_if_match(
    app: &App,
    caller: &Caller,
    id: ConnectionId,
    if_match: &IfMatch,
    update: &IdpUpdate,
    change: impl Fn(&mut Connection),
) -> Result<ConnectionView, Error> {
    let IdpUpdate { fields: facts, certificates, force } = update;
    let change =
        ConnectionUpdate { idp: facts.resolve(app.now()), certificates, force: *force, change };
    update_if_unmodified(app, caller, id, if_match, &change)
}

/// Replaces a connection, if its ETag matches `if_match`. Its addresses do not
/// change.
///
/// # Errors
/// As [`update_if_match`].
pub fn replace(
    app: &App,
    caller: &Caller,
    id: ConnectionId,
    if_match: &IfMatch,
    new: &NewConnection,
    force: bool,
) -> Result<ConnectionView, Error> {
    let NewConnection { name, idp, saml, provisioning, enabled } = new;
    let facts = match read_idp(idp.clone(), app.now()) {
        Ok(read) => Ok(IdpChanges::from(read).with_metadata(idp.metadata())),
        Err(Error::Invalid(faults)) => Err(faults),
        Err(other) => return Err(other),
    };
    let certificates = &CertificateChanges::default();
    let change = |connection: &mut Connection| {
        name.trim().clone_into(&mut connection.name);
        connection.saml.clone_from(saml);
        connection.provisioning.clone_from(provisioning);
        connection.enabled = *enabled;
    };
    update_if_unmodified(
        app,
        caller,
        id,
        if_match,
        &ConnectionUpdate { idp: facts, certificates, force, change },
    )
}
