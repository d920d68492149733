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
        names::{find_member, reject_repeated_names, reject_unknown},
        resource::check_schemas,
        schema::{BULK_REQUEST, Object, is_one_of},
    },
};

/// Why a bulk request is rejected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BulkError {
    /// It can't be parsed.
    Scim(ScimError),
    /// It has more than [`MAX_OPERATIONS`].
    TooMany(usize),
}

impl From<ScimError> for BulkError {
    fn from(error: ScimError) -> Self {
        Self::Scim(error)
    }
}

const BULK_MEMBERS: [&str; 3] = ["schemas", "Operations", "failOnErrors"];
const OPERATION_MEMBERS: [&str; 5] = ["method", "bulkId", "version", "path", "data"];

/// Parses a bulk request.
///
/// # Errors
/// [`BulkError`].
pub fn parse(body: Value, fixes: &mut CompatibilityFixes) -> Result<Bulk, BulkError> {
    let Value::Object(mut body) = body else {
        return Err(syntax_error("the body must be a JSON object").into());
    };
    reject_repeated_names(&body)?;
    check_schemas(&body, BULK_REQUEST, |uri| uri.eq_ignore_ascii_case(BULK_REQUEST), fixes)?;
    for other in body.keys().filter(|key| !is_one_of(key, &BULK_MEMBERS)) {
        reject_unknown(other, BULK_MEMBERS, &[], fixes)?;
    }
    let fail_on_errors = parse_fail_on_errors(&body)?;
    let Some(Value::Array(operations)) = take_member(&mut body, "Operations") else {
        return Err(syntax_error("Operations must be a list of operations").into());
    };
    if operations.len() > MAX_OPERATIONS {
        return Err(BulkError::TooMany(operations.len()));
    }
    let mut names = HashSet::new();
    let mut parsed = Vec::with_capacity(operations.len());
    for (index, input) in operations.into_iter().enumerate() {
        let operation = parse_operation(input, fixes)
            .map_err(|error| error.kind.with_detail(format!("Operations[{index}]: {error}")))?;
        if let Some(name) = &operation.bulk_id
            && !names.insert(name.clone())
        {
            let detail = format!(
                "Operations[{index}]: the bulkId {} is given more than once",
                QuotedText(name)
            );
            return Err(ScimErrorType::InvalidValue.with_detail(detail).into());
        }
        parsed.push(operation);
    }
    Ok(Bulk { operations: parsed, fail_on_errors })
}

fn parse_fail_on_errors(body: &Object) -> Result<Option<u64>, ScimError> {
    match find_member(body, "failOnErrors") {
        None | Some(Value::Null) => Ok(None),
        Some(input) => match input.as_u64() {
            Some(count) if count > 0 => Ok(Some(count)),
            _ => Err(ScimErrorType::InvalidValue
                .with_detail("failOnErrors must be a whole number above 0")),
        },
    }
}

fn parse_operation(input: Value, fixes: &mut CompatibilityFixes) -> Result<Operation, ScimError> {
    let Value::Object(mut input) = input else {
        return Err(syntax_error("it must be an object"));
    };
    reject_repeated_names(&input)?;
    for other in input.keys().filter(|key| !is_one_of(key, &OPERATION_MEMBERS)) {
        reject_unknown(other, OPERATION_MEMBERS, &[], fixes)?;
    }
    let method = parse_method(find_member(&input, "method"), fixes)?;
    let bulk_id = text_member(&input, "bulkId")?.filter(|id| !id.is_empty());
    if method == Method::Post && bulk_id.is_none() {
        return Err(syntax_error("a POST needs a bulkId"));
    }
    let version = text_member(&input, "version")?;
    let path = text_member(&input, "path")?
        .ok_or_else(|| syntax_error("path is required: send the path of the resource"))?;
    let data = take_member(&mut input, "data").unwrap_or_default();
    Ok(Operation { method, bulk_id, version, target: parse_target(method, &path), data })
}

fn parse_method(
    input: Option<&Value>,
    fixes: &mut CompatibilityFixes,
) -> Result<Method, ScimError> {
    let accepted = [Method::Post, Method::Put, Method::Patch, Method::Delete];
    let input = input.and_then(Value::as_str).unwrap_or_default();
    let method =
        accepted.into_iter().find(|accepted| accepted.as_str().eq_ignore_ascii_case(input));
    match method {
        Some(method) if method.as_str() == input => Ok(method),
        Some(method) if fixes.allow(CompatibilityFix::OperationCase, "method") => Ok(method),
        _ => Err(syntax_error("method must be POST, PUT, PATCH or DELETE")),
    }
}

/// Parses a path (RFC 7644, section 3.7). A POST has the path of a resource type, any
/// other method that of a resource.
fn parse_target(method: Method, path: &str) -> Result<Target, ScimError> {
    // Extra slashes are ignored, as in all SCIM paths.
    let mut parts = path.split('/').filter(|part| !part.is_empty());
    let kind = parts.next().unwrap_or_default();
    let id = Some(parts.collect::<Vec<_>>().join("/")).filter(|id| !id.is_empty());
    let path_error = match (method, &id) {
        (Method::Post, Some(_)) => Some("the path of a POST must be /Users or /Groups"),
        (Method::Put | Method::Patch | Method::Delete, None) => {
            Some("the path must have the ID of a resource, as in /Users/7")
        }
        _ => None,
    };
    match (path_error, kind) {
        (None, "Users") => Ok(Target::Users(id)),
        (None, "Groups") => Ok(Target::Groups(id)),
        (None, _) => {
            let detail = format!("the path {} must begin with /Users or /Groups", QuotedText(path));
            Err(ScimErrorType::InvalidPath.with_detail(detail))
        }
        (Some(desired), _) => Err(ScimErrorType::InvalidPath.with_detail(desired)),
    }
}

fn text_member(object: &Object, name: &str) -> Result<Option<String>, ScimError> {
    match find_member(object, name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.clone())),
        Some(_) => Err(syntax_error(&format!("{name} must be a string"))),
    }
}

/// Removes a member from an object, ignoring the case of its name.
fn take_member(object: &mut Object, name: &str) -> Option<Value> {
    let key = object.keys().find(|key| key.eq_ignore_ascii_case(name)).cloned()?;
    object.remove(&key)
}

fn syntax_error(detail: &str) -> ScimError {
    ScimErrorType::InvalidSyntax.with_detail(detail)
}
