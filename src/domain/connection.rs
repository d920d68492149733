//! Connections: the identity providers of an account, with their settings.

use super::{
    Timestamp,
    connection_setting::{ConnectionSetting, SettingValue},
    id::{AccountId, ConnectionId},
    ignored_certificate::IgnoredCertificate,
    quote::QuotedText,
};

pub use super::connection_setting::{MAX_SKEW_SECONDS, ProvisioningPolicy, SamlPolicy};

/// One identity provider of an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Connection {
    /// Never changes; is part of the connection's URLs.
    pub id: ConnectionId,
    /// The account that the connection belongs to.
    pub account: AccountId,
    /// The display name, on the sign-in page.
    pub name: String,
    /// Whether users may log in through it. Requires a usable certificate.
    pub enabled: bool,
    /// The identity provider.
    pub idp: IdentityProvider,
    /// The settings of verification and requests.
    pub saml: SamlPolicy,
    /// The settings of provisioning.
    pub provisioning: ProvisioningPolicy,
    /// When the connection was created.
    pub created_at: Timestamp,
    /// When the connection last changed.
    pub updated_at: Timestamp,
    /// Grows by one with each change.
    pub version: i64,
}

/// When a certificate of a connection last verified a login.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CertificateUse {
    /// SHA-256 of the DER, in hexadecimal.
    pub fingerprint: String,
    /// The latest login, to the minute.
    pub last_used_at: Timestamp,
}

/// A connection that a migration renamed, because its name was not unique.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RenamedConnection {
    /// The account.
    pub account: AccountId,
    /// The connection.
    pub id: ConnectionId,
    /// The name before.
    pub from: String,
    /// The name after.
    pub to: String,
}

impl std::fmt::Display for RenamedConnection {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { account, id, from, to } = self;
        write!(
            f,
            "Renamed the connection {id} of the account {account} from {} to {}: the names \
             of an account's connections are unique now.",
            QuotedText(from),
            QuotedText(to)
        )
    }
}

/// An identity provider.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct IdentityProvider {
    /// Its entity ID (Core 8.3.6), which an issuer must equal.
    pub entity_id: String,
    /// The URL to which an `AuthnRequest` is sent by the Redirect binding.
    pub sso_url: String,
    /// Its signing certificates, DER; several during a rollover.
    pub certificates: Vec<Vec<u8>>,
    /// The ignored certificates of the identity provider. They verify no signature.
    pub ignored: Vec<IgnoredCertificate>,
}

/// The maximum number of signing certificates of a connection.
pub const MAX_CERTIFICATES: usize = 20;

impl Connection {
    /// A connection with the default settings, and without an identity provider.
    #[must_use]
    pub fn new(id: ConnectionId, account: AccountId, now: Timestamp) -> Self {
        Self {
            id,
            account,
            name: String::new(),
            enabled: false,
            idp: IdentityProvider::default(),
            saml: SamlPolicy::default(),
            provisioning: ProvisioningPolicy::default(),
            created_at: now,
            updated_at: now,
            version: 1,
        }
    }

    /// The settings with their values.
    pub fn settings(&self) -> impl Iterator<Item = (ConnectionSetting, SettingValue)> {
        let Self { provisioning, saml, .. } = self;
        ConnectionSetting::ALL.into_iter().map(|one| (one, one.read(provisioning, saml)))
    }
}
