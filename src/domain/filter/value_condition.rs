//! Conditions on one value of a multi-valued attribute.

use super::{Literal, Operator, text_operator::TextOperator};
use crate::domain::{
    custom_attribute::CustomAttributeName,
    multi_valued::{FieldValue, MultiValuedField, SubAttribute, ValueKind},
    text::is_composed_alone,
};

/// A condition on one value of a multi-valued or custom attribute. A test of a sub-attribute that
/// the value does not have is false.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ValueCondition<P = SubAttribute> {
    /// All conditions are true. Without conditions, true.
    All(Vec<Self>),
    /// At least one condition is true. Without conditions, false.
    Any(Vec<Self>),
    /// The condition is false.
    Not(Box<Self>),
    /// The value has the sub-attribute.
    Present(P),
    /// A test of the key of a sub-attribute: see [`ValueKind::key`], and
    /// [`KeyType`](crate::domain::custom_attribute::KeyType).
    Text(P, TextOperator, String),
    /// The value is marked as the primary one, or as not the primary one.
    Primary(bool),
}

/// A sub-attribute of a value of a custom attribute. `None`: the value itself.
pub type CustomSubAttribute = Option<CustomAttributeName>;

/// A condition on one value of a custom attribute.
pub type CustomValueCondition = ValueCondition<CustomSubAttribute>;

impl<P> ValueCondition<P> {
    /// A test of the key of a sub-attribute.
    pub(super) fn compare_key(sub_attribute: P, operator: TextOperator, key: String) -> Self {
        match operator {
            // Every text contains the empty one, starts and ends with it, and comes after it.
            TextOperator::Co | TextOperator::Sw | TextOperator::Ew | TextOperator::Ge
                if key.is_empty() =>
            {
                Self::Present(sub_attribute)
            }
            _ => Self::Text(sub_attribute, operator, key),
        }
    }

    pub(super) fn negated(self) -> Self {
        Self::Not(Box::new(self))
    }

    /// The sub-attribute and the key that it must have, if the condition requires one.
    pub(in crate::domain) fn required_key(&self, is_indexed: fn(&P) -> bool) -> Option<(&P, &str)> {
        match self {
            Self::All(all) => all.iter().find_map(|one| one.required_key(is_indexed)),
            Self::Text(sub_attribute, TextOperator::Eq, key) if is_indexed(sub_attribute) => {
                Some((sub_attribute, key))
            }
            _ => None,
        }
    }

    /// Whether a value matches the condition. `key` returns the key of a sub-attribute of it.
    pub(super) fn matches_keys(
        &self,
        is_primary: Option<bool>,
        key: &impl Fn(&P) -> Option<String>,
    ) -> bool {
        match self {
            Self::All(all) => all.iter().all(|one| one.matches_keys(is_primary, key)),
            Self::Any(any) => any.iter().any(|one| one.matches_keys(is_primary, key)),
            Self::Not(one) => !one.matches_keys(is_primary, key),
            Self::Present(sub_attribute) => key(sub_attribute).is_some(),
            Self::Text(sub_attribute, operator, operand) => {
                key(sub_attribute).is_some_and(|key| operator.matches(&key, operand))
            }
            Self::Primary(desired) => is_primary == Some(*desired),
        }
    }
}

impl ValueCondition {
    /// A comparison of a sub-attribute. `None`: the value can't be compared with one.
    #[must_use]
    pub fn compare_sub_attribute(
        field: MultiValuedField,
        sub_attribute: SubAttribute,
        operator: Operator,
        operand: &Literal,
    ) -> Option<Self> {
        match (operator, operand) {
            (Operator::Eq, Literal::Null) => Some(Self::Present(sub_attribute).negated()),
            (Operator::Ne, Literal::Null) => Some(Self::Present(sub_attribute)),
            (_, Literal::Text(text)) => {
                Some(Self::compare_text(field.kind(), sub_attribute, operator, text))
            }
            _ => None,
        }
    }

    /// A comparison of `primary`. `None`: it can't be compared with such a value.
    #[must_use]
    pub fn compare_primary(operator: Operator, operand: &Literal) -> Option<Self> {
        let is_marked = || Self::Any(vec![Self::Primary(true), Self::Primary(false)]);
        match (operator, operand) {
            (Operator::Eq, Literal::Bool(is_primary)) => Some(Self::Primary(*is_primary)),
            (Operator::Ne, Literal::Bool(is_primary)) => Some(Self::Primary(*is_primary).negated()),
            (Operator::Eq, Literal::Null) => Some(is_marked().negated()),
            (Operator::Ne, Literal::Null) => Some(is_marked()),
            _ => None,
        }
    }

    fn compare_text(
        kind: ValueKind,
        sub_attribute: SubAttribute,
        operator: Operator,
        text: &str,
    ) -> Self {
        let Some(operator) = operator.to_text_operator() else {
            return Self::compare_text(kind, sub_attribute, Operator::Eq, text).negated();
        };
        let key = match operator {
            // Folding would turn the variant of a character into that character.
            TextOperator::Eq | TextOperator::Co | TextOperator::Sw | TextOperator::Ew
                if is_address(kind, sub_attribute) && !is_composed_alone(text) =>
            {
                return Self::Any(Vec::new());
            }
            TextOperator::Eq => kind.key(sub_attribute, text),
            _ => kind.operand_key(sub_attribute, text),
        };
        Self::compare_key(sub_attribute, operator, key)
    }

    /// Whether a value matches the condition.
    #[must_use]
    pub fn matches(&self, field: MultiValuedField, value: &FieldValue) -> bool {
        let key = |sub_attribute: &SubAttribute| {
            Some(field.kind().key(*sub_attribute, value.sub_attribute(*sub_attribute)?))
        };
        self.matches_keys(value.is_primary, &key)
    }
}

fn is_address(kind: ValueKind, sub_attribute: SubAttribute) -> bool {
    kind == ValueKind::Email && sub_attribute == SubAttribute::Value
}
