//! One operation, applied.

use serde_json::{Map, Value};

use super::{
    Op, Operation,
    removal::{removable, unassign},
    resolve, values,
};
use crate::{
    domain::filter::Filter,
    scim::{
        compatibility::{CompatibilityFix, CompatibilityFixes},
        error::{ScimError, ScimErrorType},
        filter_eval::matches,
        names::{is_schemas, names_itself, once, unknown},
        path::{AttributePath, Target},
        schema::{Attribute, Kind, Object, ResourceType, Schema},
        search::within,
        value,
    },
};

/// Applies an operation to a resource.
///
/// # Errors
/// Why it can't be: a change that can't be made is refused, never passed over.
pub fn apply(
    kind: &'static ResourceType,
    object: &mut Object,
    operation: &Operation,
    fixes: &mut CompatibilityFixes,
) -> Result<(), ScimError> {
    let Operation { op, path, value } = operation;
    let value = value.as_ref().unwrap_or(&Value::Null);
    let Some(path) = path else { return whole(kind, object, *op, value, fixes) };
    match resolve(kind, path, ScimErrorType::InvalidPath, fixes)? {
        Some(target) => at(kind, object, *op, &target, value, fixes),
        None => Ok(()),
    }
}

/// Without a path: each attribute of the value by itself.
fn whole(
    kind: &'static ResourceType,
    object: &mut Object,
    op: Op,
    value: &Value,
    fixes: &mut CompatibilityFixes,
) -> Result<(), ScimError> {
    let Value::Object(input) = value else {
        let detail = "value has to be an object of attributes";
        return Err(ScimErrorType::InvalidValue.because(detail));
    };
    once(input)?;
    for (key, value) in input.iter().filter(|(key, value)| !is_schemas(key, value)) {
        if let Some(target) = resolve(kind, key, ScimErrorType::InvalidValue, fixes)? {
            at(kind, object, op, &target, value, fixes)?;
        }
    }
    Ok(())
}

fn at(
    kind: &'static ResourceType,
    object: &mut Object,
    op: Op,
    target: &Target,
    value: &Value,
    fixes: &mut CompatibilityFixes,
) -> Result<(), ScimError> {
    match target {
        Target::NotStored => Ok(()),
        Target::Core if op == Op::Remove => {
            let detail = "a resource can't be without its own attributes: remove one by one";
            Err(ScimErrorType::Mutability.because(detail))
        }
        Target::Core => whole(kind, object, op, value, fixes),
        Target::Extension(extension) => of_extension(kind, object, op, extension, value, fixes),
        Target::Attribute { place, filter } => {
            if place.attribute.is_read_only() || place.part.is_some_and(|part| part.is_read_only())
            {
                let name = place.name();
                return match fixes.allow(CompatibilityFix::ReadOnlyPatched, &name) {
                    true => Ok(()),
                    false => Err(ScimErrorType::Mutability.because(format!("{name} is read-only"))),
                };
            }
            let filter = filter.as_ref().map(|filter| within(place.attribute, filter, fixes));
            let value = &only(place, value, fixes);
            // Null is the absence of a value (RFC 7643, section 2.5).
            let op = match op {
                Op::Add | Op::Replace if value.is_null() => Op::Remove,
                Op::Add | Op::Replace if is_emptied(place, value, fixes) => Op::Remove,
                op => op,
            };
            let Some(extension) = place.extension else {
                return attribute(object, op, place, filter.as_ref(), value, fixes);
            };
            let mut current = take_object(object, extension.id);
            attribute(&mut current, op, place, filter.as_ref(), value, fixes)?;
            put_back(object, extension.id, current);
            Ok(())
        }
    }
}

/// The only one of a list, where there is one complex value (Entra ID: manager).
fn only(place: &AttributePath, value: &Value, fixes: &mut CompatibilityFixes) -> Value {
    let AttributePath { attribute, part, .. } = place;
    let alone = attribute.kind == Kind::Complex && !attribute.multi_valued && part.is_none();
    match value.as_array().map(Vec::as_slice) {
        Some([only]) if alone && fixes.allow(CompatibilityFix::OneOfSeveral, attribute.name) => {
            only.clone()
        }
        _ => value.clone(),
    }
}

/// Whether a complex value is emptied by an empty text in its place.
fn is_emptied(place: &AttributePath, value: &Value, fixes: &mut CompatibilityFixes) -> bool {
    let AttributePath { attribute, part, .. } = place;
    let alone = attribute.kind == Kind::Complex && !attribute.multi_valued && part.is_none();
    alone && value.as_str() == Some("") && fixes.allow(CompatibilityFix::BareValue, attribute.name)
}

fn take_object(object: &mut Object, name: &str) -> Object {
    match object.remove(name) {
        Some(Value::Object(current)) => current,
        _ => Map::new(),
    }
}

