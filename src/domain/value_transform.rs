//! The transforms of the values of a SAML attribute.

use std::{borrow::Cow, collections::HashMap};

use super::{
    field_error::Reason,
    mapping_target::{ListTarget, MappingTarget},
    mobile::Region,
    multi_valued::SubAttribute,
    profile_field::ProfileField,
    role::{AccountRole, TeamRole},
    team::TeamName,
    text::{fold, parse_line},
    user_name::UserName,
};

/// The maximum number of entries of a table.
pub const MAX_TABLE_ENTRIES: usize = 500;

/// The maximum number of values of a field after they were split. The others are left out.
pub const MAX_RECEIVED_VALUES: usize = 3_000;

/// The number of values without an entry that are recorded.
const MAX_SHOWN_VALUES: usize = 100;

/// The maximum number of characters of a separator.
pub const MAX_SEPARATOR_CHARS: usize = 16;

/// The steps between the received values of a field and those that the rules read. They
/// run in the order of the members; values are always trimmed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ValueTransform {
    /// The target of the values.
    pub target: MappingTarget,
    /// The separator at which each value is split.
    pub separator: Option<String>,
    /// Whether letters are lower-cased.
    pub lower_case: bool,
    /// Replaces values, compared without case. A field with one value gets that of the
    /// first entry that matches a received value.
    pub table: Vec<TableEntry>,
    /// Whether a value without an entry in the table is used as it is. Otherwise it is
    /// left out.
    pub keep_unlisted: bool,
    /// Whether only the first value is used.
    pub first_only: bool,
    /// The value of a field that would otherwise have none.
    pub default_value: Option<String>,
}

/// An entry of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableEntry {
    /// The received value.
    pub received: String,
    /// Its replacement.
    pub value: String,
}

/// The values of a field after its transform.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TransformedValues {
    /// The values in order, trimmed. A value that is left out is empty, so that the others
    /// keep their places.
    pub values: Vec<String>,
    /// The number of received values, after the split and without blank ones.
    pub received_count: usize,
    /// The received values, if none of them is in the table: the first few.
    pub unlisted: Option<String>,
    /// The first value that was left out, because there are too many.
    pub cut: Option<String>,
    /// Whether the only value is the default.
    pub is_default: bool,
}

impl ValueTransform {
    /// A transform of a field that changes nothing.
    #[must_use]
    pub fn new(target: impl Into<MappingTarget>) -> Self {
        Self {
            target: target.into(),
            separator: None,
            lower_case: false,
            table: Vec::new(),
            keep_unlisted: false,
            first_only: false,
            default_value: None,
        }
    }

