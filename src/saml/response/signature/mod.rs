//! Verifies the signatures of a document whose structure [`structure`](super::structure) has
//! accepted.
//!
//! Each signature may have another certificate. `SECURITY.md` explains each step, and why it
//! is safe.

pub(in crate::saml) mod c14n;
mod second_opinion;
pub(in crate::saml) mod signed_info;
mod signer;
mod structure_checks;

use roxmltree::Document;

use self::signer::{MatchedSignature, find_signer};
pub(super) use self::structure_checks::check_structure;
use super::{
    structure::{
        AssertionKind, ClaimedResponse, DocumentStage, SignedElement, read_claims,
        read_signed_assertion,
    },
    types::{Expectations, VerificationMode},
};
use crate::{
    domain::{
        Timestamp,
        check::{Check, CheckId, Checks},
    },
    saml::{names::PROTOCOL, xml},
};

/// The content that the signatures of a document cover.
pub(super) struct SignedContent {
    /// The bytes that were digested: the canonical form of the response or of the
    /// assertion, without its own signature.
    pub xml: String,
    /// The certificate that verified each signature.
    pub verified: Vec<VerifiedSignature>,
}

/// A signature that a certificate of the connection verified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct VerifiedSignature {
    /// The element that it signs.
    pub element: SignedElement,
    /// The fingerprint of the certificate.
    pub fingerprint: String,
}

impl std::fmt::Display for VerifiedSignature {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: certificate {}", self.element.signature_label(), self.fingerprint)
    }
}

/// The expectation of [`CheckId::SignatureKey`].
const EXPECTED: &str =
    "each signature verifies with a certificate of the connection that is valid now";

/// Verifies every signature of a document, each with a certificate of the connection,
/// and returns the covered content. `outer` are the verified signatures of the enclosing
/// document. `claims` are the claims of `document`, whose structure was accepted.
pub(super) fn verify(
    document: &str,
    claims: &ClaimedResponse,
    expectations: &Expectations<'_>,
    mode: VerificationMode,
    now: Timestamp,
    outer: &[VerifiedSignature],
    checks: &mut Checks,
) -> Option<SignedContent> {
    let describe = |signatures: &[VerifiedSignature]| {
        signatures.iter().map(VerifiedSignature::to_string).collect::<Vec<_>>()
    };
    let mut result = verify_each(document, claims, expectations, now);
    // Only a preview asks the library about a message that was not signed for this connection.
    if expectations.second_opinion && (result.is_ok() || mode == VerificationMode::Examination) {
        let own = result.as_ref().ok().map(|content| content.xml.as_str());
        let difference = second_opinion::find_difference(own, document, claims, expectations, now);
        if let Some(difference) = difference {
            let errors = result.err().unwrap_or_default();
            result = Err(errors.into_iter().chain([difference]).collect());
        }
    }
    match result {
        Ok(content) => {
            let actual = [describe(outer), describe(&content.verified)].concat().join("; ");
            checks.record(Check::passed(CheckId::SignatureKey, EXPECTED, actual));
            Some(content)
        }
        Err(errors) => {
            let actual = [describe(outer), errors].concat().join("; ");
            checks.record(Check::failed_in_detail(CheckId::SignatureKey, EXPECTED, actual));
            None
        }
    }
}

/// Finds the signer of each signature, and compares the digest of the covered element.
/// Returns the response if it is signed, otherwise the assertion.
fn verify_each(
    document: &str,
    claims: &ClaimedResponse,
    expectations: &Expectations<'_>,
    now: Timestamp,
) -> Result<SignedContent, Vec<String>> {
    let found = claims.signatures.iter().map(|signature| {
        find_signer(document, signature, expectations, now).map_err(|attempts| {
            format!("{}: {}", signature.element.signature_label(), attempts.join(", "))
        })
    });
    let found: Vec<_> = found.collect();
    if found.is_empty() || found.iter().any(Result::is_err) {
        let report = |signer: &MatchedSignature<'_>| signer.to_string();
        return Err(found
            .iter()
            .map(|one| one.as_ref().map_or_else(Clone::clone, report))
            .collect());
    }
    let (mut covered, mut verified, mut errors) = (None, Vec::new(), Vec::new());
    for signer in found.into_iter().flatten() {
        match signer.covered_content(document) {
            // The response comes first.
            Ok(xml) => covered = covered.or(Some(xml)),
            Err(error) => errors.push(error),
        }
        let fingerprint = signer.certificate.info.fingerprint.clone();
        verified.push(VerifiedSignature { element: signer.element, fingerprint });
    }
    match covered.filter(|_| errors.is_empty()) {
        Some(xml) => Ok(SignedContent { xml, verified }),
        None => Err(errors),
    }
}

/// Parses the digested bytes, and checks that they are the element whose structure was
/// accepted, with the same claims. Otherwise two parsers disagree, and the response is
/// rejected.
pub(super) fn parse_covered<'x>(
    xml: &'x str,
    claims: &ClaimedResponse,
    checks: &mut Checks,
) -> Option<Document<'x>> {
    let document = xml::parse(xml).ok().filter(|document| {
        let root = document.root_element();
        if !claims.is_response_signed() {
            let id = read_signed_assertion(root);
            return id.is_ok_and(|id| claims.assertion == Ok(AssertionKind::Plain { id }));
        }
        let is_same = |covered: ClaimedResponse| {
            covered.header == claims.header && covered.assertion == claims.assertion
        };
        xml::is_element(root, PROTOCOL, "Response")
            && read_claims(document, DocumentStage::Received).is_ok_and(is_same)
    });
    if document.is_none() {
        let actual = "the signed content differs from the received content";
        checks.record(Check::failed(CheckId::SignatureKey, EXPECTED, actual));
    }
    document
}
