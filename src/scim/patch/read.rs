//! From a body to operations.

use serde_json::Value;

use super::{MAX_OPERATIONS, Op, Operation};
use crate::scim::{
    compatibility::{CompatibilityFix, CompatibilityFixes},
    error::{ScimError, ScimErrorType},
    names::{member, once, unknown},
    resource::schemas,
    schema::{PATCH_OP, is_any},
};

/// Reads the operations of a PATCH.
///
/// # Errors
/// [`ScimErrorType::InvalidSyntax`]; [`ScimErrorType::TooMany`] if they are more than
/// [`MAX_OPERATIONS`].
pub fn read(body: &Value, fixes: &mut CompatibilityFixes) -> Result<Vec<Operation>, ScimError> {
    let Value::Object(body) = body else {
        return Err(wrong("the body has to be a JSON object"));
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
        _ => return Err(wrong("Operations has to be a list of at least one operation")),
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

/// What clients are known to write beside the operations, of the resource whose
/// address they use.
const NOT_STORED: &[&str] = &["id", "externalId", "meta"];

fn operation(input: &Value, fixes: &mut CompatibilityFixes) -> Result<Operation, ScimError> {
    let Value::Object(input) = input else {
        return Err(wrong("each of Operations has to be an object"));
    };
    once(input)?;
    const KNOWN: [&str; 3] = ["op", "path", "value"];
    for other in input.keys().filter(|key| !is_any(key, &KNOWN)) {
        // Identity providers name their operations.
        unknown(other, KNOWN, &["name"], fixes)?;
    }
    let op = match member(input, "op") {
        Some(Value::String(op)) => op_of(op, fixes)?,
        _ => return Err(wrong("op has to be add, remove or replace")),
    };
    let path = match member(input, "path") {
        None | Some(Value::Null) => None,
        Some(Value::String(path)) => Some(path.clone()).filter(|path| !path.trim().is_empty()),
        Some(_) => return Err(ScimErrorType::InvalidPath.because("path has to be a text")),
    };
    let value = member(input, "value").cloned();
    match (op, &path, &value) {
        (Op::Remove, None, _) => {
            Err(ScimErrorType::NoTarget.because("remove needs a path: of what shall it be?"))
        }
        (Op::Add | Op::Replace, _, None) => {
            Err(ScimErrorType::InvalidValue.because("add and replace need a value"))
        }
        (Op::Add | Op::Replace, None, Some(value)) if !value.is_object() => {
            let detail = "without a path, value has to be an object of attributes";
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
        _ => return Err(wrong("op has to be add, remove or replace")),
    };
    if lower != text && !fixes.allow(CompatibilityFix::OperationCase, "op") {
        return Err(wrong("op has to be written as add, remove or replace"));
    }
    Ok(op)
}

fn wrong(detail: &str) -> ScimError {
    ScimErrorType::InvalidSyntax.because(detail)
}
