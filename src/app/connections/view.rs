//! The view of a connection: its certificates with their validity, and the
//! addresses and certificates of the service provider.

use openssl::x509::X509;

use crate::{
    app::{App, Error, key_pairs, service_provider::ServiceProviderAddresses},
    domain::{Timestamp, connection::Connection, etag::ETag, id::AccountId},
    saml::{certificate_file::CertificateFile, keys::CertificateInfo},
    store::KeyPurpose,
};

/// A connection with its certificates and the service provider's side.
#[derive(Debug, Clone)]
pub struct ConnectionView {
    /// The connection.
    pub connection: Connection,
    /// Its identity provider's signing certificates.
    pub certificates: Vec<CertificateView>,
    /// The service provider's URLs for this identity provider.
    pub addresses: ServiceProviderAddresses,
    /// The certificates of the keys that sign our requests.
    pub signing: Vec<CertificateView>,
    /// The certificates that assertions may be encrypted for.
    pub encryption: Vec<CertificateView>,
}

/// A certificate, with nothing secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CertificateView {
    /// Its subject.
    pub subject: String,
    /// SHA-256 of the DER, in hexadecimal.
    pub fingerprint: String,
    /// The start of its validity.
    pub not_before: Timestamp,
    /// The end of its validity.
    pub not_after: Timestamp,
    /// The reason why it can't verify signatures now, if there is one.
    pub problem: Option<String>,
    /// The certificate, PEM.
    pub pem: String,
}

/// The service provider's side of each connection of an account.
pub(super) struct ServiceProviderView {
    base: url::Url,
    signing: Vec<CertificateView>,
    encryption: Vec<CertificateView>,
}

impl ServiceProviderView {
    pub(super) fn load(app: &App, account: AccountId) -> Result<Self, Error> {
        let now = app.now();
        let signing = key_pairs::load_certificates(app, account, KeyPurpose::SamlSigning)?;
        let encryption = key_pairs::load_certificates(app, account, KeyPurpose::SamlEncryption)?;
        Ok(Self {
            base: app.settings.base_url.clone(),
            signing: view_certificates(&signing, now),
            encryption: view_certificates(&encryption, now),
        })
    }

    /// A connection with the service provider's side.
    pub(super) fn describe(&self, connection: Connection, now: Timestamp) -> ConnectionView {
        ConnectionView {
            certificates: view_certificates(&connection.idp.certificates, now),
            addresses: ServiceProviderAddresses::new(&self.base, connection.id),
            signing: self.signing.clone(),
            encryption: self.encryption.clone(),
            connection,
        }
    }
}

impl ConnectionView {
    /// The entity tag of the view. It also changes when a certificate expires.
    #[must_use]
    pub fn etag(&self) -> ETag {
        let Self { connection, certificates, addresses, signing, encryption } = self;
        let certificates = [certificates, signing, encryption].into_iter().flatten();
        let states = certificates.map(|certificate| {
            let problem = certificate.problem.as_deref().unwrap_or_default();
            format!("{} {problem}", certificate.fingerprint)
        });
        let state = [connection.version.to_string(), addresses.entity_id.clone()];
        ETag::from_parts(state.into_iter().chain(states))
    }
}

impl CertificateView {
    /// Returns the view of the certificate in a text, PEM or base64 of DER. `None` if it
    /// is not one certificate.
    #[must_use]
    pub fn parse(text: &str, now: Timestamp) -> Option<Self> {
        let CertificateFile { certificates, .. } = CertificateFile::parse(text.as_bytes()).ok()?;
        view_certificates(&certificates, now).pop()
    }

    fn from_der(der: &[u8], now: Timestamp) -> Option<Self> {
        let info = CertificateInfo::parse(der).ok()?;
        let problem = info.check_usable(now).err().map(|problem| problem.to_string());
        let pem = X509::from_der(der).and_then(|certificate| certificate.to_pem()).ok()?;
        let pem = String::from_utf8(pem).ok()?;
        let CertificateInfo { fingerprint, subject, not_before, not_after, key: _ } = info;
        Some(Self { subject, fingerprint, not_before, not_after, problem, pem })
    }
}

/// Returns the view of each certificate. Stored certificates are always readable.
fn view_certificates(certificates: &[Vec<u8>], now: Timestamp) -> Vec<CertificateView> {
    certificates.iter().filter_map(|der| CertificateView::from_der(der, now)).collect()
}
