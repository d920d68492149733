//! Checks: the named tests of a SAML response, each with what was expected and
//! what was received.

use super::{named_enum::named, quote::visible};

/// The maximum number of characters of what was received that a check keeps.
///
/// The sender of a response writes this text, so it is bounded: an attempt must
/// not be a way to fill the database.
pub const MAX_ACTUAL_CHARS: usize = 300;

/// The maximum number of characters of a text that Usher wrote itself, such as the tried
/// certificates. A message can't make it longer.
pub const MAX_DETAIL_CHARS: usize = 3_000;

named! {
    /// Every check of a response, in the order in which people see them.
    ///
    /// The list is closed. A check that does not run stays
    /// [`NotRun`](CheckResult::NotRun), which rejects the login. A check without an
    /// explanation and a remedy in `docs/troubleshooting.md` does not compile.
    #[derive(PartialOrd, Ord)]
    CheckId as "check" {
        /// The form field decodes to UTF-8 XML of a bounded size.
        FormEncoding = "form.encoding",
        /// The XML is safe to read, and has the shape of a response.
        XmlSafe = "xml.safe",
        /// Response and assertion are SAML 2.0.
        ResponseVersion = "response.version",
        /// The identity provider reports success.
        ResponseStatus = "response.status",
        /// The response comes from the connection's identity provider.
        ResponseIssuer = "response.issuer",
        /// The assertion comes from the connection's identity provider.
        AssertionIssuer = "assertion.issuer",
        /// The response was addressed to our assertion consumer service.
        ResponseDestination = "response.destination",
        /// The response answers a request of this browser, or may come unsolicited.
        ResponseInResponseTo = "response.in_response_to",
        /// Response and assertion were issued within the last minutes.
        ResponseIssueInstant = "response.issue_instant",
        /// The response or the assertion is signed.
        SignaturePresent = "signature.present",
        /// Each signature covers exactly the element that encloses it.
        SignatureReference = "signature.reference",
        /// The algorithms of each signature are strong enough.
        SignatureAlgorithm = "signature.algorithm",
        /// Each signature verifies with a certificate of the connection.
        SignatureKey = "signature.key",
        /// The response contains exactly one assertion.
        AssertionSingle = "assertion.single",
        /// The assertion is readable: plain, or encrypted for us.
        AssertionDecryption = "assertion.decryption",
        /// A bearer confirmation addressed to our ACS that has not expired.
        SubjectConfirmation = "subject.confirmation",
        /// The assertion names one subject.
        SubjectNameId = "subject.name_id",
        /// The assertion is valid now.
        ConditionsTime = "conditions.time",
        /// The assertion is addressed to us.
        ConditionsAudience = "conditions.audience",
        /// The assertion states that the subject was authenticated.
        AuthnStatement = "authn.statement",
        /// The session at the identity provider has not ended.
        AuthnSession = "authn.session",
        /// The RelayState is the one that was sent with the request. Run by the login.
        RelayState = "relay_state",
        /// The assertion was not used before. Run by the login, in its transaction.
        Replay = "replay",
    }
}

/// One named test of a SAML response.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check {
    /// Which check, e.g. `conditions.audience`.
    pub id: CheckId,
    /// How it ended.
    pub result: CheckResult,
    /// What was expected, in words.
    pub expected: String,
    /// What was received, in words; at most [`MAX_ACTUAL_CHARS`] characters, or
    /// [`MAX_DETAIL_CHARS`] where the program wrote it.
    pub actual: String,
}

named! {
    /// How a check ended.
    CheckResult as "result of a check" {
        /// It passed.
        Passed = "passed",
        /// It failed, so the login is rejected.
        Failed = "failed",
        /// It was not run, usually because an earlier check failed.
        NotRun = "not_run",
    }
}

impl Check {
    fn new(
        id: CheckId,
        result: CheckResult,
        expected: impl Into<String>,
        actual: impl AsRef<str>,
    ) -> Self {
        Self { id, result, expected: expected.into(), actual: excerpt(actual.as_ref()) }
    }

    /// A check that passed.
    #[must_use]
    pub fn passed(id: CheckId, expected: impl Into<String>, actual: impl AsRef<str>) -> Self {
        Self::new(id, CheckResult::Passed, expected, actual)
    }

    /// A check that failed.
    #[must_use]
    pub fn failed(id: CheckId, expected: impl Into<String>, actual: impl AsRef<str>) -> Self {
        Self::new(id, CheckResult::Failed, expected, actual)
    }

    /// A check that failed, with a longer text that Usher wrote itself: at most
    /// [`MAX_DETAIL_CHARS`] characters.
    #[must_use]
    pub fn failed_in_detail(
        id: CheckId,
        expected: impl Into<String>,
        actual: impl AsRef<str>,
    ) -> Self {
        let actual = visible(actual.as_ref(), MAX_DETAIL_CHARS);
        Self { actual, ..Self::new(id, CheckResult::Failed, expected, "") }
    }

