//! Applies an operation to a multi-valued attribute.

use serde_json::{Map, Value};

use super::{
    Op,
    removal::{removable, unassign},
};
use crate::{
    domain::{
        filter::{self, Filter, Operator},
        text::fold,
    },
    scim::{
        compatibility::{CompatibilityFix, CompatibilityFixes},
        error::{ScimError, ScimErrorType, invalid},
        filter_eval::matches,
        path::AttributePath,
        schema::{Attribute, Object},
        value,
    },
};

/// Changes the values of an attribute of an object.
pub(super) fn change(
    current: &mut Object,
    op: Op,
    place: &AttributePath,
    filter: Option<&Filter>,
    value: &Value,
    fixes: &mut CompatibilityFixes,
) -> Result<(), ScimError> {
    let attribute = place.attribute;
    let mut values = match current.remove(attribute.name) {
        Some(Value::Array(values)) => values,
        _ => Vec::new(),
    };
    match (op, filter, place.part) {
        (Op::Remove, None, None) if !value.is_null() => {
            by_value(&mut values, attribute, value, fixes)?;
        }
        (Op::Remove, ..) => remove(&mut values, place, filter, fixes)?,
        (Op::Add, None, None) => {
            let input = list(attribute, value, fixes)?;
            add(&mut values, attribute, input);
        }
        (Op::Replace, None, None) => values = list(attribute, value, fixes)?,
        (Op::Add | Op::Replace, ..) => at(&mut values, op, place, filter, value, fixes)?,
    }
    values.retain(|value| !value::is_empty(attribute, value));
    if values.is_empty() {
        return removable(attribute, place);
    }
    current.insert(attribute.name.to_owned(), Value::Array(values));
    Ok(())
}

/// Values as they were given, if they are not too many.
fn list(
    attribute: &'static Attribute,
    value: &Value,
    fixes: &mut CompatibilityFixes,
) -> Result<Vec<Value>, ScimError> {
    if value.as_array().is_some_and(|values| values.len() > MAX_VALUES) {
        return Err(invalid(format!("{} must have at most {MAX_VALUES} values", attribute.name)));
    }
    value::read_list(attribute, value, fixes)
}

/// The most values of an attribute in one operation. Each is compared with each stored
/// value.
const MAX_VALUES: usize = 100;

/// Adds values. A value that exists is merged, and a new primary value replaces the
/// primary one (RFC 7644, section 3.5.2).
fn add(values: &mut Vec<Value>, attribute: &Attribute, input: Vec<Value>) {
    for new in input {
        if new.get("primary") == Some(&Value::Bool(true)) {
            for old in values.iter_mut().filter_map(Value::as_object_mut) {
                old.insert("primary".to_owned(), Value::Bool(false));
            }
        }
        match values.iter_mut().find(|old| same(attribute, old, &new)) {
            Some(old) => merge(old, new),
            None => values.push(new),
        }
    }
}

/// Whether two values are the same, by their part `value` if they have it.
fn same(attribute: &Attribute, one: &Value, other: &Value) -> bool {
    let key = |value: &Value| value.get("value").and_then(Value::as_str).map(str::to_owned);
    let part = attribute.parts.iter().find(|part| part.name == "value");
    match (part, key(one), key(other)) {
        (Some(part), Some(one), Some(other)) if !part.case_exact => fold(&one) == fold(&other),
        (Some(_), Some(one), Some(other)) => one == other,
        _ => one == other,
    }
}

fn merge(old: &mut Value, new: Value) {
    match (old, new) {
        (Value::Object(old), Value::Object(new)) => old.extend(new),
        (old, new) => *old = new,
    }
}

fn chosen(
    attribute: &'static Attribute,
    filter: Option<&Filter>,
    value: &Value,
) -> Result<bool, ScimError> {
    filter.map_or(Ok(true), |filter| matches(attribute, filter, value))
}

