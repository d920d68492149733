//! References between operations: `bulkId:` and the identifier of another operation, in
//! place of the ID of the resource that it creates (RFC 7644, section 3.7.2).

use std::collections::{HashMap, HashSet};

use serde_json::Value;

use super::{Operation, Target};
use crate::{
    domain::quote::QuotedText,
    scim::error::{ScimError, ScimErrorType},
};

const PREFIX: &str = "bulkId:";

fn name(text: &str) -> Option<&str> {
    text.strip_prefix(PREFIX)
}

/// Finds the identifiers of the operations to which an operation refers.
pub(super) fn of(operation: &Operation) -> HashSet<&str> {
    let id = operation.target.as_ref().ok().and_then(Target::id);
    let mut found: HashSet<&str> = id.and_then(name).into_iter().collect();
    // Not recursive, because the client determines the depth.
    let mut left = vec![&operation.data];
    while let Some(value) = left.pop() {
        match value {
            Value::String(text) => found.extend(name(text)),
            Value::Array(values) => left.extend(values),
            Value::Object(members) => left.extend(members.values()),
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }
    found
}

/// Replaces references by IDs. `made` has the IDs of the resources that were created so
/// far, by `bulkId`.
///
/// # Errors
/// Returns [`ScimErrorType::InvalidValue`] for an identifier without a created resource.
pub fn resolve(
    target: Target,
    mut data: Value,
    made: &HashMap<String, String>,
) -> Result<(Target, Value), ScimError> {
    let resolved = |text: String| match name(&text) {
        None => Ok(text),
        Some(name) => made.get(name).cloned().ok_or_else(|| nothing(&text)),
    };
    let target = match target {
        Target::Users(id) => Target::Users(id.map(resolved).transpose()?),
        Target::Groups(id) => Target::Groups(id.map(resolved).transpose()?),
    };
    let mut left = vec![&mut data];
    while let Some(value) = left.pop() {
        match value {
            Value::String(text) if name(text).is_some() => *text = resolved(text.clone())?,
            Value::Array(values) => left.extend(values),
            Value::Object(members) => {
                in_a_path(members.get("path"))?;
                left.extend(members.values_mut());
            }
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }
    Ok((target, data))
}

fn nothing(text: &str) -> ScimError {
    let detail =
        format!("{} names no operation of this request that created a resource", QuotedText(text));
    ScimErrorType::InvalidValue.because(detail)
}

/// Rejects a reference inside the path of a PATCH, where it would be taken for an
/// unknown ID.
fn in_a_path(path: Option<&Value>) -> Result<(), ScimError> {
    let quoted = format!("\"{PREFIX}");
    match path.and_then(Value::as_str).filter(|path| path.contains(&quoted)) {
        Some(_) => {
            let detail = "a bulkId is not supported inside a path: use it in a value";
            Err(ScimErrorType::InvalidPath.because(detail))
        }
        None => Ok(()),
    }
}
