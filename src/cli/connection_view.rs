//! How a connection is shown.

use serde::Serialize;

use super::{
    Failure,
    output::{self, plain},
};
use crate::{
    app::{App, connections::Dependents, service_provider::Addresses},
    domain::{
        connection::{Connection, IdentityProvider, ProvisioningPolicy, SamlPolicy},
        ignored_certificate::IgnoredCertificate,
    },
    saml::keys::{CertificateFacts, fingerprint},
};

/// A connection, for machines.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Body<'a> {
    id: String,
    name: &'a str,
    enabled: bool,
    idp_entity_id: &'a str,
    sso_url: &'a str,
    certificates: Vec<CertificateBody>,
    ignored_certificates: Vec<IgnoredBody<'a>>,
    service_provider: ServiceProviderBody,
    skew_seconds: u16,
    idp_initiated: bool,
    relay_states: &'a [String],
    sha1_until: Option<String>,
    allow_cbc: bool,
    allow_rsa_pss: bool,
    name_id_format: Option<&'a str>,
    force_authn: bool,
    authn_contexts: &'a [String],
    keep_messages_hours: u16,
    check_provision_attribute: Option<&'a str>,
    mapping: std::collections::BTreeMap<&'static str, &'a str>,
    email_attribute: Option<&'a str>,
    subject_attribute: Option<&'a str>,
    match_friendly_names: bool,
    created_at: String,
    updated_at: String,
    version: i64,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct CertificateBody {
    fingerprint: String,
    subject: String,
    not_before: String,
    not_after: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct IgnoredBody<'a> {
    fingerprint_sha256: Option<String>,
    subject: Option<&'a str>,
    reason: &'static str,
    detail: &'a str,
    remedy: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct DeletedBody<'a> {
    id: String,
    name: &'a str,
    identities: u64,
    sessions: u64,
    attempts: u64,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ServiceProviderBody {
    entity_id: String,
    acs_url: String,
    login_url: String,
    metadata_url: String,
}

impl<'a> Body<'a> {
    pub(super) fn new(app: &App, connection: &'a Connection) -> Self {
        let Connection {
            id,
            account: _,
            name,
            enabled,
            idp,
            saml,
            provisioning,
            created_at,
            updated_at,
            version,
        } = connection;
        let IdentityProvider { entity_id, sso_url, certificates: _, ignored } = idp;
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
        Self {
            id: id.to_string(),
            name,
            enabled: *enabled,
            idp_entity_id: entity_id,
            sso_url,
            certificates: facts(connection).iter().map(CertificateBody::from).collect(),
            ignored_certificates: ignored.iter().map(IgnoredBody::from).collect(),
            service_provider: Addresses::of(&app.settings.base_url, *id).into(),
            skew_seconds: *skew_seconds,
            idp_initiated: *idp_initiated,
            relay_states,
            sha1_until: sha1_until.map(output::instant),
            allow_cbc: *allow_cbc,
            allow_rsa_pss: *allow_rsa_pss,
            name_id_format: name_id_format.as_deref(),
            force_authn: *force_authn,
            authn_contexts,
            keep_messages_hours: *keep_messages_hours,
            check_provision_attribute: check_provision_attribute.as_deref(),
            mapping: mapping.iter().map(|(field, name)| (field.as_str(), name.as_str())).collect(),
            email_attribute: email_attribute.as_deref(),
            subject_attribute: subject_attribute.as_deref(),
            match_friendly_names: *match_friendly_names,
            created_at: output::instant(*created_at),
            updated_at: output::instant(*updated_at),
            version: *version,
        }
    }
}

impl From<&CertificateFacts> for CertificateBody {
    fn from(facts: &CertificateFacts) -> Self {
        Self {
            fingerprint: facts.fingerprint.clone(),
            subject: facts.subject.clone(),
            not_before: output::instant(facts.not_before),
            not_after: output::instant(facts.not_after),
        }
    }
}

impl<'a> From<&'a IgnoredCertificate> for IgnoredBody<'a> {
    fn from(ignored: &'a IgnoredCertificate) -> Self {
        let IgnoredCertificate { certificate, subject, reason, detail } = ignored;
        Self {
            fingerprint_sha256: certificate.as_ref().map(|der| fingerprint(der)),
            subject: subject.as_deref(),
            reason: reason.as_str(),
            detail,
            remedy: reason.remedy(),
        }
    }
}

impl From<Addresses> for ServiceProviderBody {
    fn from(addresses: Addresses) -> Self {
        let Addresses { entity_id, acs, login } = addresses;
        Self { metadata_url: entity_id.clone(), entity_id, acs_url: acs, login_url: login }
    }
}

