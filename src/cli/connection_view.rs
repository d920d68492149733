//! The output of connections.

use serde::Serialize;

use super::{
    CliError,
    connection_settings::describe_value,
    output::{self, Record, Screen, Style, plain},
};
use crate::{
    app::{
        App,
        connections::{self, CertificateView, ConnectionView, Dependents},
        service_provider::ServiceProviderAddresses,
    },
    domain::{
        account::Account, connection::Connection, connection_setting::SettingKind,
        ignored_certificate::IgnoredCertificate,
    },
    http::views,
    saml::keys::{CertificateInfo, fingerprint},
};

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct DeletedBody<'a> {
    id: String,
    name: &'a str,
    identities: u64,
    sessions: u64,
    attempts: u64,
}

/// Shows a connection.
pub(super) fn show(app: &App, connection: Connection, json: bool) -> Result<(), CliError> {
    let view = connections::to_view(app, connection)?;
    if json {
        return output::json(&views::Connection::from(view));
    }
    let screen = Screen::for_stdout();
    let ServiceProviderAddresses { entity_id, acs, login } = &view.addresses;
    let mut service_provider = Record::default();
    service_provider.add_whole("entity ID (audience)", entity_id);
    service_provider.add_whole("ACS URL (reply URL)", acs);
    service_provider.add_whole("metadata", entity_id);
    let mut people = Record::default();
    people.add_whole("login URL", login);
    let title = |text: &str| screen.paint(Style::Heading, text);
    output::write(&format!(
        "{}\n{}\n{}\n{}\n{}",
        render_facts(&view).render(screen),
        title("For the identity provider:"),
        service_provider.render(screen),
        title("For people:"),
        people.render(screen),
    ))
}

fn render_facts(view: &ConnectionView) -> Record {
    let Connection { id, name, enabled, idp, .. } = &view.connection;
    let enabled = if *enabled { "yes" } else { "no" };
    let mut record = Record::default();
    record.add_text("connection", plain(name));
    record.add_whole("id", id.to_string());
    record.add_whole("enabled", enabled);
    record.add_whole("identity provider", plain(&idp.entity_id));
    record.add_whole("SSO URL", plain(&idp.sso_url));
    for certificate in &view.certificates {
        record.add_whole("certificate", describe_certificate(certificate));
    }
    for ignored in &idp.ignored {
        record.add_text("ignored certificate", describe_ignored(ignored));
    }
    for (setting, value) in view.connection.settings() {
        let label = setting.definition().label;
        let text = describe_value(setting, &value);
        match setting.definition().kind {
            SettingKind::Attribute
            | SettingKind::Mapping
            | SettingKind::Policies
            | SettingKind::RelayStates
            | SettingKind::Transforms
            | SettingKind::Uris => record.add_text(label, text),
            _ => record.add_whole(label, text),
        }
    }
    record
}

fn describe_certificate(certificate: &CertificateView) -> String {
    let CertificateView { subject, fingerprint, not_before: _, not_after, problem, pem: _ } =
        certificate;
    let (subject, until) = (plain(subject), output::format_instant(*not_after));
    let problem = problem.as_ref().map(|problem| format!("\ncan't be used: {}", plain(problem)));
    format!("{subject}\nuntil {until}\nSHA-256 {fingerprint}{}", problem.unwrap_or_default())
}

/// Lists connections.
pub(super) fn list(
    account: &Account,
    mut views: Vec<ConnectionView>,
    json: bool,
) -> Result<(), CliError> {
    views.sort_by(|one, other| one.connection.name.cmp(&other.connection.name));
    if json {
        return output::json(&views.into_iter().map(views::Connection::from).collect::<Vec<_>>());
    }
    let head = ["connection", "id", "enabled", "identity provider"];
    let mut table = output::table(&head).with_wrapping(&["connection"]);
    for ConnectionView { connection, .. } in &views {
        let enabled = if connection.enabled { "yes" } else { "no" };
        let (name, id) = (plain(&connection.name), connection.id.to_string());
        table.add_row([name, id, enabled.to_owned(), plain(&connection.idp.entity_id)]);
    }
    table.show(&format!(
        "No connections in the account {} match. Create one with `usher connection create`.",
        account.slug
    ))
}

/// Describes each certificate. Stored certificates are always readable.
fn certificate_infos(connection: &Connection) -> Vec<CertificateInfo> {
    connection.idp.certificates.iter().filter_map(|der| CertificateInfo::parse(der).ok()).collect()
}

fn describe_ignored(ignored: &IgnoredCertificate) -> String {
    let IgnoredCertificate { certificate, subject, reason, detail } = ignored;
    let subject = subject.as_deref().map_or_else(|| "a certificate".to_owned(), plain);
    let fingerprint_text =
        certificate.as_ref().map(|der| format!(" (SHA-256 {})", fingerprint(der)));
    format!(
        "{subject}{}: {}. {}",
        fingerprint_text.unwrap_or_default(),
        plain(detail),
        reason.remedy()
    )
}

/// Warns on standard error of each certificate that is ignored.
pub(super) fn warn_of_ignored(connection: &Connection) -> Result<(), CliError> {
    for ignored in &connection.idp.ignored {
        let ignored = describe_ignored(ignored);
        output::warn(&format!("ignored certificate: {ignored}"))?;
    }
    Ok(())
}

/// Shows a person which certificates were added and removed, if any.
pub(super) fn show_certificate_changes(
    before: &Connection,
    after: &Connection,
) -> Result<(), CliError> {
    let (old, new) = (certificate_infos(before), certificate_infos(after));
    if old == new {
        return Ok(());
    }
    let line = |sign: &str, facts: &CertificateInfo| {
        let CertificateInfo { fingerprint, subject, not_after, .. } = facts;
        format!(
            "  {sign} {} until {} SHA-256 {fingerprint}",
            plain(subject),
            output::format_instant(*not_after)
        )
    };
    let unchanged = old.iter().filter(|facts| new.contains(facts)).map(|facts| line("=", facts));
    let removed = old.iter().filter(|facts| !new.contains(facts)).map(|facts| line("-", facts));
    let added = new.iter().filter(|facts| !old.contains(facts)).map(|facts| line("+", facts));
    let lines = unchanged.chain(removed).chain(added).collect::<Vec<_>>().join("\n");
    output::write(&format!("Certificates (+ added, - removed, = unchanged):\n{lines}\n"))
}

/// Shows the records that were deleted with a connection.
pub(super) fn show_deleted(
    connection: &Connection,
    dependents: Dependents,
    json: bool,
) -> Result<(), CliError> {
    let Dependents { identities, sessions, attempts } = dependents;
    let (id, name) = (connection.id.to_string(), connection.name.as_str());
    if json {
        return output::json(&DeletedBody { id, name, identities, sessions, attempts });
    }
    output::write(&format!(
        "Deleted the connection {} ({id}), with {identities} identities, {sessions} sessions and {attempts} attempts. The users stay.",
        plain(name)
    ))
}
