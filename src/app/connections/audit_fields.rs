//! The fields of a connection in the audit log.

use crate::{
    domain::{
        audit::AuditChange,
        connection::{Connection, IdentityProvider},
    },
    saml::keys,
};

/// Returns the changed fields between two states of a connection.
pub(super) fn diff(before: &Connection, after: &Connection) -> Vec<AuditChange> {
    let (before, after) = (audit_fields(before), audit_fields(after));
    let pairs = before.into_iter().zip(after);
    pairs
        .filter(|((_, from), (_, to))| from != to)
        .map(|((field, from), (_, to))| AuditChange { field: field.into(), from, to })
        .collect()
}

/// Returns the fields of a new connection.
pub(super) fn creation_changes(connection: &Connection) -> Vec<AuditChange> {
    let fields = audit_fields(connection).into_iter().filter(|(_, to)| to.is_some());
    fields.map(|(field, to)| AuditChange { field: field.into(), from: None, to }).collect()
}

/// Each field of a connection as text.
fn audit_fields(connection: &Connection) -> Vec<(&'static str, Option<String>)> {
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
