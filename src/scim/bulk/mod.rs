//! Bulk (RFC 7644, section 3.7): many operations in one request, each by
//! itself done or not.

mod order;
mod read;
mod references;
#[cfg(test)]
mod tests;

use serde_json::{Value, json};

pub use self::{
    order::Order,
    read::{Refused, read},
    references::resolve,
};
use super::{
    error::{ScimError, invalid},
    object::filled,
    schema::{BULK_RESPONSE, GROUPS, USERS},
};
use crate::domain::{
    etag::{IfMatch, Tag},
    quote::QuotedText,
};

/// The most operations of a request.
pub const MAX_OPERATIONS: usize = 1_000;

/// The most bytes of a request.
pub const MAX_BYTES: usize = 5 * 1024 * 1024;

/// What a request wants done.
#[derive(Debug, Clone, PartialEq)]
pub struct Bulk {
    /// The operations, as they were written.
    pub operations: Vec<Operation>,
    /// After how many operations that fail nothing more is tried. `None`: all
    /// are tried.
    pub fail_on_errors: Option<u64>,
}

/// One of the operations.
#[derive(Debug, Clone, PartialEq)]
pub struct Operation {
    /// What it does.
    pub method: Method,
    /// What the client calls it, and the resource that it makes.
    pub bulk_id: Option<String>,
    /// The entity tag that the resource has to have, with its quotes.
    pub version: Option<String>,
    /// What it is done to; or why that can't be told.
    pub target: Result<Target, ScimError>,
    /// With what.
    pub data: Value,
}

/// What an operation does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// Makes a resource.
    Post,
    /// Replaces a resource.
    Put,
    /// Changes a resource.
    Patch,
    /// Deletes a resource.
    Delete,
}

impl Operation {
    /// Under which state of the resource the operation is applied.
    ///
    /// # Errors
    /// [`ScimErrorType::InvalidValue`] if `version` is no entity tag.
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
            Some(tag) => IfMatch::OneOf(vec![Tag::from_text(tag)]),
            None => {
                let version = QuotedText(version);
                return Err(invalid(format!(
                    "version {version} is not an entity tag, such as \"v3\""
                )));
            }
        };
        if self.method == Method::Post {
            return Err(invalid("version guards nothing in a POST: leave it out"));
        }
        Ok(if_match)
    }
}

impl Method {
    /// Its name on the wire.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
        }
    }
}

/// What an operation is done to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// A user who is to be made, or the one with an id.
    Users(Option<String>),
    /// A group that is to be made, or the one with an id.
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

    /// The id of what is there.
    #[must_use]
    pub fn id(&self) -> Option<&str> {
        let (Self::Users(id) | Self::Groups(id)) = self;
        id.as_deref()
    }
}

/// What became of an operation.
#[derive(Debug, Clone, PartialEq)]
pub struct Outcome {
    /// The status that the operation would have been answered with by itself.
    pub status: u16,
    /// Where the resource is, if it is there.
    pub location: Option<String>,
    /// The resource's entity tag, with its quotes.
    pub version: Option<String>,
    /// The body that says what went wrong.
    pub response: Option<Value>,
}

/// The operation's part of the answer (RFC 7644, section 3.7.3).
#[must_use]
pub fn outcome_json(operation: &Operation, outcome: Outcome) -> Value {
    let Outcome { status, location, version, response } = outcome;
    Value::Object(filled([
        ("method", Some(operation.method.as_str().into())),
        ("bulkId", operation.bulk_id.clone().map(Value::from)),
        ("location", location.map(Value::from)),
        ("version", version.map(Value::from)),
        ("status", Some(status.to_string().into())),
        ("response", response),
    ]))
}

/// The answer: what became of each operation that was tried.
#[must_use]
pub fn response(operations: Vec<Value>) -> super::schema::Object {
    filled([
        ("schemas", Some(json!([BULK_RESPONSE]))),
        ("Operations", Some(Value::Array(operations))),
    ])
}
