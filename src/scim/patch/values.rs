//! Applies an operation to a multi-valued attribute.

use serde_json::{Map, Value};

use super::{PatchOp, removal::check_removable};
use crate::{
    domain::{
        filter::{self, Filter, Operator},
        text::fold,
    },
    scim::{
        compatibility::{CompatibilityFix, CompatibilityFixes},
        error::{ScimError, ScimErrorType, invalid_value},
        filter_eval::matches,
        path::AttributePath,
        schema::{Attribute, AttributeType, Object, is_one_of},
        value,
    },
};

/// Changes the values of an attribute of an object.
pub(super) fn change_values(
    current: &mut Object,
    op: PatchOp,
    path: &AttributePath,
    filter: Option<&Filter>,
    value: &Value,
    fixes: &mut CompatibilityFixes,
) -> Result<(), ScimError> {
    let attribute = path.attribute;
    let mut values = match current.remove(attribute.name) {
        Some(Value::Array(values)) => values,
        _ => Vec::new(),
    };
    match (op, filter, path.sub_attribute) {
        (PatchOp::Remove, None, None) if !value.is_null() => {
            remove_by_value(&mut values, attribute, value, fixes)?;
        }
        (PatchOp::Remove, ..) => remove_values(&mut values, path, filter, fixes)?,
        (PatchOp::Add, None, None) => {
            let input = parse_list(attribute, value, fixes)?;
            add_values(&mut values, attribute, input);
        }
        (PatchOp::Replace, None, None) => values = parse_list(attribute, value, fixes)?,
        (PatchOp::Add | PatchOp::Replace, ..) => {
            apply_at_path(&mut values, op, path, filter, value, fixes)?
        }
    }
    values.retain(|value| has_content(attribute, value));
    if values.is_empty() {
        return check_removable(attribute, path);
    }
    current.insert(attribute.name.to_owned(), Value::Array(values));
    Ok(())
}

/// Whether a value has content: its required sub-attributes, or any of a postal address that
/// does not only describe it.
fn has_content(attribute: &Attribute<'_>, value: &Value) -> bool {
    let is_filled = |value: &Value| value.as_str().is_none_or(|text| !text.trim().is_empty());
    let Value::Object(sub_attributes) = value else {
        return attribute.kind != AttributeType::Complex && !value.is_null() && is_filled(value);
    };
    let has =
        |sub_attribute: &Attribute| sub_attributes.get(sub_attribute.name).is_some_and(is_filled);
    let mut required =
        attribute.sub_attributes.iter().filter(|sub_attribute| sub_attribute.required).peekable();
    match required.peek() {
        Some(_) => required.all(has),
        None => attribute.sub_attributes.iter().any(|sub_attribute| {
            has(sub_attribute)
                && !(attribute.has_default_sub_attributes
                    && is_one_of(sub_attribute.name, value::DESCRIPTIVE_SUB_ATTRIBUTES))
        }),
    }
}

/// Sets `primary` of the primary value to false, because another value becomes primary (RFC
/// 7644, section 3.5.2).
fn unset_primary(values: &mut [Value]) {
    for sub_attributes in values.iter_mut().filter_map(Value::as_object_mut) {
        if sub_attributes.get("primary") == Some(&Value::Bool(true)) {
            sub_attributes.insert("primary".to_owned(), Value::Bool(false));
        }
    }
}

fn is_primary(attribute: &Attribute<'_>, value: &Value) -> bool {
    attribute.has_default_sub_attributes && value.get("primary") == Some(&Value::Bool(true))
}

/// Parses the values of an operation, and rejects too many.
fn parse_list(
    attribute: &Attribute<'_>,
    value: &Value,
    fixes: &mut CompatibilityFixes,
) -> Result<Vec<Value>, ScimError> {
    if value.as_array().is_some_and(|values| values.len() > MAX_VALUES) {
        return Err(invalid_value(format!(
            "{} must have at most {MAX_VALUES} values",
            attribute.name
        )));
    }
    value::read_list(attribute, value, fixes)
}

