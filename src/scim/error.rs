//! Why a request was not served (RFC 7644, section 3.12).

use serde_json::{Value, json};

use super::{object::filled, schema::ERROR};

/// What is wrong with a request, as far as SCIM has a word for it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{detail}")]
pub struct ScimError {
    /// The kind of fault.
    pub kind: ScimErrorType,
    /// What is wrong, and the remedy.
    pub detail: String,
}

/// The kinds of faults of a request (RFC 7644, table 9; RFC 9865, section 2.4).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ScimErrorType {
    /// The filter can't be read, or asks for what can't be asked.
    InvalidFilter,
    /// More than can be answered.
    TooMany,
    /// Another resource has the value.
    Uniqueness,
    /// The attribute is not the client's to change.
    Mutability,
    /// The body is not what the protocol says.
    InvalidSyntax,
    /// The path of a PATCH points at nothing that there could be.
    InvalidPath,
    /// The path of a PATCH points at nothing that is there.
    NoTarget,
    /// A value is missing, or can't be used.
    InvalidValue,
    /// A cursor is none of ours, or of another query.
    InvalidCursor,
    /// The count of a page is no number.
    InvalidCount,
}

/// The most characters of what is said of an error.
const MAX_DETAIL_CHARS: usize = 1_000;

impl ScimErrorType {
    /// Its name on the wire.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::InvalidFilter => "invalidFilter",
            Self::TooMany => "tooMany",
            Self::Uniqueness => "uniqueness",
            Self::Mutability => "mutability",
            Self::InvalidSyntax => "invalidSyntax",
            Self::InvalidPath => "invalidPath",
            Self::NoTarget => "noTarget",
            Self::InvalidValue => "invalidValue",
            Self::InvalidCursor => "invalidCursor",
            Self::InvalidCount => "invalidCount",
        }
    }

    /// The status of an answer that says so.
    #[must_use]
    pub fn status(self) -> u16 {
        if self == Self::Uniqueness { 409 } else { 400 }
    }

    /// A fault of this kind.
    pub fn because(self, detail: impl ToString) -> ScimError {
        let mut detail = detail.to_string();
        // It may repeat what was given, which may be megabytes.
        if let Some((end, _)) = detail.char_indices().nth(MAX_DETAIL_CHARS) {
            detail.truncate(end);
            detail.push('…');
        }
        ScimError { kind: self, detail }
    }
}

/// The body of an answer that says what went wrong.
#[must_use]
pub fn body(status: u16, kind: Option<ScimErrorType>, detail: Option<&str>) -> Value {
    // The status is a text here.
    Value::Object(filled([
        ("schemas", Some(json!([ERROR]))),
        ("status", Some(status.to_string().into())),
        ("scimType", kind.map(|kind| kind.as_str().into())),
        ("detail", detail.map(Value::from)),
    ]))
}

/// A value that can't be used.
pub(super) fn invalid(detail: impl ToString) -> ScimError {
    ScimErrorType::InvalidValue.because(detail)
}

/// An attribute that can't be changed so.
pub(super) fn immutable(detail: impl ToString) -> ScimError {
    ScimErrorType::Mutability.because(detail)
}
