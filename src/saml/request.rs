//! tmp
use super::keys::SigningKey;
use crate::domain::{Timestamp, connection::SamlPolicy};
use url::Url;
pub struct AuthnRequest<'a> {
    pub id: &'a str,
    pub issue_instant: Timestamp,
    pub sp_entity_id: &'a str,
    pub acs_url: &'a str,
    pub sso_url: &'a str,
    pub policy: &'a SamlPolicy,
    pub relay_state: &'a str,
}
#[derive(Debug, thiserror::Error)]
#[error("x")]
pub struct RequestError;
pub fn redirect_url(_: &AuthnRequest<'_>, _: &SigningKey) -> Result<Url, RequestError> {
    Err(RequestError)
}
