//! Reads the values of a field from the attribute that the connection maps to it.

use super::{FallbackReason, LoginInput, ProfileField, ValueFallback};
use crate::domain::{attributes::Attributes, check::excerpt, connection::ProvisioningPolicy};

/// Reads an assertion's attributes as a connection's policy says.
#[derive(Debug, Clone, Copy)]
pub(super) struct AttributeReader<'a> {
    attributes: &'a Attributes,
    policy: &'a ProvisioningPolicy,
}

/// The first value that could be used, and the fallbacks of the
/// others.
#[derive(Debug)]
pub(super) struct FirstValidValue<'a, T> {
    name: &'a str,
    values: Vec<&'a str>,
    rejected: Vec<(&'a str, FallbackReason)>,
    /// What was read.
    pub(super) value: Option<T>,
}

impl<'a> AttributeReader<'a> {
    pub(super) fn new(login: &LoginInput<'a>) -> Self {
        Self { attributes: login.attributes, policy: login.policy }
    }

    /// The name under which a field is looked for: the connection's, or the
    /// field's own.
    pub(super) fn name(&self, field: ProfileField) -> &'a str {
        field_name(self.policy, field)
    }

    /// Each value of an attribute, trimmed.
    fn values(&self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.attributes.values(name, self.policy.name_match()).map(str::trim)
    }

    /// Each value of an attribute, trimmed; a blank one counts as absent.
    pub(super) fn filled_values(&self, name: &'a str) -> Vec<&'a str> {
        self.values(name).filter(|value| !value.is_empty()).collect()
    }

    /// Each value of a field, trimmed, the blank ones in their places.
    pub(super) fn all_values(&self, field: ProfileField) -> Vec<&'a str> {
        self.values(self.name(field)).collect()
    }

    /// Reads a field that has one value: the first that can be read.
    pub(super) fn read_first<T>(
        &self,
        field: ProfileField,
        read: impl Fn(&str) -> Result<T, FallbackReason>,
    ) -> FirstValidValue<'a, T> {
        let name = self.name(field);
        FirstValidValue::read(name, self.filled_values(name), read)
    }
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

    /// The name under which the field was looked for.
    pub(super) fn name(&self) -> &'a str {
        self.name
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

    /// One fallback for the values together.
    pub(super) fn fallback_for_all(
        &self,
        reason: FallbackReason,
        used: Option<&str>,
    ) -> ValueFallback {
        fallback(self.name, &self.values.join(", "), reason, used)
    }
}

/// The name of the attribute that fills a field on a connection.
pub(super) fn field_name(policy: &ProvisioningPolicy, field: ProfileField) -> &str {
    let mapped = policy.mapping.get(&field).map(|name| name.trim());
    mapped.filter(|name| !name.is_empty()).unwrap_or(field.as_str())
}

/// A fallback with its value cut to what is kept.
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
