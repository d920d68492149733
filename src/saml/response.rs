//! A response becomes a verified assertion, or a list of what is wrong.
//!
//! [`open`] decodes what was posted and lets it through the gate; [`verify`]
//! makes every check of [`checks::ORDER`]. Two calls,
//! because between them the caller looks up the request that the message says
//! it answers. What costs computing comes last: [`verify`] stops at a cheap check
//! that fails. [`examine`] makes the same checks to see what a message says, and
//! goes on where [`verify`] stops; a login asks it whom a refused message was
//! about.

use chrono::TimeDelta;

use super::{
    checks::{self, Checks},
    decrypt, envelope,
    gate::{self, Encrypted, Facts, Found, Signed, Stage},
    judge,
    keys::DecryptionKey,
    reader, signature, xml,
};
use crate::domain::{
    Timestamp,
    attributes::Attributes,
    check::Check,
    connection::{MAX_SKEW_SECONDS, SamlPolicy},
    ignored_certificate::IgnoredCertificate,
    provisioning::Subject,
};

pub use super::arrival::{Form, open, open_form, text};

/// How long an assertion is remembered at most, skew aside. None is accepted
/// that was issued more than minutes ago.
pub(super) const MAX_REMEMBERED: TimeDelta = TimeDelta::days(1);

/// A response that may be looked at. Nothing of it is trusted yet.
#[derive(Debug, Clone)]
pub struct Received {
    pub(super) xml: String,
    pub(super) facts: Facts,
    pub(super) checks: Checks,
}

/// What a response is judged by.
#[derive(Clone, Copy)]
pub struct Expectations<'a> {
    /// The identity provider's entity ID.
    pub idp_entity_id: &'a str,
    /// Its signing certificates, DER.
    pub certificates: &'a [Vec<u8>],
    /// Certificates that were given with them and are ignored: what one of them
    /// signed is refused, and the check says which one it is.
    pub ignored: &'a [IgnoredCertificate],
    /// Our entity ID.
    pub sp_entity_id: &'a str,
    /// The address that the response was posted to.
    pub acs_url: &'a str,
    /// The connection's policy.
    pub policy: &'a SamlPolicy,
    /// The attribute that identifies the person instead of the `NameID`, if the
    /// connection names one: then no `NameID` is needed.
    pub subject_attribute: Option<&'a str>,
    /// What is known of the request that the response answers.
    pub request: RequestState<'a>,
    /// Our keys for encrypted assertions; several during a rollover.
    pub decryption_keys: &'a [DecryptionKey],
}

/// What is known of the request that a response answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RequestState<'a> {
    /// The message names no request.
    NotAsked,
    /// The pending request of this browser and this connection, by its ID.
    Pending(&'a str),
    /// The message names a request, but there is no such pending one; why.
    Unknown(&'static str),
    /// The message names this request, and nobody has looked for it: there is
    /// no browser that could have begun it.
    NotLookedUp(&'a str),
}

/// How a response was judged.
#[derive(Debug, Clone)]
pub struct Verdict {
    /// Every check, in order.
    pub checks: Vec<Check>,
    /// What the identity provider asserts; there only if every check passed.
    pub assertion: Option<Assertion>,
    /// What the assertion says, if its signature holds and it can be read,
    /// whatever else is wrong with it. It lets nobody in.
    pub says: Option<Said>,
}

/// What an examination has found. It lets nobody in.
#[derive(Debug, Clone)]
pub struct Examined {
    /// Every check, in order.
    pub checks: Vec<Check>,
    /// What the assertion says, if its signature holds and it can be read,
    /// whatever else is wrong with it.
    pub says: Option<Said>,
}

/// What a signed assertion says that need not be in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said {
    /// The assertion's ID.
    pub id: String,
    /// Whom it speaks of.
    pub subject: Subject,
    /// What it says of them.
    pub attributes: Attributes,
}

/// A verified assertion.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assertion {
    /// Its ID, by which a replay is known.
    pub id: String,
    /// Whom it speaks of.
    pub subject: Subject,
    /// What it says of them.
    pub attributes: Attributes,
    /// When the identity provider's session ends, if it says so.
    pub session_not_on_or_after: Option<Timestamp>,
    /// Until when its ID has to be remembered.
    pub remember_until: Timestamp,
    /// The certificate that verified it: SHA-256 of its DER, in hexadecimal.
    pub certificate_fingerprint: String,
    /// Every certificate that verified a signature, of the assertion or of the
    /// response around it, by its fingerprint.
    pub signers: Vec<String>,
}

