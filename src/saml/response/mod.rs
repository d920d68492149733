//! Verifies a SAML response: from the form field to a verified assertion, or a
//! list of failed checks.
//!
//! The phases, in this order:
//!
//! | phase | module |
//! |---|---|
//! | decode the form field | `decode` |
//! | accept the structure, before any cryptography | `structure` |
//! | check the response element | `response_checks` |
//! | decrypt the assertion | `decryption` |
//! | verify the signatures | `signature` |
//! | check the assertion, in the bytes that a signature covered | `assertion_checks` |
//! | extract subject and attributes | `extract` |
//!
//! [`decode_form`] and [`verify`] are two calls, because between them the caller looks up the
//! request that the message claims to answer. Expensive phases come last: [`verify`] stops when
//! a cheap check has failed. [`examine`] runs the same checks to read a message, and continues
//! where [`verify`] stops. A login uses it to find the subject of a rejected message.

mod assertion_checks;
pub(super) mod decode;
mod decryption;
mod extract;
mod form_field;
mod response_checks;
pub(super) mod signature;
pub(super) mod structure;
mod types;

use roxmltree::Document;

pub use self::{
    decode::{PostedForm, decode, decode_form, decode_text},
    types::{
        Assertion, Examination, Expectations, ReceivedResponse, RequestState, SignedClaims, Verdict,
    },
};
use self::{
    signature::{SignedContent, VerifiedSignature},
    structure::{AssertionKind, ClaimedResponse, DocumentStage, EncryptedAssertion, SignedElement},
    types::VerificationMode,
};
use super::{keys::DecryptionKey, xml};
use crate::domain::{
    Timestamp,
    check::{Check, CheckId, Checks},
};

/// The checks that establish trust: the signature verifies, and covers one readable assertion.
const AUTHENTICITY: [CheckId; 6] = [
    CheckId::SignaturePresent,
    CheckId::SignatureReference,
    CheckId::SignatureAlgorithm,
    CheckId::SignatureKey,
    CheckId::AssertionSingle,
    CheckId::AssertionDecryption,
];

/// The checks that the login makes after the response is verified.
const LOGIN_CHECKS: [CheckId; 2] = [CheckId::RelayState, CheckId::Replay];

/// Runs every check of a response. Once a cheap check has failed, the expensive ones are not
/// run.
#[must_use]
pub fn verify(
    received: &ReceivedResponse,
    expectations: &Expectations<'_>,
    now: Timestamp,
) -> Verdict {
    let (checks, assertion) =
        run_verification(received, expectations, VerificationMode::Login, now);
    let assertion = assertion.filter(|_| checks.all_passed_except(&LOGIN_CHECKS));
    let claims = match &assertion {
        Some(assertion) => Some(SignedClaims::from(assertion.clone())),
        None if checks.any_failed(&AUTHENTICITY) => None,
        // For the administrator, who looks for the subject of a rejected message.
        None => {
            let mode = VerificationMode::ExaminationOfLogin;
            let (_, assertion) = run_verification(received, expectations, mode, now);
            assertion.map(SignedClaims::from)
        }
    };
    Verdict { checks, assertion, claims }
}

/// Runs every check of a response to read its content. Signed content is read even if the
/// response is late, misdirected, or for another service provider.
#[must_use]
pub fn examine(
    received: &ReceivedResponse,
    expectations: &Expectations<'_>,
    now: Timestamp,
) -> Examination {
    let (checks, assertion) =
        run_verification(received, expectations, VerificationMode::Examination, now);
    Examination { checks, claims: assertion.map(SignedClaims::from) }
}

fn run_verification(
    received: &ReceivedResponse,
    expectations: &Expectations<'_>,
    mode: VerificationMode,
    now: Timestamp,
) -> (Checks, Option<Assertion>) {
    let checks = received.checks.clone();
    let mut verification = Verification { received, expectations, mode, now, checks };
    let assertion = verification.run();
    (verification.checks, assertion)
}

/// A verification in progress.
struct Verification<'a> {
    received: &'a ReceivedResponse,
    expectations: &'a Expectations<'a>,
    mode: VerificationMode,
    now: Timestamp,
    checks: Checks,
}

