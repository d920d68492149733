//! SCIM errors (RFC 7644, section 3.12).

use serde_json::{Value, json};

use super::{object::object_of, schema::ERROR};
use crate::domain::named_enum::named;

/// An error with a SCIM error type.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{detail}")]
pub struct ScimError {
    /// The SCIM error type.
    pub kind: ScimErrorType,
    /// What is wrong, and the remedy.
    pub detail: String,
}

named! {
    /// The SCIM error types (RFC 7644, table 9; RFC 9865, section 2.4).
    ScimErrorType {
        /// The filter is malformed, or not supported.
        InvalidFilter = "invalidFilter",
        /// The request has more values than the server can process.
        TooMany = "tooMany",
        /// Another resource has the value.
        Uniqueness = "uniqueness",
        /// The attribute can't be changed by a client.
        Mutability = "mutability",
        /// The body does not conform to the protocol.
        InvalidSyntax = "invalidSyntax",
        /// The path of a PATCH is not valid for the resource type.
        InvalidPath = "invalidPath",
        /// The path of a PATCH matches no value of the resource.
        NoTarget = "noTarget",
        /// A value is missing or invalid.
        InvalidValue = "invalidValue",
        /// A cursor is invalid, or belongs to another query.
        InvalidCursor = "invalidCursor",
        /// The count of a page is not a valid number.
        InvalidCount = "invalidCount",
    }
}

/// The maximum number of characters of an error's detail.
const MAX_DETAIL_CHARS: usize = 1_000;

impl ScimErrorType {
    /// The HTTP status of the error type.
    #[must_use]
    pub fn status(self) -> u16 {
        if self == Self::Uniqueness { 409 } else { 400 }
    }

    /// Creates an error of this type.
    pub fn with_detail(self, detail: impl ToString) -> ScimError {
        let mut detail = detail.to_string();
        // It may repeat a value of the request, which may have megabytes.
        if let Some((end, _)) = detail.char_indices().nth(MAX_DETAIL_CHARS) {
            detail.truncate(end);
            detail.push('…');
        }
        ScimError { kind: self, detail }
    }
}

/// Builds the body of an error response.
#[must_use]
pub fn error_body(status: u16, kind: Option<ScimErrorType>, detail: Option<&str>) -> Value {
    // The status is a text here.
    Value::Object(object_of([
        ("schemas", Some(json!([ERROR]))),
        ("status", Some(status.to_string().into())),
        ("scimType", kind.map(|kind| kind.as_str().into())),
        ("detail", detail.map(Value::from)),
    ]))
}

/// The error of an invalid value.
pub(super) fn invalid_value(detail: impl ToString) -> ScimError {
    ScimErrorType::InvalidValue.with_detail(detail)
}

/// The error of an attribute that can't be changed.
pub(super) fn mutability_error(detail: impl ToString) -> ScimError {
    ScimErrorType::Mutability.with_detail(detail)
}
