//! Connections between an account and its identity providers.

mod audit_fields;
mod certificates;
mod connection_update;
mod custom_attributes;
mod idp_source;
mod input;
mod removal;
mod validation;
mod view;

pub(super) use self::custom_attributes::{find_naming, forget_attribute};
use self::{
    audit_fields::audit_fields,
    connection_update::{reject_taken_name, write_if_match},
    view::ServiceProviderView,
};
pub use self::{
    certificates::CertificateChanges,
    connection_update::UpdatedConnection,
    idp_source::IdpFields,
    input::ConnectionUpdate,
    removal::{Dependents, delete},
    validation::{find_creation_errors, find_taken_name, find_update_errors},
    view::{CertificateView, ConnectionView},
};
use super::{
    App, Error, audit,
    callers::Caller,
    listing::{self, ListPage, ListQuery},
    random,
};
use crate::domain::{
    account::Account,
    audit::{AuditAction, AuditChange},
    connection::Connection,
    etag::IfMatch,
    id::ConnectionId,
    lists::Page,
};
pub use crate::saml::keys::fingerprint;

/// Creates a connection.
///
/// # Errors
/// [`Error::Invalid`] with every error; [`Error::UniqueConflict`] if another connection
/// of the account has the name.
pub fn create(app: &App, caller: &Caller, new: &ConnectionUpdate) -> Result<Connection, Error> {
    let author = &caller.author;
    let now = app.now();
    let blank = Connection::new(random::generate_id(ConnectionId::new, now)?, author.account, now);
    let parsed = new.parse_new_or_replacement(now);
    let metadata = parsed.metadata.clone().flatten();
    app.write_as(author, |tx| {
        let mut parsed = parsed.clone();
        let definitions = || tx.attribute_definitions_for_share(author.account);
        parsed.errors.extend(custom_attributes::find_errors(&parsed.patch, definitions)?);
        let connection = parsed.apply(app, &blank, now)?.unwrap_or_else(|| blank.clone());
        reject_taken_name(tx, &connection)?;
        tx.insert_connection(&connection)
            .map_err(|error| Error::from_name_index(error, "connection", &connection.name))?;
        if let Some(xml) = &metadata {
            tx.put_idp_metadata(connection.account, connection.id, xml)?;
        }
        let changes = AuditChange::diff(&[], &audit_fields(&connection));
        audit::record(tx, author, now, AuditAction::ConnectionCreate, connection.id, changes)?;
        Ok(connection)
    })
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

/// Finds a connection of an account by its ID or its name.
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
/// [`Error::Invalid`] with every error of the query.
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

/// Changes a connection.
///
/// # Errors
/// [`Error::NotFound`] if there is none; [`Error::Invalid`] with every error;
/// [`Error::UniqueConflict`] if another connection has the name; [`Error::Rejected`] if a
/// certificate that verified one of the latest logins would be removed and `force` is not set.
pub fn update(
    app: &App,
    caller: &Caller,
    id: ConnectionId,
    update: &ConnectionUpdate,
) -> Result<UpdatedConnection, Error> {
    let author = &caller.author;
    connection_update::write(app, author, id, update, &update.parse(app.now()), |_| Ok(()))
}

/// Adds a certificate, or the signing certificate of a chain, to those of a
/// connection. It is PEM, DER, or base64 of DER.
///
/// # Errors
/// As [`update`].
pub fn add_certificate(
    app: &App,
    caller: &Caller,
    id: ConnectionId,
    certificate: Vec<u8>,
) -> Result<ConnectionView, Error> {
    let certificates = CertificateChanges { add: vec![certificate], remove: Vec::new() };
    let update = ConnectionUpdate { certificates, ..ConnectionUpdate::default() };
    match update_if_match(app, caller, id, &IfMatch::Unconditional, &update) {
        Err(Error::Invalid(mut errors)) => {
            for error in errors.iter_mut().filter(|error| error.field == "addCertificates/0") {
                error.field = "certificate".into();
            }
            Err(Error::Invalid(errors))
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
    let update = ConnectionUpdate { certificates, force, ..ConnectionUpdate::default() };
    match update_if_match(app, caller, id, if_match, &update) {
        // Another request removed it meanwhile.
        Err(Error::Invalid(errors))
            if errors.iter().any(|error| error.field.starts_with("removeCertificates")) =>
        {
            Err(missing())
        }
        other => other,
    }
}

/// Updates a connection as [`update`] does, if its ETag matches `if_match`.
///
/// # Errors
/// As [`update`], and [`Error::PreconditionFailed`] if it has changed since.
pub fn update_if_match(
    app: &App,
    caller: &Caller,
    id: ConnectionId,
    if_match: &IfMatch,
    update: &ConnectionUpdate,
) -> Result<ConnectionView, Error> {
    write_if_match(app, caller, id, if_match, update, &update.parse(app.now()))
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
    new: &ConnectionUpdate,
) -> Result<ConnectionView, Error> {
    write_if_match(app, caller, id, if_match, new, &new.parse_new_or_replacement(app.now()))
}
