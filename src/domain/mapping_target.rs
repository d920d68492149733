//! What an attribute of an assertion can fill.

use std::{collections::BTreeMap, fmt, str::FromStr, sync::LazyLock};

use super::{
    attribute_name::AttributeName,
    custom_attribute::{AttributeDefinition, CustomAttributeName, CustomTarget},
    multi_valued::{MultiValuedField, SubAttribute, ValueKind},
    profile_field::ProfileField,
};

/// An attribute or sub-attribute of a user that a connection can map a SAML attribute to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum MappingTarget {
    /// An attribute that can be written as text.
    Field(ProfileField),
    /// The values of a multi-valued attribute with one `type`.
    Values(ListTarget),
    /// A custom attribute, or a sub-attribute of one.
    Custom(CustomTarget),
}

/// The values of a multi-valued attribute with one `type`, such as `phoneNumbers.work`; or a
/// sub-attribute of them, such as `addresses.work.country`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ListTarget {
    /// The attribute.
    pub list: MultiValuedField,
    /// The type. `None`: the values without a type.
    pub value_type: Option<&'static str>,
    /// The sub-attribute of a postal address. `None`: the whole value.
    pub sub_attribute: Option<SubAttribute>,
}

/// The error of a text that is not the name of a target.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("is not an attribute that a login can set")]
pub struct UnknownTarget;

/// Every built-in target by its name, also those that show what a login has set, such as
/// `addresses.work`.
static BY_NAME: LazyLock<BTreeMap<String, MappingTarget>> = LazyLock::new(|| {
    let fields = ProfileField::ALL.into_iter().map(MappingTarget::Field);
    let lists = ListTarget::iter().flat_map(|target| [target.whole(), target]);
    let all = fields.chain(lists.map(MappingTarget::Values));
    all.map(|target| (to_name(target), target)).collect()
});

static NAMES: LazyLock<BTreeMap<MappingTarget, &'static str>> =
    LazyLock::new(|| BY_NAME.iter().map(|(name, target)| (*target, name.as_str())).collect());

impl MappingTarget {
    /// All targets but custom attributes, in the order of every interface.
    pub fn iter() -> impl Iterator<Item = Self> + Clone {
        let identifiers = [ProfileField::UserName, ProfileField::ExternalId];
        let fields = ProfileField::mappable().chain(identifiers).map(Self::Field);
        fields.chain(ListTarget::iter().map(Self::Values))
    }

    /// The name in mappings and in plans, unless it is a custom attribute.
    #[must_use]
    pub fn built_in(self) -> Option<&'static str> {
        NAMES.get(&self).copied()
    }

    /// Finds the target that a mapping names. An account may not define the custom
    /// attribute of it.
    #[must_use]
    pub fn find(name: &str) -> Option<Self> {
        let target: Self = name.parse().ok()?;
        let is_known = || Self::iter().any(|candidate| candidate == target);
        (matches!(target, Self::Custom(_)) || is_known()).then_some(target)
    }

    /// The names of all targets but custom attributes.
    #[must_use]
    pub fn names() -> Vec<&'static str> {
        Self::iter().filter_map(Self::built_in).collect()
    }

    /// The custom attribute that it fills, if it fills one.
    #[must_use]
    pub const fn custom(self) -> Option<CustomAttributeName> {
        match self {
            Self::Field(_) | Self::Values(_) => None,
            Self::Custom(target) => Some(target.attribute),
        }
    }

    /// Whether an attribute of the assertion with the name of the target fills it, if the
    /// connection maps no other.
    #[must_use]
    pub fn has_default_name(self) -> bool {
        matches!(self, Self::Field(field) if field.definition().is_mappable)
    }

    /// Whether no two users have the same value.
    #[must_use]
    pub const fn is_unique(self) -> bool {
        matches!(self, Self::Field(ProfileField::UserName | ProfileField::ExternalId))
    }

    /// Whether it gets all values of its attribute. `definitions`: those of the custom
    /// attributes of the account.
    #[must_use]
    pub fn has_several_values(self, definitions: &[AttributeDefinition]) -> bool {
        match self {
            Self::Field(field) => matches!(field, ProfileField::TeamName | ProfileField::TeamRole),
            Self::Values(_) => true,
            Self::Custom(target) => {
                target.resolve(definitions).is_ok_and(|target| target.has_several_values())
            }
        }
    }
}

fn to_name(target: MappingTarget) -> String {
    match target {
        MappingTarget::Field(field) => field.as_str().to_owned(),
        MappingTarget::Values(ListTarget { list, value_type, sub_attribute }) => {
            let sub_attributes =
                value_type.into_iter().chain(sub_attribute.map(SubAttribute::as_str));
            sub_attributes.fold(list.as_str().to_owned(), |name, sub_attribute| {
                format!("{name}.{sub_attribute}")
            })
        }
        MappingTarget::Custom(target) => target.to_string(),
    }
}

