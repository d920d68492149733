//! A user as JSON, changed by the operations of a PATCH.

use serde_json::{Map, Value};

use super::{
    PatchOp, Patchable,
    removal::{check_removable, remove_sub_attributes},
    values,
};
use crate::{
    domain::filter::Filter,
    scim::{
        compatibility::{CompatibilityFix, CompatibilityFixes},
        error::{ScimError, ScimErrorType},
        filter_eval::matches,
        path::AttributePath,
        schema::{Attribute, AttributeType, Object, ResourceType},
        search::normalize_within,
        value,
    },
};

/// A user as JSON, changed by operations.
#[derive(Debug, Clone)]
pub struct PatchedUser<'a> {
    /// The user.
    pub object: Object,
    /// The attributes that users of the account have.
    pub kind: &'a ResourceType<'a>,
}

impl<'a> Patchable<'a> for PatchedUser<'a> {
    fn resource_type(&self) -> &'a ResourceType<'a> {
        self.kind
    }

    fn change(
        &mut self,
        op: PatchOp,
        path: &AttributePath,
        filter: Option<&Filter>,
        value: &Value,
        fixes: &mut CompatibilityFixes,
    ) -> Result<(), ScimError> {
        let filter = filter.map(|filter| normalize_within(path.attribute, filter, fixes));
        if let Some(filter) = &filter {
            // A filter that is not supported is rejected even if there is no value.
            matches(path.attribute, filter, &Value::Null)?;
        }
        let value = &unwrap_single(path, value, fixes);
        // Null is the absence of a value (RFC 7643, section 2.5).
        let op = match op {
            PatchOp::Add | PatchOp::Replace if value.is_null() => PatchOp::Remove,
            PatchOp::Add | PatchOp::Replace if is_emptied(path, value, fixes) => PatchOp::Remove,
            op => op,
        };
        let Some(extension) = path.extension else {
            return attribute(&mut self.object, op, path, filter.as_ref(), value, fixes);
        };
        let mut current = take_object(&mut self.object, extension.id);
        attribute(&mut current, op, path, filter.as_ref(), value, fixes)?;
        put_back(&mut self.object, extension.id, current);
        Ok(())
    }
}

/// Returns the only value of a list for a single complex attribute (Entra ID: manager).
fn unwrap_single(path: &AttributePath, value: &Value, fixes: &mut CompatibilityFixes) -> Value {
    let AttributePath { attribute, sub_attribute, .. } = path;
    let alone = attribute.kind == AttributeType::Complex
        && !attribute.multi_valued
        && sub_attribute.is_none();
    match value.as_array().map(Vec::as_slice) {
        Some([only]) if alone && fixes.allow(CompatibilityFix::OneOfSeveral, attribute.name) => {
            only.clone()
        }
        _ => value.clone(),
    }
}

/// Whether an empty text clears a complex value.
fn is_emptied(path: &AttributePath, value: &Value, fixes: &mut CompatibilityFixes) -> bool {
    let AttributePath { attribute, sub_attribute, .. } = path;
    let alone = attribute.kind == AttributeType::Complex
        && !attribute.multi_valued
        && sub_attribute.is_none();
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

/// Changes an attribute of an object.
fn attribute(
    current: &mut Object,
    op: PatchOp,
    path: &AttributePath,
    filter: Option<&Filter>,
    value: &Value,
    fixes: &mut CompatibilityFixes,
) -> Result<(), ScimError> {
    let AttributePath { attribute, sub_attribute, .. } = path;
    if attribute.multi_valued {
        return values::change_values(current, op, path, filter, value, fixes);
    }
    check_selected(current, path, filter)?;
    match (op, sub_attribute) {
        (PatchOp::Remove, None) => {
            check_removable(attribute, path)?;
            current.remove(attribute.name);
        }
        (PatchOp::Remove, Some(sub_attribute)) => {
            let mut sub_attributes = take_object(current, attribute.name);
            remove_sub_attributes(&mut sub_attributes, &[sub_attribute], path)?;
            put_back(current, attribute.name, sub_attributes);
        }
        (PatchOp::Add | PatchOp::Replace, Some(sub_attribute)) => {
            let read = value::parse(sub_attribute, value, fixes)?;
            let mut sub_attributes = take_object(current, attribute.name);
            sub_attributes.extend(read.map(|read| (sub_attribute.name.to_owned(), read)));
            put_back(current, attribute.name, sub_attributes);
        }
        // Parts that are left out keep their values (3.5.2.3).
        (PatchOp::Add | PatchOp::Replace, None) if attribute.kind == AttributeType::Complex => {
            report_read_only(attribute, value, fixes)?;
            let input = value::parse_sub_attributes(attribute, value, fixes)?;
            let mut sub_attributes = take_object(current, attribute.name);
            sub_attributes.extend(input);
            remove_sub_attributes(
                &mut sub_attributes,
                &value::null_sub_attributes(attribute, value),
                path,
            )?;
            put_back(current, attribute.name, sub_attributes);
        }
        (PatchOp::Add | PatchOp::Replace, None) => match value::parse(attribute, value, fixes)? {
            Some(read) => {
                current.insert(attribute.name.to_owned(), read);
            }
            None => {
                check_removable(attribute, path)?;
                current.remove(attribute.name);
            }
        },
    }
    Ok(())
}

/// Records read-only sub-attributes as a fix. A value without others is rejected, unless
/// the dialect allows it.
fn report_read_only(
    attribute: &Attribute<'_>,
    value: &Value,
    fixes: &mut CompatibilityFixes,
) -> Result<(), ScimError> {
    let input = value.as_object().into_iter().flatten();
    let sub_attributes: Vec<_> =
        input.filter_map(|(key, _)| attribute.sub_attribute(key)).collect();
    let read_only = sub_attributes.iter().filter(|sub_attribute| sub_attribute.is_read_only());
    for sub_attribute in read_only {
        let name = format!("{}.{}", attribute.name, sub_attribute.name);
        let is_alone = sub_attributes.iter().all(|sub_attribute| sub_attribute.is_read_only());
        if !fixes.allow(CompatibilityFix::ReadOnlyPatched, &name) && is_alone {
            return Err(ScimErrorType::Mutability.with_detail(format!("{name} is read-only")));
        }
    }
    Ok(())
}

/// Checks that the single value of an attribute matches a filter.
fn check_selected(
    current: &Object,
    path: &AttributePath,
    filter: Option<&Filter>,
) -> Result<(), ScimError> {
    let Some(filter) = filter else { return Ok(()) };
    let attribute = path.attribute;
    let value = current.get(attribute.name).unwrap_or(&Value::Null);
    if matches(attribute, filter, value)? && !value.is_null() {
        return Ok(());
    }
    Err(ScimErrorType::NoTarget
        .with_detail(format!("{} does not match the filter of the path", attribute.name)))
}
