//! Applies one operation: to the target of its path, or to each attribute of its value.

use serde_json::Value;

use super::{PatchOp, PatchOperation, resolve};
use crate::{
    domain::{
        filter::{Filter, Path},
        quote::QuotedText,
    },
    scim::{
        compatibility::{CompatibilityFix, CompatibilityFixes},
        error::{ScimError, ScimErrorType, invalid_value, mutability_error},
        names::{is_schemas, names_itself, reject_repeated_names, reject_unknown},
        path::{self, AttributePath, PathTarget},
        schema::{ResourceType, Schema},
    },
};

/// A resource to which the operations of a PATCH can be applied.
pub trait Patchable<'a> {
    /// The type of the resource.
    fn resource_type(&self) -> &'a ResourceType<'a>;

    /// Changes an attribute that clients write, or a sub-attribute of it.
    ///
    /// # Errors
    /// Why the change can't be made.
    fn change(
        &mut self,
        op: PatchOp,
        path: &AttributePath<'_>,
        filter: Option<&Filter>,
        value: &Value,
        fixes: &mut CompatibilityFixes,
    ) -> Result<(), ScimError>;
}

/// Applies an operation.
///
/// # Errors
/// Returns an error if the operation can't be applied. It is never ignored.
pub fn apply<'a, P: Patchable<'a>>(
    patched: &mut P,
    operation: &PatchOperation,
    fixes: &mut CompatibilityFixes,
) -> Result<(), ScimError> {
    let PatchOperation { op, path, value } = operation;
    let value = value.as_ref().unwrap_or(&Value::Null);
    match path {
        Some(path) => apply_to_target(patched, *op, path, value, ScimErrorType::InvalidPath, fixes),
        None => apply_without_path(patched, *op, value, fixes),
    }
}

/// Applies an operation without a path to each attribute of its value.
fn apply_without_path<'a, P: Patchable<'a>>(
    patched: &mut P,
    op: PatchOp,
    value: &Value,
    fixes: &mut CompatibilityFixes,
) -> Result<(), ScimError> {
    let Value::Object(input) = value else {
        return Err(invalid_value("value must be an object of attributes"));
    };
    reject_repeated_names(input)?;
    let mut names = Vec::new();
    input
        .iter()
        .for_each(|(key, value)| collect_names(patched.resource_type(), key, value, &mut names));
    reject_repeated_attributes(names)?;
    for (key, value) in input.iter().filter(|(key, value)| !is_schemas(key, value)) {
        let applied = apply_to_target(patched, op, key, value, ScimErrorType::InvalidValue, fixes);
        // A name in the value is not a path of the operation.
        applied.map_err(|error| match error.kind {
            ScimErrorType::InvalidPath => invalid_value(error.detail),
            _ => error,
        })?;
    }
    Ok(())
}

/// Collects the full names of the attributes that a member of a value sets, in whatever
/// way it names them.
fn collect_names(kind: &ResourceType, key: &str, value: &Value, names: &mut Vec<String>) {
    let members = value.as_object().into_iter().flatten();
    let path = match path::parse_target(kind, key, ScimErrorType::InvalidValue) {
        Ok(PathTarget::Core) => {
            return members.for_each(|(key, value)| collect_names(kind, key, value, names));
        }
        Ok(PathTarget::Extension(extension)) => {
            return members.for_each(|(key, value)| {
                collect_names(kind, &format!("{}:{key}", extension.id), value, names);
            });
        }
        Ok(PathTarget::Attribute { path, filter: None }) => Some(path),
        Ok(PathTarget::Attribute { filter: Some(_), .. } | PathTarget::NotStored) => None,
        Err(_) => Path::parse(key).and_then(|path| AttributePath::in_extension(kind, &path)),
    };
    let Some(path) = path else { return };
    let sub_attributes: Vec<_> =
        members.filter_map(|(key, _)| path.attribute.sub_attribute(key)).collect();
    if path.sub_attribute.is_some() || path.attribute.multi_valued || sub_attributes.is_empty() {
        return names.push(path.name());
    }
    names.extend(
        sub_attributes.into_iter().map(|sub_attribute| {
            AttributePath { sub_attribute: Some(sub_attribute), ..path }.name()
        }),
    );
}