fn remove(
    values: &mut Vec<Value>,
    place: &AttributePath,
    filter: Option<&Filter>,
    fixes: &mut CompatibilityFixes,
) -> Result<(), ScimError> {
    let mut found = filter.is_none();
    let mut left = Vec::with_capacity(values.len());
    for mut value in values.drain(..) {
        if !chosen(place.attribute, filter, &value)? {
            left.push(value);
            continue;
        }
        found = true;
        let Some(part) = place.part else { continue };
        removable(part, place)?;
        if let Some(parts) = value.as_object_mut() {
            parts.remove(part.name);
        }
        left.push(value);
    }
    *values = left;
    if found || fixes.allow(CompatibilityFix::MadeByPath, &place.name()) {
        return Ok(());
    }
    Err(no_target(place))
}

/// Removes the values that a list names (Entra ID).
fn by_value(
    values: &mut Vec<Value>,
    attribute: &'static Attribute,
    named: &Value,
    fixes: &mut CompatibilityFixes,
) -> Result<(), ScimError> {
    if !fixes.allow(CompatibilityFix::RemoveByValue, attribute.name) {
        let detail =
            "value is not supported for remove: select it in the path, as in members[value eq \"7\"]";
        return Err(ScimErrorType::InvalidValue.because(detail));
    }
    let named = list(attribute, named, fixes)?;
    values.retain(|value| !named.iter().any(|gone| same(attribute, value, gone)));
    Ok(())
}

/// Changes the values that a filter selects, or all values.
fn at(
    values: &mut Vec<Value>,
    op: Op,
    place: &AttributePath,
    filter: Option<&Filter>,
    value: &Value,
    fixes: &mut CompatibilityFixes,
) -> Result<(), ScimError> {
    let attribute = place.attribute;
    let mut found = false;
    for current in values.iter_mut() {
        if !chosen(attribute, filter, current)? {
            continue;
        }
        found = true;
        match place.part {
            Some(part) => {
                let read = value::read(part, value, fixes)?;
                if let (Some(parts), Some(read)) = (current.as_object_mut(), read) {
                    parts.insert(part.name.to_owned(), read);
                }
            }
            None if op == Op::Add => {
                merge(current, value::parts_of(attribute, value, fixes)?.into());
                if let Some(parts) = current.as_object_mut() {
                    unassign(parts, &value::nulls(attribute, value), place)?;
                }
            }
            None => {
                let new = value::one(attribute, value, fixes)?;
                *current = new.unwrap_or(Value::Null);
            }
        }
    }
    values.retain(|value| !value.is_null());
    if found {
        return Ok(());
    }
    // No value may match yet (Entra ID: emails[type eq "work"].value).
    if !fixes.allow(CompatibilityFix::MadeByPath, &place.name()) {
        return Err(no_target(place));
    }
    let mut made = implied(filter);
    match place.part {
        Some(part) => {
            made.extend(value::read(part, value, fixes)?.map(|read| (part.name.to_owned(), read)));
        }
        None => made.extend(value::parts_of(attribute, value, fixes)?),
    }
    let read = value::one(attribute, &Value::Object(made), fixes)?;
    add(values, attribute, read.into_iter().collect());
    Ok(())
}

/// Returns the parts that a filter requires of a value.
fn implied(filter: Option<&Filter>) -> Object {
    let mut parts = Map::new();
    match filter {
        Some(Filter::And(all)) => {
            all.iter().for_each(|one| parts.extend(implied(Some(one))));
        }
        Some(Filter::Compare { path, operator: Operator::Eq, value }) => {
            let value = match value {
                filter::Value::Text(text) => Some(Value::from(text.as_str())),
                filter::Value::Bool(desired) => Some(Value::Bool(*desired)),
                filter::Value::Null | filter::Value::Number(_) => None,
            };
            parts.extend(value.map(|value| (path.name.clone(), value)));
        }
        _ => {}
    }
    parts
}

fn no_target(place: &AttributePath) -> ScimError {
    ScimErrorType::NoTarget
        .because(format!("no value of {} matches the filter of the path", place.attribute.name))
}
