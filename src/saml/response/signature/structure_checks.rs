//! The checks of signatures that need no cryptography: presence, reference and
//! algorithms.

use crate::{
    domain::{
        Timestamp,
        check::{Check, CheckId, Checks},
        connection::SamlPolicy,
    },
    saml::{
        response::structure::{ClaimedResponse, Hash, SignatureMethod},
        time,
    },
};

/// Makes the checks of signatures that need no cryptography.
pub(in crate::saml::response) fn check_structure(
    claims: &ClaimedResponse,
    policy: &SamlPolicy,
    now: Timestamp,
    checks: &mut Checks,
) {
    let labels: Vec<_> =
        claims.signatures.iter().map(|signature| signature.element.signature_label()).collect();
    let labels = if labels.is_empty() {
        "no signature of the response or of the assertion".to_owned()
    } else {
        labels.join(", ")
    };
    checks.record(Check::from_condition(
        CheckId::SignaturePresent,
        !claims.signatures.is_empty(),
        "a signature of the response or of the assertion",
        labels,
    ));
    let expected = "one reference in each signature, to the element around it; IDs unique; \
                  transforms only enveloped-signature and exclusive canonicalization";
    let errors = claims.signatures.iter().filter_map(|signature| {
        signature
            .algorithms
            .as_ref()
            .err()
            .map(|error| format!("{}: {error}", signature.element.signature_label()))
    });
    let errors: Vec<_> = claims.references.clone().err().into_iter().chain(errors).collect();
    checks.record(if errors.is_empty() {
        Check::passed(CheckId::SignatureReference, expected, "as expected")
    } else {
        Check::failed(CheckId::SignatureReference, expected, errors.join("; "))
    });
    check_algorithms(claims, policy, now, checks);
}

fn check_algorithms(
    claims: &ClaimedResponse,
    policy: &SamlPolicy,
    now: Timestamp,
    checks: &mut Checks,
) {
    let sha1 = policy.sha1_until.is_some_and(|until| until > now);
    let (mut descriptions, mut are_accepted) = (Vec::new(), true);
    for method in claims.signatures.iter().filter_map(|s| s.algorithms.as_ref().ok()) {
        let is_pss = method.pss.is_some();
        are_accepted =
            are_accepted && is_accepted(method, sha1) && (policy.allow_rsa_pss || !is_pss);
        let remedy = match is_pss && !policy.allow_rsa_pss {
            true => " (RSA-PSS, which the connection does not allow: set allowRsaPss)",
            false => "",
        };
        descriptions.push(format!("{}{remedy}, digest {}", method.signature, method.digest));
    }
    if descriptions.is_empty() {
        return;
    }
    let kinds = if policy.allow_rsa_pss { "RSA, RSA-PSS or ECDSA" } else { "RSA or ECDSA" };
    let expected = match policy.sha1_until.filter(|_| sha1) {
        None => format!("{kinds} with SHA-256, 384 or 512, digest likewise"),
        Some(until) => {
            let until = time::format(until);
            format!("{kinds} with SHA-256, 384 or 512, and SHA-1 until {until}")
        }
    };
    checks.record(Check::from_condition(
        CheckId::SignatureAlgorithm,
        are_accepted,
        expected,
        descriptions.join("; "),
    ));
}

pub(super) fn is_accepted(method: &SignatureMethod, sha1: bool) -> bool {
    let is_strong = |hash: Hash| match hash {
        Hash::Sha256 | Hash::Sha384 | Hash::Sha512 => true,
        Hash::Sha1 => sha1,
    };
    let pss = method.pss.is_none_or(|pss| pss.hash != Hash::Sha1 && pss.mask_hash != Hash::Sha1);
    let signature = method.signature_parts().is_some_and(|(_, hash)| is_strong(hash));
    pss && signature && method.digest_hash().is_some_and(is_strong)
}
