//! SAML metadata of the identity provider and of the service provider.

mod encoding;
mod error;
mod idp;
mod signing_keys;
mod sp;

pub use encoding::{decode, normalize_declaration};
pub use error::{MAX_BYTES, MetadataError};
pub use idp::parse_identity_provider;
pub use sp::{ServiceProvider, write_service_provider};
