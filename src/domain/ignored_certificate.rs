//! Certificates of an identity provider that Usher does not verify
//! signatures with, and why.

/// A certificate that was found and is not used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IgnoredCertificate {
    /// The certificate, DER. `None` if there is none, or it can't be read.
    pub certificate: Option<Vec<u8>>,
    /// The subject, e.g. `CN=idp.example.com, O=Example`.
    pub subject: Option<String>,
    /// Why it is not used.
    pub reason: IgnoredReason,
    /// The reason with its details, e.g. `expired at 2026-11-22T10:00:00Z`.
    pub detail: String,
}

/// Why a certificate is not used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum IgnoredReason {
    /// It is no longer valid.
    Expired,
    /// It is not valid yet.
    NotYetValid,
    /// Its RSA key is too short.
    KeyTooShort,
    /// Its key is of a kind, or of a length, that is not supported.
    UnsupportedKey,
    /// It is not a certificate in base64 of DER.
    Unreadable,
    /// Its `KeyDescriptor` is for encryption only.
    EncryptionOnly,
    /// It issued a certificate beside it: it is an authority's, and does not
    /// sign responses.
    Issuer,
    /// A `KeyDescriptor` names a key without a certificate.
    NoCertificate,
}

impl IgnoredReason {
    /// All reasons.
    pub const ALL: [Self; 8] = [
        Self::Expired,
        Self::NotYetValid,
        Self::KeyTooShort,
        Self::UnsupportedKey,
        Self::Unreadable,
        Self::EncryptionOnly,
        Self::Issuer,
        Self::NoCertificate,
    ];

    /// The reason's name on every wire and in the database.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Expired => "EXPIRED",
            Self::NotYetValid => "NOT_YET_VALID",
            Self::KeyTooShort => "KEY_TOO_SHORT",
            Self::UnsupportedKey => "UNSUPPORTED_KEY",
            Self::Unreadable => "UNREADABLE",
            Self::EncryptionOnly => "ENCRYPTION_ONLY",
            Self::Issuer => "ISSUER",
            Self::NoCertificate => "NO_CERTIFICATE",
        }
    }

    /// What to do about it, as a sentence.
    #[must_use]
    pub fn remedy(self) -> &'static str {
        match self {
            Self::Expired => {
                "Renew the signing certificate at the identity provider, and export its metadata again."
            }
            Self::NotYetValid => {
                "Wait until it is valid, or correct the clock of this machine, and give the metadata again."
            }
            Self::KeyTooShort => {
                "Create a signing key of at least 2048 bits at the identity provider, and export its metadata again."
            }
            Self::UnsupportedKey => {
                "Create a signing key that is RSA of 2048 to 8192 bits, or EC P-256, P-384 or P-521, and export the metadata again."
            }
            Self::Unreadable => {
                "Export the metadata again: X509Certificate must hold the base64 of a certificate in DER, and nothing else."
            }
            Self::EncryptionOnly => {
                "Nothing, if the identity provider signs with another certificate. Else mark its KeyDescriptor with use=\"signing\"."
            }
            Self::Issuer => "Nothing: responses are verified with the certificate that it issued.",
            Self::NoCertificate => {
                "Let the identity provider export its signing key as an X509Certificate."
            }
        }
    }
}
