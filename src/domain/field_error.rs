//! Faults: what is wrong with a value of a request, a file or a setting.

use std::borrow::Cow;

use super::quote::QuotedText;

/// What is wrong with one value, in the four parts that a message has: the
/// field, its value, what is expected, and what to do next.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {} {}", QuotedText(.value), self.detail())]
pub struct FieldError {
    /// The field: its name, or its place in a body (`teams/0/role`).
    pub field: Cow<'static, str>,
    /// The value. Empty if there is none, or if it must not be repeated.
    pub value: String,
    /// What is wrong, as a sentence without its subject: `must be one of USER,
    /// ADMIN`. The remedy may follow behind a colon.
    pub reason: String,
    /// What is expected. `None`: the reason says it.
    pub expected: Option<Cow<'static, str>>,
    /// What to do next. `None`: the reason says it, or it follows from the reason.
    pub remedy: Option<Cow<'static, str>>,
}

/// What to do about a value if nothing more can be said.
const CORRECT: &str = "Correct the value and send it again.";

/// What to do about a field that is missing.
const ADD: &str = "Add the field.";

/// The reason of a field that is missing.
pub const REQUIRED: &str = "is required";

impl FieldError {
    /// Names a value that can't be used. The reason is `must be …`, and the
    /// remedy may follow behind `: ` or `. `; both parts are read from there
    /// unless [`Self::expecting`] or [`Self::remedied`] says more.
    pub fn new(
        field: impl Into<Cow<'static, str>>,
        value: impl Into<String>,
        reason: impl ToString,
    ) -> Self {
        let (field, value, reason) = (field.into(), value.into(), reason.to_string());
        Self { field, value, reason, expected: None, remedy: None }
    }

    /// The same fault, with what is expected.
    #[must_use]
    pub fn expecting(mut self, expected: impl Into<Cow<'static, str>>) -> Self {
        self.expected = Some(expected.into());
        self
    }

    /// The same fault, with what to do next.
    #[must_use]
    pub fn remedied(mut self, remedy: impl Into<Cow<'static, str>>) -> Self {
        self.remedy = Some(remedy.into());
        self
    }

    /// What is expected of the value: `one of USER, ADMIN`.
    #[must_use]
    pub fn expected(&self) -> String {
        if let Some(expected) = &self.expected {
            return expected.to_string();
        }
        let (statement, _) = parts(&self.reason);
        match statement {
            REQUIRED => "a value".into(),
            other => other.strip_prefix("must be ").unwrap_or(other).to_owned(),
        }
    }

    /// What to do next: `Use one of USER, ADMIN.`
    #[must_use]
    pub fn remedy(&self) -> String {
        if let Some(remedy) = &self.remedy {
            return remedy.to_string();
        }
        match parts(&self.reason) {
            (_, Some(remedy)) => sentence(remedy),
            (REQUIRED, None) => ADD.into(),
            (_, None) => CORRECT.into(),
        }
    }

    /// What is wrong and what to do next, to be read behind the field and the
    /// value.
    #[must_use]
    pub fn detail(&self) -> String {
        match &self.remedy {
            Some(remedy) => format!("{}. {remedy}", self.reason.trim_end_matches('.')),
            None => self.reason.clone(),
        }
    }
}

/// What a reason says is wrong, and the remedy behind it.
fn parts(reason: &str) -> (&str, Option<&str>) {
    let ends = [": ", ". ", "; "].into_iter().filter_map(|end| reason.split_once(end));
    match ends.min_by_key(|(statement, _)| statement.len()) {
        Some((statement, remedy)) => (statement, Some(remedy)),
        None => (reason.trim_end_matches('.'), None),
    }
}

/// A text as a sentence: it begins with a capital and ends with a full stop.
fn sentence(text: &str) -> String {
    let mut chars = text.chars();
    let first = chars.next().into_iter().flat_map(char::to_uppercase);
    let whole: String = first.chain(chars).collect();
    if whole.ends_with(['.', '?', '!']) { whole } else { format!("{whole}.") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_says_what_is_expected_and_what_to_do() {
        let table = [
            ("must be one of USER, ADMIN", "one of USER, ADMIN", CORRECT),
            ("must be a web address: use https", "a web address", "Use https."),
            ("must be shorter. Cut it.", "shorter", "Cut it."),
            ("must not be empty", "must not be empty", CORRECT),
            (REQUIRED, "a value", ADD),
            (
                "must be a moment, such as 2036-01-01T00:00:00Z",
                "a moment, such as 2036-01-01T00:00:00Z",
                CORRECT,
            ),
        ];
        for (reason, expected, remedy) in table {
            let fault = FieldError::new("field", "value", reason);
            assert_eq!((fault.expected().as_str(), fault.remedy().as_str()), (expected, remedy));
            assert_eq!(fault.detail(), reason);
        }
    }

    #[test]
    fn a_remedy_stands_behind_the_reason() {
        let fault = FieldError::new("role", "OWNER", "must be a role")
            .expecting("USER or ADMIN")
            .remedied("Use one of USER, ADMIN.");
        assert_eq!(fault.expected(), "USER or ADMIN");
        assert_eq!(fault.to_string(), "role: \"OWNER\" must be a role. Use one of USER, ADMIN.");
    }
}
