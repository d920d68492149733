//! The validation of connections.

use super::{
    idp_source::{self, IdpChanges},
    input::{IdpUpdate, NewConnection},
};
use crate::{
    app::{App, Error, random},
    domain::{
        Timestamp,
        audit::Author,
        connection::Connection,
        field_error::{FieldError, Reason},
        id::ConnectionId,
    },
    saml::keys,
};

/// A new connection, if it may be kept.
pub(super) fn accepted(
    app: &App,
    author: &Author,
    new: NewConnection,
    now: Timestamp,
) -> Result<Connection, Error> {
    let NewConnection { name, idp, saml, provisioning, enabled } = new;
    let (idp, unread) = idp_source::split_errors(idp_source::read_idp(idp, now))?;
    let connection = Connection {
        id: random::generate_id(ConnectionId::new, now)?,
        account: author.account,
        name: name.trim().to_owned(),
        enabled,
        idp,
        saml,
        provisioning,
        created_at: now,
        updated_at: now,
        version: 1,
    };
    validate(app, &connection, unread, now)?;
    Ok(connection)
}

/// Applies changes of the identity provider to a connection. Returns the errors.
pub(super) fn apply(
    facts: &Result<IdpChanges, Vec<FieldError>>,
    connection: &mut Connection,
) -> Vec<FieldError> {
    match facts {
        Ok(facts) => {
            facts.apply(&mut connection.idp);
            Vec::new()
        }
        Err(faults) => faults.clone(),
    }
}

/// Validates a connection: its values, and that an enabled one has a usable
/// certificate. Without a certificate, nothing could authenticate its identity
/// provider.
///
/// `unread` holds the errors of values that could not be parsed. They replace
/// other errors of the same fields.
pub(super) fn validate(
    app: &App,
    connection: &Connection,
    unread: Vec<FieldError>,
    now: Timestamp,
) -> Result<(), Error> {
    let settings = &app.settings;
    let mut faults = connection.validate(&settings.base_url, &settings.return_origins);
    faults.extend(missing_certificate_error(connection, now));
    if !unread.is_empty() {
        faults.retain(|fault| !idp_source::FIELDS.contains(&&*fault.field));
    }
    faults.extend(unread);
    if faults.is_empty() { Ok(()) } else { Err(Error::Invalid(faults)) }
}

const NO_CERTIFICATE: &str =
    "holds no signing certificate that can be used, so the connection can't be enabled";

fn missing_certificate_error(connection: &Connection, now: Timestamp) -> Option<FieldError> {
    let checked = connection.idp.certificates.iter().map(|der| check_usable(der, now));
    let refused = checked.filter_map(Result::err).collect::<Vec<_>>();
    if !connection.enabled || refused.len() < connection.idp.certificates.len() {
        return None;
    }
    let statement = match refused.is_empty() {
        true => NO_CERTIFICATE.to_owned(),
        false => format!("{NO_CERTIFICATE}: {}", refused.join("; ")),
    };
    let reason = Reason::new(
        statement,
        "at least one signing certificate that can be used",
        "Add a valid signing certificate of the identity provider, or disable the connection \
         first (enabled=false).",
    );
    Some(FieldError::new("certificates", "", reason))
}

/// Checks that a certificate can be used, or returns the reason.
fn check_usable(der: &[u8], now: Timestamp) -> Result<(), String> {
    let info = keys::CertificateInfo::parse(der).map_err(|error| error.to_string())?;
    info.check_usable(now).map_err(|error| error.to_string())
}

/// Returns every error of a new connection.
///
/// # Errors
/// If there is no randomness.
pub fn creation_errors(
    app: &App,
    author: &Author,
    new: NewConnection,
) -> Result<Vec<FieldError>, Error> {
    into_field_errors(accepted(app, author, new, app.now()))
}

/// Returns every error of an update of a connection; none if the connection does
/// not exist.
///
/// # Errors
/// If the database can't be read.
pub fn update_errors(
    app: &App,
    author: &Author,
    id: ConnectionId,
    update: &IdpUpdate,
    change: impl Fn(&mut Connection),
) -> Result<Vec<FieldError>, Error> {
    let now = app.now();
    let before = app.db.read(|tx| tx.connection_of(author.account, id).map_err(Error::from))?;
    let Some(mut after) = before else { return Ok(Vec::new()) };
    change(&mut after);
    let mut unread = apply(&update.fields.resolve(now), &mut after);
    unread.extend(update.certificates.apply(&mut after));
    into_field_errors(validate(app, &after, unread, now))
}

fn into_field_errors<T>(result: Result<T, Error>) -> Result<Vec<FieldError>, Error> {
    match result {
        Ok(_) => Ok(Vec::new()),
        Err(Error::Invalid(faults)) => Ok(faults),
        Err(other) => Err(other),
    }
}