impl Verification<'_> {
    /// Runs the phases. Returns the content of the assertion, as far as the mode allows.
    fn run(&mut self) -> Option<Assertion> {
        let claims = &self.received.claims;
        response_checks::run_checks(claims, self.expectations, self.now, &mut self.checks);
        if self.checks.any_failed(&[CheckId::ResponseStatus]) {
            // A response that reports a failure has nothing else to check.
            return None;
        }
        self.check_single();
        match &claims.assertion {
            Err(_) => {
                self.check_signature_structure(claims);
                None
            }
            Ok(AssertionKind::Plain { id }) => self.verify_plain(id),
            Ok(AssertionKind::Encrypted(encrypted)) => self.verify_encrypted(encrypted.as_ref()),
        }
    }

    /// Checks and reads the assertion of this ID in a document that signatures covered.
    /// `outer` are the signatures of the document that it was decrypted from.
    fn read_assertion(
        &mut self,
        document: &Document<'_>,
        id: &str,
        inner: &[VerifiedSignature],
        outer: &[VerifiedSignature],
    ) -> Option<Assertion> {
        let assertion = structure::only_assertion(document.root_element(), id)?;
        assertion_checks::run_checks(assertion, self.expectations, self.now, &mut self.checks);
        if self.must_stop() {
            return None;
        }
        // The certificate that signed the assertion vouches for it, or else the one
        // that signed the response around it.
        let all = || outer.iter().chain(inner);
        let mut own = inner.iter().filter(|one| one.element == SignedElement::Assertion);
        let fingerprint = own.next().or(all().next())?.fingerprint.clone();
        let signers = all().map(|one| one.fingerprint.clone()).collect();
        extract::extract_assertion(assertion, fingerprint, signers, self.now)
    }

    /// Whether a check has failed that stops this mode.
    fn must_stop(&self) -> bool {
        match self.mode {
            VerificationMode::Login => self.checks.failed().next().is_some(),
            VerificationMode::Examination | VerificationMode::ExaminationOfLogin => {
                self.checks.any_failed(&AUTHENTICITY)
            }
        }
    }

    fn check_single(&mut self) {
        let id = CheckId::AssertionSingle;
        let expected = "exactly one assertion, plain or encrypted, in the response";
        self.checks.record(match &self.received.claims.assertion {
            Ok(AssertionKind::Plain { .. }) => Check::passed(id, expected, "one plain assertion"),
            Ok(AssertionKind::Encrypted(_)) => {
                Check::passed(id, expected, "one encrypted assertion")
            }
            Err(error) => Check::failed(id, expected, error),
        });
    }

    fn check_signature_structure(&mut self, claims: &ClaimedResponse) {
        let policy = self.expectations.policy;
        signature::check_structure(claims, policy, self.now, &mut self.checks);
    }

    fn verify_signatures(
        &mut self,
        xml: &str,
        claims: &ClaimedResponse,
        outer: &[VerifiedSignature],
    ) -> Option<SignedContent> {
        let (expectations, mode, now) = (self.expectations, self.mode, self.now);
        signature::verify(xml, claims, expectations, mode, now, outer, &mut self.checks)
    }

    fn verify_plain(&mut self, id: &str) -> Option<Assertion> {
        let ReceivedResponse { xml, claims, .. } = self.received;
        self.check_signature_structure(claims);
        if self.must_stop() {
            return None;
        }
        let content = self.verify_signatures(xml, claims, &[])?;
        self.checks.record(Check::passed(
            CheckId::AssertionDecryption,
            "a plain assertion, or one encrypted for this service provider",
            "a plain assertion",
        ));
        let document = signature::parse_covered(&content.xml, claims, &mut self.checks)?;
        self.read_assertion(&document, id, &content.verified, &[])
    }

    /// A signature of the response is verified before anything is decrypted, over
    /// the document as it was received. A signature of the assertion, which is
    /// inside, can only be verified afterwards. At least one of the two is required,
    /// and each that is present must verify.
    fn verify_encrypted(
        &mut self,
        encrypted: Result<&EncryptedAssertion, &String>,
    ) -> Option<Assertion> {
        let ReceivedResponse { xml, claims, .. } = self.received;
        let is_signed = claims.is_response_signed();
        if is_signed {
            self.check_signature_structure(claims);
        } else if let Err(error) = &claims.references {
            let id = CheckId::SignatureReference;
            self.checks.record(Check::failed(id, "each ID is used once", error));
        }
        let allows_cbc = is_signed && self.expectations.policy.allow_cbc;
        let encrypted = encrypted.map_err(String::clone).and_then(|encrypted| {
            decryption::check_algorithms(encrypted, allows_cbc).map(|()| encrypted)
        });
        let record = |checks: &mut Checks, actual: Result<&str, &str>| {
            let (id, expected) =
                (CheckId::AssertionDecryption, decryption::describe_accepted(allows_cbc));
            checks.record(match actual {
                Ok(actual) => Check::passed(id, expected, actual),
                Err(actual) => Check::failed(id, expected, actual),
            });
        };
        let encrypted = match encrypted {
            Ok(encrypted) => encrypted,
            Err(error) => {
                record(&mut self.checks, Err(&error));
                return None;
            }
        };
        if self.must_stop() {
            return None;
        }
        let outer = match is_signed {
            true => {
                let outer = self.verify_signatures(xml, claims, &[])?;
                signature::parse_covered(&outer.xml, claims, &mut self.checks)?;
                outer.verified
            }
            false => Vec::new(),
        };
        let keys = self.expectations.decryption_keys;
        let Some((xml, claims, id)) = decrypt(xml, encrypted, keys) else {
            record(&mut self.checks, Err(decryption::DECRYPTION_FAILED));
            return None;
        };
        record(&mut self.checks, Ok(&encrypted.method));
        if !outer.is_empty() && claims.signatures.is_empty() {
            return self.read_assertion(&xml::parse(&xml).ok()?, &id, &[], &outer);
        }
        self.check_signature_structure(&claims);
        if self.must_stop() {
            return None;
        }
        let inner = self.verify_signatures(&xml, &claims, &outer)?;
        let document = signature::parse_covered(&inner.xml, &claims, &mut self.checks)?;
        self.read_assertion(&document, &id, &inner.verified, &outer)
    }
}

/// Decrypts the assertion, and checks the structure of the whole document again.
/// Returns the document, its claims, and the assertion's ID.
fn decrypt(
    xml: &str,
    encrypted: &EncryptedAssertion,
    keys: &[DecryptionKey],
) -> Option<(String, ClaimedResponse, String)> {
    let plain = decryption::decrypt(encrypted, keys)?;
    let document = decryption::insert_decrypted(xml, &plain)?;
    let (body, claims) = structure::read(&document, DocumentStage::Decrypted).ok()?;
    let body = body.to_owned();
    match &claims.assertion {
        Ok(AssertionKind::Plain { id }) => {
            let id = id.clone();
            Some((body, claims, id))
        }
        _ => None,
    }
}
