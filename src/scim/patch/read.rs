//! From a body to operations.

use serde_json::Value;

use super::{MAX_OPERATIONS, Op, Operation};
use crate::scim::{
    error::{Fault, ScimError},
    repair::{Repair, Repairs},
    resource::{member, once, schemas, unknown},
    schema::{PATCH_OP, is_any},
};

/// Reads the operations of a PATCH.
///
/// # Errors
/// [`Fault::InvalidSyntax`]; [`Fault::TooMany`] if they are more than
/// [`MAX_OPERATIONS`].
pub fn read(body: &Value, repairs: &mut Repairs) -> Result<Vec<Operation>, ScimError> {
    let Value::Object(body) = body else {
        return Err(wrong("the body has to be a JSON object"));
    };
    once(body)?;
    schemas(body, PATCH_OP, |uri| uri.eq_ignore_ascii_case(PATCH_OP), repairs)?;
    let operations = match member(body, "Operations") {
        // Microsoft's validator sends none.
        Some(Value::Array(operations))
            if !operations.is_empty() || repairs.allow(Repair::NoOperations, "Operations") =>
        {
            operations
        }
        _ => return Err(wrong("Operations has to be a list of at least one operation")),
    };
    if operations.len() > MAX_OPERATIONS {
        let detail = format!("Operations are more than {MAX_OPERATIONS}: send several requests");
        return Err(Fault::TooMany.because(detail));
    }
    for other in body.keys().filter(|key| !is_any(key, &["schemas", "Operations"])) {
        unknown(other, ["schemas", "Operations"], NOT_STORED, repairs)?;
    }
    operations.iter().map(|one| operation(one, repairs)).collect()
}

/// What clients are known to write beside the operations, of the resource whose
/// address they use.
const NOT_STORED: &[&str] = &["id", "externalId", "meta"];

fn operation(given: &Value, repairs: &mut Repairs) -> Result<Operation, ScimError> {
    let Value::Object(given) = given else {
        return Err(wrong("each of Operations has to be an object"));
    };
    once(given)?;
    const KNOWN: [&str; 3] = ["op", "path", "value"];
    for other in given.keys().filter(|key| !is_any(key, &KNOWN)) {
        // Identity providers name their operations.
        unknown(other, KNOWN, &["name"], repairs)?;
    }
    let op = match member(given, "op") {
        Some(Value::String(op)) => op_of(op, repairs)?,
        _ => return Err(wrong("op has to be add, remove or replace")),
    };
    let path = match member(given, "path") {
        None | Some(Value::Null) => None,
        Some(Value::String(path)) => Some(path.clone()).filter(|path| !path.trim().is_empty()),
        Some(_) => return Err(Fault::InvalidPath.because("path has to be a text")),
    };
    let value = member(given, "value").cloned();
    match (op, &path, &value) {
        (Op::Remove, None, _) => {
            Err(Fault::NoTarget.because("remove needs a path: of what shall it be?"))
        }
        (Op::Add | Op::Replace, _, None) => {
            Err(Fault::InvalidValue.because("add and replace need a value"))
        }
        (Op::Add | Op::Replace, None, Some(value)) if !value.is_object() => {
            let detail = "without a path, value has to be an object of attributes";
            Err(Fault::InvalidValue.because(detail))
        }
        _ => Ok(Operation { op, path, value }),
    }
}

fn op_of(text: &str, repairs: &mut Repairs) -> Result<Op, ScimError> {
    let lower = text.to_ascii_lowercase();
    let op = match lower.as_str() {
        "add" => Op::Add,
        "remove" => Op::Remove,
        "replace" => Op::Replace,
        _ => return Err(wrong("op has to be add, remove or replace")),
    };
    if lower != text && !repairs.allow(Repair::OperationCase, "op") {
        return Err(wrong("op has to be written as add, remove or replace"));
    }
    Ok(op)
}

fn wrong(detail: &str) -> ScimError {
    Fault::InvalidSyntax.because(detail)
}
