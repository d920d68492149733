//! One operation, applied: what its path points at, and the attributes of its
//! value.

use serde_json::Value;

use super::{Op, Operation, resolve};
use crate::{
    domain::filter::Filter,
    scim::{
        compatibility::{CompatibilityFix, CompatibilityFixes},
        error::{ScimError, ScimErrorType, immutable, invalid},
        names::{is_schemas, names_itself, once, unknown},
        path::{AttributePath, Target},
        schema::{ResourceType, Schema},
    },
};

/// What the operations of a PATCH change.
pub trait Patchable {
    /// The type of the resource.
    const TYPE: &'static ResourceType;

    /// Changes an attribute that clients write, or a part of it.
    ///
    /// # Errors
    /// Why the change can't be made.
    fn change(
        &mut self,
        op: Op,
        place: &AttributePath,
        filter: Option<&Filter>,
        value: &Value,
        fixes: &mut CompatibilityFixes,
    ) -> Result<(), ScimError>;
}

/// Applies an operation.
///
/// # Errors
/// Returns an error if the operation can't be applied. It is never ignored.
pub fn apply<P: Patchable>(
    patched: &mut P,
    operation: &Operation,
    fixes: &mut CompatibilityFixes,
) -> Result<(), ScimError> {
    let Operation { op, path, value } = operation;
    let value = value.as_ref().unwrap_or(&Value::Null);
    match path {
        Some(path) => at(patched, *op, path, value, ScimErrorType::InvalidPath, fixes),
        None => whole(patched, *op, value, fixes),
    }
}

/// Applies an operation without a path to each attribute of its value.
fn whole<P: Patchable>(
    patched: &mut P,
    op: Op,
    value: &Value,
    fixes: &mut CompatibilityFixes,
) -> Result<(), ScimError> {
    let Value::Object(input) = value else {
        return Err(invalid("value must be an object of attributes"));
    };
    once(input)?;
    for (key, value) in input.iter().filter(|(key, value)| !is_schemas(key, value)) {
        at(patched, op, key, value, ScimErrorType::InvalidValue, fixes)?;
    }
    Ok(())
}

fn at<P: Patchable>(
    patched: &mut P,
    op: Op,
    path: &str,
    value: &Value,
    error: ScimErrorType,
    fixes: &mut CompatibilityFixes,
) -> Result<(), ScimError> {
    match resolve(P::TYPE, path, error, fixes)? {
        None | Some(Target::NotStored) => Ok(()),
        Some(Target::Core) if op == Op::Remove => {
            Err(immutable("a resource can't be without its own attributes: remove one by one"))
        }
        Some(Target::Core) => whole(patched, op, value, fixes),
        Some(Target::Extension(extension)) => of_extension(patched, op, extension, value, fixes),
        Some(Target::Attribute { place, filter }) => {
            attribute(patched, op, &place, filter.as_ref(), value, fixes)
        }
    }
}

fn attribute<P: Patchable>(
    patched: &mut P,
    op: Op,
    place: &AttributePath,
    filter: Option<&Filter>,
    value: &Value,
    fixes: &mut CompatibilityFixes,
) -> Result<(), ScimError> {
    if !place.attribute.is_read_only() && !place.part.is_some_and(|part| part.is_read_only()) {
        return patched.change(op, place, filter, value, fixes);
    }
    let name = place.name();
    match fixes.allow(CompatibilityFix::ReadOnlyPatched, &name) {
        true => Ok(()),
        false => Err(immutable(format!("{name} is read-only"))),
    }
}

fn of_extension<P: Patchable>(
    patched: &mut P,
    op: Op,
    extension: &'static Schema,
    value: &Value,
    fixes: &mut CompatibilityFixes,
) -> Result<(), ScimError> {
    let place = |attribute| AttributePath { extension: Some(extension), attribute, part: None };
    let input = match (op, value) {
        (Op::Remove, _) | (Op::Add | Op::Replace, Value::Null) => {
            let mut written = extension.attributes.iter().filter(|one| !one.is_read_only());
            return written
                .try_for_each(|one| patched.change(op, &place(one), None, &Value::Null, fixes));
        }
        (Op::Add | Op::Replace, Value::Object(input)) => input,
        (Op::Add | Op::Replace, _) => {
            return Err(invalid(format!("the value of {} must be an object", extension.id)));
        }
    };
    once(input)?;
    for (key, value) in input.iter().filter(|(key, value)| !names_itself(extension, key, value)) {
        match extension.attribute(key) {
            Some(known) => attribute(patched, op, &place(known), None, value, fixes)?,
            None => {
                let names = extension.attributes.iter().map(|known| known.name);
                unknown(key, names, extension.not_stored, fixes)?;
            }
        }
    }
    Ok(())
}
