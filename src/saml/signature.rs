//! Verifies signatures. What may be verified at all was decided by the gate.
//!
//! Which certificate of the connection signed is found out for each signature by
//! itself. If that is one certificate, and it signed by a method that the XML
//! security library knows, then that library has to verify the whole as well,
//! and says what was covered. It knows neither RSA-PSS nor a document that two
//! certificates signed: those are verified over the bytes of [`c14n`].
//!
//! [`c14n`]: super::c14n

use roxmltree::{Document, Node};
use samael::crypto::{
    AllowedSignatureAlgorithm as Allowed, CertificateDer, Crypto, CryptoProvider as _, ReduceMode,
};

use super::{
    checks::{self, Checks},
    gate::{self, Facts, Found, Hash, Method, SignatureFacts, SignatureKind, Signed, Stage},
    keys::{CertificateFacts, KeyKind, MAX_RSA_BITS},
    names::{DS, PROTOCOL},
    reader,
    response::Expectations,
    signed_info::SignedInfo,
    time, xml,
};
use crate::domain::{
    Timestamp, check::Check, connection::SamlPolicy, ignored_certificate::IgnoredCertificate,
};

/// What the signatures of a document covered.
pub(super) struct Covered {
    /// The bytes that were digested: the canonical form of the response or of
    /// the assertion, without its own signature.
    pub xml: String,
    /// Which certificate verified which signature.
    pub verified: Vec<Verified>,
}

/// A signature that a certificate of the connection verified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Verified {
    /// Which signature.
    pub on: Signed,
    /// The fingerprint of the certificate.
    pub fingerprint: String,
}

impl Covered {
    /// The fingerprint of the certificate that vouches for the assertion: the one
    /// that signed it, or else the one that signed the response around it.
    pub(super) fn fingerprint(&self) -> String {
        let own = self.verified.iter().find(|verified| verified.on == Signed::Assertion);
        let one = own.or(self.verified.first());
        one.map(|verified| verified.fingerprint.clone()).unwrap_or_default()
    }

    /// The fingerprints of all certificates that verified a signature, of this
    /// document or `before` it of the one around it.
    pub(super) fn signers(&self, before: &[Verified]) -> Vec<String> {
        let all = before.iter().chain(&self.verified);
        all.map(|verified| verified.fingerprint.clone()).collect()
    }
}

impl std::fmt::Display for Verified {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: certificate {}", place(self.on), self.fingerprint)
    }
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
pub(super) fn judge(facts: &Facts, policy: &SamlPolicy, now: Timestamp, to: &mut Checks) {
    let places: Vec<_> = facts.signatures.iter().map(|signature| place(signature.on)).collect();
    let places = if places.is_empty() {
        "no signature where one may stand".to_owned()
    } else {
        places.join(", ")
    };
    to.record(Check::of(
        checks::SIGNATURE_PRESENT,
        !facts.signatures.is_empty(),
        "a signature of the response or of the assertion",
        places,
    ));
    let wanted = "one reference in each signature, to the element around it; IDs unique; \
                  transforms only enveloped-signature and exclusive canonicalisation";
    let faults = facts.signatures.iter().filter_map(|signature| {
        signature.shape.as_ref().err().map(|fault| format!("{}: {fault}", place(signature.on)))
    });
    let faults: Vec<_> = facts.references.clone().err().into_iter().chain(faults).collect();
    to.record(if faults.is_empty() {
        Check::passed(checks::SIGNATURE_REFERENCE, wanted, "exactly that")
    } else {
        Check::failed(checks::SIGNATURE_REFERENCE, wanted, faults.join("; "))
    });
    algorithms(facts, policy, now, to);
}

fn algorithms(facts: &Facts, policy: &SamlPolicy, now: Timestamp, to: &mut Checks) {
    let sha1 = policy.sha1_until.is_some_and(|until| until > now);
    let (mut named, mut good) = (Vec::new(), true);
    for method in facts.signatures.iter().filter_map(|s| s.shape.as_ref().ok()) {
        let is_pss = method.pss.is_some();
        good = good && is_accepted(method, sha1) && (policy.allow_rsa_pss || !is_pss);
        let remedy = match is_pss && !policy.allow_rsa_pss {
            true => " (RSA-PSS, which the connection does not allow: set allowRsaPss)",
            false => "",
        };
        named.push(format!("{}{remedy}, digest {}", method.signature, method.digest));
    }
    if named.is_empty() {
        return;
    }
    let kinds = if policy.allow_rsa_pss { "RSA, RSA-PSS or ECDSA" } else { "RSA or ECDSA" };
    let wanted = match policy.sha1_until.filter(|_| sha1) {
        None => format!("{kinds} with SHA-256, 384 or 512, digest likewise"),
        Some(until) => {
            let until = time::format(until);
            format!("{kinds} with SHA-256, 384 or 512, and SHA-1 until {until}")
        }
    };
    to.record(Check::of(checks::SIGNATURE_ALGORITHM, good, wanted, named.join("; ")));
}

