//! Verifies signatures. The structure that may be verified at all was accepted before,
//! by [`structure`](super::structure).
//!
//! The certificate is found for each signature by itself.

mod c14n;
mod coverage;
pub(in crate::saml) mod signed_info;
mod signer;
mod structure_checks;

pub(super) use self::structure_checks::check_structure;
use self::{
    coverage::{check_unchanged, covered_xml},
    signer::{find_signer, label_of},
    structure_checks::is_accepted,
};
use super::{
    structure::{ClaimedResponse, SignedElement},
    types::Expectations,
};
use crate::{
    domain::{
        Timestamp,
        check::{Check, CheckId, Checks},
    },
    saml::xml,
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

/// Verifies every signature of a document, each with a certificate of the connection,
/// and returns the covered content. `outer` are the signatures that were verified of
/// the document around this one.
///
/// The document is one whose structure was accepted, and `claims` are its claims.
pub(super) fn verify(
    document: &str,
    claims: &ClaimedResponse,
    expectations: &Expectations<'_>,
    now: Timestamp,
    outer: &[VerifiedSignature],
    checks: &mut Checks,
) -> Option<SignedContent> {
    let expected = "each signature verifies with a certificate of the connection that is valid now";
    let describe = |signatures: &[VerifiedSignature]| {
        signatures.iter().map(VerifiedSignature::to_string).collect::<Vec<_>>()
    };
    match verify_each(document, claims, expectations, now) {
        Ok(content) => {
            let actual = [describe(outer), describe(&content.verified)].concat().join("; ");
            checks.record(Check::passed(CheckId::SignatureKey, expected, actual));
            Some(content)
        }
        Err(errors) => {
            let actual = [describe(outer), errors].concat().join("; ");
            checks.record(Check::failed_in_detail(CheckId::SignatureKey, expected, actual));
            None
        }
    }
}

fn verify_each(
    document: &str,
    claims: &ClaimedResponse,
    expectations: &Expectations<'_>,
    now: Timestamp,
) -> Result<SignedContent, Vec<String>> {
    let tree = xml::parse(document).map_err(|error| vec![error.to_string()])?;
    let (mut signatures, mut reports, mut all_verify) = (Vec::new(), Vec::new(), true);
    for signature in &claims.signatures {
        match find_signer(&tree, signature, claims, expectations, now) {
            Ok(signature) => {
                let name = label_of(&signature.certificate);
                reports.push(format!("{}: {name} verifies", signature.signed.signature_label()));
                signatures.push(signature);
            }
            Err(attempts) => {
                all_verify = false;
                reports.push(format!(
                    "{}: {}",
                    signature.element.signature_label(),
                    attempts.join(", ")
                ));
            }
        }
    }
    if !all_verify || signatures.is_empty() {
        return Err(reports);
    }
    let methods =
        claims.signatures.iter().filter_map(|signature| signature.algorithms.as_ref().ok());
    let strong = methods.into_iter().all(|method| is_accepted(method, false));
    let xml = covered_xml(document, &signatures, strong)?;
    check_unchanged(&xml, claims).map_err(|error| vec![error])?;
    let verified = signatures.into_iter().map(|signature| VerifiedSignature {
        element: signature.signed,
        fingerprint: signature.certificate.fingerprint,
    });
    Ok(SignedContent { xml, verified: verified.collect() })
}