/// The maximum number of values of an attribute in one operation. Each is compared with
/// each stored value.
const MAX_VALUES: usize = 100;

/// Adds values. A value that exists is merged, and a new primary value replaces the
/// primary one (RFC 7644, section 3.5.2).
fn add_values(values: &mut Vec<Value>, attribute: &Attribute, input: Vec<Value>) {
    for new in input {
        if is_primary(attribute, &new) {
            unset_primary(values);
        }
        match values.iter_mut().find(|old| is_same_value(attribute, old, &new)) {
            Some(old) => merge(old, new),
            None => values.push(new),
        }
    }
}

/// Whether a stored value is the one that a request names. Compares the sub-attribute `value`, if
/// both have one, and the type, if the request has one (RFC 7643, section 2.4).
fn is_same_value(attribute: &Attribute, stored: &Value, named: &Value) -> bool {
    if attribute.kind == AttributeType::Complex && !attribute.has_default_sub_attributes {
        return stored == named;
    }
    let text = |value: &Value, sub_attribute| {
        value.get(sub_attribute).and_then(Value::as_str).map(str::to_owned)
    };
    let kind = |value: &Value| text(value, "type").map(|kind| kind.to_lowercase());
    if kind(named).is_some_and(|one| Some(one) != kind(stored)) {
        return false;
    }
    if let (Value::String(stored), Value::String(named)) = (stored, named) {
        return match attribute.case_exact {
            true => stored == named,
            false => fold(stored) == fold(named),
        };
    }
    let key = |value: &Value| text(value, "value");
    let sub_attribute =
        attribute.sub_attributes.iter().find(|sub_attribute| sub_attribute.name == "value");
    match (sub_attribute, key(stored), key(named)) {
        (Some(sub_attribute), Some(one), Some(other)) if !sub_attribute.case_exact => {
            fold(&one) == fold(&other)
        }
        (Some(_), Some(one), Some(other)) => one == other,
        _ => stored == named,
    }
}

fn merge(old: &mut Value, new: Value) {
    match (old, new) {
        (Value::Object(old), Value::Object(new)) => old.extend(new),
        (old, new) => *old = new,
    }
}

fn matches_filter(
    attribute: &Attribute<'_>,
    filter: Option<&Filter>,
    value: &Value,
) -> Result<bool, ScimError> {
    filter.map_or(Ok(true), |filter| matches(attribute, filter, value))
}

fn remove_values(
    values: &mut Vec<Value>,
    path: &AttributePath,
    filter: Option<&Filter>,
    fixes: &mut CompatibilityFixes,
) -> Result<(), ScimError> {
    let mut is_found = filter.is_none();
    let mut remaining = Vec::with_capacity(values.len());
    for mut value in values.drain(..) {
        if !matches_filter(path.attribute, filter, &value)? {
            remaining.push(value);
            continue;
        }
        is_found = true;
        // A value without a required sub-attribute is removed.
        let Some(sub_attribute) =
            path.sub_attribute.filter(|sub_attribute| !sub_attribute.required)
        else {
            continue;
        };
        if let Some(sub_attributes) = value.as_object_mut() {
            sub_attributes.remove(sub_attribute.name);
        }
        remaining.push(value);
    }
    *values = remaining;
    if is_found || fixes.allow(CompatibilityFix::MadeByPath, &path.name()) {
        return Ok(());
    }
    Err(no_target_error(path))
}

/// Removes the values that a list names (Entra ID).
fn remove_by_value(
    values: &mut Vec<Value>,
    attribute: &Attribute<'_>,
    list_value: &Value,
    fixes: &mut CompatibilityFixes,
) -> Result<(), ScimError> {
    if !fixes.allow(CompatibilityFix::RemoveByValue, attribute.name) {
        let detail = "value is not supported for remove: select it in the path, as in members[value eq \"7\"]";
        return Err(ScimErrorType::InvalidValue.with_detail(detail));
    }
    let selected = parse_list(attribute, list_value, fixes)?;
    values.retain(|value| !selected.iter().any(|removed| is_same_value(attribute, value, removed)));
    Ok(())
}

