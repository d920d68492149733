//! Entity tags and the preconditions that compare them (RFC 9110 8.8.3 and 13.1).

use std::fmt::{self, Write as _};

use sha2::{Digest, Sha256};

/// The state of a resource, as far as a caller can see it. Two states that
/// look different have different tags.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ETag(String);

/// The precondition of a change.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum IfMatch {
    /// No precondition.
    #[default]
    Unconditional,
    /// The resource exists: `If-Match: *`.
    Any,
    /// The resource has one of these ETags.
    OneOf(Vec<ETag>),
    /// The resource does not exist: `If-None-Match: *` (RFC 9110 13.1.2).
    Absent,
}

impl ETag {
    /// The tag of a resource whose version covers everything that is visible.
    #[must_use]
    pub fn from_version(version: i64) -> Self {
        Self(format!("v{version}"))
    }

    /// The tag of a state that consists of several parts.
    #[must_use]
    pub fn from_parts(parts: impl IntoIterator<Item = impl fmt::Display>) -> Self {
        let mut hash = Sha256::new();
        for part in parts {
            let part = part.to_string();
            // With the length, different lists of parts have different hashes.
            hash.update(part.len().to_be_bytes());
            hash.update(part.as_bytes());
        }
        let mut text = String::new();
        for byte in hash.finalize().iter().take(12) {
            // Writing to a text can't fail.
            let _ = write!(text, "{byte:02x}");
        }
        Self(text)
    }

    /// An ETag as a caller sent it, without its quotes.
    #[must_use]
    pub fn from_text(text: &str) -> Self {
        Self(text.to_owned())
    }

    /// The tag in quotes, as in the header `ETag`.
    #[must_use]
    pub fn to_quoted(&self) -> String {
        format!("\"{}\"", self.0)
    }

    /// The tag without quotes.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Formats the precondition as a header value.
impl fmt::Display for IfMatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unconditional => Ok(()),
            Self::Any | Self::Absent => f.write_str("*"),
            Self::OneOf(tags) => {
                let tags: Vec<_> = tags.iter().map(ETag::to_quoted).collect();
                f.write_str(&tags.join(", "))
            }
        }
    }
}

impl IfMatch {
    /// Whether a resource with this tag matches the precondition.
    #[must_use]
    pub fn allows(&self, current: &ETag) -> bool {
        match self {
            Self::Unconditional | Self::Any => true,
            Self::OneOf(tags) => tags.contains(current),
            Self::Absent => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn different_representations_have_different_etags() {
        assert_ne!(ETag::from_version(1), ETag::from_version(2));
        assert_ne!(ETag::from_parts(["ab", "c"]), ETag::from_parts(["a", "bc"]));
        assert_ne!(ETag::from_parts(["ab"]), ETag::from_parts(["ab", ""]));
        assert_eq!(ETag::from_parts(["ab", "c"]), ETag::from_parts(["ab", "c"]));
    }

    #[test]
    fn change_requires_the_version_that_its_caller_read() {
        let (seen, now) = (ETag::from_version(1), ETag::from_version(2));
        assert!(IfMatch::Unconditional.allows(&now));
        assert!(IfMatch::Any.allows(&now));
        assert!(!IfMatch::OneOf(vec![seen.clone()]).allows(&now));
        assert!(IfMatch::OneOf(vec![seen, now.clone()]).allows(&now));
        assert!(!IfMatch::Absent.allows(&now));
    }
}
