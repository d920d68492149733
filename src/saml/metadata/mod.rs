//! Metadata: what each side tells the other of itself (SAML Metadata).

mod encoding;
mod error;
mod idp;
mod signing_keys;
mod sp;

pub use encoding::{declared_as_utf8, decode};
pub use error::{MAX_BYTES, MetadataError};
pub use idp::{identity_provider, is_secure};
pub use sp::{ServiceProvider, service_provider};
