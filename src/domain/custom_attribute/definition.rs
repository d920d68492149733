//! New definitions and their changes.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    AttributeDefinition, CustomAttributeName, MAX_CANONICAL_VALUES, MAX_PARTS, Mutability,
    PartDefinition, ValueType, Visibility,
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
    /// The parts of a complex attribute, else empty.
    pub parts: Vec<PartDefinition>,
    /// What can change later.
    pub changes: AttributeDefinitionChanges,
}

/// What can change in a definition. `None` keeps the current value, or the default.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AttributeDefinitionChanges {
    /// What it is for.
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
        let mut errors = check_parts(self.value_type, &self.parts);
        let parts = self.parts.into_iter().enumerate();
        let parts = parts.map(|(index, part)| {
            let place = format!("parts/{index}/");
            parse_part(part, &place, &mut errors)
        });
        let parts = parts.collect();
        let blank = AttributeDefinition {
            id,
            account,
            name: self.name,
            value_type: self.value_type,
            is_multi_valued: self.is_multi_valued,
            is_case_exact: self.is_case_exact,
            parts,
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

/// The errors of the parts as a whole.
fn check_parts(value_type: ValueType, parts: &[PartDefinition]) -> Vec<FieldError> {
    let is_complex = value_type == ValueType::Complex;
    let reason = match parts.len() {
        0 if is_complex => {
            Some(Reason::required("the parts of the values", "Add at least one part."))
        }
        count if count > 0 && !is_complex => Some(Reason::new(
            "is not supported without the type COMPLEX",
            "no value",
            "Use the type COMPLEX, or leave the field out.",
        )),
        count if count > MAX_PARTS => Some(format!("must have at most {MAX_PARTS} parts").into()),
        _ => None,
    };
    let mut errors: Vec<_> =
        reason.map(|reason| FieldError::new("parts", "", reason)).into_iter().collect();
    let mut keys = BTreeSet::new();
    for (index, part) in parts.iter().enumerate() {
        if !keys.insert(part.name.key()) {
            let reason = Reason::repeated("each name once", "Rename one of the parts.");
            let place = format!("parts/{index}/name");
            errors.push(FieldError::new(place, part.name.as_str(), reason));
        }
        if part.value_type == ValueType::Complex {
            let types = ValueType::NAMES.iter().filter(|name| **name != "COMPLEX");
            let types: Vec<_> = types.copied().collect();
            let reason = Reason::must_be(format!("one of {}", types.join(", ")));
            errors.push(FieldError::new(format!("parts/{index}/type"), "COMPLEX", reason));
        }
    }
    errors
}

fn parse_part(part: PartDefinition, place: &str, errors: &mut Vec<FieldError>) -> PartDefinition {
    let canonical = format!("{place}canonicalValues");
    PartDefinition {
        description: parse_description(part.description, format!("{place}description"), errors),
        canonical_values: parse_canonical_values(
            part.canonical_values,
            part.value_type,
            &canonical,
            errors,
        ),
        ..part
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
