//! Connections: what an account agrees with an identity provider.

use super::{App, Error, audit, random};
use crate::{
    domain::{
        Timestamp,
        account::Account,
        audit::{AuditEntry, Author, Change},
        connection::{Connection, IdentityProvider, ProvisioningPolicy, SamlPolicy},
        fault::Fault,
        id::ConnectionId,
    },
    saml::{keys, metadata},
};

/// What is needed for a connection.
#[derive(Debug, Clone)]
pub struct NewConnection {
    /// Its name for people.
    pub name: String,
    /// Whom it is made with.
    pub idp: IdpSource,
    /// How its responses are judged.
    pub saml: SamlPolicy,
    /// Who is created.
    pub provisioning: ProvisioningPolicy,
    /// Whether it may be used at once.
    pub enabled: bool,
}

/// Where the facts of an identity provider come from.
#[derive(Debug, Clone)]
pub enum IdpSource {
    /// Its metadata.
    Metadata {
        /// The XML.
        xml: String,
        /// Which entity is meant, where the metadata has several.
        entity_id: Option<String>,
    },
    /// Its facts, one by one.
    Fields {
        /// Its entity ID.
        entity_id: String,
        /// Where requests are sent.
        sso_url: String,
        /// Its signing certificates, each as PEM, DER, or base64 of DER.
        certificates: Vec<Vec<u8>>,
    },
}

/// Makes a connection.
///
/// # Errors
/// [`Error::Invalid`] with every fault.
pub fn create(app: &App, author: &Author, new: NewConnection) -> Result<Connection, Error> {
    let now = app.now();
    let NewConnection { name, idp, saml, provisioning, enabled } = new;
    let connection = Connection {
        id: random::id(ConnectionId::new, now)?,
        account: author.account,
        name: name.trim().to_owned(),
        enabled,
        idp: read(idp, now)?,
        saml,
        provisioning,
        created_at: now,
        updated_at: now,
        version: 1,
    };
    accept(app, &connection, now)?;
    let made = vec![
        Change { field: "name".into(), from: None, to: Some(connection.name.clone()) },
        Change {
            field: "idpEntityId".into(),
            from: None,
            to: Some(connection.idp.entity_id.clone()),
        },
    ];
    let audit = entry(author, &connection, "connection.create", made, now)?;
    app.db.write(|tx| {
        tx.insert_connection(&connection)?;
        tx.insert_audit(&audit).map_err(Error::from)
    })?;
    Ok(connection)
}

/// The connections of an account.
///
/// # Errors
/// If the database can't be read.
pub fn list(app: &App, account: &Account) -> Result<Vec<Connection>, Error> {
    app.db.read(|tx| tx.connections(account.id).map_err(Error::from))
}

/// Finds a connection of an account by its id or its name.
///
/// # Errors
/// [`Error::NotFound`] if there is none; [`Error::Invalid`] if the name is
/// that of several.
pub fn by_name(app: &App, account: &Account, name: &str) -> Result<Connection, Error> {
    let mut found = list(app, account)?;
    found.retain(|connection| connection.id.to_string() == name || connection.name == name);
    match (found.pop(), found.is_empty()) {
        (Some(connection), true) => Ok(connection),
        (None, _) => Err(Error::not_found("connection", name)),
        (Some(_), false) => {
            Err(Fault::new("connection", name, "is the name of several connections: give the id")
                .into())
        }
    }
}

/// Changes a connection by what `change` does to it.
///
/// # Errors
/// [`Error::NotFound`] if there is none; [`Error::Invalid`] with every fault.
pub fn update(
    app: &App,
    author: &Author,
    id: ConnectionId,
    change: impl Fn(&mut Connection),
) -> Result<Connection, Error> {
    let now = app.now();
    app.db.write(|tx| {
        let before = tx.connection_for_update(author.account, id)?;
        let before = before.ok_or_else(|| Error::not_found("connection", id))?;
        let mut after = before.clone();
        change(&mut after);
        let changes = changes(&before, &after);
        if changes.is_empty() {
            return Ok(before);
        }
        accept(app, &after, now)?;
        after.updated_at = now;
        after.version += 1;
        tx.update_connection(&after)?;
        tx.insert_audit(&entry(author, &after, "connection.update", changes, now)?)?;
        Ok(after)
    })
}

