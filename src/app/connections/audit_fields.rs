//! The fields of a connection in the audit log.

use crate::{
    domain::{
        audit::AuditChange,
        connection::{Connection, IdentityProvider, ProvisioningPolicy, SamlPolicy},
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

/// Each field of a connection as text. Destructured, so that a new field
/// can't be forgotten.
fn audit_fields(connection: &Connection) -> Vec<(&'static str, Option<String>)> {
    let Connection { name, enabled, idp, saml, provisioning, .. } = connection;
    let IdentityProvider { entity_id, sso_url, certificates, ignored } = idp;
    let SamlPolicy {
        skew_seconds,
        idp_initiated,
        relay_states,
        sha1_until,
        allow_cbc,
        allow_rsa_pss,
        name_id_format,
        force_authn,
        authn_contexts,
        keep_messages_hours,
    } = saml;
    let ProvisioningPolicy {
        check_provision_attribute,
        mapping,
        email_attribute,
        subject_attribute,
        match_friendly_names,
    } = provisioning;
    let fingerprints = certificates.iter().map(|der| keys::fingerprint(der)).collect::<Vec<_>>();
    let ignored = ignored.iter().map(|certificate| match &certificate.certificate {
        Some(der) => format!("{} {}", certificate.reason.as_str(), keys::fingerprint(der)),
        None => certificate.reason.as_str().to_owned(),
    });
    let ignored = ignored.collect::<Vec<_>>();
    let mapping = mapping
        .iter()
        .map(|(field, name)| format!("{}={name}", field.as_str()))
        .collect::<Vec<_>>();
    vec![
        ("name", Some(name.clone())),
        ("enabled", Some(enabled.to_string())),
        ("idpEntityId", Some(entity_id.clone())),
        ("ssoUrl", Some(sso_url.clone())),
        ("certificates", Some(fingerprints.join(", "))),
        ("ignoredCertificates", Some(ignored.join(", "))),
        ("skewSeconds", Some(skew_seconds.to_string())),
        ("idpInitiated", Some(idp_initiated.to_string())),
        ("relayStates", Some(relay_states.join(", "))),
        ("sha1Until", sha1_until.map(|until| until.to_rfc3339())),
        ("allowCbc", Some(allow_cbc.to_string())),
        ("allowRsaPss", Some(allow_rsa_pss.to_string())),
        ("nameIdFormat", name_id_format.clone()),
        ("forceAuthn", Some(force_authn.to_string())),
        ("authnContexts", Some(authn_contexts.join(", "))),
        ("keepMessagesHours", Some(keep_messages_hours.to_string())),
        ("checkProvisionAttribute", check_provision_attribute.clone()),
        ("mapping", Some(mapping.join(", "))),
        ("emailAttribute", email_attribute.clone()),
        ("subjectAttribute", subject_attribute.clone()),
        ("matchFriendlyNames", Some(match_friendly_names.to_string())),
    ]
}
