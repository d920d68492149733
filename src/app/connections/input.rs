//! What a caller gives for a connection.

use super::{
    certificates::CertificateChanges,
    idp_source::{IdpFields, IdpSource},
};
use crate::domain::connection::{ProvisioningPolicy, SamlPolicy};

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

/// What changes of a connection besides its policy.
#[derive(Debug, Clone, Default)]
pub struct IdpUpdate {
    /// The facts that take the place of others.
    pub facts: IdpFields,
    /// Certificates that are added to the others, or removed.
    pub certificates: CertificateChanges,
    /// Whether the certificate that verified the latest login may go.
    pub force: bool,
}
