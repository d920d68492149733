//! The test identity provider: a real one, on its own key, inside the program.
//!
//! It is for trials and tests, and signs in every visitor without a password. So only `usher
//! demo` and the tests start it; `usher serve` can't. It stores nothing. Only the connection
//! that was created for it trusts its key.
//!
//! | file | what it is for |
//! |---|---|
//! | [`identity`] | its name, its key, its certificate and its metadata |
//! | [`name_id`] | the formats of a `NameID` |
//! | [`response_content`] | what it says of a person, as a SAML response |
//! | `template` | the signature that XMLSec fills in |
//! | [`request`] | what a service provider asked of it |
//! | [`form`] | the attributes that a person can choose, and the examples |
//! | [`pages`] | its pages |

pub mod form;
pub mod identity;
mod key_file;
pub mod name_id;
pub mod pages;
pub mod request;
pub mod response_content;
mod template;

pub use identity::TestIdp;
pub use key_file::load_or_generate;
pub use pages::{Clock, ServiceProviderSettings, TestIdpState, add_routes, page_routes};
pub use response_content::{ResponseContent, SignedParts};

/// An error of the test identity provider.
#[derive(Debug, thiserror::Error)]
pub enum TestIdpError {
    /// A key or certificate could not be made.
    #[error("making a key: {0}")]
    Generate(#[from] crate::saml::keys::KeyError),
    /// A key or certificate could not be read.
    #[error("key or certificate: {0}")]
    Key(#[from] openssl::error::ErrorStack),
    /// The private key and the certificate are not a pair.
    #[error("the certificate belongs to another key")]
    OtherKey,
    /// No random bytes were available.
    #[error("randomness: {0}")]
    Random(#[from] getrandom::Error),
    /// A value has a character that XML can't contain, not even escaped (XML 1.0, 2.2).
    #[error("{what} contains the character U+{code:04X}, which XML can't carry")]
    NotXml {
        /// The written value.
        what: &'static str,
        /// The character.
        code: u32,
    },
    /// The document, or the file of the key, could not be written or read.
    #[error("reading or writing: {0}")]
    Writing(#[from] std::io::Error),
    /// XMLSec did not sign.
    #[error("signing: {0}")]
    Signing(#[from] samael::crypto::CryptoError),
}
