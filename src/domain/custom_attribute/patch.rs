//! Changes of the custom attributes of a user.

use std::{borrow::Cow, collections::BTreeMap, fmt};

use serde_json::Value as Json;

use super::{
    AttributeDefinition, CustomAttributeName, CustomAttributes, MAX_BYTES, Mutability, ValueType,
    value::{unknown_attribute, value_text},
};
use crate::domain::field_error::{FieldError, Reason, pointer_segment};

/// The separator of values in a cell of a table.
pub const SEPARATOR: char = '|';

/// A change of the custom attributes of a user. Its values are checked by the definitions
/// when it is applied.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CustomAttributePatch {
    /// The values, by name.
    pub values: BTreeMap<String, CustomAttributeValue>,
    /// Whether attributes that are left out are cleared, apart from those that the admin
    /// API does not show.
    pub is_replacement: bool,
}

/// A new value of a custom attribute.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CustomAttributeValue {
    /// A value with a type. null clears the attribute.
    Json(Json),
    /// The same, but the sub-attributes of a single complex value that are left out keep their
    /// values, unless the patch is a replacement (RFC 7396).
    SubAttributes(Json),
    /// A cell of a table, which is read as the type demands. [`SEPARATOR`] separates the
    /// values of a multi-valued attribute.
    Cell(String),
}

/// Who changes the attributes of which user.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AttributeWriter {
    /// Whether an administrator or the operator changes them.
    pub is_administrator: bool,
    /// Whether the user is created.
    pub creates_user: bool,
}

/// Why a writer may not change an attribute.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::domain) enum ForbiddenChange {
    /// Only administrators may.
    ReadOnly,
    /// It has a value already, which stays.
    Immutable,
}

impl CustomAttributePatch {
    /// Whether it changes nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.values.is_empty() && !self.is_replacement
    }

    /// Returns the attributes of a user after the change.
    ///
    /// # Errors
    /// Every error, with its place below `attributes`.
    pub fn apply(
        &self,
        before: &CustomAttributes,
        definitions: &[AttributeDefinition],
        writer: AttributeWriter,
    ) -> Result<CustomAttributes, Vec<FieldError>> {
        let (mut after, mut errors) = (before.clone(), Vec::new());
        if self.is_replacement {
            let is_hidden = |name: &CustomAttributeName| {
                let mut all = definitions.iter();
                all.any(|one| one.name == *name && !one.visibility.includes_admins())
            };
            after.retain(|name, _| is_hidden(name));
        }
        for (name, value) in &self.values {
            let place = format!("attributes/{}", pointer_segment(name));
            let definition = definitions.iter().find(|one| one.name.as_str() == name);
            let Some(definition) = definition else {
                let reason = unknown_attribute(name, definitions);
                errors.push(FieldError::new(place, value.to_string(), reason));
                continue;
            };
            let current = before.get(&definition.name);
            let value = match value {
                CustomAttributeValue::SubAttributes(sub_attributes) if !self.is_replacement => {
                    Cow::Owned(merge_sub_attributes(definition, current, sub_attributes))
                }
                other => other.to_json(definition),
            };
            let parsed = match current {
                // A stored value is not validated again.
                Some(same) if *same == *value => Ok(current.cloned()),
                _ => definition.parse(&value, &place),
            };
            match parsed {
                Ok(Some(value)) => drop(after.insert(definition.name, value)),
                Ok(None) => drop(after.remove(&definition.name)),
                Err(more) => errors.extend(more.into_iter().map(|one| conceal(definition, one))),
            }
        }
        errors.extend(find_forbidden(before, &after, definitions, writer));
        if writer.creates_user && writer.is_administrator {
            errors.extend(find_missing(&after, definitions, &errors));
        }
        errors.extend(find_excess(before, &after));
        if errors.is_empty() { Ok(after) } else { Err(errors) }
    }
}

impl CustomAttributeValue {
    /// The value as JSON. A text that is not of the type stays a text, which is an error.
    fn to_json<'a>(&'a self, definition: &AttributeDefinition) -> Cow<'a, Json> {
        let read = |text| read_text(definition.value_type, text);
        match self {
            Self::Json(value) | Self::SubAttributes(value) => Cow::Borrowed(value),
            Self::Cell(cell) if definition.is_multi_valued => {
                Cow::Owned(cell.split(SEPARATOR).map(read).collect())
            }
            Self::Cell(cell) => Cow::Owned(read(cell)),
        }
    }
}

impl fmt::Display for CustomAttributeValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Json(value) | Self::SubAttributes(value) => f.write_str(&value_text(value)),
            Self::Cell(cell) => f.write_str(cell),
        }
    }
}