fn put_back(object: &mut Object, name: &str, current: Object) {
    if !current.is_empty() {
        object.insert(name.to_owned(), Value::Object(current));
    }
}

fn of_extension(
    kind: &'static ResourceType,
    object: &mut Object,
    op: Op,
    extension: &'static Schema,
    value: &Value,
    fixes: &mut CompatibilityFixes,
) -> Result<(), ScimError> {
    let place = |attribute| AttributePath { extension: Some(extension), attribute, part: None };
    let input = match (op, value) {
        (Op::Remove, _) | (Op::Add | Op::Replace, Value::Null) => {
            extension.attributes.iter().try_for_each(|one| removable(one, &place(one)))?;
            object.remove(extension.id);
            return Ok(());
        }
        (Op::Add | Op::Replace, Value::Object(input)) => input,
        (Op::Add | Op::Replace, _) => {
            let detail = format!("the value of {} has to be an object", extension.id);
            return Err(ScimErrorType::InvalidValue.because(detail));
        }
    };
    once(input)?;
    for (key, value) in input {
        if names_itself(extension, key, value) {
            continue;
        }
        let Some(known) = extension.attribute(key) else {
            let names = extension.attributes.iter().map(|known| known.name);
            unknown(key, names, extension.not_stored, fixes)?;
            continue;
        };
        let target = Target::Attribute { place: place(known), filter: None };
        at(kind, object, op, &target, value, fixes)?;
    }
    Ok(())
}

/// Changes an attribute of those that an object holds.
fn attribute(
    current: &mut Object,
    op: Op,
    place: &AttributePath,
    filter: Option<&Filter>,
    value: &Value,
    fixes: &mut CompatibilityFixes,
) -> Result<(), ScimError> {
    let AttributePath { attribute, part, .. } = place;
    if attribute.multi_valued {
        return values::change(current, op, place, filter, value, fixes);
    }
    chosen(current, place, filter)?;
    match (op, part) {
        (Op::Remove, None) => {
            removable(attribute, place)?;
            current.remove(attribute.name);
        }
        (Op::Remove, Some(part)) => {
            let mut parts = take_object(current, attribute.name);
            unassign(&mut parts, &[part], place)?;
            put_back(current, attribute.name, parts);
        }
        (Op::Add | Op::Replace, Some(part)) => {
            let read = value::read(part, value, fixes)?;
            let mut parts = take_object(current, attribute.name);
            parts.extend(read.map(|read| (part.name.to_owned(), read)));
            put_back(current, attribute.name, parts);
        }
        // Parts that are not given stay as they are (3.5.2.3).
        (Op::Add | Op::Replace, None) if attribute.kind == Kind::Complex => {
            report_read_only(attribute, value, fixes)?;
            let input = value::parts_of(attribute, value, fixes)?;
            let mut parts = take_object(current, attribute.name);
            parts.extend(input);
            unassign(&mut parts, &value::nulls(attribute, value), place)?;
            put_back(current, attribute.name, parts);
        }
        (Op::Add | Op::Replace, None) => match value::read(attribute, value, fixes)? {
            Some(read) => {
                current.insert(attribute.name.to_owned(), read);
            }
            None => {
                removable(attribute, place)?;
                current.remove(attribute.name);
            }
        },
    }
    Ok(())
}

/// Reports parts that only the server changes. A value that has no others is refused
/// where nothing is passed over.
fn report_read_only(
    attribute: &'static Attribute,
    value: &Value,
    fixes: &mut CompatibilityFixes,
) -> Result<(), ScimError> {
    let input = value.as_object().into_iter().flatten();
    let parts: Vec<_> = input.filter_map(|(key, _)| attribute.part(key)).collect();
    let read_only = parts.iter().filter(|part| part.is_read_only());
    for part in read_only {
        let name = format!("{}.{}", attribute.name, part.name);
        let is_alone = parts.iter().all(|part| part.is_read_only());
        if !fixes.allow(CompatibilityFix::ReadOnlyPatched, &name) && is_alone {
            return Err(ScimErrorType::Mutability.because(format!("{name} is read-only")));
        }
    }
    Ok(())
}

/// That the one value of an attribute is what a filter asks for.
fn chosen(
    current: &Object,
    place: &AttributePath,
    filter: Option<&Filter>,
) -> Result<(), ScimError> {
    let Some(filter) = filter else { return Ok(()) };
    let attribute = place.attribute;
    let value = current.get(attribute.name).unwrap_or(&Value::Null);
    if matches(attribute, filter, value)? && !value.is_null() {
        return Ok(());
    }
    Err(ScimErrorType::NoTarget
        .because(format!("{} is not what the path asks for", attribute.name)))
}
