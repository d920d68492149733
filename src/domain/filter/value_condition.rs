//! Conditions on one value of a multi-valued attribute.

use super::{Literal, Operator, text_operator::TextOperator};
use crate::domain::{
    multi_valued::{FieldValue, MultiValuedField, ValueKind, ValuePart},
    text::is_composed_alone,
};

/// A condition on one value of a multi-valued attribute. A test of a part that the value
/// does not have is false.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ValueCondition {
    /// All conditions are true. Without conditions, true.
    All(Vec<Self>),
    /// At least one condition is true. Without conditions, false.
    Any(Vec<Self>),
    /// The condition is false.
    Not(Box<Self>),
    /// The value has the part.
    Present(ValuePart),
    /// A test of the key of a part: see [`ValueKind::key`].
    Text(ValuePart, TextOperator, String),
    /// The value is marked as the primary one, or as not the primary one.
    Primary(bool),
}

impl ValueCondition {
    /// A comparison of a part. `None`: a part can't be compared with such a value.
    #[must_use]
    pub fn compare_part(
        field: MultiValuedField,
        part: ValuePart,
        operator: Operator,
        operand: &Literal,
    ) -> Option<Self> {
        match (operator, operand) {
            (Operator::Eq, Literal::Null) => Some(Self::Present(part).negated()),
            (Operator::Ne, Literal::Null) => Some(Self::Present(part)),
            (_, Literal::Text(text)) => {
                Some(Self::compare_text(field.kind(), part, operator, text))
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

    fn compare_text(kind: ValueKind, part: ValuePart, operator: Operator, text: &str) -> Self {
        let Some(operator) = operator.to_text_operator() else {
            return Self::compare_text(kind, part, Operator::Eq, text).negated();
        };
        let key = match operator {
            // Folding would turn the variant of a character into that character.
            TextOperator::Eq | TextOperator::Co | TextOperator::Sw | TextOperator::Ew
                if is_address(kind, part) && !is_composed_alone(text) =>
            {
                return Self::Any(Vec::new());
            }
            TextOperator::Eq => kind.key(part, text),
            _ => kind.operand_key(part, text),
        };
        // Every text contains the empty one, starts and ends with it, and comes after it.
        if key.is_empty()
            && matches!(
                operator,
                TextOperator::Co | TextOperator::Sw | TextOperator::Ew | TextOperator::Ge
            )
        {
            return Self::Present(part);
        }
        Self::Text(part, operator, key)
    }

    fn negated(self) -> Self {
        Self::Not(Box::new(self))
    }

    /// The key that the part `value` must have, if the condition requires one.
    pub(in crate::domain) fn required_value(&self) -> Option<&str> {
        match self {
            Self::All(all) => all.iter().find_map(Self::required_value),
            Self::Text(ValuePart::Value, TextOperator::Eq, key) => Some(key),
            _ => None,
        }
    }

    /// Whether a value meets the condition.
    #[must_use]
    pub fn matches(&self, field: MultiValuedField, value: &FieldValue) -> bool {
        match self {
            Self::All(all) => all.iter().all(|one| one.matches(field, value)),
            Self::Any(any) => any.iter().any(|one| one.matches(field, value)),
            Self::Not(one) => !one.matches(field, value),
            Self::Present(part) => value.part(*part).is_some(),
            Self::Text(part, operator, operand) => value
                .part(*part)
                .is_some_and(|text| operator.matches(&field.kind().key(*part, text), operand)),
            Self::Primary(is_primary) => value.is_primary == Some(*is_primary),
        }
    }
}

fn is_address(kind: ValueKind, part: ValuePart) -> bool {
    kind == ValueKind::Email && part == ValuePart::Value
}
