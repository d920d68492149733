//! The checks of a response by their stable names, in their order.

use crate::domain::check::{Check, CheckResult};

/// The field decodes to UTF-8 XML of a bounded size.
pub const FORM_ENCODING: &str = "form.encoding";
/// The XML is safe to read, and has the shape of a response.
pub const XML_SAFE: &str = "xml.safe";
/// Response and assertion are of SAML 2.0.
pub const RESPONSE_VERSION: &str = "response.version";
/// The identity provider reports success.
pub const RESPONSE_STATUS: &str = "response.status";
/// The response comes from the connection's identity provider.
pub const RESPONSE_ISSUER: &str = "response.issuer";
/// The assertion comes from the connection's identity provider.
pub const ASSERTION_ISSUER: &str = "assertion.issuer";
/// The response was meant for our assertion consumer service.
pub const RESPONSE_DESTINATION: &str = "response.destination";
/// The response answers a request of this browser, or may come unasked.
pub const RESPONSE_IN_RESPONSE_TO: &str = "response.in_response_to";
/// Response and assertion were made just now.
pub const RESPONSE_ISSUE_INSTANT: &str = "response.issue_instant";
/// There is a signature.
pub const SIGNATURE_PRESENT: &str = "signature.present";
/// Each signature covers exactly the element that encloses it.
pub const SIGNATURE_REFERENCE: &str = "signature.reference";
/// The signature's algorithms are strong enough.
pub const SIGNATURE_ALGORITHM: &str = "signature.algorithm";
/// The signature verifies with a certificate of the connection.
pub const SIGNATURE_KEY: &str = "signature.key";
/// There is exactly one assertion.
pub const ASSERTION_SINGLE: &str = "assertion.single";
/// The assertion is readable: plain, or encrypted for us.
pub const ASSERTION_DECRYPTION: &str = "assertion.decryption";
/// Whoever brings the assertion may: a bearer confirmation for us, now.
pub const SUBJECT_CONFIRMATION: &str = "subject.confirmation";
/// The assertion names one person.
pub const SUBJECT_NAME_ID: &str = "subject.name_id";
/// The assertion is valid now.
pub const CONDITIONS_TIME: &str = "conditions.time";
/// The assertion is meant for us.
pub const CONDITIONS_AUDIENCE: &str = "conditions.audience";
/// The assertion says that the person was authenticated.
pub const AUTHN_STATEMENT: &str = "authn.statement";
/// The identity provider's session has not ended.
pub const AUTHN_SESSION: &str = "authn.session";

/// Every check that is made here, in the order in which they are shown. The
/// check `replay` follows; it is made where the database is.
pub const ORDER: [&str; 21] = [
    FORM_ENCODING,
    XML_SAFE,
    RESPONSE_VERSION,
    RESPONSE_STATUS,
    RESPONSE_ISSUER,
    ASSERTION_ISSUER,
    RESPONSE_DESTINATION,
    RESPONSE_IN_RESPONSE_TO,
    RESPONSE_ISSUE_INSTANT,
    SIGNATURE_PRESENT,
    SIGNATURE_REFERENCE,
    SIGNATURE_ALGORITHM,
    SIGNATURE_KEY,
    ASSERTION_SINGLE,
    ASSERTION_DECRYPTION,
    SUBJECT_CONFIRMATION,
    SUBJECT_NAME_ID,
    CONDITIONS_TIME,
    CONDITIONS_AUDIENCE,
    AUTHN_STATEMENT,
    AUTHN_SESSION,
];

/// All checks of one response; those that were not made yet are `not_run`.
#[derive(Debug, Clone)]
pub(super) struct Checks(Vec<Check>);

impl Checks {
    /// All checks, none of them made.
    pub(super) fn new() -> Self {
        Self(ORDER.iter().map(|id| Check::not_run(id)).collect())
    }

    /// Records a check. One that has failed stays failed.
    pub(super) fn record(&mut self, check: Check) {
        if let Some(place) = self.0.iter_mut().find(|known| known.id == check.id)
            && place.result != CheckResult::Failed
        {
            *place = check;
        }
    }

    /// Whether this check failed.
    pub(super) fn failed(&self, id: &str) -> bool {
        self.0.iter().any(|check| check.id == id && check.result == CheckResult::Failed)
    }

    /// Whether any check failed.
    pub(super) fn any_failed(&self) -> bool {
        self.0.iter().any(|check| check.result == CheckResult::Failed)
    }

    /// Whether a failed check leaves nothing to be read that could be believed:
    /// the signature does not hold, or there is no assertion under it.
    pub(super) fn unreadable(&self) -> bool {
        const READABLE: [&str; 6] = [
            SIGNATURE_PRESENT,
            SIGNATURE_REFERENCE,
            SIGNATURE_ALGORITHM,
            SIGNATURE_KEY,
            ASSERTION_SINGLE,
            ASSERTION_DECRYPTION,
        ];
        READABLE.iter().any(|id| self.failed(id))
    }

    /// Whether all were made, and all hold.
    pub(super) fn all_passed(&self) -> bool {
        self.0.iter().all(|check| check.result == CheckResult::Passed)
    }

    pub(super) fn into_vec(self) -> Vec<Check> {
        self.0
    }
}
