//! The kinds of settings, and the values that each can have.

use chrono::SecondsFormat;
use serde_json::{Value as Json, json};

use super::entries::{SettingEntries, parse_attribute, parse_mapping, parse_policies};
use super::json::{collect_all, invalid_value, parse_text, to_text};
use super::transforms::{parse_transforms, read_stored_transform, transform_to_json};
use crate::domain::{
    Timestamp,
    attribute_name::AttributeName,
    field_error::{FieldError, Reason},
    field_format::{FieldFormatError, TimestampText, UriValue},
    mapping_target::MappingTarget,
    role::{AccountRole, TeamRole},
    update_policy::UpdatePolicy,
    value_transform::ValueTransform,
};

/// What values a setting can have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SettingKind {
    /// On or off.
    Switch,
    /// A whole number from 0 to `max`.
    Count {
        /// The highest number.
        max: u16,
        /// The unit, as the command line names it: `SECONDS`.
        unit: &'static str,
    },
    /// The name of a SAML attribute, or none.
    Attribute,
    /// A URI, or none.
    Uri,
    /// A moment, or never.
    Timestamp,
    /// Paths and URLs to redirect to after a login.
    RelayStates,
    /// URIs.
    Uris,
    /// The names of the attributes that fill the fields of a user.
    Mapping,
    /// The transforms of each field.
    Transforms,
    /// When each attribute of a user is set.
    Policies,
    /// An account role, or none.
    AccountRole,
    /// A team role, or none.
    TeamRole,
}

/// The value of a setting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SettingValue {
    /// On or off.
    Switch(bool),
    /// A number.
    Count(u16),
    /// A text, or none.
    Text(Option<String>),
    /// A moment, or never.
    Timestamp(Option<Timestamp>),
    /// Texts.
    List(Vec<String>),
    /// The attribute of each field, or none.
    Mapping(SettingEntries<MappingTarget, Option<String>>),
    /// At most one for each field.
    Transforms(Vec<ValueTransform>),
    /// The policy of each attribute.
    Policies(SettingEntries<AttributeName, UpdatePolicy>),
    /// An account role, or none.
    AccountRole(Option<AccountRole>),
    /// A team role, or none.
    TeamRole(Option<TeamRole>),
}

impl SettingKind {
    /// Whether null clears a setting of this kind.
    #[must_use]
    pub const fn is_clearable(self) -> bool {
        !matches!(self, Self::Switch | Self::Count { .. } | Self::RelayStates | Self::Uris)
    }

    /// The maximum number of elements of a list.
    #[must_use]
    pub const fn max_elements(self) -> usize {
        if matches!(self, Self::RelayStates) { 100 } else { 20 }
    }

    /// Parses a value of the setting `field`.
    ///
    /// # Errors
    /// Every error, each at its place.
    pub fn parse(self, field: &str, value: &Json) -> Result<SettingValue, Vec<FieldError>> {
        let invalid = |reason: Reason| vec![invalid_value(field.to_owned(), value, reason)];
        match self {
            Self::Switch => value
                .as_bool()
                .map(SettingValue::Switch)
                .ok_or_else(|| invalid(Reason::must_be("true or false"))),
            Self::Count { max, unit: _ } => {
                // `1.0` is accepted too (JSON Schema 6.1.1).
                let input = value.as_f64();
                let count = (0..=max).find(|count| input == Some(f64::from(*count)));
                let reason = || format!("must be a whole number from 0 to {max}").into();
                count.map(SettingValue::Count).ok_or_else(|| invalid(reason()))
            }
            Self::Attribute => parse_attribute(value).map(SettingValue::Text).map_err(invalid),
            Self::Uri => {
                parse_text(value, |UriValue(uri)| uri).map(SettingValue::Text).map_err(invalid)
            }
            Self::Timestamp => parse_text(value, |TimestampText(moment)| Some(moment))
                .map(SettingValue::Timestamp)
                .map_err(invalid),
            Self::RelayStates => self.parse_list(field, value, |element| {
                element.as_str().map(str::to_owned).ok_or_else(|| Reason::must_be("a string"))
            }),
            Self::Uris => self.parse_list(field, value, |element| {
                let uri = parse_text(element, |UriValue(uri)| uri)?;
                uri.ok_or_else(|| FieldFormatError::NotUri.into())
            }),
            Self::Mapping => parse_mapping(field, value).map(SettingValue::Mapping),
            Self::Transforms => parse_transforms(field, value).map(SettingValue::Transforms),
            Self::Policies => parse_policies(field, value).map(SettingValue::Policies),
            Self::AccountRole => {
                let role = parse_role(value).map(Some);
                role.map(SettingValue::AccountRole).map_err(invalid)
            }
            Self::TeamRole => {
                parse_role(value).map(Some).map(SettingValue::TeamRole).map_err(invalid)
            }
        }
    }

