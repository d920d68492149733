//! Settings with an entry for each attribute of a user: the mapping and the update policies.

use std::collections::BTreeMap;

use serde_json::Value as Json;

use super::json::{collect_all, invalid_value, parse_text};
use crate::domain::{
    attribute_name::AttributeName,
    field_error::{FieldError, Reason, pointer_segment},
    field_format::VisibleTextValue,
    mapping_target::MappingTarget,
    update_policy::{UpdatePolicy, allowed_policies, attributes_with_policy, has_policy},
};

/// The maximum number of characters of an attribute's name.
pub const MAX_ATTRIBUTE_NAME_CHARS: usize = 512;

/// The entries of a setting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SettingEntries<K: Ord, V> {
    /// The entries.
    pub entries: BTreeMap<K, V>,
    /// Whether an entry that is left out gets its default. Otherwise it keeps its value.
    pub is_whole: bool,
}

pub(super) type MappingEntries = SettingEntries<MappingTarget, Option<String>>;
pub(super) type PolicyEntries = SettingEntries<AttributeName, UpdatePolicy>;

impl<K: Ord, V> SettingEntries<K, V> {
    /// Entries without those that keep their values.
    #[must_use]
    pub const fn new(entries: BTreeMap<K, V>) -> Self {
        Self { entries, is_whole: false }
    }
}

/// Parses the name of an attribute. A blank one is none.
pub(super) fn parse_attribute(value: &Json) -> Result<Option<String>, Reason> {
    parse_text(value, |VisibleTextValue::<MAX_ATTRIBUTE_NAME_CHARS>(name)| name)
}

/// Parses the names of attributes by what they fill. null removes an entry.
pub(super) fn parse_mapping(field: &str, value: &Json) -> Result<MappingEntries, Vec<FieldError>> {
    let invalid = || vec![invalid_value(field.to_owned(), value, Reason::must_be("an object"))];
    let parsed = value.as_object().ok_or_else(invalid)?.iter().map(|(name, value)| {
        let place = format!("{field}/{}", pointer_segment(name));
        let Some(field) = MappingTarget::find(name) else {
            let accepted = MappingTarget::names();
            return Err(FieldError::new(place, "", Reason::unknown_field(name, &accepted)));
        };
        let name = if value.is_null() { Ok(None) } else { parse_attribute(value) };
        name.map(|name| (field, name)).map_err(|reason| invalid_value(place, value, reason))
    });
    collect_all(parsed).map(SettingEntries::new)
}

/// Parses policies by attribute. null gives an attribute the default again.
pub(super) fn parse_policies(field: &str, value: &Json) -> Result<PolicyEntries, Vec<FieldError>> {
    let invalid = || vec![invalid_value(field.to_owned(), value, Reason::must_be("an object"))];
    let parsed = value.as_object().ok_or_else(invalid)?.iter().map(|(name, value)| {
        let place = format!("{field}/{}", pointer_segment(name));
        let attribute = name.parse().ok().filter(|name| has_policy(*name));
        let Some(attribute) = attribute else {
            let accepted: Vec<_> =
                attributes_with_policy().filter_map(AttributeName::built_in).collect();
            return Err(FieldError::new(place, "", Reason::unknown_field(name, &accepted)));
        };
        read_policy(attribute, value)
            .map(|policy| (attribute, policy))
            .map_err(|reason| invalid_value(place, value, reason))
    });
    collect_all(parsed).map(SettingEntries::new)
}

fn read_policy(attribute: AttributeName, value: &Json) -> Result<UpdatePolicy, Reason> {
    if value.is_null() {
        return Ok(UpdatePolicy::FirstLogin);
    }
    let allowed = allowed_policies(attribute);
    let policy = value.as_str().and_then(|name| {
        allowed.iter().copied().find(|policy| policy.as_str().eq_ignore_ascii_case(name))
    });
    let names = || allowed.iter().map(|policy| policy.as_str()).collect::<Vec<_>>().join(", ");
    let expected = || format!("one of {}", names());
    policy.ok_or_else(|| Reason::must_be(expected()))
}