/// Changes the values that a filter selects, or all values.
fn apply_at_path(
    values: &mut Vec<Value>,
    op: PatchOp,
    path: &AttributePath,
    filter: Option<&Filter>,
    value: &Value,
    fixes: &mut CompatibilityFixes,
) -> Result<(), ScimError> {
    let attribute = path.attribute;
    let mut is_found = false;
    let mut made_primary = Vec::new();
    for (index, current) in values.iter_mut().enumerate() {
        if !matches_filter(attribute, filter, current)? {
            continue;
        }
        is_found = true;
        let was_primary = is_primary(attribute, current);
        match path.sub_attribute {
            Some(sub_attribute) => {
                let parsed = value::parse(sub_attribute, value, fixes)?;
                if let (Some(sub_attributes), Some(read)) = (current.as_object_mut(), parsed) {
                    sub_attributes.insert(sub_attribute.name.to_owned(), read);
                }
            }
            None if op == PatchOp::Add && attribute.kind == AttributeType::Complex => {
                merge(current, value::parse_sub_attributes(attribute, value, fixes)?.into());
                if let Some(sub_attributes) = current.as_object_mut() {
                    for sub_attribute in value::null_sub_attributes(attribute, value) {
                        sub_attributes.remove(sub_attribute.name);
                    }
                }
            }
            None => {
                let new = value::parse_single(attribute, value, fixes)?;
                *current = new.unwrap_or(Value::Null);
            }
        }
        made_primary.extend((is_primary(attribute, current) && !was_primary).then_some(index));
    }
    if let Some((last, others)) = made_primary.split_last() {
        if !others.is_empty() {
            let detail = format!("{} must have at most one primary value", attribute.name);
            return Err(invalid_value(detail));
        }
        let (before, rest) = values.split_at_mut(*last);
        unset_primary(before);
        unset_primary(rest.get_mut(1..).unwrap_or_default());
    }
    values.retain(|value| !value.is_null());
    if is_found {
        return Ok(());
    }
    // No value may match yet (Entra ID: emails[type eq "work"].value).
    if !fixes.allow(CompatibilityFix::MadeByPath, &path.name()) {
        return Err(no_target_error(path));
    }
    if attribute.kind != AttributeType::Complex {
        add_values(
            values,
            attribute,
            value::parse_single(attribute, value, fixes)?.into_iter().collect(),
        );
        return Ok(());
    }
    let mut new_value = implied_sub_attributes(filter);
    match path.sub_attribute {
        Some(sub_attribute) => {
            new_value.extend(
                value::parse(sub_attribute, value, fixes)?
                    .map(|read| (sub_attribute.name.to_owned(), read)),
            );
        }
        None => new_value.extend(value::parse_sub_attributes(attribute, value, fixes)?),
    }
    let parsed = value::parse_single(attribute, &Value::Object(new_value), fixes)?;
    add_values(values, attribute, parsed.into_iter().collect());
    Ok(())
}

/// Returns the sub-attributes that a filter requires of a value.
fn implied_sub_attributes(filter: Option<&Filter>) -> Object {
    let mut sub_attributes = Map::new();
    match filter {
        Some(Filter::And(all)) => {
            all.iter().for_each(|one| sub_attributes.extend(implied_sub_attributes(Some(one))));
        }
        Some(Filter::Compare { path, operator: Operator::Eq, value }) => {
            let value = match value {
                filter::Literal::Text(text) => Some(Value::from(text.as_str())),
                filter::Literal::Bool(desired) => Some(Value::Bool(*desired)),
                filter::Literal::Null | filter::Literal::Number(_) => None,
            };
            sub_attributes.extend(value.map(|value| (path.name.clone(), value)));
        }
        _ => {}
    }
    sub_attributes
}

fn no_target_error(path: &AttributePath) -> ScimError {
    ScimErrorType::NoTarget
        .with_detail(format!("no value of {} matches the filter of the path", path.attribute.name))
}
