//! The view of a connection: its certificates with their validity, and the
//! addresses and certificates of the service provider.

use openssl::x509::X509;

use crate::{
    app::{App, Error, keys, service_provider::Addresses},
    domain::{Timestamp, connection::Connection, etag::Tag, id::AccountId},
    saml::keys::CertificateInfo,
    store::KeyPurpose,
};

/// A connection with its certificates and the service provider's side.
#[derive(Debug, Clone)]
pub struct ConnectionView {
    /// The connection.
    pub connection: Connection,
    /// Its identity provider's signing certificates.
    pub certificates: Vec<Certificate>,
    /// Our addresses for its identity provider.
    pub addresses: Addresses,
    /// What our requests are signed with.
    pub signing: Vec<Certificate>,
    /// What assertions may be encrypted for.
    pub encryption: Vec<Certificate>,
}

/// A certificate that can be shown to anybody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Certificate {
    /// Whom it names.
    pub subject: String,
    /// SHA-256 of the DER, in hexadecimal.
    pub fingerprint: String,
    /// Since when it is valid.
    pub not_before: Timestamp,
    /// Until when it is valid.
    pub not_after: Timestamp,
    /// Why no signature is verified with it now, if so.
    pub problem: Option<String>,
    /// The certificate, PEM.
    pub pem: String,
}

/// Our own side of each connection of an account.
pub(super) struct Own {
    base: url::Url,
    signing: Vec<Certificate>,
    encryption: Vec<Certificate>,
}

impl Own {
    pub(super) fn of(app: &App, account: AccountId) -> Result<Self, Error> {
        let now = app.now();
        let signing = keys::certificates(app, account, KeyPurpose::SamlSigning)?;
        let encryption = keys::certificates(app, account, KeyPurpose::SamlEncryption)?;
        Ok(Self {
            base: app.settings.base_url.clone(),
            signing: check_certificates(&signing, now),
            encryption: check_certificates(&encryption, now),
        })
    }

    /// A connection beside what is our own.
    pub(super) fn beside(&self, connection: Connection, now: Timestamp) -> ConnectionView {
        ConnectionView {
            certificates: check_certificates(&connection.idp.certificates, now),
            addresses: Addresses::of(&self.base, connection.id),
            signing: self.signing.clone(),
            encryption: self.encryption.clone(),
            connection,
        }
    }
}

impl ConnectionView {
    /// The tag of all that is shown. A certificate expires without a change
    /// of the connection.
    #[must_use]
    pub fn tag(&self) -> Tag {
        let Self { connection, certificates, addresses, signing, encryption } = self;
        let certificates = [certificates, signing, encryption].into_iter().flatten();
        let message = certificates.map(|certificate| {
            let problem = certificate.problem.as_deref().unwrap_or_default();
            format!("{} {problem}", certificate.fingerprint)
        });
        let state = [connection.version.to_string(), addresses.entity_id.clone()];
        Tag::of_parts(state.into_iter().chain(message))
    }
}

/// Returns the view of each certificate. Stored certificates are always readable.
fn check_certificates(certificates: &[Vec<u8>], now: Timestamp) -> Vec<Certificate> {
    let read = certificates.iter().filter_map(|der| {
        let facts = CertificateInfo::of(der).ok()?;
        let problem = facts.usable(now).err().map(|problem| problem.to_string());
        let pem = X509::from_der(der).and_then(|certificate| certificate.to_pem()).ok()?;
        let pem = String::from_utf8(pem).ok()?;
        let CertificateInfo { fingerprint, subject, not_before, not_after, key: _ } = facts;
        Some(Certificate { subject, fingerprint, not_before, not_after, problem, pem })
    });
    read.collect()
}
