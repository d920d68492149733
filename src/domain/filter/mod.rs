//! Filters of lists: the complete grammar of SCIM (RFC 7644, section 3.4.2.2), and its
//! meaning for the attributes of a resource.
//!
//! A text is parsed into a [`Filter`], whose attributes are only names. [`resolve()`]
//! converts it to a [`Condition`] on the attributes of a resource. It rejects anything that
//! is not supported, so a store can translate every condition into a query.

mod ast;
mod attribute;
mod condition;
mod custom_condition;
mod display;
mod error;
mod parser;
mod resolver;
#[cfg(test)]
pub(crate) mod sample;
#[cfg(test)]
mod tests;
mod text_operator;
mod tokenizer;
mod value_condition;

pub use self::{
    ast::{Filter, Literal, MAX_CHARS, MAX_DEPTH, MAX_TERMS, Operator, Path},
    attribute::{Attribute, ValueType},
    condition::{Condition, MomentOperator},
    custom_condition::{CustomFilterTarget, names_custom_attribute},
    error::FilterError,
    resolver::{resolve, resolve_with_custom},
    text_operator::TextOperator,
    value_condition::{CustomSubAttribute, CustomValueCondition, ValueCondition},
};
