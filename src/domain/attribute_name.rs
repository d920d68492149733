//! The names of the attributes of a user that have one owner, one lock and one policy.

use std::{collections::BTreeSet, fmt, str::FromStr};

use super::{
    custom_attribute::{CustomAttributeName, NAME_PREFIX},
    field_error::stated,
    multi_valued::MultiValuedField,
    profile_field::ProfileField,
};

/// The name of an attribute of a user, as in a JSON body: `mobile` for the region and the
/// number, `teams` for the memberships, `attributes.shoeSize` for a custom attribute.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AttributeName(Name);

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Name {
    BuiltIn(&'static str),
    Custom(CustomAttributeName),
}

/// The error of a text that is not the name of an attribute.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UnknownAttribute;

impl AttributeName {
    /// The memberships.
    pub const TEAMS: Self = Self(Name::BuiltIn("teams"));

    /// All names but those of custom attributes, in the order of the definitions.
    pub fn iter() -> impl Iterator<Item = Self> + Clone {
        let mut seen = BTreeSet::new();
        let fields = ProfileField::ALL.into_iter().map(Self::from);
        let lists = MultiValuedField::ALL.into_iter().map(Self::from);
        fields.filter(move |name| seen.insert(*name)).chain(lists)
    }

    /// The name, unless it is that of a custom attribute.
    #[must_use]
    pub const fn built_in(self) -> Option<&'static str> {
        match self.0 {
            Name::BuiltIn(name) => Some(name),
            Name::Custom(_) => None,
        }
    }

    /// The name of the custom attribute, if it is one.
    #[must_use]
    pub const fn custom(self) -> Option<CustomAttributeName> {
        match self.0 {
            Name::BuiltIn(_) => None,
            Name::Custom(name) => Some(name),
        }
    }
}

impl From<ProfileField> for AttributeName {
    fn from(field: ProfileField) -> Self {
        let path = field.path();
        Self(Name::BuiltIn(path.split_once('/').map_or(path, |(first, _)| first)))
    }
}

impl From<MultiValuedField> for AttributeName {
    fn from(field: MultiValuedField) -> Self {
        Self(Name::BuiltIn(field.as_str()))
    }
}

impl From<CustomAttributeName> for AttributeName {
    fn from(name: CustomAttributeName) -> Self {
        Self(Name::Custom(name))
    }
}

impl FromStr for AttributeName {
    type Err = UnknownAttribute;

    /// Parses the exact name.
    fn from_str(text: &str) -> Result<Self, UnknownAttribute> {
        let custom = text.strip_prefix(NAME_PREFIX).and_then(|name| name.parse().ok());
        let custom = custom.map(|name| Self(Name::Custom(name)));
        let built_in = || Self::iter().find(|name| name.built_in() == Some(text));
        custom.or_else(built_in).ok_or(UnknownAttribute)
    }
}

impl fmt::Display for AttributeName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Name::BuiltIn(name) => f.write_str(name),
            Name::Custom(name) => write!(f, "{NAME_PREFIX}{name}"),
        }
    }
}

impl fmt::Display for UnknownAttribute {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = AttributeName::iter().filter_map(AttributeName::built_in).collect();
        write!(f, "must be one of {}", names.join(", "))
    }
}

impl std::error::Error for UnknownAttribute {}

stated!(UnknownAttribute);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_name_is_listed_once_and_parsed() {
        let names: Vec<_> = AttributeName::iter().collect();
        assert_eq!(names.len(), names.iter().collect::<BTreeSet<_>>().len());
        for name in names {
            assert_eq!(name.to_string().parse(), Ok(name));
            for other in [format!(" {name}"), name.to_string().to_uppercase()] {
                assert_eq!(other.parse::<AttributeName>(), Err(UnknownAttribute), "{other:?}");
            }
        }
    }

    #[test]
    fn fields_of_one_attribute_share_its_name() {
        let name = |field: ProfileField| AttributeName::from(field).to_string();
        for (field, expected) in [
            (ProfileField::MobileRegionCode, "mobile"),
            (ProfileField::MobileNumber, "mobile"),
            (ProfileField::TeamName, "teams"),
            (ProfileField::TeamRole, "teams"),
            (ProfileField::FormattedName, "formattedName"),
            (ProfileField::Role, "role"),
            (ProfileField::Disabled, "disabled"),
        ] {
            assert_eq!(name(field), expected, "{field:?}");
        }
        assert_eq!(AttributeName::TEAMS, ProfileField::TeamName.into());
        assert_eq!(AttributeName::from(MultiValuedField::Emails).to_string(), "emails");
    }

    #[test]
    fn unknown_name_is_rejected_with_the_accepted_names() {
        let message = UnknownAttribute.to_string();
        for name in ["email", "mobile", "department", "teams", "phoneNumbers"] {
            assert!(message.contains(name), "{message}");
        }
        assert!(message.starts_with("must be one of email, "), "{message}");
    }
}
