//! The Rust types of the fields of policies, each of which is a setting.

use std::collections::BTreeMap;

use super::entries::{MappingEntries, PolicyEntries, SettingEntries};
use super::value::SettingValue;
use crate::domain::{
    Timestamp,
    mapping_target::MappingTarget,
    role::{AccountRole, TeamRole},
    update_policy::{UpdatePolicies, UpdatePolicy, attributes_with_policy},
    value_transform::ValueTransform,
};

/// A field of a policy, which can be read and set as a setting.
pub(super) trait SettingField {
    /// Returns the value of the setting.
    fn to_value(&self) -> SettingValue;

    /// Sets the value. A value that does not fit the field is ignored, because a setting is
    /// parsed for its field.
    fn set(&mut self, value: SettingValue);
}

macro_rules! setting_fields {
    ($($type:ty: $variant:ident,)*) => {$(
        impl SettingField for $type {
            fn to_value(&self) -> SettingValue {
                SettingValue::$variant(self.clone())
            }

            fn set(&mut self, value: SettingValue) {
                if let SettingValue::$variant(value) = value {
                    *self = value;
                }
            }
        }
    )*};
}

setting_fields! {
    bool: Switch,
    u16: Count,
    Option<String>: Text,
    Option<Timestamp>: Timestamp,
    Vec<String>: List,
    Vec<ValueTransform>: Transforms,
    Option<AccountRole>: AccountRole,
    Option<TeamRole>: TeamRole,
}

impl SettingField for BTreeMap<MappingTarget, String> {
    fn to_value(&self) -> SettingValue {
        // Most connections map few of the many targets without a default name.
        let targets = MappingTarget::iter().filter(|target| target.has_default_name());
        let mut names: BTreeMap<_, _> = targets.map(|target| (target, None)).collect();
        names.extend(self.iter().map(|(target, name)| (*target, Some(name.clone()))));
        SettingValue::Mapping(SettingEntries::new(names))
    }

    fn set(&mut self, value: SettingValue) {
        let SettingValue::Mapping(MappingEntries { entries, is_whole }) = value else { return };
        if is_whole {
            self.clear();
        }
        for (field, name) in entries {
            match name {
                Some(name) => drop(self.insert(field, name)),
                None => drop(self.remove(&field)),
            }
        }
    }
}

impl SettingField for UpdatePolicies {
    fn to_value(&self) -> SettingValue {
        let default = UpdatePolicy::FirstLogin;
        let mut policies: Self = attributes_with_policy().map(|name| (name, default)).collect();
        policies.extend(self);
        SettingValue::Policies(SettingEntries::new(policies))
    }

    fn set(&mut self, value: SettingValue) {
        let SettingValue::Policies(PolicyEntries { entries, is_whole }) = value else { return };
        if is_whole {
            self.clear();
        }
        for (name, policy) in entries {
            match policy {
                UpdatePolicy::FirstLogin => drop(self.remove(&name)),
                policy => drop(self.insert(name, policy)),
            }
        }
    }
}