    /// A check that passed or failed.
    #[must_use]
    pub fn from_condition(
        id: CheckId,
        holds: bool,
        expected: impl Into<String>,
        actual: impl AsRef<str>,
    ) -> Self {
        let result = if holds { CheckResult::Passed } else { CheckResult::Failed };
        Self::new(id, result, expected, actual)
    }

    /// A check that was not run, and the reason.
    #[must_use]
    pub fn not_run(id: CheckId, expected: impl Into<String>, actual: impl AsRef<str>) -> Self {
        Self::new(id, CheckResult::NotRun, expected, actual)
    }
}

/// The checks of one response: each of [`CheckId::ALL`] once, in that order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checks(Box<[Check; CheckId::ALL.len()]>);

impl Default for Checks {
    /// All checks, none of which was run.
    fn default() -> Self {
        Self(Box::new(CheckId::ALL.map(|id| Check::not_run(id, "", ""))))
    }
}

impl Checks {
    /// Records a check. One that has failed stays failed.
    pub fn record(&mut self, check: Check) {
        for place in self.0.iter_mut().filter(|place| place.id == check.id) {
            if place.result != CheckResult::Failed {
                place.clone_from(&check);
            }
        }
    }

    /// All checks, in their order.
    pub fn iter(&self) -> impl Iterator<Item = &Check> {
        self.0.iter()
    }

    /// The checks with this result.
    pub fn with_result(&self, result: CheckResult) -> impl Iterator<Item = &Check> {
        self.0.iter().filter(move |check| check.result == result)
    }

    /// The checks that failed.
    pub fn failed(&self) -> impl Iterator<Item = &Check> {
        self.with_result(CheckResult::Failed)
    }

    /// Whether any of these checks failed.
    #[must_use]
    pub fn any_failed(&self, ids: &[CheckId]) -> bool {
        self.failed().any(|check| ids.contains(&check.id))
    }

    /// Whether every check was run and passed, except those that are run later.
    #[must_use]
    pub fn all_passed_except(&self, later: &[CheckId]) -> bool {
        let mut due = self.0.iter().filter(|check| !later.contains(&check.id));
        due.all(|check| check.result == CheckResult::Passed)
    }
}

impl FromIterator<Check> for Checks {
    /// Collects checks. Those that are missing were not run.
    fn from_iter<I: IntoIterator<Item = Check>>(all: I) -> Self {
        let mut checks = Self::default();
        all.into_iter().for_each(|check| checks.record(check));
        checks
    }
}

/// Cuts a received text to [`MAX_ACTUAL_CHARS`] characters, and writes invisible characters as
/// code points (`<U+202E>`), so that it can be printed to a terminal.
#[must_use]
pub fn excerpt(text: &str) -> String {
    visible(text, MAX_ACTUAL_CHARS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn received_text_is_bounded_and_printable() {
        assert_eq!(excerpt("a\u{1b}[2Jb\0"), "a<U+001B>[2Jb<U+0000>");
        assert_eq!(excerpt("ada\u{202e}moc\u{2028}"), "ada<U+202E>moc<U+2028>");
        assert_eq!(excerpt("שלום עולם"), "שלום עולם");
        let whole = "x".repeat(MAX_ACTUAL_CHARS);
        assert_eq!(excerpt(&whole), whole);
        for long in ["x".repeat(10_000), "é".repeat(10_000), "\u{1b}".repeat(10_000)] {
            let bounds = MAX_ACTUAL_CHARS - 8..=MAX_ACTUAL_CHARS;
            assert!(bounds.contains(&excerpt(&long).chars().count()));
            assert!(excerpt(&long).ends_with('…'), "it shows that it was cut");
        }
    }

    #[test]
    fn checks_are_listed_in_a_fixed_order() {
        let mut checks = Checks::default();
        for id in CheckId::ALL.into_iter().rev() {
            checks.record(Check::passed(id, "a", "b"));
        }
        assert!(checks.iter().map(|check| check.id).eq(CheckId::ALL));
        assert!(checks.all_passed_except(&[]));
    }

    #[test]
    fn failed_check_stays_failed() {
        let mut checks = Checks::default();
        checks.record(Check::failed(CheckId::XmlSafe, "a", "b"));
        checks.record(Check::passed(CheckId::XmlSafe, "a", "c"));
        assert!(checks.failed().map(|check| check.actual.as_str()).eq(["b"]));
    }

    #[test]
    fn response_with_a_missing_check_is_rejected() {
        for id in CheckId::ALL {
            let others = CheckId::ALL.into_iter().filter(|other| *other != id);
            let checks: Checks = others.map(|other| Check::passed(other, "", "")).collect();
            assert!(!checks.all_passed_except(&[]), "{}", id.as_str());
            assert!(checks.all_passed_except(&[id]), "{}", id.as_str());
        }
    }
}