fn reject_repeated_attributes(mut names: Vec<String>) -> Result<(), ScimError> {
    names.sort_unstable();
    match names.windows(2).find(|pair| pair.first() == pair.last()) {
        Some(pair) => {
            let name = pair.first().map(String::as_str).unwrap_or_default();
            let detail = format!("{} is given more than once", QuotedText(name));
            Err(ScimErrorType::InvalidSyntax.with_detail(detail))
        }
        None => Ok(()),
    }
}

fn apply_to_target<'a, P: Patchable<'a>>(
    patched: &mut P,
    op: PatchOp,
    path: &str,
    value: &Value,
    error: ScimErrorType,
    fixes: &mut CompatibilityFixes,
) -> Result<(), ScimError> {
    match resolve(patched.resource_type(), path, error, fixes)? {
        None | Some(PathTarget::NotStored) => Ok(()),
        Some(PathTarget::Core) if op == PatchOp::Remove => Err(mutability_error(
            "the attributes of a resource can't be removed together. Remove them one by one",
        )),
        Some(PathTarget::Core) => apply_without_path(patched, op, value, fixes),
        Some(PathTarget::Extension(extension)) => {
            apply_to_extension(patched, op, extension, value, fixes)
        }
        Some(PathTarget::Attribute { path, filter }) => {
            apply_to_attribute(patched, op, &path, filter.as_ref(), value, fixes)
        }
    }
}

fn apply_to_attribute<'a, P: Patchable<'a>>(
    patched: &mut P,
    op: PatchOp,
    path: &AttributePath,
    filter: Option<&Filter>,
    value: &Value,
    fixes: &mut CompatibilityFixes,
) -> Result<(), ScimError> {
    if !path.attribute.is_read_only()
        && !path.sub_attribute.is_some_and(|sub_attribute| sub_attribute.is_read_only())
    {
        return patched.change(op, path, filter, value, fixes);
    }
    let name = path.name();
    match fixes.allow(CompatibilityFix::ReadOnlyPatched, &name) {
        true => Ok(()),
        false => Err(mutability_error(format!("{name} is read-only"))),
    }
}

fn apply_to_extension<'a, P: Patchable<'a>>(
    patched: &mut P,
    op: PatchOp,
    extension: &Schema<'_>,
    value: &Value,
    fixes: &mut CompatibilityFixes,
) -> Result<(), ScimError> {
    let path_of =
        |attribute| AttributePath { extension: Some(extension), attribute, sub_attribute: None };
    let input = match (op, value) {
        (PatchOp::Remove, _) | (PatchOp::Add | PatchOp::Replace, Value::Null) => {
            let mut written = extension.attributes.iter().filter(|one| !one.is_read_only());
            return written
                .try_for_each(|one| patched.change(op, &path_of(one), None, &Value::Null, fixes));
        }
        (PatchOp::Add | PatchOp::Replace, Value::Object(input)) => input,
        (PatchOp::Add | PatchOp::Replace, _) => {
            return Err(invalid_value(format!("the value of {} must be an object", extension.id)));
        }
    };
    reject_repeated_names(input)?;
    for (key, value) in input.iter().filter(|(key, value)| !names_itself(extension, key, value)) {
        match extension.attribute(key) {
            Some(known) => apply_to_attribute(patched, op, &path_of(known), None, value, fixes)?,
            None => {
                let names = extension.attributes.iter().map(|known| known.name);
                reject_unknown(key, names, extension.not_stored, fixes)?;
            }
        }
    }
    Ok(())
}