impl ListTarget {
    /// All of them. The mobile number and the pictures are not among them: `mobileNumber`
    /// and `userProfileImage` fill their lists.
    pub fn iter() -> impl Iterator<Item = Self> + Clone {
        let lists = MultiValuedField::ALL.into_iter();
        lists.filter(|list| *list != MultiValuedField::Photos).flat_map(|list| {
            let types: Vec<_> = match list.canonical_types() {
                [] => vec![None],
                types => types.iter().copied().map(Some).collect(),
            };
            let is_main = move |kind: &Option<&str>| {
                list == MultiValuedField::PhoneNumbers && *kind == Some("mobile")
            };
            let types = types.into_iter().filter(move |kind| !is_main(kind));
            types.flat_map(move |value_type| {
                sub_attributes(list).into_iter().map(move |sub_attribute| Self {
                    list,
                    value_type,
                    sub_attribute,
                })
            })
        })
    }

    /// The target of the whole values.
    #[must_use]
    pub const fn whole(self) -> Self {
        Self { sub_attribute: None, ..self }
    }
}

fn sub_attributes(list: MultiValuedField) -> Vec<Option<SubAttribute>> {
    match list.kind() {
        ValueKind::PostalAddress => {
            let sub_attributes = list
                .sub_attributes()
                .iter()
                .filter(|sub_attribute| **sub_attribute != SubAttribute::Type);
            sub_attributes.copied().map(Some).collect()
        }
        _ => vec![None],
    }
}

impl From<ProfileField> for MappingTarget {
    fn from(field: ProfileField) -> Self {
        Self::Field(field)
    }
}

impl From<ListTarget> for MappingTarget {
    fn from(target: ListTarget) -> Self {
        Self::Values(target)
    }
}

impl From<CustomTarget> for MappingTarget {
    fn from(target: CustomTarget) -> Self {
        Self::Custom(target)
    }
}

impl From<MappingTarget> for AttributeName {
    fn from(target: MappingTarget) -> Self {
        match target {
            MappingTarget::Field(field) => field.into(),
            MappingTarget::Values(target) => target.list.into(),
            MappingTarget::Custom(target) => target.attribute.into(),
        }
    }
}

impl PartialEq<ProfileField> for MappingTarget {
    fn eq(&self, field: &ProfileField) -> bool {
        *self == Self::Field(*field)
    }
}

impl FromStr for MappingTarget {
    type Err = UnknownTarget;

    /// Parses the exact name.
    fn from_str(name: &str) -> Result<Self, UnknownTarget> {
        let custom = || name.parse().ok().map(Self::Custom);
        BY_NAME.get(name).copied().or_else(custom).ok_or(UnknownTarget)
    }
}

impl fmt::Display for MappingTarget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Custom(target) => target.fmt(f),
            built_in => f.write_str(built_in.built_in().unwrap_or_default()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_target_has_one_name() {
        let targets: Vec<_> = MappingTarget::iter().collect();
        for target in &targets {
            assert_eq!(MappingTarget::find(target.built_in().unwrap()), Some(*target));
        }
        for (name, is_target) in [
            ("firstName", true),
            ("externalId", true),
            ("userName", true),
            ("phoneNumbers.work", true),
            ("emails.home", true),
            ("ims.xmpp", true),
            ("addresses.work.country", true),
            ("entitlements", true),
            ("roles", true),
            ("x509Certificates", true),
            ("attributes.shoeSize", true),
            ("attributes.office.city", true),
            ("attributes", false),
            ("attributes.", false),
            ("attributes.2nd", false),
            ("attributes.office.city.name", false),
            ("shoeSize", false),
            ("phoneNumbers", false),
            ("phoneNumbers.mobile", false),
            ("photos.photo", false),
            ("addresses.work", false),
            ("addresses.work.type", false),
            ("roles.work", false),
            ("email", false),
            ("disabled", false),
            ("", false),
        ] {
            let target = MappingTarget::find(name);
            let found = target.map(|target| target.to_string());
            assert_eq!(found.as_deref(), is_target.then_some(name), "{name}");
        }
    }

    #[test]
    fn only_single_values_are_filled_without_a_mapping() {
        for (name, expected) in [
            ("department", true),
            ("teamName", true),
            ("externalId", false),
            ("roles", false),
            ("attributes.department", false),
        ] {
            assert_eq!(MappingTarget::find(name).unwrap().has_default_name(), expected, "{name}");
        }
    }
}