/// Shows a connection to a person.
pub(super) fn show(app: &App, connection: &Connection) -> Result<(), Failure> {
    let body = Body::new(app, connection);
    let mut table = output::table(&["connection", &plain(body.name)]);
    let list =
        |values: &[String]| if values.is_empty() { "-".into() } else { plain(&values.join(", ")) };
    let text = |value: Option<&str>| value.map_or_else(|| "-".into(), plain);
    let yes = |value: bool| if value { "yes" } else { "no" }.to_owned();
    let mapping =
        body.mapping.iter().map(|(field, name)| format!("{field}={name}")).collect::<Vec<_>>();
    let certificates = body.certificates.iter().map(|certificate| {
        let CertificateBody { fingerprint, subject, not_before: _, not_after } = certificate;
        format!("{} until {not_after}\nSHA-256 {fingerprint}", plain(subject))
    });
    let ignored = body.ignored_certificates.iter().map(describe_ignored).collect::<Vec<_>>();
    let ignored = if ignored.is_empty() { "-".to_owned() } else { ignored.join("\n") };
    let rows = [
        ("id", body.id.clone()),
        ("enabled", yes(body.enabled)),
        ("identity provider", plain(body.idp_entity_id)),
        ("SSO URL", plain(body.sso_url)),
        ("certificates", certificates.collect::<Vec<_>>().join("\n")),
        ("ignored certificates", ignored),
        ("check provision attribute", text(body.check_provision_attribute)),
        ("mapping", list(&mapping)),
        ("e-mail attribute", text(body.email_attribute)),
        ("subject attribute", text(body.subject_attribute)),
        ("match friendly names", yes(body.match_friendly_names)),
        ("IdP-initiated login", yes(body.idp_initiated)),
        ("relay states", list(body.relay_states)),
        ("clock skew", format!("{} s", body.skew_seconds)),
        ("SHA-1 until", text(body.sha1_until.as_deref())),
        ("AES-CBC", yes(body.allow_cbc)),
        ("RSA-PSS", yes(body.allow_rsa_pss)),
        ("NameID format", text(body.name_id_format)),
        ("force authentication", yes(body.force_authn)),
        ("authentication contexts", list(body.authn_contexts)),
        ("messages are kept", format!("{} h", body.keep_messages_hours)),
    ];
    for (name, value) in rows {
        table.add_row([name.to_owned(), value]);
    }
    output::write(&table.to_string())?;
    let ServiceProviderBody { entity_id, acs_url, login_url, metadata_url } =
        &body.service_provider;
    output::write(&format!(
        "\nFor the identity provider:\n  entity ID (audience)  {entity_id}\n  ACS URL (reply URL)   {acs_url}\n  \
         metadata              {metadata_url}\nFor people:\n  log in                {login_url}"
    ))
}

/// Lists connections.
pub(super) fn list(app: &App, connections: &[Connection], json: bool) -> Result<(), Failure> {
    if json {
        return output::json(
            &connections.iter().map(|one| Body::new(app, one)).collect::<Vec<_>>(),
        );
    }
    let mut table = output::table(&["connection", "id", "enabled", "identity provider"]);
    for connection in connections {
        let enabled = if connection.enabled { "yes" } else { "no" };
        let (name, id) = (plain(&connection.name), connection.id.to_string());
        table.add_row([name, id, enabled.to_owned(), plain(&connection.idp.entity_id)]);
    }
    output::write(&table.to_string())
}

/// What can be said of each certificate. One that can't be read was never
/// taken in, so there is none.
fn facts(connection: &Connection) -> Vec<CertificateFacts> {
    connection.idp.certificates.iter().filter_map(|der| CertificateFacts::of(der).ok()).collect()
}

fn describe_ignored(ignored: &IgnoredBody<'_>) -> String {
    let IgnoredBody { fingerprint_sha256, subject, reason: _, detail, remedy } = ignored;
    let subject = subject.map_or_else(|| "a certificate".to_owned(), plain);
    let fingerprint = fingerprint_sha256.as_ref().map(|print| format!(" (SHA-256 {print})"));
    format!("{subject}{}: {}. {remedy}", fingerprint.unwrap_or_default(), plain(detail))
}

/// Warns, on standard error, of each certificate that was given and is not
/// used.
pub(super) fn warn_of_ignored(connection: &Connection) -> Result<(), Failure> {
    for ignored in &connection.idp.ignored {
        let ignored = describe_ignored(&IgnoredBody::from(ignored));
        output::warn(&format!("ignored certificate: {ignored}"))?;
    }
    Ok(())
}

/// Shows a person which certificates were added and removed, if any.
pub(super) fn difference(before: &Connection, after: &Connection) -> Result<(), Failure> {
    let (old, new) = (facts(before), facts(after));
    if old == new {
        return Ok(());
    }
    let line = |sign: &str, facts: &CertificateFacts| {
        let CertificateFacts { fingerprint, subject, not_after, .. } = facts;
        format!(
            "  {sign} {} until {} SHA-256 {fingerprint}",
            plain(subject),
            output::instant(*not_after)
        )
    };
    let kept = old.iter().filter(|facts| new.contains(facts)).map(|facts| line("=", facts));
    let removed = old.iter().filter(|facts| !new.contains(facts)).map(|facts| line("-", facts));
    let added = new.iter().filter(|facts| !old.contains(facts)).map(|facts| line("+", facts));
    let lines = kept.chain(removed).chain(added).collect::<Vec<_>>().join("\n");
    output::write(&format!("Certificates (+ added, - removed, = unchanged):\n{lines}\n"))
}

/// Shows what went with a connection that was deleted.
pub(super) fn deleted(
    connection: &Connection,
    gone: Dependents,
    json: bool,
) -> Result<(), Failure> {
    let Dependents { identities, sessions, attempts } = gone;
    let (id, name) = (connection.id.to_string(), connection.name.as_str());
    if json {
        return output::json(&DeletedBody { id, name, identities, sessions, attempts });
    }
    output::write(&format!(
        "Deleted the connection {} ({id}), with {identities} identities, {sessions} sessions and {attempts} attempts. The users stay.",
        plain(name)
    ))
}