    /// Reads a value that [`SettingValue::to_json`] wrote. It is not validated again.
    /// Returns `None` if it has another type.
    pub(super) fn read_stored(self, value: &Json) -> Option<SettingValue> {
        let read_text = |value: &Json| match value {
            Json::Null => Some(None),
            value => Some(Some(value.as_str()?.to_owned())),
        };
        Some(match self {
            Self::Switch => SettingValue::Switch(value.as_bool()?),
            Self::Count { .. } => SettingValue::Count(value.as_u64()?.try_into().ok()?),
            Self::Attribute | Self::Uri => SettingValue::Text(read_text(value)?),
            Self::Timestamp => SettingValue::Timestamp(match value {
                // A migration wrote microseconds.
                Json::Number(micros) => Some(Timestamp::from_timestamp_micros(micros.as_i64()?)?),
                value => read_text(value)?.map(|text| text.parse()).transpose().ok()?,
            }),
            Self::RelayStates | Self::Uris => {
                let texts = value.as_array()?.iter().map(|text| text.as_str().map(str::to_owned));
                SettingValue::List(texts.collect::<Option<_>>()?)
            }
            Self::Mapping => {
                let names = value.as_object()?.iter();
                let names =
                    names.map(|(field, name)| Some((field.parse().ok()?, read_text(name)?)));
                SettingValue::Mapping(SettingEntries::new(names.collect::<Option<_>>()?))
            }
            Self::Transforms => {
                let transforms = value.as_array()?.iter().map(read_stored_transform);
                SettingValue::Transforms(transforms.collect::<Option<_>>()?)
            }
            Self::Policies => {
                let policies = value.as_object()?.iter();
                let policies = policies.map(|(name, policy)| {
                    Some((name.parse().ok()?, policy.as_str()?.parse().ok()?))
                });
                SettingValue::Policies(SettingEntries::new(policies.collect::<Option<_>>()?))
            }
            Self::AccountRole => SettingValue::AccountRole(
                read_text(value)?.map(|name| name.parse()).transpose().ok()?,
            ),
            Self::TeamRole => {
                SettingValue::TeamRole(read_text(value)?.map(|name| name.parse()).transpose().ok()?)
            }
        })
    }

    fn parse_list(
        self,
        field: &str,
        value: &Json,
        parse: impl Fn(&Json) -> Result<String, Reason>,
    ) -> Result<SettingValue, Vec<FieldError>> {
        let invalid = |reason| vec![invalid_value(field.to_owned(), value, reason)];
        let elements = value.as_array().ok_or_else(|| invalid(Reason::must_be("an array")))?;
        let max = self.max_elements();
        // A list that is too long is not parsed.
        if elements.len() > max {
            return Err(invalid(format!("must have at most {max} elements").into()));
        }
        let parsed = elements.iter().enumerate().map(|(index, element)| {
            let at = || format!("{field}/{index}");
            parse(element).map_err(|reason| invalid_value(at(), element, reason))
        });
        collect_all(parsed).map(SettingValue::List)
    }
}

impl SettingValue {
    /// The value in a JSON document.
    #[must_use]
    pub fn to_json(&self) -> Json {
        match self {
            Self::Switch(value) => json!(value),
            Self::Count(count) => json!(count),
            Self::Text(text) => json!(text),
            Self::Timestamp(moment) => {
                json!(moment.map(format_moment))
            }
            Self::List(texts) => json!(texts),
            Self::Mapping(names) => {
                let names = names.entries.iter();
                names.map(|(target, name)| (target.to_string(), json!(name))).collect()
            }
            Self::Transforms(transforms) => transforms.iter().map(transform_to_json).collect(),
            Self::Policies(policies) => {
                let names = policies.entries.iter();
                names.map(|(name, policy)| (name.to_string(), json!(policy.as_str()))).collect()
            }
            Self::AccountRole(role) => json!(role.map(AccountRole::as_str)),
            Self::TeamRole(role) => json!(role.map(TeamRole::as_str)),
        }
    }

    /// The value as a whole: an entry that a request leaves out gets its default.
    #[must_use]
    pub fn complete(mut self) -> Self {
        match &mut self {
            Self::Mapping(names) => names.is_whole = true,
            Self::Policies(policies) => policies.is_whole = true,
            _ => {}
        }
        self
    }

    /// The value in the audit log.
    #[must_use]
    pub fn to_audit_text(&self) -> Option<String> {
        match self {
            Self::Switch(value) => Some(value.to_string()),
            Self::Count(count) => Some(count.to_string()),
            Self::Text(text) => text.clone(),
            Self::Timestamp(moment) => moment.map(format_moment),
            Self::List(texts) => Some(texts.join(", ")),
            Self::Mapping(names) => {
                let names = names.entries.iter();
                let named = names.filter_map(|(field, name)| Some((field, name.as_ref()?)));
                let named = named.map(|(field, name)| format!("{field}={name}"));
                Some(named.collect::<Vec<_>>().join(", "))
            }
            Self::Transforms(_) => Some(self.to_json().to_string()).filter(|text| text != "[]"),
            Self::Policies(policies) => {
                let is_set = |policy: &UpdatePolicy| *policy != UpdatePolicy::FirstLogin;
                let policies = policies.entries.iter().filter(|(_, policy)| is_set(policy));
                let policies = policies.map(|(name, policy)| format!("{name}={policy}"));
                Some(policies.collect::<Vec<_>>().join(", "))
            }
            Self::AccountRole(role) => role.map(|role| role.to_string()),
            Self::TeamRole(role) => role.map(|role| role.to_string()),
        }
    }
}

fn format_moment(moment: Timestamp) -> String {
    moment.to_rfc3339_opts(SecondsFormat::AutoSi, true)
}

fn parse_role<R: std::str::FromStr<Err: Into<Reason>>>(value: &Json) -> Result<R, Reason> {
    to_text(value).parse().map_err(Into::into)
}
