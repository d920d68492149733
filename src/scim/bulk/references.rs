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

fn referenced_name(text: &str) -> Option<&str> {
    text.strip_prefix(PREFIX)
}

/// Finds the identifiers of the operations to which an operation refers.
pub(super) fn find_references(operation: &Operation) -> HashSet<&str> {
    let id = operation.target.as_ref().ok().and_then(Target::id);
    let mut names: HashSet<&str> = id.and_then(referenced_name).into_iter().collect();
    // Not recursive, because the client determines the depth.
    let mut pending = vec![&operation.data];
    while let Some(value) = pending.pop() {
        match value {
            Value::String(text) => names.extend(referenced_name(text)),
            Value::Array(values) => pending.extend(values),
            Value::Object(members) => pending.extend(members.values()),
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }
    names
}

/// Replaces references with IDs. `made` has the IDs of the resources that were created so
/// far, by `bulkId`.
///
/// # Errors
/// Returns [`ScimErrorType::InvalidValue`] for an identifier without a created resource.
pub fn resolve(
    target: Target,
    mut data: Value,
    created_ids: &HashMap<String, String>,
) -> Result<(Target, Value), ScimError> {
    let resolve_id = |text: String| match referenced_name(&text) {
        None => Ok(text),
        Some(name) => created_ids.get(name).cloned().ok_or_else(|| unresolved_error(&text)),
    };
    let target = match target {
        Target::Users(id) => Target::Users(id.map(resolve_id).transpose()?),
        Target::Groups(id) => Target::Groups(id.map(resolve_id).transpose()?),
    };
    let mut pending = vec![&mut data];
    while let Some(value) = pending.pop() {
        match value {
            Value::String(text) if referenced_name(text).is_some() => {
                *text = resolve_id(text.clone())?
            }
            Value::Array(values) => pending.extend(values),
            Value::Object(members) => {
                reject_in_path(members.get("path"))?;
                pending.extend(members.values_mut());
            }
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }
    Ok((target, data))
}

fn unresolved_error(text: &str) -> ScimError {
    let detail = format!(
        "{} must be the bulkId of an earlier operation of this request that created a resource",
        QuotedText(text)
    );
    ScimErrorType::InvalidValue.with_detail(detail)
}

/// Rejects a reference inside the path of a PATCH, where it would be taken for an
/// unknown ID.
fn reject_in_path(path: Option<&Value>) -> Result<(), ScimError> {
    let quoted = format!("\"{PREFIX}");
    match path.and_then(Value::as_str).filter(|path| path.contains(&quoted)) {
        Some(_) => {
            let detail = "a bulkId is not supported inside a path: use it in a value";
            Err(ScimErrorType::InvalidPath.with_detail(detail))
        }
        None => Ok(()),
    }
}
