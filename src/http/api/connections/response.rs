//! The response bodies of connections.

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{RefOr, schema::Schema},
};
use uuid::Uuid;

use crate::{
    app::{
        connections::{CertificateView, ConnectionView, fingerprint},
        service_provider::ServiceProviderAddresses,
    },
    domain::{
        connection::{Connection as DomainConnection, IdentityProvider},
        ignored_certificate::{IgnoredCertificate as DomainIgnoredCertificate, IgnoredReason},
    },
    http::api::{enums, page::page_schema},
};

/// An identity provider of an account, and how its logins are verified.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Connection {
    /// Never changes. The URLs of the connection contain it.
    id: Uuid,
    /// The display name, as on the sign-in page.
    name: String,
    /// Whether users may log in through the connection.
    enabled: bool,
    /// The entity ID of the identity provider.
    idp_entity_id: String,
    /// The URL to which login requests are sent.
    sso_url: String,
    /// The certificates that verify its signatures. There are several during a
    /// rollover.
    certificates: Vec<Certificate>,
    /// The certificates that were sent and can't verify a signature, each with its
    /// remedy.
    ignored_certificates: Vec<IgnoredCertificate>,
    /// The values to configure at the identity provider.
    service_provider: ServiceProvider,
    /// The settings, by name.
    #[serde(flatten)]
    #[schema(ignore)]
    settings: Map<String, Value>,
    /// When it was created.
    created_at: DateTime<Utc>,
    /// When it last changed.
    updated_at: DateTime<Utc>,
    /// Deprecated: use `etag`. Grows by one with each change.
    #[schema(minimum = 1, deprecated)]
    version: i64,
    /// The entity tag of the connection, as in the header `ETag`. Send it as
    /// `If-Match`.
    #[schema(example = "\"v1\"")]
    etag: String,
}

page_schema!(pub(super) ConnectionPage, Connection, "A page of connections.", "The connections.");

/// A certificate. The API never returns its private key.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Certificate {
    /// The subject.
    #[schema(example = "CN=idp.example.com, O=Example")]
    subject: String,
    /// SHA-256 of the DER, in hexadecimal.
    #[schema(pattern = "^[0-9a-f]{64}$")]
    fingerprint_sha256: String,
    /// The start of its validity.
    not_before: DateTime<Utc>,
    /// The end of its validity.
    not_after: DateTime<Utc>,
    /// Whether it can be used now.
    usable: bool,
    /// Why it can't be used. null if it can.
    #[schema(required)]
    problem: Option<String>,
    /// The certificate, PEM.
    pem: String,
}

/// A certificate that is not used.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct IgnoredCertificate {
    /// The subject. null if it can't be read.
    #[schema(required, example = "CN=idp.example.com, O=Example")]
    subject: Option<String>,
    /// SHA-256 of the DER, in hexadecimal. null if it can't be read.
    #[schema(required, pattern = "^[0-9a-f]{64}$")]
    fingerprint_sha256: Option<String>,
    /// Why it is not used.
    #[schema(value_type = IgnoredCertificateReason)]
    reason: &'static str,
    /// The reason with its details.
    #[schema(example = "expired at 2026-11-22T10:00:00Z")]
    detail: String,
    /// The remedy.
    #[schema(example = "Have the identity provider renew the certificate.")]
    remedy: &'static str,
}

/// The schema of the reason.
#[derive(Debug)]
struct IgnoredCertificateReason;

impl PartialSchema for IgnoredCertificateReason {
    fn schema() -> RefOr<Schema> {
        enums::schema("Why a certificate is not used.", IgnoredReason::NAMES)
    }
}

impl ToSchema for IgnoredCertificateReason {}

impl From<DomainIgnoredCertificate> for IgnoredCertificate {
    fn from(ignored: DomainIgnoredCertificate) -> Self {
        let DomainIgnoredCertificate { certificate, subject, reason, detail } = ignored;
        Self {
            subject,
            fingerprint_sha256: certificate.map(|der| fingerprint(&der)),
            reason: reason.as_str(),
            detail,
            remedy: reason.remedy(),
        }
    }
}

/// The values to configure at the identity provider.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct ServiceProvider {
    /// The service provider's entity ID (the audience).
    entity_id: String,
    /// The URL to which responses are posted: the assertion consumer service (ACS),
    /// also called reply URL.
    acs_url: String,
    /// The URL of the service provider's metadata, which contains all these values.
    metadata_url: String,
    /// The URL at which a login begins.
    login_url: String,
    /// The certificates for the signatures of login requests, the newest first.
    signing_certificates: Vec<Certificate>,
    /// The certificates for the encryption of assertions, the newest first.
    encryption_certificates: Vec<Certificate>,
}

impl From<ConnectionView> for Connection {
    fn from(view: ConnectionView) -> Self {
        let etag = view.etag().to_quoted();
        let ConnectionView { connection, certificates, addresses, signing, encryption } = view;
        let settings = connection.settings();
        let settings =
            settings.map(|(setting, value)| (setting.as_str().to_owned(), value.to_json()));
        let settings = settings.collect();
        let DomainConnection {
            id,
            account: _,
            name,
            enabled,
            idp: IdentityProvider { entity_id: idp_entity_id, sso_url, certificates: _, ignored },
            saml: _,
            provisioning: _,
            created_at,
            updated_at,
            version,
        } = connection;
        Self {
            id: id.as_uuid(),
            name,
            enabled,
            idp_entity_id,
            sso_url,
            certificates: to_certificates(certificates),
            ignored_certificates: ignored.into_iter().map(IgnoredCertificate::from).collect(),
            service_provider: ServiceProvider::new(addresses, signing, encryption),
            settings,
            created_at,
            updated_at,
            version,
            etag,
        }
    }
}

impl ServiceProvider {
    fn new(
        addresses: ServiceProviderAddresses,
        signing: Vec<CertificateView>,
        encryption: Vec<CertificateView>,
    ) -> Self {
        let ServiceProviderAddresses { entity_id, acs, login } = addresses;
        Self {
            metadata_url: entity_id.clone(),
            entity_id,
            acs_url: acs,
            login_url: login,
            signing_certificates: to_certificates(signing),
            encryption_certificates: to_certificates(encryption),
        }
    }
}

fn to_certificates(certificates: Vec<CertificateView>) -> Vec<Certificate> {
    certificates.into_iter().map(Certificate::from).collect()
}

impl From<CertificateView> for Certificate {
    fn from(view: CertificateView) -> Self {
        let CertificateView { subject, fingerprint, not_before, not_after, problem, pem } = view;
        Self {
            subject,
            fingerprint_sha256: fingerprint,
            not_before,
            not_after,
            usable: problem.is_none(),
            problem,
            pem,
        }
    }
}