/// What a response is looked at for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Aim {
    /// To let somebody in.
    Login,
    /// To see what it says.
    Examination,
}

impl Aim {
    /// Whether it has failed, so that nothing further is done.
    fn missed(self, checks: &Checks) -> bool {
        match self {
            Self::Login => checks.any_failed(),
            Self::Examination => checks.unreadable(),
        }
    }
}

/// An assertion that a signature covered.
struct Trusted {
    /// The document that holds it, and no other assertion.
    xml: String,
    id: String,
    fingerprint: String,
    signers: Vec<String>,
}

impl Expectations<'_> {
    pub(super) fn skew(&self) -> TimeDelta {
        TimeDelta::seconds(i64::from(self.policy.skew_seconds.min(MAX_SKEW_SECONDS)))
    }

    pub(super) fn skew_text(&self) -> String {
        format!("{} seconds", self.skew().num_seconds())
    }
}

impl Received {
    /// The request that the message says it answers. Not to be trusted: it
    /// serves to look up the pending request.
    #[must_use]
    pub fn in_response_to(&self) -> Option<&str> {
        self.facts.envelope.in_response_to.as_deref()
    }

    /// The XML as it was received. Not to be trusted: it serves to know the same
    /// response again.
    #[must_use]
    pub fn xml(&self) -> &str {
        &self.xml
    }

    /// Whether its assertion is encrypted, so that decryption keys are needed.
    #[must_use]
    pub fn is_encrypted(&self) -> bool {
        matches!(self.facts.assertion, Ok(Found::Encrypted(_)))
    }
}

/// Makes every check of a response.
#[must_use]
pub fn verify(received: &Received, expected: &Expectations<'_>, now: Timestamp) -> Verdict {
    let mut checks = received.checks.clone();
    let assertion = assertion(received, expected, Aim::Login, now, &mut checks);
    let assertion = assertion.filter(|_| checks.all_passed());
    let says = match &assertion {
        Some(Assertion { id, subject, attributes, .. }) => {
            Some(Said { id: id.clone(), subject: subject.clone(), attributes: attributes.clone() })
        }
        // Whom it was about is wanted all the same, if that is signed.
        None if checks.unreadable() => None,
        None => examine(received, expected, now).says,
    };
    Verdict { checks: checks.into_vec(), assertion, says }
}

/// Makes every check of a response that only shall be looked at. What is
/// signed is read even if it came too late, to the wrong place, or for
/// somebody else: an administrator wants to know what it says all the same.
#[must_use]
pub fn examine(received: &Received, expected: &Expectations<'_>, now: Timestamp) -> Examined {
    let mut checks = received.checks.clone();
    let assertion = assertion(received, expected, Aim::Examination, now, &mut checks);
    // What it takes to let somebody in is left behind.
    let says =
        assertion.map(|Assertion { id, subject, attributes, .. }| Said { id, subject, attributes });
    Examined { checks: checks.into_vec(), says }
}

fn assertion(
    received: &Received,
    expected: &Expectations<'_>,
    aim: Aim,
    now: Timestamp,
    checks: &mut Checks,
) -> Option<Assertion> {
    let facts = &received.facts;
    envelope::judge(facts, expected, now, checks);
    if checks.failed(checks::RESPONSE_STATUS) {
        // A response that reports a failure carries nothing else to look at.
        return None;
    }
    single(facts, checks);
    let trusted = match &facts.assertion {
        Err(_) => {
            signature::judge(facts, expected.policy, now, checks);
            None
        }
        Ok(Found::Plain { id }) => plain(received, id, expected, aim, now, checks),
        Ok(Found::Encrypted(encrypted)) => {
            encrypted_assertion(received, encrypted.as_ref(), expected, aim, now, checks)
        }
    }?;
    let document = xml::parse(&trusted.xml).ok()?;
    let assertion = reader::find(document.root_element(), &trusted.id)?;
    judge::judge(assertion, expected, now, checks);
    if aim.missed(checks) {
        return None;
    }
    reader::read(assertion, trusted.fingerprint, trusted.signers, now)
}

fn single(facts: &Facts, checks: &mut Checks) {
    let wanted = "exactly one assertion, plain or encrypted, in the response";
    checks.record(match &facts.assertion {
        Ok(Found::Plain { .. }) => Check::passed(checks::ASSERTION_SINGLE, wanted, "a plain one"),
        Ok(Found::Encrypted(_)) => {
            Check::passed(checks::ASSERTION_SINGLE, wanted, "an encrypted one")
        }
        Err(fault) => Check::failed(checks::ASSERTION_SINGLE, wanted, fault),
    });
}