    /// Transforms the received values. `has_several_values`: whether the target gets all of
    /// them.
    #[must_use]
    pub fn apply<'a>(
        &self,
        received: impl Iterator<Item = &'a str>,
        has_several_values: bool,
    ) -> TransformedValues {
        let mut parts = received.flat_map(|value| self.split(value));
        let received: Vec<Cow<'a, str>> = parts.by_ref().take(MAX_RECEIVED_VALUES).collect();
        let cut = parts.next().map(Cow::into_owned);
        let mut values = self.look_up(&received, has_several_values);
        let is_listed = values.iter().any(|value| !value.is_empty());
        let filled = || received.iter().map(|value| &**value).filter(|value| !value.is_empty());
        let received_count = filled().count();
        let unlisted = (!is_listed && received_count > 0)
            .then(|| filled().take(MAX_SHOWN_VALUES).collect::<Vec<_>>().join(", "));
        if self.first_only {
            self.keep_first(&mut values);
        }
        let default = self.default_value.as_ref().filter(|_| !is_listed);
        let is_default = default.is_some();
        let values = default.map_or(values, |default| vec![default.clone()]);
        TransformedValues { values, received_count, unlisted, cut, is_default }
    }

    /// Keeps the first value in its place. Of team roles that is the first place, because
    /// a blank role is the default; of other fields the first value that is not blank.
    fn keep_first(&self, values: &mut Vec<String>) {
        if self.target == ProfileField::TeamRole {
            values.truncate(1);
        } else if let Some(first) = values.iter().position(|value| !value.is_empty()) {
            values.iter_mut().skip(first + 1).for_each(String::clear);
        }
    }

    fn split<'a>(&self, value: &'a str) -> impl Iterator<Item = Cow<'a, str>> {
        let separator = self.separator.as_deref().filter(|text| !text.is_empty());
        let parts: Box<dyn Iterator<Item = &'a str>> = match separator {
            Some(separator) => Box::new(split_at(value, separator.to_owned())),
            None => Box::new(std::iter::once(value)),
        };
        let is_lowered = self.lower_case;
        parts.map(str::trim).map(move |part| match is_lowered {
            true => part.to_lowercase().into(),
            false => part.into(),
        })
    }

    fn look_up(&self, values: &[Cow<'_, str>], has_several_values: bool) -> Vec<String> {
        if self.table.is_empty() {
            return values.iter().map(|value| value.clone().into_owned()).collect();
        }
        // By key: the place in the table, and the replacement.
        let entries = self.table.iter().enumerate();
        let table: HashMap<String, (usize, &str)> = entries
            .map(|(place, entry)| (fold(&entry.received), (place, entry.value.as_str())))
            .collect();
        let found: Vec<_> = values.iter().map(|value| table.get(&fold(value)).copied()).collect();
        if !has_several_values && let Some((_, value)) = found.iter().flatten().min() {
            return vec![(*value).to_owned()];
        }
        let replaced = values.iter().zip(found).map(|(value, found)| match found {
            Some((_, replacement)) => replacement.to_owned(),
            None if self.keep_unlisted => value.clone().into_owned(),
            None => String::new(),
        });
        replaced.collect()
    }
}

/// Splits a text at a separator that it does not borrow.
fn split_at(text: &str, separator: String) -> impl Iterator<Item = &str> {
    let mut rest = Some(text);
    std::iter::from_fn(move || {
        let text = rest?;
        match text.split_once(separator.as_str()) {
            Some((part, after)) => {
                rest = Some(after);
                Some(part)
            }
            None => rest.take(),
        }
    })
}

/// Checks a value with which a connection fills a field. Those of custom attributes are
/// checked by their definitions.
///
/// # Errors
/// The error of the value.
pub fn check_configured_value(target: MappingTarget, text: &str) -> Result<(), Reason> {
    let field = match target {
        MappingTarget::Field(field) => field,
        MappingTarget::Values(ListTarget { list, value_type: _, sub_attribute }) => {
            return list
                .parse_sub_attribute(sub_attribute.unwrap_or(SubAttribute::Value), text)
                .map(drop_value);
        }
        MappingTarget::Custom(_) => return Ok(()),
    };
    match field {
        ProfileField::UserName => text.parse::<UserName>().map(drop_value)?,
        ProfileField::Role => text.parse::<AccountRole>().map(drop_value)?,
        ProfileField::TeamRole => text.parse::<TeamRole>().map(drop_value)?,
        ProfileField::TeamName => text.parse::<TeamName>().map(drop_value)?,
        ProfileField::MobileRegionCode => text.parse::<Region>().map(drop_value)?,
        // Valid or not only with its region.
        ProfileField::MobileNumber => parse_line(text).map(drop_value)?,
        _ => field.definition().kind.parse(text).map(drop_value)?,
    }
    Ok(())
}

