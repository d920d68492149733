//! One operation, applied.

use serde_json::{Map, Value};

use super::{Op, Operation, resolve, values};
use crate::{
    domain::filter::Filter,
    scim::{
        error::{Fault, ScimError},
        held::holds,
        path::{Place, Target},
        repair::{Repair, Repairs},
        resource::{is_schemas, names_itself, once, unknown},
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
    repairs: &mut Repairs,
) -> Result<(), ScimError> {
    let Operation { op, path, value } = operation;
    let value = value.as_ref().unwrap_or(&Value::Null);
    let Some(path) = path else { return whole(kind, object, *op, value, repairs) };
    match resolve(kind, path, Fault::InvalidPath, repairs)? {
        Some(target) => at(kind, object, *op, &target, value, repairs),
        None => Ok(()),
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
    let Value::Object(given) = value else {
        let detail = "value has to be an object of attributes";
        return Err(Fault::InvalidValue.because(detail));
    };
    once(given)?;
    for (key, value) in given.iter().filter(|(key, value)| !is_schemas(key, value)) {
        if let Some(target) = resolve(kind, key, Fault::InvalidValue, repairs)? {
            at(kind, object, op, &target, value, repairs)?;
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
    repairs: &mut Repairs,
) -> Result<(), ScimError> {
    match target {
        Target::NotStored => Ok(()),
        Target::Core if op == Op::Remove => {
            let detail = "a resource can't be without its own attributes: remove one by one";
            Err(Fault::Mutability.because(detail))
        }
        Target::Core => whole(kind, object, op, value, repairs),
        Target::Extension(extension) => of_extension(kind, object, op, extension, value, repairs),
        Target::Attribute { place, filter } => {
            if place.attribute.is_read_only() || place.part.is_some_and(|part| part.is_read_only())
            {
                let name = place.name();
                return match repairs.allow(Repair::ReadOnlyPatched, &name) {
                    true => Ok(()),
                    false => Err(Fault::Mutability.because(format!("{name} is read-only"))),
                };
            }
            let filter = filter.as_ref().map(|filter| within(place.attribute, filter, repairs));
            let value = &only(place, value, repairs);
            // Null is the absence of a value (RFC 7643, section 2.5).
            let op = match op {
                Op::Add | Op::Replace if value.is_null() => Op::Remove,
                Op::Add | Op::Replace if is_emptied(place, value, repairs) => Op::Remove,
                op => op,
            };
            let Some(extension) = place.extension else {
                return attribute(object, op, place, filter.as_ref(), value, repairs);
            };
            let mut held = taken(object, extension.id);
            attribute(&mut held, op, place, filter.as_ref(), value, repairs)?;
            put_back(object, extension.id, held);
            Ok(())
        }
    }
}

/// The only one of a list, where there is one complex value (Entra ID: manager).
fn only(place: &Place, value: &Value, repairs: &mut Repairs) -> Value {
    let Place { attribute, part, .. } = place;
    let alone = attribute.kind == Kind::Complex && !attribute.multi_valued && part.is_none();
    match value.as_array().map(Vec::as_slice) {
        Some([only]) if alone && repairs.allow(Repair::OneOfSeveral, attribute.name) => {
            only.clone()
        }
        _ => value.clone(),
    }
}

/// Whether a complex value is emptied by an empty text in its place.
fn is_emptied(place: &Place, value: &Value, repairs: &mut Repairs) -> bool {
    let Place { attribute, part, .. } = place;
    let alone = attribute.kind == Kind::Complex && !attribute.multi_valued && part.is_none();
    alone && value.as_str() == Some("") && repairs.allow(Repair::BareValue, attribute.name)
}

fn taken(object: &mut Object, name: &str) -> Object {
    match object.remove(name) {
        Some(Value::Object(held)) => held,
        _ => Map::new(),
    }
}

fn put_back(object: &mut Object, name: &str, held: Object) {
    if !held.is_empty() {
        object.insert(name.to_owned(), Value::Object(held));
    }
}

fn of_extension(
    kind: &'static ResourceType,
    object: &mut Object,
    op: Op,
    extension: &'static Schema,
    value: &Value,
    repairs: &mut Repairs,
) -> Result<(), ScimError> {
    let place = |attribute| Place { extension: Some(extension), attribute, part: None };
    let given = match (op, value) {
        (Op::Remove, _) | (Op::Add | Op::Replace, Value::Null) => {
            extension.attributes.iter().try_for_each(|one| removable(one, &place(one)))?;
            object.remove(extension.id);
            return Ok(());
        }
        (Op::Add | Op::Replace, Value::Object(given)) => given,
        (Op::Add | Op::Replace, _) => {
            let detail = format!("the value of {} has to be an object", extension.id);
            return Err(Fault::InvalidValue.because(detail));
        }
    };
    once(given)?;
    for (key, value) in given {
        if names_itself(extension, key, value) {
            continue;
        }
        let Some(known) = extension.attribute(key) else {
            let names = extension.attributes.iter().map(|known| known.name);
            unknown(key, names, extension.not_stored, repairs)?;
            continue;
        };
        let target = Target::Attribute { place: place(known), filter: None };
        at(kind, object, op, &target, value, repairs)?;
    }
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
    chosen(held, place, filter)?;
    match (op, part) {
        (Op::Remove, None) => {
            removable(attribute, place)?;
            held.remove(attribute.name);
        }
        (Op::Remove, Some(part)) => {
            let mut parts = taken(held, attribute.name);
            unassign(&mut parts, &[part], place)?;
            put_back(held, attribute.name, parts);
        }
        (Op::Add | Op::Replace, Some(part)) => {
            let read = value::read(part, value, repairs)?;
            let mut parts = taken(held, attribute.name);
            parts.extend(read.map(|read| (part.name.to_owned(), read)));
            put_back(held, attribute.name, parts);
        }
        // Parts that are not given stay as they are (3.5.2.3).
        (Op::Add | Op::Replace, None) if attribute.kind == Kind::Complex => {
            report_read_only(attribute, value, repairs)?;
            let given = value::parts_of(attribute, value, repairs)?;
            let mut parts = taken(held, attribute.name);
            parts.extend(given);
            unassign(&mut parts, &value::nulls(attribute, value), place)?;
            put_back(held, attribute.name, parts);
        }
        (Op::Add | Op::Replace, None) => match value::read(attribute, value, repairs)? {
            Some(read) => {
                held.insert(attribute.name.to_owned(), read);
            }
            None => {
                removable(attribute, place)?;
                held.remove(attribute.name);
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
    repairs: &mut Repairs,
) -> Result<(), ScimError> {
    let given = value.as_object().into_iter().flatten();
    let parts: Vec<_> = given.filter_map(|(key, _)| attribute.part(key)).collect();
    let read_only = parts.iter().filter(|part| part.is_read_only());
    for part in read_only {
        let name = format!("{}.{}", attribute.name, part.name);
        let is_alone = parts.iter().all(|part| part.is_read_only());
        if !repairs.allow(Repair::ReadOnlyPatched, &name) && is_alone {
            return Err(Fault::Mutability.because(format!("{name} is read-only")));
        }
    }
    Ok(())
}

/// That the one value of an attribute is what a filter asks for.
fn chosen(held: &Object, place: &Place, filter: Option<&Filter>) -> Result<(), ScimError> {
    let Some(filter) = filter else { return Ok(()) };
    let attribute = place.attribute;
    let value = held.get(attribute.name).unwrap_or(&Value::Null);
    if holds(attribute, filter, value)? && !value.is_null() {
        return Ok(());
    }
    Err(Fault::NoTarget.because(format!("{} is not what the path asks for", attribute.name)))
}

/// Takes parts away from a value. With the last one that a client writes, the value
/// is gone; one that a value can't be without goes with it alone.
pub(super) fn unassign(
    parts: &mut Object,
    gone: &[&'static Attribute],
    place: &Place,
) -> Result<(), ScimError> {
    for part in gone {
        parts.remove(part.name);
    }
    let mut written = place.attribute.parts.iter().filter(|part| !part.is_read_only());
    if !written.any(|part| parts.contains_key(part.name)) {
        parts.clear();
        return if gone.is_empty() { Ok(()) } else { removable(place.attribute, place) };
    }
    let whole = Place { part: None, ..*place };
    gone.iter().try_for_each(|part| removable(part, &Place { part: Some(part), ..whole }))
}

/// That a resource can be without it (RFC 7644, section 3.5.2.2).
pub(super) fn removable(attribute: &Attribute, place: &Place) -> Result<(), ScimError> {
    if attribute.required || attribute.is_permanent {
        let detail = format!("{} is required: it can't be removed", place.name());
        return Err(Fault::Mutability.because(detail));
    }
    Ok(())
}
