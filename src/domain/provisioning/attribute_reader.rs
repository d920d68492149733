//! Reads the values of an assertion: of an attribute by its name, or of a field from the
//! attribute that the connection maps to it.

use std::collections::BTreeMap;

use super::{FallbackReason, LoginInput, MappingTarget, ValueFallback, ValueSource};
use crate::domain::{
    attributes::Attributes, check::excerpt, connection::ProvisioningPolicy,
    custom_attribute::AttributeDefinition, update_policy::UpdatePolicy,
    value_transform::TransformedValues,
};

/// Reads an assertion's attributes by their names.
#[derive(Debug, Clone, Copy)]
pub(super) struct AttributeReader<'a> {
    attributes: &'a Attributes,
    policy: &'a ProvisioningPolicy,
}

impl<'a> AttributeReader<'a> {
    pub(super) fn new(login: &LoginInput<'a>) -> Self {
        Self { attributes: login.attributes, policy: login.policy }
    }

    /// Each value of an attribute, trimmed.
    fn values(&self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.attributes.values(name, self.policy.name_match()).map(str::trim)
    }

    /// Each value of an attribute, trimmed; a blank one counts as absent.
    pub(super) fn filled_values(&self, name: &'a str) -> Vec<&'a str> {
        self.values(name).filter(|value| !value.is_empty()).collect()
    }
}

/// The fields with transforms.
#[derive(Debug, Default)]
pub(super) struct TransformedFields(BTreeMap<MappingTarget, TransformedValues>);

impl TransformedFields {
    /// Applies the transforms of the connection. A field that logins may not set has no values.
    pub(super) fn new(login: &LoginInput<'_>) -> Self {
        let (reader, policy) = (AttributeReader::new(login), login.policy);
        let transforms = policy.transforms.iter().map(|transform| {
            let target = transform.target;
            let name = attribute_name(policy, target);
            let received = name.into_iter().flat_map(|name| reader.values(name));
            let has_several_values = target.has_several_values(login.definitions);
            (target, transform.apply(received, has_several_values))
        });
        let mut fields: BTreeMap<_, _> = transforms.collect();
        let is_never =
            |target: &MappingTarget| policy.update_policy((*target).into()) == UpdatePolicy::Never;
        let never = policy.targets().filter(is_never);
        fields.extend(never.map(|field| (field, TransformedValues::default())));
        Self(fields)
    }
}

/// Reads the fields of a user.
#[derive(Debug, Clone, Copy)]
pub(super) struct FieldReader<'a> {
    attributes: AttributeReader<'a>,
    pub(super) policy: &'a ProvisioningPolicy,
    /// The definitions of the custom attributes of the account.
    pub(super) definitions: &'a [AttributeDefinition],
    transformed: &'a TransformedFields,
}

impl<'a> FieldReader<'a> {
    pub(super) fn new(login: &LoginInput<'a>, transformed: &'a TransformedFields) -> Self {
        let LoginInput { policy, definitions, .. } = *login;
        Self { attributes: AttributeReader::new(login), policy, definitions, transformed }
    }