fn plain(
    received: &Received,
    id: &str,
    expected: &Expectations<'_>,
    aim: Aim,
    now: Timestamp,
    checks: &mut Checks,
) -> Option<Trusted> {
    signature::judge(&received.facts, expected.policy, now, checks);
    if aim.missed(checks) {
        return None;
    }
    let (xml, facts) = (&received.xml, &received.facts);
    let covered = signature::verify(xml, facts, expected, now, &[], checks)?;
    checks.record(Check::passed(
        checks::ASSERTION_DECRYPTION,
        "a plain assertion, or one encrypted for us",
        "a plain one",
    ));
    let (fingerprint, signers) = (covered.fingerprint(), covered.signers(&[]));
    Some(Trusted { xml: covered.xml, id: id.to_owned(), fingerprint, signers })
}

/// A signature of the response is verified before anything is decrypted, over
/// the document as it was received; one of the assertion, which is inside, can
/// only be looked at afterwards. There has to be one of the two, and each that
/// is there has to verify.
fn encrypted_assertion(
    received: &Received,
    encrypted: Result<&Encrypted, &String>,
    expected: &Expectations<'_>,
    aim: Aim,
    now: Timestamp,
    checks: &mut Checks,
) -> Option<Trusted> {
    let signed = received.facts.signatures.iter().any(|one| one.on == Signed::Response);
    if signed {
        signature::judge(&received.facts, expected.policy, now, checks);
    } else if let Err(fault) = &received.facts.references {
        checks.record(Check::failed(checks::SIGNATURE_REFERENCE, "IDs unique", fault));
    }
    let wanted = decryption_wanted(signed && expected.policy.allow_cbc);
    let acceptable = encrypted.map_err(String::clone).and_then(|encrypted| {
        let cbc = signed && expected.policy.allow_cbc;
        decrypt::acceptable(encrypted, cbc).map(|()| encrypted)
    });
    let encrypted = match acceptable {
        Ok(encrypted) => encrypted,
        Err(fault) => {
            checks.record(Check::failed(checks::ASSERTION_DECRYPTION, wanted, fault));
            return None;
        }
    };
    if aim.missed(checks) {
        return None;
    }
    let outer = match signed {
        true => {
            let (xml, facts) = (&received.xml, &received.facts);
            Some(signature::verify(xml, facts, expected, now, &[], checks)?)
        }
        false => None,
    };
    let Some((xml, facts, id)) = decrypted(received, encrypted, expected.decryption_keys) else {
        checks.record(Check::failed(checks::ASSERTION_DECRYPTION, wanted, decrypt::FAILED));
        return None;
    };
    checks.record(Check::passed(checks::ASSERTION_DECRYPTION, wanted, &encrypted.method));
    match outer {
        Some(outer) if facts.signatures.is_empty() => {
            let (fingerprint, signers) = (outer.fingerprint(), outer.signers(&[]));
            Some(Trusted { xml, id, fingerprint, signers })
        }
        outer => {
            signature::judge(&facts, expected.policy, now, checks);
            if aim.missed(checks) {
                return None;
            }
            let before = outer.map(|outer| outer.verified).unwrap_or_default();
            let inner = signature::verify(&xml, &facts, expected, now, &before, checks)?;
            let (fingerprint, signers) = (inner.fingerprint(), inner.signers(&before));
            Some(Trusted { xml: inner.xml, id, fingerprint, signers })
        }
    }
}

fn decryption_wanted(cbc: bool) -> String {
    let ciphers = if cbc { "AES-GCM or AES-CBC" } else { "AES-GCM" };
    format!("encrypted by {ciphers}, with a key wrapped by RSA-OAEP for one of ours")
}

/// Decrypts, and lets the whole through the gate again.
fn decrypted(
    received: &Received,
    encrypted: &Encrypted,
    keys: &[DecryptionKey],
) -> Option<(String, Facts, String)> {
    let text = decrypt::decrypt(encrypted, keys)?;
    let document = decrypt::splice(&received.xml, &text)?;
    let (body, facts) = gate::look(&document, Stage::Decrypted).ok()?;
    let body = body.to_owned();
    match &facts.assertion {
        Ok(Found::Plain { id }) => {
            let id = id.clone();
            Some((body, facts, id))
        }
        _ => None,
    }
}
