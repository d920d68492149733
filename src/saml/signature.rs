//! Verifies signatures. What may be verified at all was decided by the gate.

use samael::crypto::{
    AllowedSignatureAlgorithm as Allowed, CertificateDer, Crypto, CryptoProvider as _, ReduceMode,
};

use super::{
    checks::{self, Checks},
    gate::{self, Facts, Found, Hash, Method, SignatureFacts, SignatureKind, Signed, Stage},
    keys::{CertificateFacts, KeyKind},
    names::PROTOCOL,
    response::Expectations,
    time, xml,
};
use crate::domain::{Timestamp, check::Check};

/// What a signature covered.
pub(super) struct Covered {
    /// The bytes that were digested: the canonical form of the response or of
    /// the assertion, without its own signature.
    pub xml: String,
    /// The fingerprint of the certificate that verified it.
    pub fingerprint: String,
}

/// Signature algorithms that the XML security library may use. SHA-1, which it
/// can't list, is let through by [`judge`] alone.
const ALLOWED: [Allowed; 6] = [
    Allowed::RsaSha256,
    Allowed::RsaSha384,
    Allowed::RsaSha512,
    Allowed::EcdsaSha256,
    Allowed::EcdsaSha384,
    Allowed::EcdsaSha512,
];

/// Makes the checks of the signatures that need no cryptography.
pub(super) fn judge(facts: &Facts, sha1_until: Option<Timestamp>, now: Timestamp, to: &mut Checks) {
    let places: Vec<_> = facts.signatures.iter().map(place).collect();
    let places = if places.is_empty() { "no signature where one may stand".to_owned() } else { places.join(", ") };
    to.record(Check::of(
        checks::SIGNATURE_PRESENT,
        !facts.signatures.is_empty(),
        "a signature of the response or of the assertion",
        places,
    ));
    let wanted = "one reference in each signature, to the element around it; IDs unique; \
                  transforms only enveloped-signature and exclusive canonicalisation";
    let faults = facts.signatures.iter().filter_map(|signature| {
        signature.shape.as_ref().err().map(|fault| format!("{}: {fault}", place(signature)))
    });
    let faults: Vec<_> = facts.references.clone().err().into_iter().chain(faults).collect();
    to.record(if faults.is_empty() {
        Check::passed(checks::SIGNATURE_REFERENCE, wanted, "exactly that")
    } else {
        Check::failed(checks::SIGNATURE_REFERENCE, wanted, faults.join("; "))
    });
    let sha1 = sha1_until.is_some_and(|until| until > now);
    let mut methods = facts.signatures.iter().filter_map(|s| s.shape.as_ref().ok()).peekable();
    if methods.peek().is_some() {
        let (mut named, mut good) = (Vec::new(), true);
        for method in methods {
            good = good && is_accepted(method, sha1);
            named.push(format!("{}, digest {}", method.signature, method.digest));
        }
        let wanted = match sha1_until.filter(|_| sha1) {
            None => "RSA or ECDSA with SHA-256, 384 or 512, digest likewise".to_owned(),
            Some(until) => format!(
                "RSA or ECDSA with SHA-256, 384 or 512, and SHA-1 until {}",
                time::format(until)
            ),
        };
        to.record(Check::of(checks::SIGNATURE_ALGORITHM, good, wanted, named.join("; ")));
    }
}

fn place(signature: &SignatureFacts) -> &'static str {
    match signature.on {
        Signed::Response => "signature of the response",
        Signed::Assertion => "signature of the assertion",
    }
}

fn is_accepted(method: &Method, sha1: bool) -> bool {
    let strong = |hash: Hash| match hash {
        Hash::Sha256 | Hash::Sha384 | Hash::Sha512 => true,
        Hash::Sha1 => sha1,
    };
    let signature = method.signature_parts().is_some_and(|(_, hash)| strong(hash));
    signature && method.digest_hash().is_some_and(strong)
}

