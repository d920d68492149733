//! Custom attributes in filters.

use serde_json::Value as Json;

use super::{
    Condition, CustomSubAttribute, CustomValueCondition, Filter, FilterError, Literal, Operator,
    Path, ValueCondition, error::truncate,
};
use crate::domain::custom_attribute::{
    AttributeDefinition, CUSTOM_FIELD, CustomAttributeName, KeyType, SubAttributeDefinition,
};

/// The name of the whole value in the brackets of an attribute without sub-attributes (RFC 7643,
/// section 2.4).
const VALUE: &str = "value";

/// A custom attribute, or a sub-attribute of it, that a filter names.
#[derive(Debug, Clone)]
pub struct CustomFilterTarget<'a> {
    /// The name in errors.
    name: String,
    definition: &'a AttributeDefinition,
    sub_attribute: Option<&'a SubAttributeDefinition>,
}

/// Whether a filter names a custom attribute, so that the definitions of the account are
/// needed to resolve it.
#[must_use]
pub fn names_custom_attribute(filter: &Filter) -> bool {
    match filter {
        Filter::And(filters) | Filter::Or(filters) => filters.iter().any(names_custom_attribute),
        Filter::Not(filter) => names_custom_attribute(filter),
        Filter::Compare { path, .. } | Filter::Present(path) | Filter::Within { path, .. } => {
            is_custom(path)
        }
    }
}

/// Whether a path is `attributes.NAME` or `attributes.NAME.SUB`.
pub(super) fn is_custom(path: &Path) -> bool {
    path.schema.is_none() && path.sub.is_some() && is_prefix(&path.name)
}

/// Whether a name is that of the attribute that has the custom ones.
pub(super) fn is_prefix(name: &str) -> bool {
    name.eq_ignore_ascii_case(CUSTOM_FIELD)
}

/// The names of custom attributes and of their sub-attributes in filters.
pub(super) fn custom_names(definitions: &[AttributeDefinition]) -> Vec<String> {
    visible(definitions)
        .flat_map(|definition| CustomFilterTarget::new(definition).names())
        .collect()
}

/// The definitions of the attributes by which lists can be filtered: not those whose values
/// the admin API and SCIM do not show.
fn visible(definitions: &[AttributeDefinition]) -> impl Iterator<Item = &AttributeDefinition> {
    definitions.iter().filter(|definition| definition.visibility.includes_admins())
}

impl<'a> CustomFilterTarget<'a> {
    /// A whole attribute.
    #[must_use]
    pub fn new(definition: &'a AttributeDefinition) -> Self {
        Self {
            name: format!("{CUSTOM_FIELD}.{}", definition.name),
            definition,
            sub_attribute: None,
        }
    }

    /// Finds the attribute and the sub-attribute that a path names. `None`: the account does not
    /// define it, or the admin API does not show it.
    #[must_use]
    pub fn find(path: &Path, definitions: &'a [AttributeDefinition]) -> Option<Self> {
        let written = path.sub.as_deref().filter(|_| is_custom(path))?;
        let (name, sub_attribute) = match written.split_once('.') {
            Some((name, sub_attribute)) => (name, Some(sub_attribute)),
            None => (written, None),
        };
        let is_meant = |one: &&AttributeDefinition| is_same(one.name, name);
        let whole = Self::new(visible(definitions).find(is_meant)?);
        sub_attribute
            .map_or(Some(whole.clone()), |sub_attribute| whole.sub_attribute(sub_attribute))
    }

    /// A sub-attribute of the attribute. `None`: the attribute has no such sub-attribute.
    #[must_use]
    pub fn sub_attribute(&self, name: &str) -> Option<Self> {
        let sub_attribute = self
            .definition
            .sub_attributes
            .iter()
            .find(|sub_attribute| is_same(sub_attribute.name, name))?;
        let name = format!("{}.{}", self.name, sub_attribute.name);
        Some(Self { name, definition: self.definition, sub_attribute: Some(sub_attribute) })
    }

    /// The target with another name in errors, such as one with the schema of SCIM.
    #[must_use]
    pub fn with_name(self, name: String) -> Self {
        Self { name, ..self }
    }

