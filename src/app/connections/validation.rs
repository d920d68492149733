//! The validation of connections.

use super::{
    connection_update::name_conflict,
    custom_attributes,
    input::{ConnectionUpdate, ParsedUpdate},
};
use crate::{
    app::{App, Error, callers::Caller},
    domain::{
        Timestamp,
        connection::Connection,
        connection_patch::RedirectTargets,
        field_error::{FieldError, Reason},
        id::ConnectionId,
    },
    saml::keys,
};

impl ParsedUpdate {
    /// Applies the change to a connection. Returns `None` if it changes nothing.
    ///
    /// # Errors
    /// [`Error::Invalid`] with every error.
    pub(super) fn apply(
        self,
        app: &App,
        before: &Connection,
        now: Timestamp,
    ) -> Result<Option<Connection>, Error> {
        let unusable = self.certificate_error(Some(before), now);
        let Self { mut patch, metadata, errors } = self;
        if !matches!(metadata, Some(Some(_))) {
            patch.idp.keep_ignored(&before.idp);
        }
        let applied = patch.apply(before.clone(), redirect_targets(app));
        match (applied, unusable) {
            (Ok(after), _) if errors.is_empty() && after == *before => Ok(None),
            (Ok(after), None) if errors.is_empty() => Ok(Some(after)),
            (applied, unusable) => {
                let broken = applied.err().into_iter().flatten();
                Err(Error::Invalid(broken.chain(errors).chain(unusable).collect()))
            }
        }
    }

    /// Returns every error. `before` is the stored connection, if there is one.
    fn find_errors(
        self,
        app: &App,
        before: Option<&Connection>,
        now: Timestamp,
    ) -> Vec<FieldError> {
        let unusable = self.certificate_error(before, now);
        let broken = self.patch.validate(redirect_targets(app));
        broken.into_iter().chain(self.errors).chain(unusable).collect()
    }

    /// The error of a connection that would be enabled without a certificate.
    fn certificate_error(&self, before: Option<&Connection>, now: Timestamp) -> Option<FieldError> {
        let Self { patch, metadata: _, errors } = self;
        // Certificates that could not be read are not missing.
        let is_unread = |error: &FieldError| {
            let lists = ["certificates/", "addCertificates/"];
            error.field == "metadata" || lists.iter().any(|list| error.field.starts_with(list))
        };
        if errors.iter().any(is_unread) {
            return None;
        }
        let is_enabled = patch.enabled.or(before.map(|before| before.enabled)).unwrap_or_default();
        let stored = || before.map(|before| &before.idp.certificates);
        let certificates =
            patch.idp.certificates.as_ref().map(|(trusted, _)| trusted).or_else(stored)?;
        missing_certificate_error(is_enabled, certificates, now)
    }
}

/// Returns every error of a change of the caller's connection, if it exists.
///
/// # Errors
/// If the database can't be read.
pub fn find_update_errors(
    app: &App,
    caller: &Caller,
    id: Option<ConnectionId>,
    update: &ConnectionUpdate,
) -> Result<Vec<FieldError>, Error> {
    let (account, now) = (caller.author.account, app.now());
    let parsed = update.parse(now);
    let (before, custom) = app.db.read(|tx| {
        let before = id.map(|id| tx.connection_of(account, id)).transpose()?.flatten();
        let definitions = || tx.attribute_definitions(account);
        Ok::<_, Error>((before, custom_attributes::find_errors(&parsed.patch, definitions)?))
    })?;
    Ok(parsed.find_errors(app, before.as_ref(), now).into_iter().chain(custom).collect())
}

/// Returns every error of a new connection, or of a replacement.
///
/// # Errors
/// If the database can't be read.
pub fn find_creation_errors(
    app: &App,
    caller: &Caller,
    new: &ConnectionUpdate,
) -> Result<Vec<FieldError>, Error> {
    let (account, now) = (caller.author.account, app.now());
    let parsed = new.parse_new_or_replacement(now);
    let custom = app.db.read(|tx| {
        let definitions = || tx.attribute_definitions(account);
        custom_attributes::find_errors(&parsed.patch, definitions).map_err(Error::from)
    })?;
    Ok(parsed.find_errors(app, None, now).into_iter().chain(custom).collect())
}

/// Returns the error of a name that another connection of the account has. `id` is the
/// connection that the change is of, if it exists.
///
/// # Errors
/// If the database can't be read.
pub fn find_taken_name(
    app: &App,
    caller: &Caller,
    id: Option<ConnectionId>,
    update: &ConnectionUpdate,
) -> Result<Option<FieldError>, Error> {
    let Some(name) = update.patch.name.as_ref().filter(|name| !name.trim().is_empty()) else {
        return Ok(None);
    };
    let account = caller.author.account;
    let other = app.db.read(|tx| tx.connection_by_name(account, name).map_err(Error::from))?;
    let other = other.filter(|other| Some(other.id) != id);
    Ok(other.map(|other| name_conflict(name, Some(other.id)).to_field_error()))
}

fn redirect_targets(app: &App) -> RedirectTargets<'_> {
    RedirectTargets { base: &app.settings.base_url, origins: &app.settings.return_origins }
}

const NO_CERTIFICATE: &str =
    "must have a usable signing certificate, or the connection can't be enabled";

/// An enabled connection needs a usable certificate: without one, nothing could
/// authenticate its identity provider.
fn missing_certificate_error(
    is_enabled: bool,
    certificates: &[Vec<u8>],
    now: Timestamp,
) -> Option<FieldError> {
    let checked = certificates.iter().map(|der| check_usable(der, now));
    let rejected = checked.filter_map(Result::err).collect::<Vec<_>>();
    if !is_enabled || rejected.len() < certificates.len() {
        return None;
    }
    let statement = match rejected.is_empty() {
        true => NO_CERTIFICATE.to_owned(),
        false => format!("{NO_CERTIFICATE}: {}", rejected.join("; ")),
    };
    let reason = Reason::new(
        statement,
        "at least one usable signing certificate",
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
