//! Errors of single values in a request, a file or a setting.

use std::borrow::Cow;

use uuid::Uuid;

use super::{quote::QuotedText, suggest::find_nearest};

/// An error of one value, in four parts: the field, its value, the expected value and the
/// remedy.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {} {reason}", QuotedText(.value))]
pub struct FieldError {
    /// The field: its name, or its place in a body (`teams/0/role`).
    pub field: Cow<'static, str>,
    /// The value. Empty if there is none, or if it must not be repeated.
    pub value: String,
    /// The error and the remedy, as a sentence without its subject.
    pub reason: String,
    /// The expected value: `one of USER, ADMIN`.
    pub expected: String,
    /// The remedy: `Use one of USER, ADMIN.`
    pub remedy: Box<str>,
    /// The resource that has the value already, if the value must be unique. Boxed, as
    /// most errors have none.
    pub conflicts_with: Option<Box<Uuid>>,
}

/// The error of a value, the expected value, and the remedy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reason {
    /// The error and the remedy, as a sentence without its subject.
    detail: String,
    expected: String,
    remedy: String,
}

/// The reason of a field that is missing.
pub const REQUIRED: &str = "is required";

/// The beginning of the reason of a field that another field of the request contradicts.
pub const CONTRADICTS: &str = "contradicts ";

/// The reason of a field that can't be written.
pub const READ_ONLY: &str = "is read-only";

/// The beginning of the reason of a field whose value can't be changed.
const IMMUTABLE: &str = "is immutable";

