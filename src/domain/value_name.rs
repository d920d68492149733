//! The names of the values of a user that have one setter.

use std::{fmt, str::FromStr};

use super::{
    attribute_name::{AttributeName, UnknownAttribute},
    mapping_target::{ListTarget, MappingTarget},
    multi_valued::{FieldValue, MultiValuedField},
    profile_field::ProfileField,
};

/// The name of a value with one setter: an attribute, or the values of a list with one type,
/// such as `emails.work`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct ValueName {
    /// The attribute.
    pub attribute: AttributeName,
    /// One of the types that the standard suggests. `None`: the whole attribute; of a list,
    /// the main value and the values of other types.
    pub value_type: Option<&'static str>,
}

impl ValueName {
    /// The name of a value of a list that is not the main value.
    #[must_use]
    pub fn of_value(list: MultiValuedField, value: &FieldValue) -> Self {
        let mut types = list.canonical_types().iter().copied();
        let value_type = types.find(|value_type| value.is_of_type(value_type));
        Self { attribute: list.into(), value_type }
    }
}

impl From<AttributeName> for ValueName {
    fn from(attribute: AttributeName) -> Self {
        Self { attribute, value_type: None }
    }
}

impl From<ProfileField> for ValueName {
    fn from(field: ProfileField) -> Self {
        AttributeName::from(field).into()
    }
}

impl From<ListTarget> for ValueName {
    fn from(target: ListTarget) -> Self {
        Self { attribute: target.list.into(), value_type: target.value_type }
    }
}

impl From<MappingTarget> for ValueName {
    fn from(target: MappingTarget) -> Self {
        match target {
            MappingTarget::Field(field) => field.into(),
            MappingTarget::Values(target) => target.into(),
            MappingTarget::Custom(target) => AttributeName::from(target.attribute).into(),
        }
    }
}

impl FromStr for ValueName {
    type Err = UnknownAttribute;

    /// Parses the exact name.
    fn from_str(text: &str) -> Result<Self, UnknownAttribute> {
        if let Ok(attribute) = text.parse::<AttributeName>() {
            return Ok(attribute.into());
        }
        let (list, value_type) = text.split_once('.').ok_or(UnknownAttribute)?;
        let list: MultiValuedField = list.parse().map_err(|_| UnknownAttribute)?;
        let mut types = list.canonical_types().iter().copied();
        let value_type =
            types.find(|candidate| *candidate == value_type).ok_or(UnknownAttribute)?;
        Ok(Self { attribute: list.into(), value_type: Some(value_type) })
    }
}

impl fmt::Display for ValueName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.attribute.fmt(f)?;
        self.value_type.map_or(Ok(()), |value_type| write!(f, ".{value_type}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn name_has_the_type_of_the_values() {
        for (list, value_type, expected) in [
            (MultiValuedField::Emails, "Work", "emails.work"),
            (MultiValuedField::Emails, "school", "emails"),
            (MultiValuedField::Roles, "work", "roles"),
            (MultiValuedField::Photos, "thumbnail", "photos.thumbnail"),
        ] {
            let name = ValueName::of_value(list, &FieldValue::new("a", value_type, None));
            assert_eq!(name.to_string(), expected);
            assert_eq!(expected.parse(), Ok(name));
        }
        let target = MappingTarget::find("addresses.work.country").unwrap();
        assert_eq!(ValueName::from(target).to_string(), "addresses.work");
        for text in ["emails.school", "emails.Work", "roles.work", "department.work", "", "."] {
            assert_eq!(text.parse::<ValueName>(), Err(UnknownAttribute), "{text}");
        }
    }
}
