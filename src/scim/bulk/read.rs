//! Parses bulk requests. A request that can't be parsed is rejected before any
//! operation is executed. An invalid target is the error of its operation.

use std::collections::HashSet;

use serde_json::Value;

use super::{Bulk, MAX_OPERATIONS, Method, Operation, Target};
use crate::{
    domain::quote::QuotedText,
    scim::{
        compatibility::{CompatibilityFix, CompatibilityFixes},
        error::{ScimError, ScimErrorType},
        names::{member, once, unknown},
        resource::schemas,
        schema::{BULK_REQUEST, Object, is_any},
    },
};

/// Why a bulk request is rejected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refused {
    /// It can't be parsed.
    Scim(ScimError),
    /// It has more than [`MAX_OPERATIONS`].
    TooMany(usize),
}

impl From<ScimError> for Refused {
    fn from(error: ScimError) -> Self {
        Self::Scim(error)
    }
}

const PARTS: [&str; 3] = ["schemas", "Operations", "failOnErrors"];
const PARTS_OF_OPERATION: [&str; 5] = ["method", "bulkId", "version", "path", "data"];

/// Parses a bulk request.
///
/// # Errors
/// [`Refused`].
pub fn read(body: Value, fixes: &mut CompatibilityFixes) -> Result<Bulk, Refused> {
    let Value::Object(mut body) = body else {
        return Err(wrong("the body must be a JSON object").into());
    };
    once(&body)?;
    schemas(&body, BULK_REQUEST, |uri| uri.eq_ignore_ascii_case(BULK_REQUEST), fixes)?;
    for other in body.keys().filter(|key| !is_any(key, &PARTS)) {
        unknown(other, PARTS, &[], fixes)?;
    }
    let fail_on_errors = fail_on_errors(&body)?;
    let Some(Value::Array(operations)) = take(&mut body, "Operations") else {
        return Err(wrong("Operations must be a list of operations").into());
    };
    if operations.len() > MAX_OPERATIONS {
        return Err(Refused::TooMany(operations.len()));
    }
    let mut names = HashSet::new();
    let mut read = Vec::with_capacity(operations.len());
    for (at, input) in operations.into_iter().enumerate() {
        let operation = operation(input, fixes)
            .map_err(|why| why.kind.because(format!("Operations[{at}]: {why}")))?;
        if let Some(name) = &operation.bulk_id
            && !names.insert(name.clone())
        {
            let detail = format!(
                "Operations[{at}]: the bulkId {} is given more than once",
                QuotedText(name)
            );
            return Err(ScimErrorType::InvalidValue.because(detail).into());
        }
        read.push(operation);
    }
    Ok(Bulk { operations: read, fail_on_errors })
}

fn fail_on_errors(body: &Object) -> Result<Option<u64>, ScimError> {
    match member(body, "failOnErrors") {
        None | Some(Value::Null) => Ok(None),
        Some(input) => match input.as_u64() {
            Some(count) if count > 0 => Ok(Some(count)),
            _ => Err(ScimErrorType::InvalidValue
                .because("failOnErrors must be a whole number above 0")),
        },
    }
}

fn operation(input: Value, fixes: &mut CompatibilityFixes) -> Result<Operation, ScimError> {
    let Value::Object(mut input) = input else {
        return Err(wrong("it must be an object"));
    };
    once(&input)?;
    for other in input.keys().filter(|key| !is_any(key, &PARTS_OF_OPERATION)) {
        unknown(other, PARTS_OF_OPERATION, &[], fixes)?;
    }
    let method = method(member(&input, "method"), fixes)?;
    let bulk_id = text(&input, "bulkId")?.filter(|id| !id.is_empty());
    if method == Method::Post && bulk_id.is_none() {
        return Err(wrong("a POST needs a bulkId"));
    }
    let version = text(&input, "version")?;
    let path = text(&input, "path")?.ok_or_else(|| wrong("path is missing"))?;
    let data = take(&mut input, "data").unwrap_or_default();
    Ok(Operation { method, bulk_id, version, target: target(method, &path), data })
}

fn method(input: Option<&Value>, fixes: &mut CompatibilityFixes) -> Result<Method, ScimError> {
    let known = [Method::Post, Method::Put, Method::Patch, Method::Delete];
    let input = input.and_then(Value::as_str).unwrap_or_default();
    let method = known.into_iter().find(|known| known.as_str().eq_ignore_ascii_case(input));
    match method {
        Some(method) if method.as_str() == input => Ok(method),
        Some(method) if fixes.allow(CompatibilityFix::OperationCase, "method") => Ok(method),
        _ => Err(wrong("method must be POST, PUT, PATCH or DELETE")),
    }
}

/// Parses a path (RFC 7644, section 3.7). A POST has the path of a resource type, any
/// other method that of a resource.
fn target(method: Method, path: &str) -> Result<Target, ScimError> {
    // Extra slashes are ignored, as in all SCIM paths.
    let mut parts = path.split('/').filter(|part| !part.is_empty());
    let kind = parts.next().unwrap_or_default();
    let id = Some(parts.collect::<Vec<_>>().join("/")).filter(|id| !id.is_empty());
    let desired = match (method, &id) {
        (Method::Post, Some(_)) => Some("the path of a POST must be /Users or /Groups"),
        (Method::Put | Method::Patch | Method::Delete, None) => {
            Some("the path must have the id of a resource, as in /Users/7")
        }
        _ => None,
    };
    match (desired, kind) {
        (None, "Users") => Ok(Target::Users(id)),
        (None, "Groups") => Ok(Target::Groups(id)),
        (None, _) => {
            let detail = format!(
                "the path {} must begin with /Users or /Groups",
                QuotedText(path)
            );
            Err(ScimErrorType::InvalidPath.because(detail))
        }
        (Some(desired), _) => Err(ScimErrorType::InvalidPath.because(desired)),
    }
}

fn text(object: &Object, name: &str) -> Result<Option<String>, ScimError> {
    match member(object, name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.clone())),
        Some(_) => Err(wrong(&format!("{name} must be a text"))),
    }
}

/// Removes a member from an object, ignoring the case of its name.
fn take(object: &mut Object, name: &str) -> Option<Value> {
    let key = object.keys().find(|key| key.eq_ignore_ascii_case(name)).cloned()?;
    object.remove(&key)
}

fn wrong(detail: &str) -> ScimError {
    ScimErrorType::InvalidSyntax.because(detail)
}
