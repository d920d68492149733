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

use super::signer::{MatchedSignature, label};
use crate::saml::{
    names::PROTOCOL,
    response::structure::{
        AssertionKind, ClaimedResponse, SignedElement, Stage, read_claims, read_signed_assertion,
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
    let by_one = signatures.iter().all(|signature| signature.der == der && !signature.is_pss);
    let xml = match by_one {
        true => reduce(document, der, strong),
        false => canonical(signatures),
    };
    xml.ok_or_else(|| {
        let errors = signatures.iter().filter_map(|signature| {
            let name = label(&signature.certificate);
            let of = format!("{}: {name} verifies, but", signature.signed.signature_label());
            if !by_one && !signature.info.is_exclusive() {
                let why = "RSA-PSS and two certificates need exclusive canonicalisation as a \
                           transform of each signature";
                return Some(format!("{of} {why}"));
            }
            let changed = signature.info.covered(signature.element, signature.node).is_none();
            changed.then(|| format!("{of} what it covers was changed after it was signed"))
        });
        let errors: Vec<_> = errors.collect();
        if errors.is_empty() { vec!["the signed document does not verify".into()] } else { errors }
    })
}

/// Returns the covered element by our own canonicalisation. Every digest must match.
fn canonical(signatures: &[MatchedSignature<'_, '_, '_>]) -> Option<String> {
    let mut of_response = None;
    let mut of_assertion = None;
    for signature in signatures {
        let xml = signature.info.covered(signature.element, signature.node)?;
        match signature.signed {
            SignedElement::Response => of_response = Some(xml),
            SignedElement::Assertion => of_assertion = Some(xml),
        }
    }
    of_response.or(of_assertion)
}

/// Verifies the document with the XML security library. Its errors are not
/// distinguished: on any of them, the signature does not verify.
fn reduce(document: &str, der: &[u8], strong: bool) -> Option<String> {
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
/// that it claims the same: two parsers that disagree let nobody in.
pub(super) fn check_unchanged(covered: &str, claims: &ClaimedResponse) -> Result<(), String> {
    let differs = || "what was signed is not what was received".to_owned();
    let document = xml::parse(covered).map_err(|_| differs())?;
    let root = document.root_element();
    if claims.is_response_signed() {
        if !xml::is(root, PROTOCOL, "Response") {
            return Err(differs());
        }
        let again = read_claims(&document, Stage::Received).map_err(|_| differs())?;
        let same = again.header == claims.header && again.assertion == claims.assertion;
        return if same { Ok(()) } else { Err(differs()) };
    }
    let id = read_signed_assertion(root).map_err(|_| differs())?;
    if claims.assertion == Ok(AssertionKind::Plain { id }) { Ok(()) } else { Err(differs()) }
}