fn place(on: Signed) -> &'static str {
    match on {
        Signed::Response => "signature of the response",
        Signed::Assertion => "signature of the assertion",
    }
}

fn is_accepted(method: &Method, sha1: bool) -> bool {
    let strong = |hash: Hash| match hash {
        Hash::Sha256 | Hash::Sha384 | Hash::Sha512 => true,
        Hash::Sha1 => sha1,
    };
    let pss = method.pss.is_none_or(|pss| pss.hash != Hash::Sha1 && pss.mask_hash != Hash::Sha1);
    let signature = method.signature_parts().is_some_and(|(_, hash)| strong(hash));
    pss && signature && method.digest_hash().is_some_and(strong)
}

/// A signature of a document, with the certificate whose key made it.
struct Signature<'d, 'i, 'c> {
    on: Signed,
    info: SignedInfo,
    /// The element that it has to cover, and itself inside of it.
    element: Node<'d, 'i>,
    node: Node<'d, 'i>,
    certificate: CertificateFacts,
    der: &'c [u8],
    is_pss: bool,
}

/// Verifies every signature of a document, each with a certificate of the
/// connection, and returns what was covered. `before` is what was verified
/// around the document.
///
/// The document is one that the gate let through, and `facts` are its facts.
pub(super) fn verify(
    document: &str,
    facts: &Facts,
    expected: &Expectations<'_>,
    now: Timestamp,
    before: &[Verified],
    to: &mut Checks,
) -> Option<Covered> {
    let wanted = "each signature verifies with a certificate of the connection that is valid now";
    let told = |of: &[Verified]| of.iter().map(Verified::to_string).collect::<Vec<_>>();
    match try_each(document, facts, expected, now) {
        Ok(covered) => {
            let got = [told(before), told(&covered.verified)].concat().join("; ");
            to.record(Check::passed(checks::SIGNATURE_KEY, wanted, got));
            Some(covered)
        }
        Err(faults) => {
            let got = [told(before), faults].concat().join("; ");
            to.record(Check::failed_in_detail(checks::SIGNATURE_KEY, wanted, got));
            None
        }
    }
}

fn try_each(
    document: &str,
    facts: &Facts,
    expected: &Expectations<'_>,
    now: Timestamp,
) -> Result<Covered, Vec<String>> {
    let tree = xml::parse(document).map_err(|error| vec![error.to_string()])?;
    let (mut signatures, mut reports, mut good) = (Vec::new(), Vec::new(), true);
    for signature in &facts.signatures {
        match signer(&tree, signature, facts, expected, now) {
            Ok(signature) => {
                let name = named(&signature.certificate);
                reports.push(format!("{}: {name} verifies", place(signature.on)));
                signatures.push(signature);
            }
            Err(tried) => {
                good = false;
                reports.push(format!("{}: {}", place(signature.on), tried.join(", ")));
            }
        }
    }
    if !good || signatures.is_empty() {
        return Err(reports);
    }
    let methods = facts.signatures.iter().filter_map(|signature| signature.shape.as_ref().ok());
    let strong = methods.into_iter().all(|method| is_accepted(method, false));
    let xml = covered(document, &signatures, strong)?;
    covers(&xml, facts).map_err(|fault| vec![fault])?;
    let verified = signatures.into_iter().map(|signature| Verified {
        on: signature.on,
        fingerprint: signature.certificate.fingerprint,
    });
    Ok(Covered { xml, verified: verified.collect() })
}

/// The first certificate of the connection whose key made a signature; or what
/// came of each that was tried.
fn signer<'d, 'i, 'c>(
    tree: &'d Document<'i>,
    facts: &SignatureFacts,
    all: &Facts,
    expected: &Expectations<'c>,
    now: Timestamp,
) -> Result<Signature<'d, 'i, 'c>, Vec<String>> {
    let unreadable = || vec!["it can't be verified".to_owned()];
    let method = facts.shape.as_ref().map_err(|fault| vec![fault.clone()])?;
    let (kind, _) = method.signature_parts().ok_or_else(unreadable)?;
    let element = match (facts.on, &all.assertion) {
        (Signed::Response, _) => Some(tree.root_element()),
        (Signed::Assertion, Ok(Found::Plain { id })) => reader::find(tree.root_element(), id),
        (Signed::Assertion, _) => None,
    };
    let element = element.ok_or_else(unreadable)?;
    let node = xml::child(element, DS, "Signature").ok_or_else(unreadable)?;
    let id = element.attribute("ID").ok_or_else(unreadable)?;
    let info = SignedInfo::read(node, id).ok_or_else(unreadable)?;
    let mut tried = Vec::new();
    for der in in_order_of_hints(expected.certificates, facts) {
        let certificate = match CertificateFacts::of(der) {
            Ok(certificate) => certificate,
            Err(error) => {
                tried.push(error.to_string());
                continue;
            }
        };
        let name = named(&certificate);
        if let Err(reason) = certificate.usable(now) {
            tried.push(format!("{name}: {reason}"));
        } else if !fits(certificate.key, kind) {
            tried.push(format!("{name}: {} is not the kind of the signature", certificate.key));
        } else if info.is_signed_by(der) {
            let is_pss = kind == SignatureKind::RsaPss;
            return Ok(Signature { on: facts.on, info, element, node, certificate, der, is_pss });
        } else {
            tried.push(format!("{name}: does not verify"));
        }
    }
    if tried.is_empty() {
        tried.push("the connection has no certificate".to_owned());
    }
    Err(ignored_signer(&info, kind, expected.ignored).into_iter().chain(tried).collect())
}

