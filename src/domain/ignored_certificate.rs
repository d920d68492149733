//! Certificates of an identity provider that Usher does not verify
//! signatures with, and why.

use super::named_enum::named;

/// A certificate that is not used.
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

named! {
    /// Why a certificate is not used.
    IgnoredReason as "reason" {
        /// It is no longer valid.
        Expired = "EXPIRED",
        /// It is not valid yet.
        NotYetValid = "NOT_YET_VALID",
        /// Its RSA key is too short.
        KeyTooShort = "KEY_TOO_SHORT",
        /// Its key is of a kind, or of a length, that is not supported.
        UnsupportedKey = "UNSUPPORTED_KEY",
        /// It is not a certificate in base64 of DER.
        Unreadable = "UNREADABLE",
        /// Its `KeyDescriptor` is for encryption only.
        EncryptionOnly = "ENCRYPTION_ONLY",
        /// It issued another certificate in the list, so it belongs to an authority, and does
        /// not sign responses.
        Issuer = "ISSUER",
        /// A `KeyDescriptor` names a key without a certificate.
        NoCertificate = "NO_CERTIFICATE",
        /// More certificates than are listed.
        More = "MORE",
    }
}

/// The maximum number of ignored certificates of a connection that are listed.
const MAX_LISTED: usize = 20;

impl IgnoredCertificate {
    /// Returns the first certificates. The last entry has the number of the others.
    #[must_use]
    pub fn limit_list(ignored: Vec<Self>) -> Vec<Self> {
        let is_listed = |one: &Self| one.reason != IgnoredReason::More;
        let (mut listed, counts): (Vec<_>, Vec<_>) = ignored.into_iter().partition(is_listed);
        let omitted = listed.len().saturating_sub(MAX_LISTED);
        listed.truncate(MAX_LISTED);
        let count = |one: &Self| one.detail.split(' ').next()?.parse().ok();
        let count = counts.iter().filter_map(count).fold(omitted, usize::saturating_add);
        listed.extend((count > 0).then(|| Self {
            certificate: None,
            subject: None,
            reason: IgnoredReason::More,
            detail: format!("{count} more certificates are ignored"),
        }));
        listed
    }
}

impl IgnoredReason {
    /// The remedy, as a sentence.
    #[must_use]
    pub fn remedy(self) -> &'static str {
        match self {
            Self::Expired => {
                "Renew the signing certificate at the identity provider, and export its metadata again."
            }
            Self::NotYetValid => {
                "Wait until it is valid, or correct the clock of this machine, and send the metadata again."
            }
            Self::KeyTooShort => {
                "Create a signing key of at least 2048 bits at the identity provider, and export its metadata again."
            }
            Self::UnsupportedKey => {
                "Create a signing key that is RSA of 2048 to 8192 bits, or EC P-256, P-384 or P-521, and export the metadata again."
            }
            Self::Unreadable => {
                "Export the metadata again: X509Certificate must contain only the base64 of a certificate in DER."
            }
            Self::EncryptionOnly => {
                "If the identity provider signs with this certificate, mark its KeyDescriptor with use=\"signing\"."
            }
            Self::Issuer => {
                "No action is needed: responses are verified with the certificate that it issued."
            }
            Self::More => "Export metadata that has only the signing certificates in use.",
            Self::NoCertificate => {
                "Let the identity provider export its signing key as an X509Certificate."
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_list_ends_with_the_number_of_the_others() {
        let certificate = |number: usize| IgnoredCertificate {
            certificate: None,
            subject: None,
            reason: IgnoredReason::Unreadable,
            detail: number.to_string(),
        };
        let bound = |count| IgnoredCertificate::limit_list((0..count).map(certificate).collect());
        assert_eq!(bound(MAX_LISTED), (0..MAX_LISTED).map(certificate).collect::<Vec<_>>());
        let mut ignored = bound(MAX_LISTED + 480);
        assert_eq!(ignored.len(), MAX_LISTED + 1);
        assert_eq!(ignored.last().unwrap().detail, "480 more certificates are ignored");
        ignored.push(certificate(0));
        let again = IgnoredCertificate::limit_list(ignored);
        assert_eq!(again.last().unwrap().detail, "481 more certificates are ignored");
    }
}
