//! The bytes that the signatures of a document cover.
//!
//! If one certificate made all signatures, by a method that the XML security library
//! knows, then that library verifies the whole document as well, and its result is
//! the covered content. It supports neither RSA-PSS nor a document that two
//! certificates signed: those are covered by the bytes of [`c14n`].
//!
//! [`c14n`]: super::c14n

use samael::crypto::{
    AllowedSignatureAlgorithm as Allowed, CertificateDer, Crypto, CryptoProvider as _, ReduceMode,
};

use super::signer::{MatchedSignature, label_of};
use crate::saml::{
    names::PROTOCOL,
    response::structure::{
        AssertionKind, ClaimedResponse, DocumentStage, SignedElement, read_claims,
        read_signed_assertion,
    },
    xml,
};

/// Signature algorithms that the XML security library may use. SHA-1, which it
/// can't list, is allowed by the structure checks alone.
const ALLOWED: [Allowed; 6] = [
    Allowed::RsaSha256,
    Allowed::RsaSha384,
    Allowed::RsaSha512,
    Allowed::EcdsaSha256,
    Allowed::EcdsaSha384,
    Allowed::EcdsaSha512,
];

/// Returns the element that the signatures cover: the response if that is signed, else
/// the assertion.
///
/// # Errors
/// Why the content is not what was signed.
pub(super) fn covered_xml(
    document: &str,
    signatures: &[MatchedSignature<'_, '_, '_>],
    strong: bool,
) -> Result<String, Vec<String>> {
    let der = signatures.first().map(|signature| signature.der).unwrap_or_default();
    let has_single_certificate =
        signatures.iter().all(|signature| signature.der == der && !signature.is_pss);
    let xml = match has_single_certificate {
        true => reduce_to_signed(document, der, strong),
        false => canonical_content(signatures),
    };
    xml.ok_or_else(|| {
        let errors = signatures.iter().filter_map(|signature| {
            let name = label_of(&signature.certificate);
            let prefix = format!("{}: {name} verifies, but", signature.signed.signature_label());
            if !has_single_certificate && !signature.info.is_exclusive() {
                let why = "RSA-PSS and two certificates need exclusive canonicalisation as a \
                           transform of each signature";
                return Some(format!("{prefix} {why}"));
            }
            let is_changed =
                signature.info.covered_content(signature.element, signature.node).is_none();
            is_changed.then(|| format!("{prefix} what it covers was changed after it was signed"))
        });
        let errors: Vec<_> = errors.collect();
        if errors.is_empty() { vec!["the signed document does not verify".into()] } else { errors }
    })
}

/// Returns the covered element by our own canonicalisation. Every digest must match.
fn canonical_content(signatures: &[MatchedSignature<'_, '_, '_>]) -> Option<String> {
    let mut response_xml = None;
    let mut assertion_xml = None;
    for signature in signatures {
        let xml = signature.info.covered_content(signature.element, signature.node)?;
        match signature.signed {
            SignedElement::Response => response_xml = Some(xml),
            SignedElement::Assertion => assertion_xml = Some(xml),
        }
    }
    response_xml.or(assertion_xml)
}

/// Verifies the document with the XML security library. Its errors are not
/// distinguished: on any of them, the signature does not verify.
fn reduce_to_signed(document: &str, der: &[u8], strong: bool) -> Option<String> {
    let certificates = [CertificateDer::from(der.to_vec())];
    let allowed = strong.then_some(ALLOWED.as_slice());
    Crypto::reduce_xml_to_signed_with_allowed_algorithms(
        document,
        &certificates,
        ReduceMode::PreDigest,
        allowed,
    )
    .ok()
}

/// Checks that the digested element is the very one whose structure was accepted, and
/// that it claims the same: if two parsers disagree, the response is rejected.
pub(super) fn check_unchanged(covered: &str, claims: &ClaimedResponse) -> Result<(), String> {
    let difference_error = || "what was signed is not what was received".to_owned();
    let document = xml::parse(covered).map_err(|_| difference_error())?;
    let root = document.root_element();
    if claims.is_response_signed() {
        if !xml::is_element(root, PROTOCOL, "Response") {
            return Err(difference_error());
        }
        let covered_claims =
            read_claims(&document, DocumentStage::Received).map_err(|_| difference_error())?;
        let is_same =
            covered_claims.header == claims.header && covered_claims.assertion == claims.assertion;
        return if is_same { Ok(()) } else { Err(difference_error()) };
    }
    let id = read_signed_assertion(root).map_err(|_| difference_error())?;
    if claims.assertion == Ok(AssertionKind::Plain { id }) {
        Ok(())
    } else {
        Err(difference_error())
    }
}
