//! New definitions and their changes.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    AttributeDefinition, CustomAttributeName, MAX_CANONICAL_VALUES, MAX_SUB_ATTRIBUTES, Mutability,
    SubAttributeDefinition, ValueType, Visibility,
};
use crate::domain::{
    Timestamp,
    field_error::{FieldError, Reason},
    id::{AccountId, AttributeDefinitionId},
    text::parse_line,
};

/// A new definition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewAttributeDefinition {
    /// Its name.
    pub name: CustomAttributeName,
    /// The type of its values.
    pub value_type: ValueType,
    /// Whether it has several values.
    pub is_multi_valued: bool,
    /// Whether texts are compared with case.
    pub is_case_exact: bool,
    /// The sub-attributes of a complex attribute, else empty.
    pub sub_attributes: Vec<SubAttributeDefinition>,
    /// The rules that can be changed later.
    pub changes: AttributeDefinitionChanges,
}

/// The changes of a definition. `None` keeps the current value, or the default.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AttributeDefinitionChanges {
    /// Its purpose.
    pub description: Option<String>,
    /// Whether an administrator can stage a user only with a value.
    pub is_required: Option<bool>,
    /// The values that are accepted.
    pub canonical_values: Option<Vec<String>>,
    /// Who can change a value.
    pub mutability: Option<Mutability>,
    /// Who gets the values.
    pub visibility: Option<Visibility>,
}

impl NewAttributeDefinition {
    /// Builds the definition.
    ///
    /// # Errors
    /// Every error of the definition.
    pub fn build(
        self,
        id: AttributeDefinitionId,
        account: AccountId,
        now: Timestamp,
    ) -> Result<AttributeDefinition, Vec<FieldError>> {
        let mut errors = check_sub_attributes(self.value_type, &self.sub_attributes);
        let sub_attributes = self.sub_attributes.into_iter().enumerate();
        let sub_attributes = sub_attributes.map(|(index, sub_attribute)| {
            let place = format!("subAttributes/{index}/");
            parse_sub_attribute(sub_attribute, &place, &mut errors)
        });
        let sub_attributes = sub_attributes.collect();
        let blank = AttributeDefinition {
            id,
            account,
            name: self.name,
            value_type: self.value_type,
            is_multi_valued: self.is_multi_valued,
            is_case_exact: self.is_case_exact,
            sub_attributes,
            description: String::new(),
            is_required: false,
            canonical_values: Vec::new(),
            mutability: Mutability::ReadWrite,
            visibility: Visibility::Both,
            created_at: now,
            updated_at: now,
            version: 1,
        };
        match self.changes.apply(blank) {
            Ok(definition) if errors.is_empty() => Ok(definition),
            Ok(_) => Err(errors),
            Err(more) => {
                errors.extend(more);
                Err(errors)
            }
        }
    }
}

impl AttributeDefinitionChanges {
    /// Returns the definition after the changes.
    ///
    /// # Errors
    /// Every error of them.
    pub fn apply(
        self,
        definition: AttributeDefinition,
    ) -> Result<AttributeDefinition, Vec<FieldError>> {
        let mut errors = Vec::new();
        let description = self
            .description
            .map(|text| parse_description(text, "description".to_owned(), &mut errors));
        let canonical_values = self.canonical_values.map(|values| {
            let value_type = definition.value_type;
            parse_canonical_values(values, value_type, "canonicalValues", &mut errors)
        });
        let after = AttributeDefinition {
            description: description.unwrap_or(definition.description),
            is_required: self.is_required.unwrap_or(definition.is_required),
            canonical_values: canonical_values.unwrap_or(definition.canonical_values),
            mutability: self.mutability.unwrap_or(definition.mutability),
            visibility: self.visibility.unwrap_or(definition.visibility),
            ..definition
        };
        if errors.is_empty() { Ok(after) } else { Err(errors) }
    }
}