/// Reads the facts of an identity provider.
///
/// # Errors
/// [`Error::Invalid`] if they can't be used.
pub fn read(source: IdpSource, now: Timestamp) -> Result<IdentityProvider, Error> {
    match source {
        IdpSource::Metadata { xml, entity_id } => {
            metadata::identity_provider(&xml, entity_id.as_deref(), now)
                .map_err(|error| Fault::new("metadata", "", error).into())
        }
        IdpSource::Fields { entity_id, sso_url, certificates } => {
            let read = certificates.iter().map(|given| {
                keys::certificate_from(given).map_err(|error| Fault::new("certificate", "", error))
            });
            let certificates = read.collect::<Result<_, _>>()?;
            Ok(IdentityProvider { entity_id, sso_url, certificates })
        }
    }
}

/// Whether a connection may be kept as it is: its values are in order, and if
/// it is enabled, it has a certificate that can be used. Without one, nothing
/// could tell its identity provider from anybody else.
fn accept(app: &App, connection: &Connection, now: Timestamp) -> Result<(), Error> {
    let settings = &app.settings;
    let mut faults = connection.faults(&settings.base_url, &settings.return_origins);
    let judged = connection.idp.certificates.iter().map(|der| usable(der, now));
    let refused = judged.filter_map(Result::err).collect::<Vec<_>>();
    if connection.enabled && refused.len() == connection.idp.certificates.len() {
        let why = if refused.is_empty() { "none was given".to_owned() } else { refused.join("; ") };
        let reason = format!(
            "holds no signing certificate that can be used, so the connection can't be enabled: {why}"
        );
        faults.push(Fault::new("certificates", "", reason));
    }
    if faults.is_empty() { Ok(()) } else { Err(Error::Invalid(faults)) }
}

/// Why a certificate can't be used, in words.
fn usable(der: &[u8], now: Timestamp) -> Result<(), String> {
    let facts = keys::CertificateFacts::of(der).map_err(|error| error.to_string())?;
    facts.usable(now).map_err(|error| error.to_string())
}

fn entry(
    author: &Author,
    connection: &Connection,
    action: &'static str,
    changes: Vec<Change>,
    now: Timestamp,
) -> Result<AuditEntry, Error> {
    audit::entry(author, now, action, connection.id.as_uuid(), changes)
}

/// What differs between two states of a connection, by field.
fn changes(before: &Connection, after: &Connection) -> Vec<Change> {
    let (before, after) = (described(before), described(after));
    let pairs = before.into_iter().zip(after);
    pairs
        .filter(|((_, from), (_, to))| from != to)
        .map(|((field, from), (_, to))| Change { field: field.into(), from, to })
        .collect()
}

/// Each field of a connection as text. Destructured, so that a new field
/// can't be forgotten.
fn described(connection: &Connection) -> Vec<(&'static str, Option<String>)> {
    let Connection { name, enabled, idp, saml, provisioning, .. } = connection;
    let IdentityProvider { entity_id, sso_url, certificates } = idp;
    let SamlPolicy {
        skew_seconds,
        idp_initiated,
        relay_states,
        sha1_until,
        allow_cbc,
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
    } = provisioning;
    let fingerprints = certificates.iter().map(|der| keys::fingerprint(der)).collect::<Vec<_>>();
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
        ("skewSeconds", Some(skew_seconds.to_string())),
        ("idpInitiated", Some(idp_initiated.to_string())),
        ("relayStates", Some(relay_states.join(", "))),
        ("sha1Until", sha1_until.map(|until| until.to_rfc3339())),
        ("allowCbc", Some(allow_cbc.to_string())),
        ("nameIdFormat", name_id_format.clone()),
        ("forceAuthn", Some(force_authn.to_string())),
        ("authnContexts", Some(authn_contexts.join(", "))),
        ("keepMessagesHours", Some(keep_messages_hours.to_string())),
        ("checkProvisionAttribute", check_provision_attribute.clone()),
        ("mapping", Some(mapping.join(", "))),
        ("emailAttribute", email_attribute.clone()),
        ("subjectAttribute", subject_attribute.clone()),
    ]
}
