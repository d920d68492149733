//! One operation, applied.

use serde_json::{Map, Value};

use super::{Op, Operation, values};
use crate::{
    domain::filter::Filter,
    scim::{
        error::{Fault, ScimError},
        path::{self, Place, Target},
        repair::{Repair, Repairs},
        resource,
        schema::{ENTERPRISE, Kind, Object, ResourceType, Schema},
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
    repairs: &mut Repairs,
) -> Result<(), ScimError> {
    let Operation { op, path, value } = operation;
    let value = value.as_ref().unwrap_or(&Value::Null);
    let Some(path) = path else { return whole(kind, object, *op, value, repairs) };
    match pointed_at(kind, path, Fault::InvalidPath, repairs)? {
        Some(target) => at(object, *op, &target, value, repairs),
        None => Ok(()),
    }
}

/// At what a path points. `None`: at what is not stored, for whom that is passed
/// over by whichever way it comes.
fn pointed_at(
    kind: &'static ResourceType,
    path: &str,
    fault: Fault,
    repairs: &mut Repairs,
) -> Result<Option<Target>, ScimError> {
    let why = match path::target(kind, path, fault) {
        Ok(target) => return Ok(Some(target)),
        Err(why) => why,
    };
    if why.kind != fault {
        return Err(why);
    }
    // Entra ID names the manager so. An attribute of ours is never guessed: it may
    // be the role.
    match path::target(kind, &format!("{}:{path}", ENTERPRISE.id), fault) {
        Ok(meant) if repairs.allow(Repair::MissingUri, path) => Ok(Some(meant)),
        _ if repairs.allow(Repair::UnknownAttribute, path) => Ok(None),
        _ => Err(why),
    }
}

/// Without a path: each attribute of the value by itself.
fn whole(
    kind: &'static ResourceType,
    object: &mut Object,
    op: Op,
    value: &Value,
    repairs: &mut Repairs,
) -> Result<(), ScimError> {
    let given = value.as_object().into_iter().flatten();
    for (key, value) in given.filter(|(key, _)| !key.eq_ignore_ascii_case("schemas")) {
        if let Some(target) = pointed_at(kind, key, Fault::InvalidValue, repairs)? {
            at(object, op, &target, value, repairs)?;
        }
    }
    Ok(())
}

fn at(
    object: &mut Object,
    op: Op,
    target: &Target,
    value: &Value,
    repairs: &mut Repairs,
) -> Result<(), ScimError> {
    match target {
        Target::Extension(extension) => of_extension(object, op, extension, value, repairs),
        Target::Attribute { place, filter } => {
            if place.attribute.is_read_only() || place.part.is_some_and(|part| part.is_read_only())
            {
                let name = place.name();
                return match repairs.allow(Repair::ReadOnlyPatched, &name) {
                    true => Ok(()),
                    false => Err(Fault::Mutability.because(format!("{name} is read-only"))),
                };
            }
            // Null is the absence of a value (RFC 7643, section 2.5).
            let op = match op {
                Op::Replace if value.is_null() => Op::Remove,
                Op::Add | Op::Replace if is_emptied(place, value, repairs) => Op::Remove,
                op => op,
            };
            let Some(extension) = place.extension else {
                return attribute(object, op, place, filter.as_ref(), value, repairs);
            };
            let mut held = taken(object, extension);
            attribute(&mut held, op, place, filter.as_ref(), value, repairs)?;
            put_back(object, extension, held);
            Ok(())
        }
    }
}

/// Whether a complex value is emptied by an empty text in its place.
fn is_emptied(place: &Place, value: &Value, repairs: &mut Repairs) -> bool {
    let Place { attribute, part, .. } = place;
    let alone = attribute.kind == Kind::Complex && !attribute.multi_valued && part.is_none();
    alone && value.as_str() == Some("") && repairs.allow(Repair::BareValue, attribute.name)
}

fn taken(object: &mut Object, extension: &Schema) -> Object {
    match object.remove(extension.id) {
        Some(Value::Object(held)) => held,
        _ => Map::new(),
    }
}

fn put_back(object: &mut Object, extension: &Schema, held: Object) {
    if !held.is_empty() {
        object.insert(extension.id.to_owned(), Value::Object(held));
    }
}

fn of_extension(
    object: &mut Object,
    op: Op,
    extension: &'static Schema,
    value: &Value,
    repairs: &mut Repairs,
) -> Result<(), ScimError> {
    let mut held = taken(object, extension);
    match (op, value) {
        (Op::Remove, _) | (Op::Replace, Value::Null) => return Ok(()),
        (Op::Add | Op::Replace, Value::Object(given)) => {
            for (key, value) in given {
                if resource::names_itself(extension, key, value) {
                    continue;
                }
                let Some(known) = extension.attribute(key) else {
                    let names = extension.attributes.iter().map(|known| known.name);
                    resource::unknown(key, names, repairs)?;
                    continue;
                };
                let place = Place { extension: Some(extension), attribute: known, part: None };
                let target = Target::Attribute { place, filter: None };
                put_back(object, extension, std::mem::take(&mut held));
                at(object, op, &target, value, repairs)?;
                held = taken(object, extension);
            }
        }
        (Op::Add | Op::Replace, _) => {
            let detail = format!("the value of {} has to be an object", extension.id);
            return Err(Fault::InvalidValue.because(detail));
        }
    }
    put_back(object, extension, held);
    Ok(())
}

/// Changes an attribute of those that an object holds.
fn attribute(
    held: &mut Object,
    op: Op,
    place: &Place,
    filter: Option<&Filter>,
    value: &Value,
    repairs: &mut Repairs,
) -> Result<(), ScimError> {
    let Place { attribute, part, .. } = place;
    if attribute.multi_valued {
        return values::change(held, op, place, filter, value, repairs);
    }
    match (op, part) {
        (Op::Remove, None) => {
            removable(attribute.required, place)?;
            held.remove(attribute.name);
        }
        (Op::Remove, Some(part)) => {
            removable(part.required, place)?;
            if let Some(Value::Object(parts)) = held.get_mut(attribute.name) {
                parts.remove(part.name);
                if parts.is_empty() {
                    held.remove(attribute.name);
                }
            }
        }
        (Op::Add | Op::Replace, Some(part)) => {
            let read = value::read(part, value, repairs)?;
            let parts = held.entry(attribute.name).or_insert_with(|| Map::new().into());
            if let (Some(parts), Some(read)) = (parts.as_object_mut(), read) {
                parts.insert(part.name.to_owned(), read);
            }
        }
        // Parts that are not given stay as they are (3.5.2.3).
        (Op::Add | Op::Replace, None) if attribute.kind == Kind::Complex => {
            let given = value::parts_of(attribute, value, repairs)?;
            let parts = held.entry(attribute.name).or_insert_with(|| Map::new().into());
            if let Some(parts) = parts.as_object_mut() {
                parts.extend(given);
                if parts.is_empty() {
                    held.remove(attribute.name);
                }
            }
        }
        (Op::Add | Op::Replace, None) => match value::read(attribute, value, repairs)? {
            Some(read) => {
                held.insert(attribute.name.to_owned(), read);
            }
            None => {
                removable(attribute.required, place)?;
                held.remove(attribute.name);
            }
        },
    }
    Ok(())
}

/// That a resource can be without it (RFC 7644, section 3.5.2.2).
pub(super) fn removable(required: bool, place: &Place) -> Result<(), ScimError> {
    if !required {
        return Ok(());
    }
    Err(Fault::Mutability.because(format!("{} is required: it can't be removed", place.name())))
}
