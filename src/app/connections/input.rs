//! What a caller gives for a connection.

use super::{
    certificates::CertificateChanges,
    idp_source::{IdpFields, IdpSource},
};
use crate::domain::connection::{ProvisioningPolicy, SamlPolicy};

/// The values of a new connection.
#[derive(Debug, Clone)]
pub struct NewConnection {
    /// Its display name.
    pub name: String,
    /// Its identity provider.
    pub idp: IdpSource,
    /// The policy for its SAML responses.
    pub saml: SamlPolicy,
    /// The policy for provisioning users.
    pub provisioning: ProvisioningPolicy,
    /// Whether it may be used at once.
    pub enabled: bool,
}

/// The changes of a connection's identity provider.
#[derive(Debug, Clone, Default)]
pub struct IdpUpdate {
    /// The fields to replace.
    pub fields: IdpFields,
    /// Certificates that are added to the others, or removed.
    pub certificates: CertificateChanges,
    /// Whether a certificate that verified one of the latest logins may be removed.
    pub force: bool,
}