/// Which ignored certificate made a signature, and why. It lets nobody in.
fn ignored_signer(
    info: &SignedInfo,
    kind: SignatureKind,
    ignored: &[IgnoredCertificate],
) -> Option<String> {
    ignored.iter().find_map(|one| {
        let IgnoredCertificate { certificate, subject: _, reason, detail } = one;
        let der = certificate.as_ref()?;
        let certificate = CertificateFacts::of(der).ok()?;
        let is_bounded = match certificate.key {
            KeyKind::Rsa(bits) => bits <= MAX_RSA_BITS,
            KeyKind::Ec(_) => true,
            KeyKind::Other => false,
        };
        let has_signed = is_bounded && fits(certificate.key, kind) && info.is_signed_by(der);
        let name = named(&certificate);
        has_signed
            .then(|| format!("signed by {name}, which is ignored: {detail}. {}", reason.remedy()))
    })
}

/// A certificate as an administrator knows it.
fn named(certificate: &CertificateFacts) -> String {
    let subject: String = certificate.subject.chars().take(MAX_SUBJECT).collect();
    let short = certificate.fingerprint.get(..16).unwrap_or_default();
    format!("{subject} ({short})")
}

/// The most characters of a certificate's subject in a message.
const MAX_SUBJECT: usize = 60;

/// The connection's certificates; the one in the signature first, to save attempts.
fn in_order_of_hints<'c>(certificates: &'c [Vec<u8>], of: &SignatureFacts) -> Vec<&'c Vec<u8>> {
    let mut ordered: Vec<_> = certificates.iter().collect();
    ordered.sort();
    ordered.dedup();
    ordered.sort_by_key(|der| of.hint.as_ref() != Some(der));
    ordered
}

fn fits(key: KeyKind, signature: SignatureKind) -> bool {
    matches!(
        (key, signature),
        (KeyKind::Rsa(_), SignatureKind::Rsa | SignatureKind::RsaPss)
            | (KeyKind::Ec(_), SignatureKind::Ecdsa)
    )
}

/// What the signatures cover, if that is what was signed: the response if that
/// is signed, else the assertion.
fn covered(
    document: &str,
    signatures: &[Signature<'_, '_, '_>],
    strong: bool,
) -> Result<String, Vec<String>> {
    let der = signatures.first().map(|signature| signature.der).unwrap_or_default();
    let by_one = signatures.iter().all(|signature| signature.der == der && !signature.is_pss);
    let xml = match by_one {
        true => reduce(document, der, strong),
        false => canonical(signatures),
    };
    xml.ok_or_else(|| {
        let faults = signatures.iter().filter_map(|signature| {
            let name = named(&signature.certificate);
            let of = format!("{}: {name} verifies, but", place(signature.on));
            if !by_one && !signature.info.is_exclusive() {
                let why = "RSA-PSS and two certificates need exclusive canonicalisation as a \
                           transform of each signature";
                return Some(format!("{of} {why}"));
            }
            let changed = signature.info.covered(signature.element, signature.node).is_none();
            changed.then(|| format!("{of} what it covers was changed after it was signed"))
        });
        let faults: Vec<_> = faults.collect();
        if faults.is_empty() { vec!["the signed document does not verify".into()] } else { faults }
    })
}

/// What the signatures cover, by our own canonicalisation. All have to hold.
fn canonical(signatures: &[Signature<'_, '_, '_>]) -> Option<String> {
    let mut of_response = None;
    let mut of_assertion = None;
    for signature in signatures {
        let xml = signature.info.covered(signature.element, signature.node)?;
        match signature.on {
            Signed::Response => of_response = Some(xml),
            Signed::Assertion => of_assertion = Some(xml),
        }
    }
    of_response.or(of_assertion)
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
