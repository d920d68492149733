//! Checks: the named tests of a SAML response, each with what was wanted and
//! what was got.

use std::borrow::Cow;

use super::quote::visible;

/// The most characters of what was got that a check keeps.
///
/// Whoever posts to the login path writes this text, so it is bounded: an
/// attempt may not be a way to fill the database.
pub const MAX_GOT_CHARS: usize = 300;

/// The most characters of what was got where the program itself wrote it: a list
/// of what was tried, which a message can't make longer.
pub const MAX_DETAIL_CHARS: usize = 3_000;

/// One named test of a SAML response.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check {
    /// The stable name, e.g. `conditions.audience`.
    pub id: Cow<'static, str>,
    /// How it ended.
    pub result: CheckResult,
    /// What had to hold, in words.
    pub wanted: String,
    /// What the message held, in words; at most [`MAX_GOT_CHARS`] characters,
    /// or [`MAX_DETAIL_CHARS`] where they are of our own making.
    pub got: String,
}

/// How a check ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CheckResult {
    /// It holds.
    Passed,
    /// It does not hold: nobody is let in.
    Failed,
    /// It could not be looked at, as a rule because an earlier check failed.
    NotRun,
}

impl CheckResult {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Passed, Self::Failed, Self::NotRun];

    /// The result's name on every wire and in the database.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Failed => "failed",
            Self::NotRun => "not_run",
        }
    }
}

impl Check {
    fn new(
        id: &'static str,
        result: CheckResult,
        wanted: impl Into<String>,
        got: impl AsRef<str>,
    ) -> Self {
        Self { id: Cow::Borrowed(id), result, wanted: wanted.into(), got: excerpt(got.as_ref()) }
    }

    /// A check that holds.
    #[must_use]
    pub fn passed(id: &'static str, wanted: impl Into<String>, got: impl AsRef<str>) -> Self {
        Self::new(id, CheckResult::Passed, wanted, got)
    }

    /// A check that does not hold.
    #[must_use]
    pub fn failed(id: &'static str, wanted: impl Into<String>, got: impl AsRef<str>) -> Self {
        Self::new(id, CheckResult::Failed, wanted, got)
    }

    /// A check that does not hold, with more to tell than a message could write:
    /// at most [`MAX_DETAIL_CHARS`] characters of our own making.
    #[must_use]
    pub fn failed_in_detail(
        id: &'static str,
        wanted: impl Into<String>,
        got: impl AsRef<str>,
    ) -> Self {
        let got = visible(got.as_ref(), MAX_DETAIL_CHARS);
        Self { got, ..Self::new(id, CheckResult::Failed, wanted, "") }
    }

    /// A check that holds or not.
    #[must_use]
    pub fn of(
        id: &'static str,
        holds: bool,
        wanted: impl Into<String>,
        got: impl AsRef<str>,
    ) -> Self {
        if holds { Self::passed(id, wanted, got) } else { Self::failed(id, wanted, got) }
    }

    /// A check that an earlier failure left out.
    #[must_use]
    pub fn not_run(id: &'static str) -> Self {
        Self::left_out(id, "", "")
    }

    /// A check that was left out, and why.
    #[must_use]
    pub fn left_out(id: &'static str, wanted: impl Into<String>, got: impl AsRef<str>) -> Self {
        Self::new(id, CheckResult::NotRun, wanted, got)
    }
}

/// Cuts a foreign text to [`MAX_GOT_CHARS`] characters, and writes what cannot be
/// seen as its code point (`<U+202E>`), so that it can be printed to a terminal.
#[must_use]
pub fn excerpt(text: &str) -> String {
    visible(text, MAX_GOT_CHARS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_got_is_bounded_and_printable() {
        assert_eq!(excerpt("a\u{1b}[2Jb\0"), "a<U+001B>[2Jb<U+0000>");
        assert_eq!(excerpt("ada\u{202e}moc\u{2028}"), "ada<U+202E>moc<U+2028>");
        assert_eq!(excerpt("שלום עולם"), "שלום עולם");
        let whole = "x".repeat(MAX_GOT_CHARS);
        assert_eq!(excerpt(&whole), whole);
        for long in ["x".repeat(10_000), "é".repeat(10_000), "\u{1b}".repeat(10_000)] {
            assert!((MAX_GOT_CHARS - 8..=MAX_GOT_CHARS).contains(&excerpt(&long).chars().count()));
            assert!(excerpt(&long).ends_with('…'), "it shows that it was cut");
        }
    }
}
