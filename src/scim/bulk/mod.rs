//! Bulk requests (RFC 7644, section 3.7): many operations, each of which succeeds or
//! fails separately.

mod execution_order;
mod parser;
mod references;
#[cfg(test)]
mod tests;

use serde_json::{Value, json};

pub use self::{
    execution_order::ExecutionOrder,
    parser::{BulkError, parse},
    references::resolve,
};
use super::{
    error::{ScimError, invalid_value},
    object::object_of,
    schema::{BULK_RESPONSE, GROUPS, USERS},
};
use crate::domain::{
    etag::{ETag, IfMatch},
    named_enum::named,
    quote::QuotedText,
};

/// The maximum number of operations of a request.
pub const MAX_OPERATIONS: usize = 1_000;

/// The maximum number of bytes of a request.
pub const MAX_BYTES: usize = 5 * 1024 * 1024;

/// A bulk request.
#[derive(Debug, Clone, PartialEq)]
pub struct Bulk {
    /// The operations, as they were written.
    pub operations: Vec<Operation>,
    /// The number of failures after which no more operations are executed. `None`
    /// executes all.
    pub fail_on_errors: Option<u64>,
}

/// One of the operations.
#[derive(Debug, Clone, PartialEq)]
pub struct Operation {
    /// The method.
    pub method: Method,
    /// The client's identifier of the operation and of the resource that it creates.
    pub bulk_id: Option<String>,
    /// The entity tag that the resource has to have, with its quotes.
    pub version: Option<String>,
    /// The target of the operation, or why its path is invalid.
    pub target: Result<Target, ScimError>,
    /// The body of the operation.
    pub data: Value,
}

named! {
    /// The method of an operation.
    Method {
        /// Creates a resource.
        Post = "POST",
        /// Replaces a resource.
        Put = "PUT",
        /// Changes a resource.
        Patch = "PATCH",
        /// Deletes a resource.
        Delete = "DELETE",
    }
}

impl Operation {
    /// The precondition of the operation.
    ///
    /// # Errors
    /// [`InvalidValue`](crate::scim::error::ScimErrorType::InvalidValue) if `version` is not an
    /// entity tag.
    pub fn if_match(&self) -> Result<IfMatch, ScimError> {
        let Some(version) = &self.version else { return Ok(IfMatch::Unconditional) };
        let text = version.trim();
        let strong = text.strip_prefix("W/").unwrap_or(text);
        let tag = strong.strip_prefix('"').and_then(|tag| tag.strip_suffix('"'));
        let is_legal = |char: char| matches!(char, '!' | '#'..='~' | '\u{80}'..);
        let if_match = match tag.filter(|tag| tag.chars().all(is_legal)) {
            _ if text == "*" => IfMatch::Any,
            // A weak tag matches nothing (RFC 9110, section 13.1.1).
            Some(_) if strong != text => IfMatch::OneOf(Vec::new()),
            Some(tag) => IfMatch::OneOf(vec![ETag::from_text(tag)]),
            None => {
                let version = QuotedText(version);
                return Err(invalid_value(format!(
                    "version {version} is not an entity tag, such as \"v3\""
                )));
            }
        };
        if self.method == Method::Post {
            return Err(invalid_value("version is not supported in a POST. Leave it out"));
        }
        Ok(if_match)
    }
}

/// The target of an operation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// The user with an ID, or a new user.
    Users(Option<String>),
    /// The group with an ID, or a new group.
    Groups(Option<String>),
}

impl Target {
    /// The path of its kind of resources.
    #[must_use]
    pub fn endpoint(&self) -> &'static str {
        match self {
            Self::Users(_) => USERS.endpoint,
            Self::Groups(_) => GROUPS.endpoint,
        }
    }

    /// The ID of an existing resource.
    #[must_use]
    pub fn id(&self) -> Option<&str> {
        let (Self::Users(id) | Self::Groups(id)) = self;
        id.as_deref()
    }
}

/// The outcome of an operation.
#[derive(Debug, Clone, PartialEq)]
pub struct OperationOutcome {
    /// The HTTP status, as for a single request.
    pub status: u16,
    /// The URL of the resource, if it exists.
    pub location: Option<String>,
    /// The resource's entity tag, with its quotes.
    pub version: Option<String>,
    /// The error body of a failed operation.
    pub response: Option<Value>,
}

/// Builds the response of one operation (RFC 7644, section 3.7.3).
#[must_use]
pub fn operation_response(operation: &Operation, outcome: OperationOutcome) -> Value {
    let OperationOutcome { status, location, version, response } = outcome;
    Value::Object(object_of([
        ("method", Some(operation.method.as_str().into())),
        ("bulkId", operation.bulk_id.clone().map(Value::from)),
        ("location", location.map(Value::from)),
        ("version", version.map(Value::from)),
        ("status", Some(status.to_string().into())),
        ("response", response),
    ]))
}

/// Builds the bulk response from the responses of the executed operations.
#[must_use]
pub fn bulk_response(operations: Vec<Value>) -> super::schema::Object {
    object_of([
        ("schemas", Some(json!([BULK_RESPONSE]))),
        ("Operations", Some(Value::Array(operations))),
    ])
}