/// The errors of the sub-attributes as a whole.
fn check_sub_attributes(
    value_type: ValueType,
    sub_attributes: &[SubAttributeDefinition],
) -> Vec<FieldError> {
    let is_complex = value_type == ValueType::Complex;
    let reason = match sub_attributes.len() {
        0 if is_complex => Some(Reason::required(
            "the sub-attributes of the values",
            "Add at least one sub-attribute.",
        )),
        count if count > 0 && !is_complex => Some(Reason::new(
            "is not supported without the type COMPLEX",
            "no value",
            "Use the type COMPLEX, or leave the field out.",
        )),
        count if count > MAX_SUB_ATTRIBUTES => {
            Some(format!("must have at most {MAX_SUB_ATTRIBUTES} sub-attributes").into())
        }
        _ => None,
    };
    let mut errors: Vec<_> =
        reason.map(|reason| FieldError::new("subAttributes", "", reason)).into_iter().collect();
    let mut keys = BTreeSet::new();
    for (index, sub_attribute) in sub_attributes.iter().enumerate() {
        if !keys.insert(sub_attribute.name.key()) {
            let reason = Reason::repeated("each name once", "Rename one of the sub-attributes.");
            let place = format!("subAttributes/{index}/name");
            errors.push(FieldError::new(place, sub_attribute.name.as_str(), reason));
        }
        if sub_attribute.value_type == ValueType::Complex {
            let types = ValueType::NAMES.iter().filter(|name| **name != "COMPLEX");
            let types: Vec<_> = types.copied().collect();
            let reason = Reason::must_be(format!("one of {}", types.join(", ")));
            errors.push(FieldError::new(format!("subAttributes/{index}/type"), "COMPLEX", reason));
        }
    }
    errors
}

fn parse_sub_attribute(
    sub_attribute: SubAttributeDefinition,
    place: &str,
    errors: &mut Vec<FieldError>,
) -> SubAttributeDefinition {
    let canonical = format!("{place}canonicalValues");
    SubAttributeDefinition {
        description: parse_description(
            sub_attribute.description,
            format!("{place}description"),
            errors,
        ),
        canonical_values: parse_canonical_values(
            sub_attribute.canonical_values,
            sub_attribute.value_type,
            &canonical,
            errors,
        ),
        ..sub_attribute
    }
}

/// A description may be blank.
fn parse_description(text: String, place: String, errors: &mut Vec<FieldError>) -> String {
    if text.trim().is_empty() {
        return String::new();
    }
    match parse_line(&text) {
        Ok(line) => line.to_owned(),
        Err(error) => {
            errors.push(FieldError::new(place, text, error));
            String::new()
        }
    }
}

fn parse_canonical_values(
    values: Vec<String>,
    value_type: ValueType,
    place: &str,
    errors: &mut Vec<FieldError>,
) -> Vec<String> {
    if !values.is_empty() && value_type != ValueType::String {
        let reason = Reason::new(
            "is not supported without the type STRING",
            "no value",
            "Use the type STRING, or leave the field out.",
        );
        errors.push(FieldError::new(place.to_owned(), "", reason));
    }
    if values.len() > MAX_CANONICAL_VALUES {
        let reason = format!("must have at most {MAX_CANONICAL_VALUES} values");
        errors.push(FieldError::new(place.to_owned(), "", reason));
        return Vec::new();
    }
    let mut parsed: BTreeMap<String, usize> = BTreeMap::new();
    for (index, value) in values.iter().enumerate() {
        let error = match parse_line(value) {
            Ok(line) if parsed.insert(line.to_owned(), index).is_none() => continue,
            Ok(_) => Reason::repeated("each value once", "Remove one of the two."),
            Err(error) => error.into(),
        };
        errors.push(FieldError::new(format!("{place}/{index}"), value.as_str(), error));
    }
    let mut in_order: Vec<_> = parsed.into_iter().collect();
    in_order.sort_by_key(|(_, index)| *index);
    in_order.into_iter().map(|(value, _)| value).collect()
}
