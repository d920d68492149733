//! Compatibility fixes: non-conforming SCIM requests that are understood anyway.

use super::{Timestamp, named_enum::named};

named! {
    /// The kinds of compatibility fixes.
    #[derive(PartialOrd, Ord)]
    CompatibilityFix as "compatibility fix" {
        /// An attribute that is not stored was ignored.
        UnknownAttribute = "unknown-attribute",
        /// A boolean was written as a text: `"True"`.
        BooleanAsText = "boolean-as-text",
        /// The operation of a PATCH was written in another case: `Replace`.
        OperationCase = "operation-case",
        /// A complex value was written as the text of its `value`: a bare manager.
        BareValue = "bare-value",
        /// An attribute that only Usher changes was ignored in a PATCH.
        ReadOnlyPatched = "read-only-patched",
        /// Members to remove were named in the value instead of in the path.
        RemoveByValue = "remove-by-value",
        /// A value path matched nothing, and its value was created.
        MadeByPath = "made-by-path",
        /// Of several values, only those that can be stored were used.
        OneOfSeveral = "one-of-several",
        /// The schemas were missing, and follow from the URL.
        MissingSchemas = "missing-schemas",
        /// An attribute of the enterprise extension was named without its URI.
        MissingUri = "missing-uri",
        /// A filter compared a sub-attribute after the brackets of a value path.
        PartAfterFilter = "part-behind-filter",
        /// The URI of a schema was in a place where the standard does not allow one.
        UriForm = "uri-form",
        /// A PATCH had no operations, and nothing was changed.
        NoOperations = "no-operations",
    }
}

/// The number of a client's requests with one compatibility fix.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FixCount {
    /// The fix.
    pub fix: CompatibilityFix,
    /// The number of requests.
    pub request_count: u64,
    /// The time of the latest request.
    pub last_at: Timestamp,
}
