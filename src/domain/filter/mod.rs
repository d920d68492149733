//! Filters of lists: the grammar of SCIM (RFC 7644, section 3.4.2.2), all of
//! it, and what it means over the attributes of a resource.
//!
//! A text is read into a [`Filter`], which knows no attributes. [`resolve()`]
//! makes it a [`Condition`] over a table of attributes; whatever can be wrong
//! is found there, so that a store turns a condition into a query without
//! failing. [`AccessPath`] says which index the query walks.

mod attribute;
mod condition;
mod driver;
mod fault;
mod parse;
mod print;
mod resolve;
#[cfg(test)]
pub(crate) mod sample;
#[cfg(test)]
mod tests;
mod token;

use std::str::FromStr;

use serde_json::Number;

pub use self::{
    attribute::{Attribute, Kind},
    condition::{Condition, Test, TextTest},
    driver::{AccessPath, Key, Span},
    fault::FilterFault,
    resolve::resolve,
};

/// The most characters of a filter.
pub const MAX_CHARS: usize = 4096;

/// How deep parentheses and brackets may be nested. What follows the tree of a
/// filter recurses no deeper than a small multiple of this.
pub const MAX_DEPTH: usize = 16;

/// The most comparisons in a filter.
pub const MAX_TERMS: usize = 64;

/// A filter as it was written, not yet held against any attributes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Filter {
    /// All of them hold. Two or more, when it was read from a text.
    And(Vec<Filter>),
    /// At least one of them holds. Two or more, when it was read from a text.
    Or(Vec<Filter>),
    /// It does not hold.
    Not(Box<Filter>),
    /// A comparison, e.g. `email sw "ada"`.
    Compare {
        /// What is compared.
        path: Path,
        /// How.
        operator: Operator,
        /// With what.
        value: Value,
    },
    /// The attribute has a value: `position pr`.
    Present(Path),
    /// One value of a multi-valued attribute meets a filter:
    /// `emails[type eq "work" and primary eq true]`.
    Within {
        /// The multi-valued attribute.
        path: Path,
        /// What one value must meet. Holds no further [`Filter::Within`].
        filter: Box<Filter>,
    },
}

/// An attribute as it was written. Names are compared without case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Path {
    /// The URI ahead of the name, e.g. `urn:ietf:params:scim:schemas:core:2.0:User`.
    pub schema: Option<String>,
    /// The attribute's name.
    pub name: String,
    /// The part of it that is meant: `familyName` in `name.familyName`.
    pub sub: Option<String>,
}

/// How a filter compares. `pr` is no comparison: see [`Filter::Present`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operator {
    /// Is equal.
    Eq,
    /// Is not equal.
    Ne,
    /// Contains.
    Co,
    /// Starts with.
    Sw,
    /// Ends with.
    Ew,
    /// Is greater, or later.
    Gt,
    /// Is greater or equal.
    Ge,
    /// Is less, or earlier.
    Lt,
    /// Is less or equal.
    Le,
}

/// What a filter compares with: a JSON literal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// `null`: the attribute has no value.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A number.
    Number(Number),
    /// A text.
    Text(String),
}

impl Operator {
    /// All of them.
    pub const ALL: [Self; 9] =
        [Self::Eq, Self::Ne, Self::Co, Self::Sw, Self::Ew, Self::Gt, Self::Ge, Self::Lt, Self::Le];

    /// The operator as it is written.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Eq => "eq",
            Self::Ne => "ne",
            Self::Co => "co",
            Self::Sw => "sw",
            Self::Ew => "ew",
            Self::Gt => "gt",
            Self::Ge => "ge",
            Self::Lt => "lt",
            Self::Le => "le",
        }
    }
}

impl Path {
    /// Reads an attribute's name: `name.familyName`, with the URI of its schema
    /// or without. `None` if it does not have the shape of one.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        parse::path(text)
    }
}

impl FromStr for Filter {
    type Err = FilterFault;

    /// Reads a filter: operators in any case, any white space between words,
    /// `not` before `and` before `or`.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        parse::filter(text, false)
    }
}

impl Filter {
    /// Reads a filter as clients are known to write it: besides the grammar of
    /// the standard, with a part behind a value path, which is compared as if it
    /// stood in its brackets: `emails[type eq "work"].value eq "ada@example.com"`.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn read_leniently(text: &str) -> Result<Self, FilterFault> {
        parse::filter(text, true)
    }
}
