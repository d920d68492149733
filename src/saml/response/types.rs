//! What a response is verified against, and what comes of it.

use chrono::TimeDelta;

use super::structure::{AssertionKind, ClaimedResponse};
use crate::{
    domain::{
        Timestamp,
        attributes::Attributes,
        check::Checks,
        connection::{MAX_SKEW_SECONDS, SamlPolicy},
        ignored_certificate::IgnoredCertificate,
        provisioning::Subject,
    },
    saml::keys::DecryptionKey,
};

/// A response whose structure is sound. Nothing of it is trusted yet.
#[derive(Debug, Clone)]
pub struct ReceivedResponse {
    pub(in crate::saml) xml: String,
    pub(in crate::saml) claims: ClaimedResponse,
    pub(in crate::saml) checks: Checks,
}

impl ReceivedResponse {
    /// The ID of the request that the message claims to answer. Not to be trusted:
    /// it serves to look up the pending request.
    #[must_use]
    pub fn in_response_to(&self) -> Option<&str> {
        self.claims.header.in_response_to.as_deref()
    }

    /// The XML as it was received. Not to be trusted: it serves to recognise a
    /// response that is posted again.
    #[must_use]
    pub fn xml(&self) -> &str {
        &self.xml
    }

    /// Whether its assertion is encrypted, so that decryption keys are needed.
    #[must_use]
    pub fn is_encrypted(&self) -> bool {
        matches!(self.claims.assertion, Ok(AssertionKind::Encrypted(_)))
    }
}

/// What a response is verified against.
#[derive(Clone, Copy)]
pub struct Expectations<'a> {
    /// The identity provider's entity ID.
    pub idp_entity_id: &'a str,
    /// Its signing certificates, DER.
    pub certificates: &'a [Vec<u8>],
    /// Certificates from the connection's metadata that can't be used. A signature
    /// by one of them is rejected, and the check names it.
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
    /// The request that the response claims to answer.
    pub request: RequestState<'a>,
    /// Our keys for encrypted assertions; several during a rollover.
    pub decryption_keys: &'a [DecryptionKey],
    /// Whether the XML security library has to confirm each signature.
    pub second_opinion: bool,
}

impl Expectations<'_> {
    pub(super) fn skew(&self) -> TimeDelta {
        TimeDelta::seconds(i64::from(self.policy.skew_seconds.min(MAX_SKEW_SECONDS)))
    }

    pub(super) fn skew_text(&self) -> String {
        format!("{} seconds", self.skew().num_seconds())
    }
}

/// The state of the request that a response claims to answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RequestState<'a> {
    /// The message names no request.
    Unsolicited,
    /// The pending request of this browser and this connection, by its ID.
    Pending(&'a str),
    /// The message names a request, but there is no such pending one; why.
    Unknown(&'static str),
    /// The message names this request, and it was not looked up: a preview has no
    /// browser that could have begun it.
    NotLookedUp(&'a str),
}

/// Why a response is verified.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum VerificationMode {
    /// To sign a user in.
    Login,
    /// To learn what it says, in a preview.
    Examination,
    /// To learn what a response says that was rejected in a login.
    ExaminationOfLogin,
}

/// The result of verifying a response.
#[derive(Debug, Clone)]
pub struct Verdict {
    /// Every check. Those of the login itself are not made yet.
    pub checks: Checks,
    /// The verified assertion. Present only if every check of the response passed.
    pub assertion: Option<Assertion>,
    /// The claims of the assertion, if its signature verifies and it can be read,
    /// even if other checks failed. They do not sign anybody in.
    pub claims: Option<SignedClaims>,
}

/// The result of examining a response. It never signs a user in.
#[derive(Debug, Clone)]
pub struct Examination {
    /// Every check. Those of the login itself are not made.
    pub checks: Checks,
    /// The claims of the assertion, if its signature verifies and it can be read,
    /// even if other checks failed.
    pub claims: Option<SignedClaims>,
}

/// What an assertion says whose signature verifies, but whose other checks may
/// have failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedClaims {
    /// The assertion's ID.
    pub id: String,
    /// The person it speaks of.
    pub subject: Subject,
    /// The attributes of the assertion.
    pub attributes: Attributes,
}

/// A verified assertion.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assertion {
    /// Its ID, by which a replay is recognised.
    pub id: String,
    /// The person it speaks of.
    pub subject: Subject,
    /// The attributes of the assertion.
    pub attributes: Attributes,
    /// When the identity provider's session ends, if it says so.
    pub session_not_on_or_after: Option<Timestamp>,
    /// Until when its ID has to be remembered.
    pub remember_until: Timestamp,
    /// The certificate that verified it: SHA-256 of its DER, in hexadecimal.
    pub certificate_fingerprint: String,
    /// The fingerprint of every certificate that verified a signature, of the
    /// assertion or of the response around it.
    pub signers: Vec<String>,
}

impl From<Assertion> for SignedClaims {
    fn from(assertion: Assertion) -> Self {
        let Assertion { id, subject, attributes, .. } = assertion;
        Self { id, subject, attributes }
    }
}
