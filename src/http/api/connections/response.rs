//! The response bodies of connections.

use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::mapping::AttributeMapping;
use crate::{
    app::{
        connections::{CertificateView, ConnectionView, fingerprint},
        service_provider::ServiceProviderAddresses,
    },
    domain::{
        connection::{
            Connection as DomainConnection, IdentityProvider, ProvisioningPolicy, SamlPolicy,
        },
        ignored_certificate::{IgnoredCertificate as Ignored, IgnoredReason as Reason},
    },
    http::api::page::page_schema,
};

/// An identity provider of an account, and how its logins are verified.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Connection {
    /// Never changes. The URLs of the connection contain it.
    id: Uuid,
    /// Its name for people, on the sign-in page.
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
    /// The "Check provision attribute": a user is created only if the assertion has
    /// this attribute, with any value. null: nothing is checked.
    #[schema(required)]
    check_provision_attribute: Option<String>,
    /// The names of the SAML attributes.
    mapping: AttributeMapping,
    /// The attribute with the e-mail address. It takes precedence over all other
    /// sources.
    #[schema(required)]
    email_attribute: Option<String>,
    /// The attribute that identifies the user permanently, instead of the `NameID`.
    #[schema(required)]
    subject_attribute: Option<String>,
    /// Whether an attribute is also found by its `FriendlyName`, if no attribute has
    /// the `Name`.
    match_friendly_names: bool,
    /// The allowed clock skew in seconds.
    #[schema(value_type = i32, minimum = 0, maximum = 300)]
    skew_seconds: u16,
    /// Whether the identity provider may start a login (IdP-initiated).
    idp_initiated: bool,
    /// The values of `RelayState` that an IdP-initiated response may have.
    relay_states: Vec<String>,
    /// Until when SHA-1 signatures are accepted. null: never.
    #[schema(required)]
    sha1_until: Option<DateTime<Utc>>,
    /// Whether AES-CBC may encrypt an assertion, in signed responses only.
    allow_cbc: bool,
    /// Whether RSA-PSS with SHA-256, SHA-384 or SHA-512 may sign.
    allow_rsa_pss: bool,
    /// The requested `NameID` format. null: none is requested.
    #[schema(required)]
    name_id_format: Option<String>,
    /// Whether the identity provider must ask for credentials at each login.
    force_authn: bool,
    /// The requested authentication context classes.
    authn_contexts: Vec<String>,
    /// For how many hours the messages of its logins are kept.
    #[schema(value_type = i32, minimum = 0, maximum = 168)]
    keep_messages_hours: u16,
    /// When it was created.
    created_at: DateTime<Utc>,
    /// When it last changed.
    updated_at: DateTime<Utc>,
    /// Deprecated: use `etag`. Grows by one with each change.
    #[schema(minimum = 1, deprecated)]
    version: i64,
    /// The state of what is shown, as the header `ETag` has it: send it as
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
    reason: IgnoredCertificateReason,
    /// The reason with its details.
    #[schema(example = "expired at 2026-11-22T10:00:00Z")]
    detail: String,
    /// What to do about it.
    #[schema(example = "Have the identity provider renew the certificate.")]
    remedy: &'static str,
}

/// Why a certificate is not used.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(super) enum IgnoredCertificateReason {
    /// It is no longer valid.
    Expired,
    /// It is not valid yet.
    NotYetValid,
    /// Its RSA key is too short.
    KeyTooShort,
    /// Its key is of a kind or length that is not supported.
    UnsupportedKey,
    /// It can't be read.
    Unreadable,
    /// It is for encryption only.
    EncryptionOnly,
    /// It issued another certificate of the same chain.
    Issuer,
    /// A key without a certificate.
    NoCertificate,
}

impl From<Reason> for IgnoredCertificateReason {
    fn from(reason: Reason) -> Self {
        match reason {
            Reason::Expired => Self::Expired,
            Reason::NotYetValid => Self::NotYetValid,
            Reason::KeyTooShort => Self::KeyTooShort,
            Reason::UnsupportedKey => Self::UnsupportedKey,
            Reason::Unreadable => Self::Unreadable,
            Reason::EncryptionOnly => Self::EncryptionOnly,
            Reason::Issuer => Self::Issuer,
            Reason::NoCertificate => Self::NoCertificate,
        }
    }
}

impl From<Ignored> for IgnoredCertificate {
    fn from(ignored: Ignored) -> Self {
        let Ignored { certificate, subject, reason, detail } = ignored;
        Self {
            subject,
            fingerprint_sha256: certificate.map(|der| fingerprint(&der)),
            reason: reason.into(),
            detail,
            remedy: reason.remedy(),
        }
    }
}

/// The values to configure at the identity provider.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct ServiceProvider {
    /// Our entity ID: the audience.
    entity_id: String,
    /// The URL to which responses are posted: the assertion consumer service (ACS),
    /// also called reply URL.
    acs_url: String,
    /// The URL of our metadata, which contains all these values.
    metadata_url: String,
    /// The URL at which a login begins.
    login_url: String,
    /// The certificates of our request signatures, the newest first.
    signing_certificates: Vec<Certificate>,
    /// The certificates for the encryption of assertions, the newest first.
    encryption_certificates: Vec<Certificate>,
}

impl From<ConnectionView> for Connection {
    fn from(view: ConnectionView) -> Self {
        let etag = view.etag().to_quoted();
        let ConnectionView { connection, certificates, addresses, signing, encryption } = view;
        let DomainConnection {
            id,
            account: _,
            name,
            enabled,
            idp: IdentityProvider { entity_id: idp_entity_id, sso_url, certificates: _, ignored },
            saml,
            provisioning,
            created_at,
            updated_at,
            version,
        } = connection;
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
            id: id.as_uuid(),
            name,
            enabled,
            idp_entity_id,
            sso_url,
            certificates: to_certificates(certificates),
            ignored_certificates: ignored.into_iter().map(IgnoredCertificate::from).collect(),
            service_provider: ServiceProvider::new(addresses, signing, encryption),
            check_provision_attribute,
            mapping: mapping.into(),
            email_attribute,
            subject_attribute,
            match_friendly_names,
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
