//! Subjects: the identifiers by which a connection identifies users.

use super::{email::Email, named_enum::named};

/// A subject, and how it is compared: the key of an identity on a connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SubjectKey {
    /// The subject. An address is in lower case.
    pub text: String,
    /// How it is compared. Subjects that are compared in different ways are different
    /// people, even with the same text.
    pub comparison: SubjectComparison,
}

named! {
    /// How a subject is compared. The last two occur only in what earlier releases stored,
    /// until the next login.
    SubjectComparison as "comparison of subjects" {
        /// Exactly: an opaque subject, even if it looks like an address (Core 8.3.7).
        Exact = "EXACT",
        /// As an e-mail address, which ignores case.
        Address = "ADDRESS",
        /// Not recorded: an exact subject or an address.
        Unknown = "UNKNOWN",
        /// Not recorded, and stored in lower case: an exact subject or an address, in any
        /// case.
        Folded = "FOLDED",
    }
}

impl SubjectComparison {
    /// Whether an earlier release stored the subject.
    #[must_use]
    pub fn is_legacy(self) -> bool {
        matches!(self, Self::Unknown | Self::Folded)
    }
}

impl SubjectKey {
    /// A subject that is compared exactly.
    #[must_use]
    pub fn exact(text: impl Into<String>) -> Self {
        Self { text: text.into(), comparison: SubjectComparison::Exact }
    }

    /// A subject that is an e-mail address.
    #[must_use]
    pub fn address(email: &Email) -> Self {
        let text = email.key().as_str().to_owned();
        Self { text, comparison: SubjectComparison::Address }
    }

    /// The keys that a text can stand for, if its format is not known.
    #[must_use]
    pub fn candidates(text: &str) -> Vec<Self> {
        let address = text.parse().ok().map(|email| Self::address(&email));
        std::iter::once(Self::exact(text)).chain(address).collect()
    }

    /// The text under which a release that folded every address stored this subject, if
    /// that is another text.
    #[must_use]
    pub fn folded_text(&self) -> Option<String> {
        let key = self.text.parse::<Email>().ok()?.key().as_str().to_owned();
        (key != self.text).then_some(key)
    }
}
