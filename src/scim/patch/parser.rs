//! Parses the body of a PATCH.

use serde_json::Value;

use super::{MAX_OPERATIONS, PatchOp, PatchOperation};
use crate::scim::{
    compatibility::{CompatibilityFix, CompatibilityFixes},
    error::{ScimError, ScimErrorType},
    names::{find_member, reject_repeated_names, reject_unknown},
    resource::check_schemas,
    schema::{PATCH_OP, is_one_of},
};

/// Parses the operations of a PATCH.
///
/// # Errors
/// [`ScimErrorType::InvalidSyntax`]; [`ScimErrorType::TooMany`] if they are more than
/// [`MAX_OPERATIONS`].
pub fn parse(
    body: &Value,
    fixes: &mut CompatibilityFixes,
) -> Result<Vec<PatchOperation>, ScimError> {
    let Value::Object(body) = body else {
        return Err(syntax_error("the body must be a JSON object"));
    };
    reject_repeated_names(body)?;
    check_schemas(body, PATCH_OP, |uri| uri.eq_ignore_ascii_case(PATCH_OP), fixes)?;
    let operations = match find_member(body, "Operations") {
        // Microsoft's validator sends none.
        Some(Value::Array(operations))
            if !operations.is_empty()
                || fixes.allow(CompatibilityFix::NoOperations, "Operations") =>
        {
            operations
        }
        _ => return Err(syntax_error("Operations must be a list of at least one operation")),
    };
    if operations.len() > MAX_OPERATIONS {
        let detail = format!("Operations are more than {MAX_OPERATIONS}: send several requests");
        return Err(ScimErrorType::TooMany.with_detail(detail));
    }
    for other in body.keys().filter(|key| !is_one_of(key, &["schemas", "Operations"])) {
        reject_unknown(other, ["schemas", "Operations"], NOT_STORED, fixes)?;
    }
    operations.iter().map(|one| parse_operation(one, fixes)).collect()
}

/// Members that some clients send beside the operations. They repeat the resource in
/// the URL.
const NOT_STORED: &[&str] = &["id", "externalId", "meta"];

fn parse_operation(
    input: &Value,
    fixes: &mut CompatibilityFixes,
) -> Result<PatchOperation, ScimError> {
    let Value::Object(input) = input else {
        return Err(syntax_error("each of Operations must be an object"));
    };
    reject_repeated_names(input)?;
    const MEMBERS: [&str; 3] = ["op", "path", "value"];
    for other in input.keys().filter(|key| !is_one_of(key, &MEMBERS)) {
        // Identity providers name their operations.
        reject_unknown(other, MEMBERS, &["name"], fixes)?;
    }
    let op = match find_member(input, "op") {
        Some(Value::String(op)) => parse_op(op, fixes)?,
        _ => return Err(syntax_error("op must be add, remove or replace")),
    };
    let path = match find_member(input, "path") {
        None | Some(Value::Null) => None,
        Some(Value::String(path)) => Some(path.clone()).filter(|path| !path.trim().is_empty()),
        Some(_) => return Err(ScimErrorType::InvalidPath.with_detail("path must be a string")),
    };
    let value = find_member(input, "value").cloned();
    match (op, &path, &value) {
        (PatchOp::Remove, None, _) => {
            Err(ScimErrorType::NoTarget.with_detail("path is required for remove"))
        }
        (PatchOp::Add | PatchOp::Replace, _, None) => {
            Err(ScimErrorType::InvalidValue.with_detail("value is required for add and replace"))
        }
        (PatchOp::Add | PatchOp::Replace, None, Some(value)) if !value.is_object() => {
            let detail = "without a path, value must be an object of attributes";
            Err(ScimErrorType::InvalidValue.with_detail(detail))
        }
        _ => Ok(PatchOperation { op, path, value }),
    }
}

fn parse_op(text: &str, fixes: &mut CompatibilityFixes) -> Result<PatchOp, ScimError> {
    let lower = text.to_ascii_lowercase();
    let op = match lower.as_str() {
        "add" => PatchOp::Add,
        "remove" => PatchOp::Remove,
        "replace" => PatchOp::Replace,
        _ => return Err(syntax_error("op must be add, remove or replace")),
    };
    if lower != text && !fixes.allow(CompatibilityFix::OperationCase, "op") {
        return Err(syntax_error("op must be written as add, remove or replace"));
    }
    Ok(op)
}

fn syntax_error(detail: &str) -> ScimError {
    ScimErrorType::InvalidSyntax.with_detail(detail)
}
