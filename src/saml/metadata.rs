//! tmp
use crate::domain::{Timestamp, connection::IdentityProvider};
#[derive(Debug, thiserror::Error)]
#[error("x")]
pub struct MetadataError;
pub struct ServiceProvider<'a> {
    pub entity_id: &'a str,
    pub acs_url: &'a str,
    pub signing_certificates: &'a [Vec<u8>],
    pub encryption_certificates: &'a [Vec<u8>],
    pub display_name: &'a str,
    pub contact: Option<&'a str>,
    pub valid_until: Timestamp,
}
pub fn service_provider(_: &ServiceProvider<'_>) -> Result<String, MetadataError> {
    Err(MetadataError)
}
pub fn identity_provider(
    _: &str,
    _: Option<&str>,
    _: Timestamp,
) -> Result<IdentityProvider, MetadataError> {
    Err(MetadataError)
}
