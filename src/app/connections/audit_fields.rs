//! The fields of a connection in the audit log.

use crate::{
    domain::{
        audit::AuditField,
        connection::{Connection, IdentityProvider},
    },
    saml::keys,
};

/// Each field of a connection as text.
pub(super) fn audit_fields(connection: &Connection) -> Vec<AuditField> {
    let Connection { name, enabled, idp, .. } = connection;
    let IdentityProvider { entity_id, sso_url, certificates, ignored } = idp;
    let fingerprints = certificates.iter().map(|der| keys::fingerprint(der)).collect::<Vec<_>>();
    let ignored = ignored.iter().map(|certificate| match &certificate.certificate {
        Some(der) => format!("{} {}", certificate.reason.as_str(), keys::fingerprint(der)),
        None => certificate.reason.as_str().to_owned(),
    });
    let ignored = ignored.collect::<Vec<_>>();
    let mut fields = vec![
        ("name", Some(name.clone())),
        ("enabled", Some(enabled.to_string())),
        ("idpEntityId", Some(entity_id.clone())),
        ("ssoUrl", Some(sso_url.clone())),
        ("certificates", Some(fingerprints.join(", "))),
        ("ignoredCertificates", Some(ignored.join(", "))),
    ];
    let settings = connection.settings();
    fields.extend(settings.map(|(setting, value)| (setting.as_str(), value.to_audit_text())));
    fields
}
