//! How a connection is shown.

use serde::Serialize;

use super::{
    Failure,
    output::{self, Record, Screen, Style, plain, plain_or_dash},
};
use crate::{
    app::{
        App,
        connections::{self, Certificate, ConnectionView, Dependents},
        service_provider::Addresses,
    },
    domain::{account::Account, connection::Connection, ignored_certificate::IgnoredCertificate},
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
pub(super) fn show(app: &App, connection: Connection, json: bool) -> Result<(), Failure> {
    let view = connections::to_view(app, connection)?;
    if json {
        return output::json(&views::Connection::from(view));
    }
    let screen = Screen::of_stdout();
    let Addresses { entity_id, acs, login } = &view.addresses;
    let mut ours = Record::default();
    ours.whole("entity ID (audience)", entity_id);
    ours.whole("ACS URL (reply URL)", acs);
    ours.whole("metadata", entity_id);
    let mut people = Record::default();
    people.whole("login URL", login);
    let title = |text: &str| screen.paint(Style::Heading, text);
    output::write(&format!(
        "{}\n{}\n{}\n{}\n{}",
        facts_of(&view).render(screen),
        title("For the identity provider:"),
        ours.render(screen),
        title("For people:"),
        people.render(screen),
    ))
}

fn facts_of(view: &ConnectionView) -> Record {
    let Connection { id, name, enabled, idp, saml, provisioning, .. } = &view.connection;
    let list =
        |values: &[String]| if values.is_empty() { "-".into() } else { plain(&values.join(", ")) };
    let yes = |value: bool| if value { "yes" } else { "no" };
    let mapping =
        provisioning.mapping.iter().map(|(field, name)| format!("{}={name}", field.as_str()));
    let mut record = Record::default();
    record.text("connection", plain(name));
    record.whole("id", id.to_string());
    record.whole("enabled", yes(*enabled));
    record.whole("identity provider", plain(&idp.entity_id));
    record.whole("SSO URL", plain(&idp.sso_url));
    for certificate in &view.certificates {
        record.whole("certificate", describe_certificate(certificate));
    }
    for ignored in &idp.ignored {
        record.text("ignored certificate", describe_ignored(ignored));
    }
    let attribute = plain_or_dash;
    record.text(
        "check provision attribute",
        attribute(provisioning.check_provision_attribute.as_deref()),
    );
    record.text("mapping", list(&mapping.collect::<Vec<_>>()));
    record.text("e-mail attribute", attribute(provisioning.email_attribute.as_deref()));
    record.text("subject attribute", attribute(provisioning.subject_attribute.as_deref()));
    record.whole("match friendly names", yes(provisioning.match_friendly_names));
    record.whole("IdP-initiated login", yes(saml.idp_initiated));
    record.text("relay states", list(&saml.relay_states));
    record.whole("clock skew", format!("{} s", saml.skew_seconds));
    record.whole("SHA-1 until", saml.sha1_until.map_or_else(|| "-".into(), output::instant));
    record.whole("AES-CBC", yes(saml.allow_cbc));
    record.whole("RSA-PSS", yes(saml.allow_rsa_pss));
    record.whole("NameID format", attribute(saml.name_id_format.as_deref()));
    record.whole("force authentication", yes(saml.force_authn));
    record.text("authentication contexts", list(&saml.authn_contexts));
    record.whole("messages are kept", format!("{} h", saml.keep_messages_hours));
    record
}

fn describe_certificate(certificate: &Certificate) -> String {
    let Certificate { subject, fingerprint, not_before: _, not_after, problem, pem: _ } =
        certificate;
    let (subject, until) = (plain(subject), output::instant(*not_after));
    let problem = problem.as_ref().map(|problem| format!("\ncan't be used: {}", plain(problem)));
    format!("{subject}\nuntil {until}\nSHA-256 {fingerprint}{}", problem.unwrap_or_default())
}

/// Lists connections.
pub(super) fn list(
    app: &App,
    account: &Account,
    connections: Vec<Connection>,
    json: bool,
) -> Result<(), Failure> {
    if json {
        let view = connections.into_iter().map(|one| connections::to_view(app, one));
        let view = view.collect::<Result<Vec<_>, _>>()?.into_iter();
        return output::json(&view.map(views::Connection::from).collect::<Vec<_>>());
    }
    let head = ["connection", "id", "enabled", "identity provider"];
    let mut table = output::table(&head).wrapping(&["connection"]);
    for connection in &connections {
        let enabled = if connection.enabled { "yes" } else { "no" };
        let (name, id) = (plain(&connection.name), connection.id.to_string());
        table.add_row([name, id, enabled.to_owned(), plain(&connection.idp.entity_id)]);
    }
    table.show(&format!(
        "There are no connections in the account {}. Create one with `usher connection create`.",
        account.slug
    ))
}

/// What can be said of each certificate. One that can't be read was never
/// taken in, so there is none.
fn facts(connection: &Connection) -> Vec<CertificateInfo> {
    connection.idp.certificates.iter().filter_map(|der| CertificateInfo::of(der).ok()).collect()
}

fn describe_ignored(ignored: &IgnoredCertificate) -> String {
    let IgnoredCertificate { certificate, subject, reason, detail } = ignored;
    let subject = subject.as_deref().map_or_else(|| "a certificate".to_owned(), plain);
    let print = certificate.as_ref().map(|der| format!(" (SHA-256 {})", fingerprint(der)));
    format!("{subject}{}: {}. {}", print.unwrap_or_default(), plain(detail), reason.remedy())
}

/// Warns, on standard error, of each certificate that was given and is not
/// used.
pub(super) fn warn_of_ignored(connection: &Connection) -> Result<(), Failure> {
    for ignored in &connection.idp.ignored {
        let ignored = describe_ignored(ignored);
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
    let line = |sign: &str, facts: &CertificateInfo| {
        let CertificateInfo { fingerprint, subject, not_after, .. } = facts;
        format!(
            "  {sign} {} until {} SHA-256 {fingerprint}",
            plain(subject),
            output::instant(*not_after)
        )
    };
    let retained = old.iter().filter(|facts| new.contains(facts)).map(|facts| line("=", facts));
    let removed = old.iter().filter(|facts| !new.contains(facts)).map(|facts| line("-", facts));
    let added = new.iter().filter(|facts| !old.contains(facts)).map(|facts| line("+", facts));
    let lines = retained.chain(removed).chain(added).collect::<Vec<_>>().join("\n");
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
