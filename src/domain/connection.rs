//! Connections: what an account has agreed with one identity provider.

use std::collections::BTreeMap;

use super::{
    Timestamp,
    id::{AccountId, ConnectionId},
    provisioning::Field,
};

/// One identity provider of an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Connection {
    /// Never changes; stands in the connection's addresses.
    pub id: ConnectionId,
    /// The account that the connection belongs to.
    pub account: AccountId,
    /// The connection's name for people, on the sign-in page.
    pub name: String,
    /// Whether anybody may log in through it. Only with a usable certificate.
    pub enabled: bool,
    /// The identity provider.
    pub idp: IdentityProvider,
    /// How its responses are judged, and what is asked of it.
    pub saml: SamlPolicy,
    /// Who is created, and from which attributes.
    pub provisioning: ProvisioningPolicy,
    /// When the connection was made.
    pub created_at: Timestamp,
    /// When the connection last changed.
    pub updated_at: Timestamp,
    /// Grows by one with each change.
    pub version: i64,
}

/// What is known of an identity provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdentityProvider {
    /// Its entity ID (Core 8.3.6): what an issuer must equal.
    pub entity_id: String,
    /// Where an `AuthnRequest` is sent by the Redirect binding.
    pub sso_url: String,
    /// Its signing certificates, DER; several during a rollover.
    pub certificates: Vec<Vec<u8>>,
}

/// How a connection's responses are judged, and what is asked of its identity
/// provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SamlPolicy {
    /// How far two clocks may be apart, in seconds: 0 to [`MAX_SKEW_SECONDS`].
    pub skew_seconds: u16,
    /// Whether a response may come that nobody asked for.
    pub idp_initiated: bool,
    /// Values of `RelayState` that an unasked-for response may carry: paths or
    /// URLs of ours to go on to.
    pub relay_states: Vec<String>,
    /// Until when SHA-1 signatures are accepted; never, unless set.
    pub sha1_until: Option<Timestamp>,
    /// Whether AES-CBC may encrypt an assertion, inside a signed response only.
    pub allow_cbc: bool,
    /// The format asked for in `NameIDPolicy`; none is asked for, unless set.
    pub name_id_format: Option<String>,
    /// Whether the person is asked for their credentials at each login.
    pub force_authn: bool,
    /// Authentication context classes asked for (Core 3.3.2.2.1).
    pub authn_contexts: Vec<String>,
}

/// Who is created at a login, and from which attributes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ProvisioningPolicy {
    /// The "Check provision attribute": the attribute that must be in the
    /// assertion before a user is created. Empty or absent: nothing is checked.
    pub check_provision_attribute: Option<String>,
    /// Attribute names of this identity provider for fields of ours; a field
    /// that is not named here is called by its own name.
    pub mapping: BTreeMap<Field, String>,
    /// The attribute that holds the e-mail address, looked at before all else.
    pub email_attribute: Option<String>,
    /// The attribute that names the person for good, instead of the `NameID`
    /// (saml2int: no dependency on the `NameID`).
    pub subject_attribute: Option<String>,
}

/// The most that two clocks may be apart, in seconds.
pub const MAX_SKEW_SECONDS: u16 = 300;

/// How far two clocks may be apart unless said otherwise, in seconds.
pub const DEFAULT_SKEW_SECONDS: u16 = 180;

impl Default for SamlPolicy {
    fn default() -> Self {
        Self {
            skew_seconds: DEFAULT_SKEW_SECONDS,
            idp_initiated: false,
            relay_states: Vec::new(),
            sha1_until: None,
            allow_cbc: false,
            name_id_format: None,
            force_authn: false,
            authn_contexts: Vec::new(),
        }
    }
}
