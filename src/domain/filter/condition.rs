//! Conditions: filters with validated attributes and values.

use uuid::Uuid;

use super::{
    ast::{Literal, Operator},
    text_operator::TextOperator,
    value_condition::{CustomValueCondition, ValueCondition},
};
use crate::domain::{
    Timestamp, custom_attribute::CustomAttributeName, multi_valued::MultiValuedField,
};

/// A condition on a row. A store can translate every condition into a query.
///
/// A condition is true or false. A test of an attribute without a value is false, so
/// [`Condition::Not`] of it is true. (SQL has NULL there, which a store must treat as
/// false.)
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Condition<A> {
    /// All conditions are true. Without conditions, true.
    All(Vec<Self>),
    /// At least one condition is true. Without conditions, false.
    Any(Vec<Self>),
    /// The condition is false.
    Not(Box<Self>),
    /// The attribute has a value.
    Present(A),
    /// A test of a text, which is folded already for
    /// [`ValueType::Text`](super::ValueType::Text). An empty text counts as
    /// absent: see [`resolve()`](super::resolve()).
    Text(A, TextOperator, String),
    /// A comparison of a time.
    Moment(A, MomentOperator, Timestamp),
    /// The attribute is this identifier.
    Id(A, Uuid),
    /// The attribute has this name, in the spelling of the closed list.
    Name(A, &'static str),
    /// The attribute is true, or is false.
    Bool(A, bool),
    /// Some value of the multi-valued attribute matches a condition.
    AnyValue(MultiValuedField, ValueCondition),
    /// Some value of the custom attribute matches a condition.
    AnyCustomValue(CustomAttributeName, CustomValueCondition),
    /// No row matches, because the value is impossible, such as an ID that is not a
    /// UUID.
    Never,
}

impl<A> Condition<A> {
    /// A comparison that is true if it is true of one value. With `ne`, it is also true of
    /// a user without values, as it is for single-valued attributes.
    pub fn compare_values(
        field: MultiValuedField,
        operator: Operator,
        literal: &Literal,
        comparison: ValueCondition,
    ) -> Self {
        Self::compare_any(|one| Self::AnyValue(field, one), operator, literal, comparison)
    }

    /// The same for a custom attribute.
    pub(super) fn compare_custom_values(
        name: CustomAttributeName,
        operator: Operator,
        literal: &Literal,
        comparison: CustomValueCondition,
    ) -> Self {
        Self::compare_any(|one| Self::AnyCustomValue(name, one), operator, literal, comparison)
    }

    fn compare_any<P>(
        any: impl Fn(ValueCondition<P>) -> Self,
        operator: Operator,
        literal: &Literal,
        comparison: ValueCondition<P>,
    ) -> Self {
        let some = any(comparison);
        if operator != Operator::Ne || *literal == Literal::Null {
            return some;
        }
        let has_values = any(ValueCondition::All(Vec::new()));
        Self::Any(vec![some, Self::Not(Box::new(has_values))])
    }
}

/// How moments are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MomentOperator {
    /// Is equal.
    Eq,
    /// Is later.
    Gt,
    /// Is later or equal.
    Ge,
    /// Is earlier.
    Lt,
    /// Is earlier or equal.
    Le,
}