/// Verifies every signature of a document with one certificate of the
/// connection, and returns what was covered.
///
/// The document is one that the gate let through, and `facts` are its facts.
pub(super) fn verify(
    document: &str,
    facts: &Facts,
    expected: &Expectations<'_>,
    now: Timestamp,
    to: &mut Checks,
) -> Option<Covered> {
    let wanted = "verifies with a valid certificate of the connection";
    match try_each(document, facts, expected, now) {
        Ok(covered) => {
            let got = format!("certificate {}", covered.fingerprint);
            to.record(Check::passed(checks::SIGNATURE_KEY, wanted, got));
            Some(covered)
        }
        Err(fault) => {
            to.record(Check::failed(checks::SIGNATURE_KEY, wanted, fault));
            None
        }
    }
}

fn try_each(
    document: &str,
    facts: &Facts,
    expected: &Expectations<'_>,
    now: Timestamp,
) -> Result<Covered, String> {
    let methods: Vec<_> = facts.signatures.iter().filter_map(|s| s.shape.as_ref().ok()).collect();
    let parts: Vec<_> = methods.iter().filter_map(|method| method.signature_parts()).collect();
    if parts.is_empty() || parts.len() != facts.signatures.len() {
        return Err("a signature that can't be verified".to_owned());
    }
    let strong = methods.iter().all(|method| is_accepted(method, false));
    let mut tried = Vec::new();
    for der in in_order_of_hints(expected.certificates, &facts.signatures) {
        let certificate = match CertificateFacts::of(der) {
            Ok(certificate) => certificate,
            Err(error) => {
                tried.push(error.to_string());
                continue;
            }
        };
        let short = certificate.fingerprint.get(..16).unwrap_or_default();
        if let Err(reason) = certificate.usable(now) {
            tried.push(format!("{short}: {reason}"));
        } else if !parts.iter().all(|(kind, _)| fits(certificate.key, *kind)) {
            tried.push(format!("{short}: {} is not the kind of the signature", certificate.key));
        } else if let Some(xml) = reduce(document, der, strong) {
            covers(&xml, facts)?;
            return Ok(Covered { xml, fingerprint: certificate.fingerprint });
        } else {
            tried.push(format!("{short}: does not verify"));
        }
    }
    if tried.is_empty() {
        tried.push("the connection has no certificate".to_owned());
    }
    Err(tried.join("; "))
}

/// The connection's certificates, those first that stand in the message: it
/// saves a vain attempt during a rollover, and decides nothing.
fn in_order_of_hints<'c>(certificates: &'c [Vec<u8>], of: &[SignatureFacts]) -> Vec<&'c Vec<u8>> {
    let mut ordered: Vec<_> = certificates.iter().collect();
    ordered.sort();
    ordered.dedup();
    ordered.sort_by_key(|der| !of.iter().any(|signature| signature.hint.as_ref() == Some(der)));
    ordered
}

fn fits(key: KeyKind, signature: SignatureKind) -> bool {
    matches!(
        (key, signature),
        (KeyKind::Rsa(_), SignatureKind::Rsa) | (KeyKind::Ec(_), SignatureKind::Ecdsa)
    )
}

/// Hands the document to the XML security library. Its errors are not told
/// apart: whatever it says, the signature does not verify.
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

/// What was digested must be the very element that the gate saw, and must
/// claim the same: two parsers that disagree let nobody in.
fn covers(covered: &str, facts: &Facts) -> Result<(), String> {
    let differs = || "what was signed is not what was received".to_owned();
    let document = xml::parse(covered).map_err(|_| differs())?;
    let root = document.root_element();
    if facts.signatures.iter().any(|signature| signature.on == Signed::Response) {
        if !xml::is(root, PROTOCOL, "Response") {
            return Err(differs());
        }
        let again = gate::facts(&document, Stage::Received).map_err(|_| differs())?;
        let same = again.envelope == facts.envelope && again.assertion == facts.assertion;
        return if same { Ok(()) } else { Err(differs()) };
    }
    let id = gate::signed_assertion(root).map_err(|_| differs())?;
    if facts.assertion == Ok(Found::Plain { id }) { Ok(()) } else { Err(differs()) }
}
