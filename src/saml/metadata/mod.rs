//! Metadata: what each side tells the other of itself (SAML Metadata).

mod idp;
mod sp;

pub use idp::{MAX_BYTES, identity_provider, is_secure};
pub use sp::{ServiceProvider, service_provider};

/// Why metadata can't be written or read.
#[derive(Debug, thiserror::Error)]
pub enum MetadataError {
    /// Ours could not be written.
    #[error("the metadata could not be written: {0}")]
    Write(#[from] std::io::Error),
    /// More than [`MAX_BYTES`].
    #[error("the metadata is larger than {} MiB: ask for the metadata of the one identity provider", MAX_BYTES / 1024 / 1024)]
    TooLarge,
    /// Not XML that may be read.
    #[error("the metadata can't be read: {0}")]
    Xml(String),
    /// Another document than metadata.
    #[error(
        "this is no SAML metadata: it begins with <{0}>, not with <EntityDescriptor> or <EntitiesDescriptor>"
    )]
    NotMetadata(String),
    /// No identity provider in it, or not the one that was asked for.
    #[error("the metadata has no identity provider {0}")]
    NoSuchEntity(String),
    /// More than one, and none was named.
    #[error("the metadata has several identity providers; name one of them by its entity ID: {0}")]
    SeveralEntities(String),
    /// The entity ID is empty or longer than 1,024 characters.
    #[error("the metadata has no usable entity ID (1 to 1,024 characters; Core 8.3.6)")]
    EntityId,
    /// No longer valid.
    #[error("the metadata was valid until {0}: fetch it again from the identity provider")]
    Expired(String),
    /// A `validUntil` that is no date.
    #[error("the metadata's validUntil is no date: {0}")]
    ValidUntil(String),
    /// A `use` that is neither `signing` nor `encryption`.
    #[error("a KeyDescriptor has use=\"{0}\"; it must be \"signing\", \"encryption\" or absent")]
    KeyUse(String),
    /// No certificate that could verify a signature.
    #[error(
        "the metadata has no usable signing certificate ({0}); without one nobody could log in. Turn on signing at the identity provider, and export the metadata again"
    )]
    NoCertificate(String),
    /// No address for requests by the Redirect binding.
    #[error(
        "the metadata has no SingleSignOnService with the HTTP-Redirect binding; turn that binding on at the identity provider"
    )]
    NoRedirect,
    /// An address that is not https.
    #[error("the sign-on URL {0} is not https (http is accepted for localhost alone)")]
    NotHttps(String),
}
