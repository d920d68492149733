//! Compatibility fixes: non-conforming SCIM requests that are understood anyway.

use super::{Timestamp, named_enum::named};

named! {
    /// The kinds of compatibility fixes.
    #[derive(PartialOrd, Ord)]
    CompatibilityFix as "compatibility fix" {
        /// An attribute that is not stored was passed over.
        UnknownAttribute = "unknown-attribute",
        /// A boolean was written as a text: `"True"`.
        BooleanAsText = "boolean-as-text",
        /// The operation of a PATCH was written in another case: `Replace`.
        OperationCase = "operation-case",
        /// A complex value was written as the text of its `value`: a bare manager.
        BareValue = "bare-value",
        /// An attribute that only we change was passed over in a PATCH.
        ReadOnlyPatched = "read-only-patched",
        /// Members to be removed were named by a value instead of by the path.
        RemoveByValue = "remove-by-value",
        /// A value path matched nothing, and its value was made.
        MadeByPath = "made-by-path",
        /// Of several values, only those that can be stored were taken.
        OneOfSeveral = "one-of-several",
        /// The schemas were missing, and are known from the address.
        MissingSchemas = "missing-schemas",
        /// An attribute of the enterprise extension was named without its URI.
        MissingUri = "missing-uri",
        /// A filter compared a part that stands behind a value path's brackets.
        PartBehindFilter = "part-behind-filter",
        /// The URI of a schema stood in a place where the standard has none.
        UriForm = "uri-form",
        /// A PATCH had no operations, and nothing was changed.
        NoOperations = "no-operations",
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
