//! The input and the results of the verification of a response.

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

/// A response with an accepted structure. Its content is not trusted yet.
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

    /// The XML as it was received. Not to be trusted: it serves to recognize a
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

/// The expectations for a response.
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
    /// The message names a request that is not pending, for this reason.
    Unknown(&'static str),
    /// The message names this request, which was not looked up: a preview has no browser.
    NotLookedUp(&'a str),
}

/// The purpose of a verification.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum VerificationMode {
    /// To sign a user in.
    Login,
    /// To read it, in a preview.
    Examination,
    /// To read a response that a login has rejected.
    ExaminationOfLogin,
}

/// The result of verifying a response.
#[derive(Debug, Clone)]
pub struct Verdict {
    /// Every check. The checks of the login itself are not run yet.
    pub checks: Checks,
    /// The verified assertion. Present only if every check of the response passed.
    pub assertion: Option<Assertion>,
    /// The claims of the assertion, if its signature verifies and it can be read, even if other
    /// checks failed. They do not sign a user in.
    pub claims: Option<SignedClaims>,
}

/// The result of examining a response. It never signs a user in.
#[derive(Debug, Clone)]
pub struct Examination {
    /// Every check. The checks of the login itself are not run.
    pub checks: Checks,
    /// The claims of the assertion, if its signature verifies and it can be read,
    /// even if other checks failed.
    pub claims: Option<SignedClaims>,
}

/// The claims of an assertion whose signature verifies, but whose other checks may have failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedClaims {
    /// The assertion's ID.
    pub id: String,
    /// The subject.
    pub subject: Subject,
    /// The attributes of the assertion.
    pub attributes: Attributes,
}

/// A verified assertion.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assertion {
    /// Its ID, by which a replay is recognized.
    pub id: String,
    /// The subject.
    pub subject: Subject,
    /// The attributes of the assertion.
    pub attributes: Attributes,
    /// When the identity provider's session ends, if it says so.
    pub session_not_on_or_after: Option<Timestamp>,
    /// The end of the time for which its ID must be remembered.
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
