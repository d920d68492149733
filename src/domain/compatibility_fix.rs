//! Compatibility fixes: non-conforming SCIM requests that are understood anyway.

use std::{fmt, str::FromStr};

use super::Timestamp;

/// The kinds of compatibility fixes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CompatibilityFix {
    /// An attribute that is not stored was passed over.
    UnknownAttribute,
    /// A boolean was written as a text: `"True"`.
    BooleanAsText,
    /// The operation of a PATCH was written in another case: `Replace`.
    OperationCase,
    /// A complex value was written as the text of its `value`: a bare manager.
    BareValue,
    /// An attribute that only we change was passed over in a PATCH.
    ReadOnlyPatched,
    /// Members to be removed were named by a value instead of by the path.
    RemoveByValue,
    /// A value path matched nothing, and its value was made.
    MadeByPath,
    /// Of several values of an attribute that holds one, the main one was taken.
    OneOfSeveral,
    /// The schemas were missing, and are known from the address.
    MissingSchemas,
    /// An attribute of the enterprise extension was named without its URI.
    MissingUri,
    /// A filter compared a part that stands behind a value path's brackets.
    PartBehindFilter,
    /// The URI of a schema stood in a place where the standard has none.
    UriForm,
    /// A PATCH had no operations, and nothing was changed.
    NoOperations,
}

impl CompatibilityFix {
    /// All of them.
    pub const ALL: [Self; 13] = [
        Self::UnknownAttribute,
        Self::BooleanAsText,
        Self::OperationCase,
        Self::BareValue,
        Self::ReadOnlyPatched,
        Self::RemoveByValue,
        Self::MadeByPath,
        Self::OneOfSeveral,
        Self::MissingSchemas,
        Self::MissingUri,
        Self::PartBehindFilter,
        Self::UriForm,
        Self::NoOperations,
    ];

    /// Its name on the wire and in the database.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::UnknownAttribute => "unknown-attribute",
            Self::BooleanAsText => "boolean-as-text",
            Self::OperationCase => "operation-case",
            Self::BareValue => "bare-value",
            Self::ReadOnlyPatched => "read-only-patched",
            Self::RemoveByValue => "remove-by-value",
            Self::MadeByPath => "made-by-path",
            Self::OneOfSeveral => "one-of-several",
            Self::MissingSchemas => "missing-schemas",
            Self::MissingUri => "missing-uri",
            Self::PartBehindFilter => "part-behind-filter",
            Self::UriForm => "uri-form",
            Self::NoOperations => "no-operations",
        }
    }
}

impl FromStr for CompatibilityFix {
    type Err = UnknownCompatibilityFix;

    fn from_str(text: &str) -> Result<Self, UnknownCompatibilityFix> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text).ok_or(UnknownCompatibilityFix)
    }
}

/// A text names no compatibility fix.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UnknownCompatibilityFix;

impl fmt::Display for UnknownCompatibilityFix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("is not a compatibility fix")
    }
}

/// The number of a client's requests with one compatibility fix.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FixCount {
    /// What.
    pub fix: CompatibilityFix,
    /// In how many.
    pub times: u64,
    /// When the last of them came.
    pub last_at: Timestamp,
}