fn drop_value<T>(_: T) {}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(entries: &[(&str, &str)]) -> Vec<TableEntry> {
        let entry = |(received, value): &(&str, &str)| TableEntry {
            received: (*received).into(),
            value: (*value).into(),
        };
        entries.iter().map(entry).collect()
    }

    fn groups() -> ValueTransform {
        let entries = [("Domain Admins", "ADMIN"), ("Domain Users", "USER")];
        ValueTransform { table: table(&entries), ..ValueTransform::new(ProfileField::Role) }
    }

    type Row<'a> = (ValueTransform, &'a [&'a str], &'a [&'a str], Option<&'a str>);

    #[test]
    fn values_are_split_lowered_replaced_and_completed_in_this_order() {
        let role = || ValueTransform::new(ProfileField::Role);
        let teams = || ValueTransform::new(ProfileField::TeamName);
        let ids = || table(&[("0F-1", "Engines"), ("0f-2", "Looms")]);
        let team_roles = || ValueTransform::new(ProfileField::TeamRole);
        let rows: [Row<'_>; 14] = [
            (role(), &[" USER "], &["USER"], None),
            (
                ValueTransform { separator: Some(";".into()), ..teams() },
                &["a; b;;", "c"],
                &["a", "b", "", "", "c"],
                None,
            ),
            (ValueTransform { lower_case: true, ..teams() }, &["ÄB"], &["äb"], None),
            (ValueTransform { first_only: true, ..teams() }, &["", "b", "c"], &["", "b", ""], None),
            (ValueTransform { first_only: true, ..team_roles() }, &["", "ADMIN"], &[""], None),
            (ValueTransform { default_value: Some("x".into()), ..teams() }, &[], &["x"], None),
            (ValueTransform { default_value: Some("x".into()), ..teams() }, &[" "], &["x"], None),
            (groups(), &["domain users", "DOMAIN ADMINS"], &["ADMIN"], None),
            (groups(), &["VPN", "Domain Users"], &["USER"], None),
            (groups(), &["VPN", "ADMIN"], &["", ""], Some("VPN, ADMIN")),
            (ValueTransform { keep_unlisted: true, ..groups() }, &["ADMIN"], &["ADMIN"], None),
            (
                ValueTransform { default_value: Some("GUEST".into()), ..groups() },
                &["VPN"],
                &["GUEST"],
                Some("VPN"),
            ),
            (
                ValueTransform { table: ids(), ..teams() },
                &["0f-2", "0f-3", "0f-1"],
                &["Looms", "", "Engines"],
                None,
            ),
            (groups(), &[], &[], None),
        ];
        for (transform, received, values, unlisted) in rows {
            let has_several_values = transform.target.has_several_values(&[]);
            let result = transform.apply(received.iter().copied(), has_several_values);
            assert_eq!(result.values, values, "{transform:?} of {received:?}");
            assert_eq!(result.unlisted.as_deref(), unlisted, "{transform:?} of {received:?}");
        }
    }

    #[test]
    fn too_many_values_are_cut() {
        let transform = ValueTransform {
            separator: Some(";".into()),
            ..ValueTransform::new(ProfileField::TeamName)
        };
        let text = "a;".repeat(MAX_RECEIVED_VALUES) + "b";
        let result = transform.apply(std::iter::once(text.as_str()), true);
        assert_eq!(result.values, ["a"; MAX_RECEIVED_VALUES]);
        assert_eq!(result.cut.as_deref(), Some("b"));
        let result = transform.apply("a;".repeat(10).split(','), true);
        assert_eq!((result.cut, result.received_count), (None, 10));
    }

    #[test]
    fn configured_values_follow_the_rules_of_their_field() {
        for (field, text, is_valid) in [
            (ProfileField::Role, "admin", true),
            (ProfileField::Role, "OWNER", false),
            (ProfileField::TeamRole, "GUEST", false),
            (ProfileField::TeamName, "Engines", true),
            (ProfileField::TeamName, " ", false),
            (ProfileField::MobileRegionCode, "DE", true),
            (ProfileField::MobileRegionCode, "XX", false),
            (ProfileField::UserProfileImage, "javascript:alert(1)", false),
            (ProfileField::Department, "Engines", true),
            (ProfileField::FirstName, "a\u{7}", false),
        ] {
            assert_eq!(
                check_configured_value(field.into(), text).is_ok(),
                is_valid,
                "{field:?} {text:?}"
            );
        }
    }
}
