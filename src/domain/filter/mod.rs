//! Filters of lists: the grammar of SCIM (RFC 7644, section 3.4.2.2), all of
//! it, and what it means over the attributes of a resource.
//!
//! A text is read into a [`Filter`], which knows no attributes. [`resolve()`]
//! makes it a [`Condition`] over a table of attributes and reports every error,
//! so that a store always can turn a condition into a query.

mod ast;
mod attribute;
mod condition;
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
    error::FilterError,
    resolver::resolve,
    text_operator::TextOperator,
    value_condition::ValueCondition,
};
