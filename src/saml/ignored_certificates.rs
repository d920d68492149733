//! Certificates that are ignored, described.

use super::keys::CertificateInfo;
use crate::domain::ignored_certificate::{IgnoredCertificate, IgnoredReason};

/// A certificate that is ignored for this reason.
pub(super) fn create(
    der: Vec<u8>,
    reason: IgnoredReason,
    detail: impl Into<String>,
) -> IgnoredCertificate {
    let subject = CertificateInfo::parse(&der).ok().map(|info| info.subject);
    IgnoredCertificate { certificate: Some(der), subject, reason, detail: detail.into() }
}

/// The certificate of an authority that issued another one beside it.
pub(super) fn create_issuer(der: Vec<u8>) -> IgnoredCertificate {
    let detail = "issued another certificate beside it, so it does not sign responses";
    create(der, IgnoredReason::Issuer, detail)
}

/// A certificate that can't be read.
pub(super) fn create_unreadable() -> IgnoredCertificate {
    let detail = "an X509Certificate that can't be read".to_owned();
    IgnoredCertificate {
        certificate: None,
        subject: None,
        reason: IgnoredReason::Unreadable,
        detail,
    }
}

/// A key that comes without a certificate.
pub(super) fn create_missing(detail: impl Into<String>) -> IgnoredCertificate {
    let (reason, detail) = (IgnoredReason::NoCertificate, detail.into());
    IgnoredCertificate { certificate: None, subject: None, reason, detail }
}
