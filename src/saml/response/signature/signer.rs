//! Finds the certificate of the connection whose key made a signature.

use roxmltree::{Document, Node};

use super::signed_info::SignedInfo;
use crate::{
    domain::{Timestamp, ignored_certificate::IgnoredCertificate},
    saml::{
        keys::{CertificateInfo, KeyKind, MAX_RSA_BITS},
        names::DS,
        response::{
            structure::{
                AssertionKind, ClaimedResponse, ClaimedSignature, SignatureKind, SignedElement,
                only_assertion,
            },
            types::Expectations,
        },
        xml,
    },
};

/// A signature of a document, with the certificate whose key made it.
pub(super) struct MatchedSignature<'d, 'i, 'c> {
    pub signed: SignedElement,
    pub info: SignedInfo,
    /// The element that it has to cover.
    pub element: Node<'d, 'i>,
    /// The signature itself, inside that element.
    pub node: Node<'d, 'i>,
    pub certificate: CertificateInfo,
    pub der: &'c [u8],
    pub is_pss: bool,
}

/// Finds the first certificate of the connection whose key made a signature.
///
/// # Errors
/// What came of each certificate that was tried.
pub(super) fn find_signer<'d, 'i, 'c>(
    tree: &'d Document<'i>,
    signature: &ClaimedSignature,
    claims: &ClaimedResponse,
    expectations: &Expectations<'c>,
    now: Timestamp,
) -> Result<MatchedSignature<'d, 'i, 'c>, Vec<String>> {
    let unreadable = || vec!["it can't be verified".to_owned()];
    let method = signature.algorithms.as_ref().map_err(|error| vec![error.clone()])?;
    let (kind, _) = method.signature_parts().ok_or_else(unreadable)?;
    let element = match (signature.element, &claims.assertion) {
        (SignedElement::Response, _) => Some(tree.root_element()),
        (SignedElement::Assertion, Ok(AssertionKind::Plain { id })) => {
            only_assertion(tree.root_element(), id)
        }
        (SignedElement::Assertion, _) => None,
    };
    let element = element.ok_or_else(unreadable)?;
    let node = xml::child(element, DS, "Signature").ok_or_else(unreadable)?;
    let id = element.attribute("ID").ok_or_else(unreadable)?;
    let info = SignedInfo::parse(node, id).ok_or_else(unreadable)?;
    let mut attempts = Vec::new();
    for der in ordered_by_hint(expectations.certificates, signature) {
        let certificate = match CertificateInfo::parse(der) {
            Ok(certificate) => certificate,
            Err(error) => {
                attempts.push(error.to_string());
                continue;
            }
        };
        let name = label_of(&certificate);
        if let Err(reason) = certificate.check_usable(now) {
            attempts.push(format!("{name}: {reason}"));
        } else if !is_compatible(certificate.key, kind) {
            attempts.push(format!("{name}: {} is not the kind of the signature", certificate.key));
        } else if info.is_signed_by(der) {
            let is_pss = kind == SignatureKind::RsaPss;
            let signed = signature.element;
            return Ok(MatchedSignature { signed, info, element, node, certificate, der, is_pss });
        } else {
            attempts.push(format!("{name}: does not verify"));
        }
    }
    if attempts.is_empty() {
        attempts.push("the connection has no certificate".to_owned());
    }
    Err(ignored_signer(&info, kind, expectations.ignored).into_iter().chain(attempts).collect())
}

/// Reports the ignored certificate that made a signature. The response is rejected all the same.
fn ignored_signer(
    info: &SignedInfo,
    kind: SignatureKind,
    ignored: &[IgnoredCertificate],
) -> Option<String> {
    ignored.iter().find_map(|one| {
        let IgnoredCertificate { certificate, subject: _, reason, detail } = one;
        let der = certificate.as_ref()?;
        let certificate = CertificateInfo::parse(der).ok()?;
        let is_bounded = match certificate.key {
            KeyKind::Rsa(bits) => bits <= MAX_RSA_BITS,
            KeyKind::Ec(_) => true,
            KeyKind::Other => false,
        };
        let has_signed =
            is_bounded && is_compatible(certificate.key, kind) && info.is_signed_by(der);
        let name = label_of(&certificate);
        let remedy = reason.remedy().trim_end_matches('.');
        has_signed.then(|| format!("signed by {name}, which is ignored: {detail}. {remedy}"))
    })
}

/// Names a certificate as an administrator knows it.
pub(super) fn label_of(certificate: &CertificateInfo) -> String {
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

fn is_compatible(key: KeyKind, signature: SignatureKind) -> bool {
    matches!(
        (key, signature),
        (KeyKind::Rsa(_), SignatureKind::Rsa | SignatureKind::RsaPss)
            | (KeyKind::Ec(_), SignatureKind::Ecdsa)
    )
}
