//! The fields of a connection in the audit log.

use crate::{
    domain::{
        audit::AuditField,
        audited_field::AuditedField,
        connection::{Connection, IdentityProvider},
    },
    saml::keys,
};

/// Returns each audited field of a connection as text.
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
        (AuditedField::NAME, Some(name.clone())),
        (AuditedField::ENABLED, Some(enabled.to_string())),
        (AuditedField::IDP_ENTITY_ID, Some(entity_id.clone())),
        (AuditedField::SSO_URL, Some(sso_url.clone())),
        (AuditedField::CERTIFICATES, Some(fingerprints.join(", "))),
        (AuditedField::IGNORED_CERTIFICATES, Some(ignored.join(", "))),
    ];
    let settings = connection.settings();
    fields.extend(settings.map(|(setting, value)| (setting.into(), value.to_audit_text())));
    fields
}