    /// The names of the attribute and of its sub-attributes.
    fn names(&self) -> Vec<String> {
        let sub_attributes = self.definition.sub_attributes.iter();
        let sub_attributes =
            sub_attributes.map(|sub_attribute| format!("{}.{}", self.name, sub_attribute.name));
        std::iter::once(self.name.clone()).chain(sub_attributes).collect()
    }

    fn key_type(&self) -> KeyType {
        self.sub_attribute
            .map_or_else(|| self.definition.key_type(), SubAttributeDefinition::key_type)
    }

    /// The condition that some value has the attribute, or the sub-attribute.
    #[must_use]
    pub fn present<A>(&self) -> Condition<A> {
        self.any_value(self.present_value())
    }

    /// The condition that a comparison is true of some value.
    ///
    /// # Errors
    /// If the type does not support the operator or the value.
    pub fn compare<A>(
        &self,
        operator: Operator,
        operand: &Literal,
    ) -> Result<Condition<A>, FilterError> {
        if (operator, operand) == (Operator::Eq, &Literal::Null) {
            return Ok(Condition::Not(Box::new(self.present())));
        }
        let comparison = self.compare_value(operator, operand)?;
        let name = self.definition.name;
        Ok(Condition::compare_custom_values(name, operator, operand, comparison))
    }

    /// The condition that some value matches the filter in the brackets of the attribute.
    ///
    /// # Errors
    /// Each sub-attribute, operator or value that can't be used.
    pub fn within<A>(&self, filter: &Filter) -> Result<Condition<A>, Vec<FilterError>> {
        if self.sub_attribute.is_some() {
            return Err(vec![FilterError::Within { path: truncate(&self.name) }]);
        }
        Ok(self.any_value(self.filter_value(filter)?))
    }

    fn any_value<A>(&self, condition: CustomValueCondition) -> Condition<A> {
        Condition::AnyCustomValue(self.definition.name, condition)
    }

    /// The condition on one value that it matches a filter of its sub-attributes, or of `value`.
    ///
    /// # Errors
    /// Each sub-attribute, operator or value that can't be used.
    pub fn filter_value(&self, filter: &Filter) -> Result<CustomValueCondition, Vec<FilterError>> {
        let of_sub_attribute = match filter {
            Filter::And(all) => return Ok(ValueCondition::All(self.filter_each(all)?)),
            Filter::Or(any) => return Ok(ValueCondition::Any(self.filter_each(any)?)),
            Filter::Not(one) => return Ok(self.filter_value(one)?.negated()),
            Filter::Present(path) => {
                self.inner(path).map(|sub_attribute| sub_attribute.present_value())
            }
            Filter::Compare { path, operator, value } => self
                .inner(path)
                .and_then(|sub_attribute| sub_attribute.compare_value(*operator, value)),
            Filter::Within { path, .. } => {
                Err(FilterError::Within { path: truncate(&path.to_string()) })
            }
        };
        of_sub_attribute.map_err(|error| vec![error])
    }

    fn filter_each(
        &self,
        filters: &[Filter],
    ) -> Result<Vec<CustomValueCondition>, Vec<FilterError>> {
        let (mut conditions, mut errors) = (Vec::new(), Vec::new());
        for filter in filters {
            match self.filter_value(filter) {
                Ok(condition) => conditions.push(condition),
                Err(more) => errors.extend(more),
            }
        }
        if errors.is_empty() { Ok(conditions) } else { Err(errors) }
    }

    /// The target of a path in the brackets.
    fn inner(&self, path: &Path) -> Result<Self, FilterError> {
        let written = path.to_string();
        let has_sub_attributes = self.key_type() == KeyType::Complex;
        match has_sub_attributes {
            true => self.sub_attribute(&written),
            false => written.eq_ignore_ascii_case(VALUE).then(|| self.clone()),
        }
        .ok_or_else(|| {
            let names = self
                .definition
                .sub_attributes
                .iter()
                .map(|sub_attribute| sub_attribute.name.to_string());
            let accepted =
                if has_sub_attributes { names.collect() } else { vec![VALUE.to_owned()] };
            FilterError::unknown_attribute(&written, &self.name, accepted)
        })
    }

