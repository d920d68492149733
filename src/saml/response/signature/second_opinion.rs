//! The second opinion: the XML security library (xmlsec with libxml2) verifies the same
//! signatures, and has to come to the same result.
//!
//! The library supports neither RSA-PSS nor keys of two kinds in one document.

use samael::crypto::{
    AllowedSignatureAlgorithm, CertificateDer, Crypto, CryptoProvider as _, ReduceMode,
};

use super::{signer::is_compatible, structure_checks::is_accepted};
use crate::{
    domain::Timestamp,
    saml::{
        keys::ParsedCertificate,
        response::{
            structure::{ClaimedResponse, SignatureKind},
            types::Expectations,
        },
    },
};

/// Signature algorithms that the XML security library may use. SHA-1, which it
/// can't list, is allowed by the structure checks alone.
const ALLOWED: [AllowedSignatureAlgorithm; 6] = [
    AllowedSignatureAlgorithm::RsaSha256,
    AllowedSignatureAlgorithm::RsaSha384,
    AllowedSignatureAlgorithm::RsaSha512,
    AllowedSignatureAlgorithm::EcdsaSha256,
    AllowedSignatureAlgorithm::EcdsaSha384,
    AllowedSignatureAlgorithm::EcdsaSha512,
];

/// Compares the content that Usher has verified with that of the XML security library. `own` is
/// `None` if Usher rejects the document. Returns the difference, in words.
pub(super) fn find_difference(
    own: Option<&str>,
    document: &str,
    claims: &ClaimedResponse,
    expectations: &Expectations<'_>,
    now: Timestamp,
) -> Option<String> {
    let reason = match (own, verify(document, claims, expectations, now)) {
        (Some(own), Ok(Some(covered))) if covered == own => return None,
        (None, Ok(None) | Err(_)) => return None,
        (None, Ok(Some(_))) => return Some("but the XML security library verifies this".into()),
        (Some(_), Ok(Some(_))) => "the XML security library reads other content",
        (Some(_), Ok(None)) => "the XML security library does not verify this",
        (Some(_), Err(NoOpinion(reason))) => reason,
    };
    Some(format!("no second opinion (second_opinion): {reason}"))
}

/// The reason why the library can't verify a document.
struct NoOpinion(&'static str);

/// Returns the content that the library says is signed. `None` if a signature does not
/// verify: its errors are not distinguished.
fn verify(
    document: &str,
    claims: &ClaimedResponse,
    expectations: &Expectations<'_>,
    now: Timestamp,
) -> Result<Option<String>, NoOpinion> {
    let methods: Vec<_> =
        claims.signatures.iter().filter_map(|one| one.algorithms.as_ref().ok()).collect();
    let kinds = || methods.iter().filter_map(|method| Some(method.signature_parts()?.0));
    let Some(kind) = kinds().next() else { return Err(NoOpinion("no signature is readable")) };
    if kinds().any(|kind| kind == SignatureKind::RsaPss) {
        return Err(NoOpinion("the XML security library does not support RSA-PSS"));
    }
    if kinds().any(|other| other != kind) {
        let reason = "the XML security library does not support RSA and ECDSA in one document";
        return Err(NoOpinion(reason));
    }
    let is_usable = |der: &&Vec<u8>| {
        ParsedCertificate::from_der(der).is_ok_and(|certificate| {
            let facts = &certificate.info;
            facts.check_usable(now).is_ok() && is_compatible(facts.key, kind)
        })
    };
    let certificates = expectations.certificates.iter().filter(is_usable);
    let certificates: Vec<_> = certificates.cloned().map(CertificateDer::from).collect();
    let is_strong = methods.iter().all(|method| is_accepted(method, false));
    Ok(Crypto::reduce_xml_to_signed_with_allowed_algorithms(
        document,
        &certificates,
        ReduceMode::PreDigest,
        is_strong.then_some(&ALLOWED),
    )
    .ok())
}
