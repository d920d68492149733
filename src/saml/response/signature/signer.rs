//! Finds the certificate of the connection whose key made a signature.

use std::sync::Arc;

use super::signed_info::SignedInfo;
use crate::{
    domain::{Timestamp, ignored_certificate::IgnoredCertificate},
    saml::{
        keys::{CertificateInfo, KeyKind, MAX_RSA_BITS, ParsedCertificate},
        response::{
            structure::{ClaimedSignature, SignatureKind, SignaturePlace, SignedElement},
            types::Expectations,
        },
    },
};

/// A signature of a document, with the certificate whose key made it.
pub(super) struct MatchedSignature<'c> {
    pub element: SignedElement,
    place: &'c SignaturePlace,
    info: SignedInfo,
    pub certificate: Arc<ParsedCertificate>,
}

impl MatchedSignature<'_> {
    /// Returns the canonical bytes that the signature covers.
    ///
    /// # Errors
    /// The reason why the digest does not match.
    pub(super) fn covered_content(&self, document: &str) -> Result<String, String> {
        self.info.covered_content(document, self.place).ok_or_else(|| {
            let reason = match self.info.is_exclusive() {
                true => "its content was changed after it was signed",
                false => "exclusive canonicalization is not among its transforms",
            };
            format!("{self}, but {reason}")
        })
    }
}

impl std::fmt::Display for MatchedSignature<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let name = label_of(&self.certificate.info);
        write!(f, "{}: {name} verifies", self.element.signature_label())
    }
}

/// Finds the first certificate of the connection whose key made a signature.
///
/// # Errors
/// The result of each certificate that was tried.
pub(super) fn find_signer<'c>(
    document: &str,
    signature: &'c ClaimedSignature,
    expectations: &Expectations<'_>,
    now: Timestamp,
) -> Result<MatchedSignature<'c>, Vec<String>> {
    let unreadable = || vec!["it can't be verified".to_owned()];
    let method = signature.algorithms.as_ref().map_err(|error| vec![error.clone()])?;
    let (kind, _) = method.signature_parts().ok_or_else(unreadable)?;
    let place = signature.place.as_ref().ok_or_else(unreadable)?;
    let info = SignedInfo::parse(document, place).ok_or_else(unreadable)?;
    // The algorithms that were accepted are those that the key has signed.
    if info.method() != method {
        return Err(unreadable());
    }
    let mut attempts = Vec::new();
    for der in ordered_by_hint(expectations.certificates, signature) {
        let certificate = match ParsedCertificate::from_der(der) {
            Ok(certificate) => certificate,
            Err(error) => {
                attempts.push(error.to_string());
                continue;
            }
        };
        let facts = &certificate.info;
        let attempt = if let Err(reason) = facts.check_usable(now) {
            reason.to_string()
        } else if !is_compatible(facts.key, kind) {
            format!("{} is not the kind of the signature", facts.key)
        } else if info.is_signed_by(&certificate, &place.value) {
            let element = signature.element;
            return Ok(MatchedSignature { element, place, info, certificate });
        } else {
            "does not verify".to_owned()
        };
        attempts.push(format!("{}: {attempt}", label_of(facts)));
    }
    if attempts.is_empty() {
        attempts.push("the connection has no certificate".to_owned());
    }
    let ignored = ignored_signer(&info, &place.value, kind, expectations.ignored);
    Err(ignored.into_iter().chain(attempts).collect())
}

/// Reports the ignored certificate that made a signature. The response is rejected all the same.
fn ignored_signer(
    info: &SignedInfo,
    value: &[u8],
    kind: SignatureKind,
    ignored: &[IgnoredCertificate],
) -> Option<String> {
    ignored.iter().find_map(|one| {
        let IgnoredCertificate { certificate, subject: _, reason, detail } = one;
        let certificate = ParsedCertificate::from_der(certificate.as_ref()?).ok()?;
        let facts = &certificate.info;
        let is_bounded = match facts.key {
            KeyKind::Rsa(bits) => bits <= MAX_RSA_BITS,
            KeyKind::Ec(_) => true,
            KeyKind::Other => false,
        };
        let has_signed =
            is_bounded && is_compatible(facts.key, kind) && info.is_signed_by(&certificate, value);
        let name = label_of(facts);
        let remedy = reason.remedy().trim_end_matches('.');
        has_signed.then(|| format!("signed by {name}, which is ignored: {detail}. {remedy}"))
    })
}

/// Names a certificate for an administrator.
fn label_of(certificate: &CertificateInfo) -> String {
    let subject: String = certificate.subject.chars().take(MAX_SUBJECT).collect();
    let short = certificate.fingerprint.get(..16).unwrap_or_default();
    format!("{subject} ({short})")
}

/// The maximum number of characters of a certificate's subject in a message.
const MAX_SUBJECT: usize = 60;

/// Returns the connection's certificates, the one inside the signature first, to save
/// attempts.
fn ordered_by_hint<'c>(
    certificates: &'c [Vec<u8>],
    signature: &ClaimedSignature,
) -> Vec<&'c Vec<u8>> {
    let mut ordered: Vec<_> = certificates.iter().collect();
    ordered.sort();
    ordered.dedup();
    ordered.sort_by_key(|der| signature.hint.as_ref() != Some(der));
    ordered
}

/// Whether a kind of key can make a kind of signature.
pub(super) fn is_compatible(key: KeyKind, signature: SignatureKind) -> bool {
    matches!(
        (key, signature),
        (KeyKind::Rsa(_), SignatureKind::Rsa | SignatureKind::RsaPss)
            | (KeyKind::Ec(_), SignatureKind::Ecdsa)
    )
}
