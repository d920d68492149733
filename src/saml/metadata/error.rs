//! Why metadata is not read or written, and what to do next.

use crate::saml::file_kind::FileKind;

/// The maximum number of bytes of metadata that are read.
pub const MAX_BYTES: usize = 10 * 1024 * 1024;

/// Why metadata can't be written or read.
#[derive(Debug, thiserror::Error)]
pub enum MetadataError {
    /// Usher's metadata could not be written.
    #[error("the metadata could not be written: {0}")]
    Write(#[from] std::io::Error),
    /// More than [`MAX_BYTES`].
    #[error("the metadata is larger than {} MiB: ask for the metadata of the one identity provider", MAX_BYTES / 1024 / 1024)]
    TooLarge,
    /// It is not well-formed XML within the limits.
    #[error("the metadata can't be read: {0}")]
    Xml(String),
    /// A version of XML that is not known.
    #[error("the metadata is XML of version {0}, which is not supported. Save it as XML 1.0")]
    Version(String),
    /// An encoding that is not supported.
    #[error(
        "the encoding {0} of the metadata is not supported. Save it in UTF-8, UTF-16, UTF-32, US-ASCII or ISO-8859-1"
    )]
    Encoding(String),
    /// Bytes that are not in the encoding that the document names.
    #[error("the metadata declares the encoding {0}, but is not in it. Save it in UTF-8")]
    NotInEncoding(&'static str),
    /// The file is of another kind.
    #[error("this is not SAML metadata but {}: {}", .0.name().unwrap_or("something else"), .0.metadata_remedy())]
    WrongKind(FileKind),
    /// Another document than metadata.
    #[error(
        "this is not SAML metadata: it begins with <{0}>, not with <EntityDescriptor> or <EntitiesDescriptor>"
    )]
    NotMetadata(String),
    /// The metadata of a service provider.
    #[error(
        "the metadata is that of a service provider{0} (SPSSODescriptor), such as Usher itself. Provide the metadata of the identity provider, which has an IDPSSODescriptor"
    )]
    ServiceProvider(String),
    /// It has no identity provider.
    #[error(
        "the metadata has no identity provider of SAML 2.0 (no IDPSSODescriptor for its protocol)"
    )]
    NoIdentityProvider,
    /// It does not have the requested identity provider.
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
    /// A `validUntil` that is not a date.
    #[error("the metadata's validUntil must be a date and time, not {0}")]
    ValidUntil(String),
    /// A `use` that is neither `signing` nor `encryption`.
    #[error("a KeyDescriptor has use=\"{0}\"; it must be \"signing\", \"encryption\" or absent")]
    KeyUse(String),
    /// No certificate that could verify a signature: each reason, and the first remedy.
    #[error("the metadata has no usable signing certificate, which logins need. {0}")]
    NoCertificate(String, &'static str),
    /// The signing certificate of a chain is ambiguous.
    #[error(
        "a KeyInfo of the metadata does not say which certificate signs: {0}. Remove the others from the X509Data, or give each signing certificate in a KeyDescriptor of its own"
    )]
    Chain(String),
    /// More signing certificates than are kept.
    #[error(
        "the metadata has more than {0} signing certificates. Remove those that are not in use"
    )]
    TooManyCertificates(usize),
    /// No address for requests by the Redirect binding.
    #[error(
        "the metadata has no SingleSignOnService with the HTTP-Redirect binding; turn that binding on at the identity provider"
    )]
    NoRedirect,
    /// An address that is not https.
    #[error("the sign-on URL {0} is not https (http is accepted for localhost alone)")]
    NotHttps(String),
}

impl MetadataError {
    /// The remedy, in a sentence.
    #[must_use]
    pub fn remedy(&self) -> String {
        match self {
            Self::Write(_) => "Try again.",
            Self::TooLarge => "Send the metadata of the one identity provider.",
            Self::Version(_) => "Save the metadata as XML 1.0.",
            Self::Xml(_) | Self::Expired(_) => {
                "Fetch the metadata again from the identity provider."
            }
            Self::Encoding(_) | Self::NotInEncoding(_) => "Save the metadata in UTF-8.",
            Self::WrongKind(kind) => return format!("{}.", capitalize(kind.metadata_remedy())),
            Self::NotMetadata(_) => "Send XML that begins with <EntityDescriptor>.",
            Self::ServiceProvider(_) => {
                "Send the metadata of the identity provider, which has an IDPSSODescriptor."
            }
            Self::NoIdentityProvider => {
                "Send the metadata of an identity provider that supports SAML 2.0."
            }
            Self::NoSuchEntity(_) | Self::SeveralEntities(_) => {
                "Name one of its identity providers as metadataEntityId."
            }
            Self::EntityId | Self::ValidUntil(_) | Self::KeyUse(_) => {
                "Have the identity provider correct its metadata."
            }
            Self::NoCertificate(_, remedy) => remedy,
            Self::Chain(_) => "Remove the certificates of authorities from the X509Data.",
            Self::TooManyCertificates(_) => "Remove the certificates that are not in use.",
            Self::NoRedirect => "Enable the HTTP-Redirect binding at the identity provider.",
            Self::NotHttps(_) => "Have the identity provider use an https URL.",
        }
        .into()
    }
}

fn capitalize(text: &str) -> String {
    let mut chars = text.trim_end_matches('.').chars();
    let first = chars.next().into_iter().flat_map(char::to_uppercase);
    first.chain(chars).collect()
}