    /// The condition that a value has the sub-attribute.
    #[must_use]
    pub fn present_value(&self) -> CustomValueCondition {
        match self.sub_attribute {
            Some(sub_attribute) => ValueCondition::Present(Some(sub_attribute.name)),
            None => ValueCondition::All(Vec::new()),
        }
    }

    /// A comparison of one value.
    ///
    /// # Errors
    /// If the type does not support the operator or the value.
    pub fn compare_value(
        &self,
        operator: Operator,
        operand: &Literal,
    ) -> Result<CustomValueCondition, FilterError> {
        match (operator, operand) {
            (Operator::Eq, Literal::Null) => return Ok(self.present_value().negated()),
            (Operator::Ne, Literal::Null) => return Ok(self.present_value()),
            _ => {}
        }
        let key_type = self.key_type();
        if key_type == KeyType::Complex {
            let (attribute, sub_attributes) = (self.name.clone(), self.names().split_off(1));
            return Err(FilterError::Complex { attribute, sub_attributes });
        }
        if !usable_operators(key_type).contains(&operator) {
            let (attribute, usable) = (self.name.clone(), usable_operators(key_type));
            return Err(FilterError::Operator { attribute, operator, usable });
        }
        let Some(text_operator) = operator.to_text_operator() else {
            return Ok(self.compare_value(Operator::Eq, operand)?.negated());
        };
        let key = operand_key(key_type, operator, operand).ok_or_else(|| FilterError::Value {
            attribute: self.name.clone(),
            value: truncate(&operand.to_string()),
            expected: expected_values(key_type).to_owned(),
        })?;
        Ok(ValueCondition::compare_key(
            self.sub_attribute.map(|sub_attribute| sub_attribute.name),
            text_operator,
            key,
        ))
    }
}

impl CustomValueCondition {
    /// Whether a value of the attribute matches the condition: one of the list, if the
    /// attribute is multi-valued.
    #[must_use]
    pub fn matches_json(&self, definition: &AttributeDefinition, value: &Json) -> bool {
        let key = |sub_attribute: &CustomSubAttribute| match sub_attribute {
            None => definition.key_type().key(value),
            Some(name) => {
                let sub_attribute = definition
                    .sub_attributes
                    .iter()
                    .find(|sub_attribute| sub_attribute.name == *name)?;
                sub_attribute.key_type().key(value.get(sub_attribute.name.as_str())?)
            }
        };
        self.matches_keys(None, &key)
    }
}

fn is_same(name: CustomAttributeName, written: &str) -> bool {
    name.as_str().eq_ignore_ascii_case(written)
}

/// The supported operators, in addition to `pr`.
fn usable_operators(key_type: KeyType) -> &'static [Operator] {
    use Operator::{Eq, Ge, Gt, Le, Lt, Ne};
    match key_type {
        KeyType::Folded | KeyType::Exact => &Operator::ALL,
        KeyType::Integer | KeyType::Decimal | KeyType::Moment => &[Eq, Ne, Gt, Ge, Lt, Le],
        KeyType::Boolean => &[Eq, Ne],
        KeyType::Complex => &[],
    }
}

fn expected_values(key_type: KeyType) -> &'static str {
    match key_type {
        KeyType::Folded | KeyType::Exact => "a text in double quotes",
        KeyType::Boolean => "true or false, without quotes",
        KeyType::Integer | KeyType::Decimal => "a number, without quotes",
        KeyType::Moment => "a time such as \"2026-11-23T08:00:00Z\"",
        KeyType::Complex => "a value of a sub-attribute",
    }
}

/// The key of an operand. `None`: a value of the type can't be compared with it.
fn operand_key(key_type: KeyType, operator: Operator, operand: &Literal) -> Option<String> {
    match operand {
        Literal::Null => None,
        Literal::Bool(value) => key_type.key(&Json::from(*value)),
        Literal::Number(number) => key_type.key(&Json::Number(number.clone())),
        Literal::Text(text) => match operator {
            Operator::Eq => key_type.key(&Json::from(text.as_str())),
            // A whole text has no white space at its ends, but a part of a text may.
            _ => key_type.part_key(text).or_else(|| key_type.key(&Json::from(text.as_str()))),
        },
    }
}
