//! The validation of connections.

use super::{
    idp_source::FIELDS,
    input::{ConnectionUpdate, ParsedUpdate},
};
use crate::{
    app::{App, Error},
    domain::{
        Timestamp,
        connection::Connection,
        connection_patch::RedirectTargets,
        field_error::{FieldError, Reason},
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
        let Self { patch, metadata: _, errors } = self;
        let is_enabled = patch.enabled.unwrap_or(before.enabled);
        let certificates = patch.idp.certificates.as_ref().map(|(trusted, _)| trusted.as_slice());
        let certificates = certificates.unwrap_or(&before.idp.certificates);
        let unusable = missing_certificate_error(is_enabled, certificates, now);
        let applied = patch.apply(before.clone(), redirect_targets(app));
        match (applied, unusable) {
            (Ok(after), _) if errors.is_empty() && after == *before => Ok(None),
            (Ok(after), None) if errors.is_empty() => Ok(Some(after)),
            (applied, unusable) => {
                let broken = applied.err().into_iter().flatten().chain(unusable);
                Err(Error::Invalid(combine(broken, errors)))
            }
        }
    }

    /// Returns every error that does not depend on the stored connection.
    fn find_errors(self, app: &App, now: Timestamp) -> Vec<FieldError> {
        let Self { patch, metadata: _, errors } = self;
        let certificates = patch.idp.certificates.as_ref();
        let unusable = certificates.and_then(|(trusted, _)| {
            missing_certificate_error(patch.enabled.unwrap_or_default(), trusted, now)
        });
        combine(patch.validate(redirect_targets(app)).into_iter().chain(unusable), errors)
    }
}

/// Returns every error of a change of a connection that does not depend on the stored
/// connection.
#[must_use]
pub fn find_update_errors(app: &App, update: &ConnectionUpdate) -> Vec<FieldError> {
    let now = app.now();
    update.parse(now).find_errors(app, now)
}

/// Returns every error of a new connection.
#[must_use]
pub fn find_creation_errors(app: &App, new: &ConnectionUpdate) -> Vec<FieldError> {
    let now = app.now();
    new.parse_whole(now).find_errors(app, now)
}

/// An identity provider that could not be parsed breaks no other rule.
fn combine(broken: impl Iterator<Item = FieldError>, unread: Vec<FieldError>) -> Vec<FieldError> {
    let is_idp_unread = unread.iter().any(|error| error.field != "name");
    let is_known = |error: &FieldError| !is_idp_unread || !FIELDS.contains(&&*error.field);
    let mut errors: Vec<_> = broken.filter(is_known).collect();
    errors.extend(unread);
    errors
}

fn redirect_targets(app: &App) -> RedirectTargets<'_> {
    RedirectTargets { base: &app.settings.base_url, origins: &app.settings.return_origins }
}

const NO_CERTIFICATE: &str =
    "holds no signing certificate that can be used, so the connection can't be enabled";

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