    /// The name of the attribute that fills a target, or else the name of the target.
    pub(super) fn name(&self, target: impl Into<MappingTarget>) -> &'a str {
        let target = target.into();
        let mapped = attribute_name(self.policy, target);
        mapped.or(target.built_in()).unwrap_or_default()
    }

    /// Whether an attribute fills the target.
    pub(super) fn is_mapped(&self, target: impl Into<MappingTarget>) -> bool {
        attribute_name(self.policy, target.into()).is_some()
    }

    /// Each value of a field, trimmed, the blank ones in their places.
    pub(super) fn all_values(&self, target: impl Into<MappingTarget>) -> Vec<&'a str> {
        let target = target.into();
        match self.transformed.0.get(&target) {
            Some(transformed) => transformed.values.iter().map(|value| value.trim()).collect(),
            None => {
                let name = attribute_name(self.policy, target).into_iter();
                name.flat_map(|name| self.attributes.values(name)).collect()
            }
        }
    }

    /// Each value of a field, trimmed; a blank one counts as absent.
    pub(super) fn filled_values(&self, target: impl Into<MappingTarget>) -> Vec<&'a str> {
        let mut values = self.all_values(target);
        values.retain(|value| !value.is_empty());
        values
    }

    /// The received values of a field that its transform has rejected.
    pub(super) fn rejected(
        &self,
        target: impl Into<MappingTarget>,
    ) -> Vec<(&'a str, FallbackReason)> {
        let Some(transformed) = self.transformed.0.get(&target.into()) else { return Vec::new() };
        let unlisted = transformed.unlisted.as_deref();
        let unlisted = unlisted.map(|values| (values, FallbackReason::NotInTable));
        let cut = transformed.cut.as_deref().map(|value| (value, FallbackReason::TooManyValues));
        unlisted.into_iter().chain(cut).collect()
    }

    /// The number of received values of a field, without blank ones.
    pub(super) fn received_count(&self, target: impl Into<MappingTarget>) -> usize {
        let target = target.into();
        match self.transformed.0.get(&target) {
            Some(transformed) => transformed.received_count,
            None => self.filled_values(target).len(),
        }
    }

    /// Whether the only value of a field is the connection's default.
    pub(super) fn is_default(&self, target: impl Into<MappingTarget>) -> bool {
        self.transformed.0.get(&target.into()).is_some_and(|transformed| transformed.is_default)
    }

    /// Whether the assertion has no attribute for a field.
    pub(super) fn is_absent(&self, target: impl Into<MappingTarget>) -> bool {
        let target = target.into();
        self.rejected(target).is_empty() && self.filled_values(target).is_empty()
    }

    /// The source of the values of a field.
    pub(super) fn source(&self, target: impl Into<MappingTarget>) -> ValueSource {
        let target = target.into();
        match self.is_default(target) {
            true => ValueSource::ConnectionDefault,
            false => ValueSource::Attribute(self.name(target).to_owned()),
        }
    }

    /// Reads a field that has one value: the first that can be read.
    pub(super) fn read_first<T>(
        &self,
        target: impl Into<MappingTarget>,
        read: impl Fn(&str) -> Result<T, FallbackReason>,
    ) -> FirstValidValue<'a, T> {
        let target = target.into();
        let values = self.filled_values(target);
        let mut first = FirstValidValue::read(self.name(target), values, read);
        first.rejected.extend(self.rejected(target));
        first
    }
}

/// The first value that could be used, and the fallbacks of the
/// others.
#[derive(Debug)]
pub(super) struct FirstValidValue<'a, T> {
    name: &'a str,
    values: Vec<&'a str>,
    rejected: Vec<(&'a str, FallbackReason)>,
    /// The value.
    pub(super) value: Option<T>,
}

impl<'a, T> FirstValidValue<'a, T> {
    pub(super) fn read(
        name: &'a str,
        values: Vec<&'a str>,
        read: impl Fn(&str) -> Result<T, FallbackReason>,
    ) -> Self {
        let mut passed_over = Vec::new();
        let mut found = None;
        for value in &values {
            match read(value) {
                Ok(read) => {
                    found = Some(read);
                    break;
                }
                Err(reason) => passed_over.push((*value, reason)),
            }
        }
        Self { name, values, rejected: passed_over, value: found }
    }

    /// One fallback for each value that was skipped, and one more if there were several
    /// values.
    pub(super) fn fallbacks(&self, used: Option<&str>) -> Vec<ValueFallback> {
        let mut fallbacks = self.fallback_per_value(used);
        if self.values.len() > 1 {
            fallbacks.push(self.fallback_for_all(FallbackReason::SeveralValues, used));
        }
        fallbacks
    }

    /// One fallback for each value that was skipped.
    pub(super) fn fallback_per_value(&self, used: Option<&str>) -> Vec<ValueFallback> {
        let passed_over = self.rejected.iter();
        passed_over
            .map(|(value, reason)| fallback(self.name, value, reason.clone(), used))
            .collect()
    }

    /// The fallback of one value.
    pub(super) fn fallback(
        &self,
        value: &str,
        reason: FallbackReason,
        used: Option<&str>,
    ) -> ValueFallback {
        fallback(self.name, value, reason, used)
    }

    /// One fallback for the values together.
    pub(super) fn fallback_for_all(
        &self,
        reason: FallbackReason,
        used: Option<&str>,
    ) -> ValueFallback {
        fallback(self.name, &self.values.join(", "), reason, used)
    }
}

/// The name of the attribute that fills a target on a connection: the connection's, or that
/// of the target. `None`: the connection maps none to it, and it has no default.
pub(super) fn attribute_name(policy: &ProvisioningPolicy, target: MappingTarget) -> Option<&str> {
    let mapped = policy.mapping.get(&target).map(|name| name.trim());
    let default = target.built_in().filter(|_| target.has_default_name());
    mapped.filter(|name| !name.is_empty()).or(default)
}

/// Creates a fallback with a shortened value.
pub(super) fn fallback(
    attribute: &str,
    value: &str,
    reason: FallbackReason,
    used: Option<&str>,
) -> ValueFallback {
    ValueFallback {
        attribute: attribute.to_owned(),
        value: excerpt(value),
        reason,
        used: used.map(excerpt),
    }
}
