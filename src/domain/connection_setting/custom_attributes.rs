//! The custom attributes that the settings of a connection name.

use super::{ConnectionSetting, ProvisioningPolicy, SettingValue};
use crate::domain::{
    attribute_name::AttributeName,
    custom_attribute::{
        AttributeDefinition, CustomAttributeName, CustomTarget, NAME_PREFIX, unknown_name,
    },
    field_error::{FieldError, Reason, pointer_segment},
    mapping_target::MappingTarget,
    update_policy::UpdatePolicy,
    value_transform::ValueTransform,
};

impl ProvisioningPolicy {
    /// Every target that an attribute of an assertion can fill.
    pub fn targets(&self) -> impl Iterator<Item = MappingTarget> {
        MappingTarget::iter().chain(self.custom_targets().map(MappingTarget::Custom))
    }

    /// The custom attributes, and the parts of them, that the connection maps.
    pub fn custom_targets(&self) -> impl Iterator<Item = CustomTarget> {
        self.mapping.keys().filter_map(|target| match target {
            MappingTarget::Custom(target) => Some(*target),
            MappingTarget::Field(_) | MappingTarget::Values(_) => None,
        })
    }

    /// Whether the settings name a custom attribute.
    #[must_use]
    pub fn names_attribute(&self, name: CustomAttributeName) -> bool {
        let mut without = self.clone();
        without.forget_attribute(name);
        without != *self
    }

    /// Removes a custom attribute from the settings.
    pub fn forget_attribute(&mut self, name: CustomAttributeName) {
        let is_other = |target: MappingTarget| target.custom() != Some(name);
        self.mapping.retain(|target, _| is_other(*target));
        self.transforms.retain(|transform| is_other(transform.target));
        self.update_policies.remove(&name.into());
    }
}

impl ConnectionSetting {
    /// Returns the errors of custom attributes that a login can't set, or whose rules the
    /// value breaks. Entries that are removed have none.
    #[must_use]
    pub fn find_custom_errors(
        self,
        value: &SettingValue,
        definitions: &[AttributeDefinition],
    ) -> Vec<FieldError> {
        let setting = self.as_str();
        let error = |name: String, reason| {
            FieldError::new(format!("{setting}/{}", pointer_segment(&name)), "", reason)
        };
        match value {
            SettingValue::Mapping(names) => {
                let entries = names.entries.iter().filter(|(_, name)| name.is_some());
                let entries = entries.filter_map(|(target, _)| {
                    let MappingTarget::Custom(target) = target else { return None };
                    Some(error(target.to_string(), target.resolve(definitions).err()?))
                });
                entries.collect()
            }
            SettingValue::Policies(policies) => {
                let is_set = |policy: &UpdatePolicy| *policy != UpdatePolicy::FirstLogin;
                let entries = policies.entries.iter().filter(|(_, policy)| is_set(policy));
                let undefined = entries.filter_map(|(name, _)| {
                    Some(error(name.to_string(), undefined_attribute(*name, definitions)?))
                });
                undefined.collect()
            }
            SettingValue::Transforms(transforms) => {
                let transforms = transforms.iter().enumerate();
                let errors = transforms.flat_map(|(index, transform)| {
                    transform_errors(&format!("{setting}/{index}"), transform, definitions)
                });
                errors.collect()
            }
            _ => Vec::new(),
        }
    }
}

fn undefined_attribute(name: AttributeName, definitions: &[AttributeDefinition]) -> Option<Reason> {
    let attribute = name.custom()?;
    let is_defined = definitions.iter().any(|definition| definition.name == attribute);
    let names = || definitions.iter().map(|definition| format!("{NAME_PREFIX}{}", definition.name));
    (!is_defined).then(|| unknown_name(&name.to_string(), names()))
}

fn transform_errors(
    place: &str,
    transform: &ValueTransform,
    definitions: &[AttributeDefinition],
) -> Vec<FieldError> {
    let MappingTarget::Custom(target) = transform.target else { return Vec::new() };
    let defined = match target.resolve(definitions) {
        Ok(defined) => defined,
        Err(reason) => {
            return vec![FieldError::new(format!("{place}/field"), target.to_string(), reason)];
        }
    };
    let table = transform.table.iter().enumerate();
    let table = table.map(|(index, entry)| (format!("table/{index}/value"), &entry.value));
    let default = transform.default_value.iter().map(|text| ("defaultValue".to_owned(), text));
    let errors = table.chain(default).filter_map(|(member, text)| {
        let reason = defined.parse_text(text).err()?;
        Some(FieldError::new(format!("{place}/{member}"), text, reason))
    });
    errors.collect()
}
