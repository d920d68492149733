//! Parses the body of a PATCH.

use serde_json::Value;

use super::{MAX_OPERATIONS, Op, Operation};
use crate::scim::{
    compatibility::{CompatibilityFix, CompatibilityFixes},
    error::{ScimError, ScimErrorType},
    names::{member, once, unknown},
    resource::schemas,
    schema::{PATCH_OP, is_any},
};

/// Parses the operations of a PATCH.
///
/// # Errors
/// [`ScimErrorType::InvalidSyntax`]; [`ScimErrorType::TooMany`] if they are more than
/// [`MAX_OPERATIONS`].
pub fn read(body: &Value, fixes: &mut CompatibilityFixes) -> Result<Vec<Operation>, ScimError> {
    let Value::Object(body) = body else {
        return Err(wrong("the body must be a JSON object"));
    };
    once(body)?;
    schemas(body, PATCH_OP, |uri| uri.eq_ignore_ascii_case(PATCH_OP), fixes)?;
    let operations = match member(body, "Operations") {
        // Microsoft's validator sends none.
        Some(Value::Array(operations))
            if !operations.is_empty()
                || fixes.allow(CompatibilityFix::NoOperations, "Operations") =>
        {
            operations
        }
        _ => return Err(wrong("Operations must be a list of at least one operation")),
    };
    if operations.len() > MAX_OPERATIONS {
        let detail = format!("Operations are more than {MAX_OPERATIONS}: send several requests");
        return Err(ScimErrorType::TooMany.because(detail));
    }
    for other in body.keys().filter(|key| !is_any(key, &["schemas", "Operations"])) {
        unknown(other, ["schemas", "Operations"], NOT_STORED, fixes)?;
    }
    operations.iter().map(|one| operation(one, fixes)).collect()
}

/// Members that some clients send beside the operations. They repeat the resource in
/// the URL.
const NOT_STORED: &[&str] = &["id", "externalId", "meta"];

fn operation(input: &Value, fixes: &mut CompatibilityFixes) -> Result<Operation, ScimError> {
    let Value::Object(input) = input else {
        return Err(wrong("each of Operations must be an object"));
    };
    once(input)?;
    const KNOWN: [&str; 3] = ["op", "path", "value"];
    for other in input.keys().filter(|key| !is_any(key, &KNOWN)) {
        // Identity providers name their operations.
        unknown(other, KNOWN, &["name"], fixes)?;
    }
    let op = match member(input, "op") {
        Some(Value::String(op)) => op_of(op, fixes)?,
        _ => return Err(wrong("op must be add, remove or replace")),
    };
    let path = match member(input, "path") {
        None | Some(Value::Null) => None,
        Some(Value::String(path)) => Some(path.clone()).filter(|path| !path.trim().is_empty()),
        Some(_) => return Err(ScimErrorType::InvalidPath.because("path must be a text")),
    };
    let value = member(input, "value").cloned();
    match (op, &path, &value) {
        (Op::Remove, None, _) => {
            Err(ScimErrorType::NoTarget.because("path is required for remove"))
        }
        (Op::Add | Op::Replace, _, None) => {
            Err(ScimErrorType::InvalidValue.because("value is required for add and replace"))
        }
        (Op::Add | Op::Replace, None, Some(value)) if !value.is_object() => {
            let detail = "without a path, value must be an object of attributes";
            Err(ScimErrorType::InvalidValue.because(detail))
        }
        _ => Ok(Operation { op, path, value }),
    }
}

fn op_of(text: &str, fixes: &mut CompatibilityFixes) -> Result<Op, ScimError> {
    let lower = text.to_ascii_lowercase();
    let op = match lower.as_str() {
        "add" => Op::Add,
        "remove" => Op::Remove,
        "replace" => Op::Replace,
        _ => return Err(wrong("op must be add, remove or replace")),
    };
    if lower != text && !fixes.allow(CompatibilityFix::OperationCase, "op") {
        return Err(wrong("op must be written as add, remove or replace"));
    }
    Ok(op)
}

fn wrong(detail: &str) -> ScimError {
    ScimErrorType::InvalidSyntax.because(detail)
}