impl Reason {
    /// Creates a reason. The statement has no subject and no full stop: `is read-only`.
    pub fn new(
        statement: impl ToString,
        expected: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Self {
        let (statement, remedy) = (statement.to_string(), remedy.into());
        Self { detail: format!("{statement}. {remedy}"), expected: expected.into(), remedy }
    }

    /// As [`Self::new`], for a detail that already has the remedy.
    pub fn with_detail(
        detail: impl ToString,
        expected: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Self {
        Self { detail: detail.to_string(), expected: expected.into(), remedy: remedy.into() }
    }

    /// The value must be the expected one. The remedy is to use it.
    pub fn must_be(expected: impl Into<String>) -> Self {
        let expected = expected.into();
        let remedy = format!("Use {expected}.");
        Self { detail: format!("must be {expected}"), expected, remedy }
    }

    /// The value is missing.
    pub fn required(expected: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { detail: REQUIRED.into(), expected: expected.into(), remedy: remedy.into() }
    }

    /// The value is given more than once.
    pub fn repeated(expected: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self::new("is given more than once", expected, remedy)
    }

    /// The field is unknown.
    #[must_use]
    pub fn unknown_field(name: &str, accepted: &[&str]) -> Self {
        let expected = format!("one of {}", accepted.join(", "));
        let remedy = match find_nearest(name, accepted.iter().copied()) {
            Some(near) => format!("Did you mean {near}?"),
            None => format!("Use {expected}."),
        };
        Self::new("is not a known field", expected, remedy)
    }

    /// The field is read-only.
    #[must_use]
    pub fn read_only() -> Self {
        Self::new(READ_ONLY, "no value, because the field is read-only", "Leave the field out.")
    }

    /// The field has a value already, which stays.
    #[must_use]
    pub fn immutable() -> Self {
        let statement = format!("{IMMUTABLE}, and has a value already");
        Self::new(statement, "the present value", "Send the present value.")
    }

    /// The same reason, where the value is null. Leaving the field out is no
    /// remedy: it may be required.
    #[must_use]
    pub fn instead_of_null(self) -> Self {
        let Self { detail, expected, .. } = self;
        let remedy = format!("Send {expected} instead of null.");
        Self { detail: format!("{detail}. {remedy}"), expected, remedy }
    }
}

/// A reason whose statement names the expected value: `must be …` or `must have …`. The remedy
/// may follow a colon. Otherwise it is to use the expected value. Another statement needs
/// [`Reason::new`].
impl From<&str> for Reason {
    fn from(text: &str) -> Self {
        let (statement, remedy) = match text.split_once(": ") {
            Some((statement, remedy)) => (statement, Some(remedy)),
            None => (text, None),
        };
        let expected =
            ["must be ", "must have "].iter().find_map(|verb| statement.strip_prefix(verb));
        debug_assert!(expected.is_some(), "{text:?} does not say what is expected");
        let expected = expected.unwrap_or(statement).to_owned();
        let remedy = remedy.map_or_else(|| format!("Use {expected}."), to_sentence);
        Self { detail: text.to_owned(), expected, remedy }
    }
}

impl From<String> for Reason {
    fn from(text: String) -> Self {
        text.as_str().into()
    }
}

/// Converts errors whose texts name the expected value into reasons.
macro_rules! stated {
    ($($error:ty),* $(,)?) => {$(
        impl From<$error> for $crate::domain::field_error::Reason {
            fn from(error: $error) -> Self {
                error.to_string().into()
            }
        }
    )*};
}

pub(super) use stated;

impl FieldError {
    /// Creates the error of a value.
    pub fn new(
        field: impl Into<Cow<'static, str>>,
        value: impl Into<String>,
        reason: impl Into<Reason>,
    ) -> Self {
        let Reason { detail: reason, expected, remedy } = reason.into();
        let (field, value) = (field.into(), value.into());
        Self { field, value, reason, expected, remedy: remedy.into(), conflicts_with: None }
    }

    /// Whether the value may not be changed, so that no other value is accepted either.
    #[must_use]
    pub fn is_about_mutability(&self) -> bool {
        [READ_ONLY, IMMUTABLE].iter().any(|reason| self.reason.starts_with(reason))
    }

    /// The same error, with the resource that has the value already.
    #[must_use]
    pub fn with_conflict(self, id: Option<Uuid>) -> Self {
        Self { conflicts_with: id.map(Box::new), ..self }
    }

    /// The same error with a remedy.
    #[must_use]
    pub fn with_remedy(mut self, remedy: impl Into<String>) -> Self {
        self.remedy = remedy.into().into();
        self.reason = format!("{}. {}", self.reason.trim_end_matches('.'), self.remedy);
        self
    }
}

/// A text as a sentence: it begins with a capital and ends with a full stop.
fn to_sentence(text: &str) -> String {
    let mut chars = text.chars();
    let first = chars.next().into_iter().flat_map(char::to_uppercase);
    let whole: String = first.chain(chars).collect();
    if whole.ends_with(['.', '?', '!']) { whole } else { format!("{whole}.") }
}

/// Escapes a name for a JSON pointer (RFC 6901, section 3).
pub(super) fn pointer_segment(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reason_states_the_expectation_and_the_remedy() {
        let table = [
            ("must be one of USER, ADMIN", "one of USER, ADMIN", "Use one of USER, ADMIN."),
            ("must be a web address: use https", "a web address", "Use https."),
            ("must have at most 3 scopes", "at most 3 scopes", "Use at most 3 scopes."),
        ];
        for (reason, expected, remedy) in table {
            let error = FieldError::new("field", "value", reason);
            assert_eq!((error.expected.as_str(), &*error.remedy), (expected, remedy));
            assert_eq!(error.reason, reason);
        }
    }

    #[test]
    fn remedy_follows_the_reason() {
        let reason = Reason::new("is not a role", "USER or ADMIN", "Use one of USER, ADMIN.");
        let error = FieldError::new("role", "OWNER", reason);
        assert_eq!(error.expected, "USER or ADMIN");
        assert_eq!(error.to_string(), "role: \"OWNER\" is not a role. Use one of USER, ADMIN.");
        let error = FieldError::new("role", "", Reason::required("a role", "Add the role."));
        assert_eq!((error.reason.as_str(), &*error.remedy), (REQUIRED, "Add the role."));
    }
}