/// Merges sub-attributes into a single complex value. null clears a sub-attribute.
fn merge_sub_attributes(
    definition: &AttributeDefinition,
    current: Option<&Json>,
    new: &Json,
) -> Json {
    let is_single = definition.value_type == ValueType::Complex && !definition.is_multi_valued;
    let (Some(Json::Object(current)), Json::Object(new), true) = (current, new, is_single) else {
        return new.clone();
    };
    let mut merged = current.clone();
    merged.extend(new.iter().map(|(name, value)| (name.clone(), value.clone())));
    merged.retain(|_, value| !value.is_null());
    Json::Object(merged)
}

/// The error without its value, if the writer may not see the stored value, of which it may
/// be a sub-attribute.
fn conceal(definition: &AttributeDefinition, error: FieldError) -> FieldError {
    match definition.visibility.includes_admins() {
        true => error,
        false => FieldError { value: String::new(), ..error },
    }
}

/// Reads a text as the type demands. One that is not of the type stays a text, which is an
/// error.
pub(super) fn read_text(value_type: ValueType, text: &str) -> Json {
    let trimmed = text.trim();
    let read = match value_type {
        ValueType::Boolean => match trimmed.to_ascii_lowercase().as_str() {
            "true" | "1" => Some(true.into()),
            "false" | "0" => Some(false.into()),
            _ => None,
        },
        ValueType::Integer => trimmed.parse::<i64>().ok().map(Json::from),
        ValueType::Decimal => {
            trimmed.parse::<f64>().ok().filter(|number| number.is_finite()).map(Json::from)
        }
        _ => None,
    };
    read.unwrap_or_else(|| text.into())
}

impl AttributeDefinition {
    /// Checks whether a writer may change the attribute of a user.
    ///
    /// # Errors
    /// Why it may not.
    pub(in crate::domain) fn check_writer(
        &self,
        writer: AttributeWriter,
        has_value: bool,
    ) -> Result<(), ForbiddenChange> {
        match self.mutability {
            Mutability::ReadOnly if !writer.is_administrator => Err(ForbiddenChange::ReadOnly),
            Mutability::Immutable if has_value => Err(ForbiddenChange::Immutable),
            _ => Ok(()),
        }
    }
}

/// The errors of values that the writer may not change.
fn find_forbidden(
    before: &CustomAttributes,
    after: &CustomAttributes,
    definitions: &[AttributeDefinition],
    writer: AttributeWriter,
) -> Vec<FieldError> {
    let changed = definitions.iter().filter(|one| before.get(&one.name) != after.get(&one.name));
    let error = |definition: &AttributeDefinition| {
        let has_value = before.contains_key(&definition.name);
        let reason = match definition.check_writer(writer, has_value).err()? {
            ForbiddenChange::ReadOnly => Reason::read_only(),
            ForbiddenChange::Immutable => Reason::immutable(),
        };
        let value = after.get(&definition.name).map(value_text).unwrap_or_default();
        let error = FieldError::new(format!("attributes/{}", definition.name), value, reason);
        Some(conceal(definition, error))
    };
    changed.filter_map(error).collect()
}

/// The errors of required attributes without a value.
fn find_missing(
    after: &CustomAttributes,
    definitions: &[AttributeDefinition],
    errors: &[FieldError],
) -> Vec<FieldError> {
    let required = definitions.iter().filter(|one| one.is_required);
    let missing = required.filter(|one| !after.contains_key(&one.name));
    let places = missing.map(|one| format!("attributes/{}", one.name));
    let has_error = |place: &String| {
        let rest = |error: &FieldError| error.field.strip_prefix(place.as_str()).map(str::to_owned);
        let mut rests = errors.iter().filter_map(rest);
        rests.any(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    let error =
        |place| FieldError::new(place, "", Reason::required("a value", "Add the attribute."));
    places.filter(|place| !has_error(place)).map(error).collect()
}

/// The error of too many bytes. Values of before that are too long already can become
/// shorter.
fn find_excess(before: &CustomAttributes, after: &CustomAttributes) -> Option<FieldError> {
    let bytes = count_bytes(after);
    let reason = format!("must have at most {MAX_BYTES} bytes as JSON: they have {bytes}");
    is_too_long(before, after).then(|| FieldError::new("attributes", "", reason))
}

/// Whether attributes have too many bytes, and more than before.
pub(in crate::domain) fn is_too_long(before: &CustomAttributes, after: &CustomAttributes) -> bool {
    let bytes = count_bytes(after);
    bytes > MAX_BYTES && bytes > count_bytes(before)
}

/// The number of bytes that the attributes have as JSON.
pub fn count_bytes(values: &CustomAttributes) -> usize {
    // The braces; and for each: the quotes, the colon and the comma.
    2 + values
        .iter()
        .map(|(name, value)| name.as_str().len() + 4 + value.to_string().len())
        .sum::<usize>()
}
