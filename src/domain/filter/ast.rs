//! The syntax tree of filters, and the limits of a filter.

use serde_json::Number;

use crate::domain::named_enum::named;

/// The maximum number of characters of a filter.
pub const MAX_CHARS: usize = 4096;

/// The maximum nesting depth of parentheses and brackets. It also bounds the recursion of
/// functions over the tree.
pub const MAX_DEPTH: usize = 16;

/// The maximum number of comparisons in a filter.
pub const MAX_TERMS: usize = 64;

/// A parsed filter. The names of its attributes are not resolved yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Filter {
    /// All filters are true. A parsed filter has two or more.
    And(Vec<Filter>),
    /// At least one filter is true. A parsed filter has two or more.
    Or(Vec<Filter>),
    /// The filter is false.
    Not(Box<Filter>),
    /// A comparison, e.g. `email sw "ada"`.
    Compare {
        /// The attribute.
        path: Path,
        /// The operator.
        operator: Operator,
        /// The operand.
        value: Literal,
    },
    /// The attribute has a value: `position pr`.
    Present(Path),
    /// One value of a multi-valued attribute matches a filter:
    /// `emails[type eq "work" and primary eq true]`.
    Within {
        /// The multi-valued attribute.
        path: Path,
        /// The filter that one value must meet. It contains no other [`Filter::Within`].
        filter: Box<Filter>,
    },
}

/// An attribute as it was written. Names are compared without case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Path {
    /// The URI before the name, such as `urn:ietf:params:scim:schemas:core:2.0:User`.
    pub schema: Option<String>,
    /// The attribute's name.
    pub name: String,
    /// The sub-attribute: `familyName` in `name.familyName`, `office.city` in
    /// `attributes.office.city`.
    pub sub: Option<String>,
}

named! {
    /// A comparison operator. `pr` is not one: see [`Filter::Present`].
    Operator {
        /// Is equal.
        Eq = "eq",
        /// Is not equal.
        Ne = "ne",
        /// Contains.
        Co = "co",
        /// Starts with.
        Sw = "sw",
        /// Ends with.
        Ew = "ew",
        /// Is greater, or later.
        Gt = "gt",
        /// Is greater or equal.
        Ge = "ge",
        /// Is less, or earlier.
        Lt = "lt",
        /// Is less or equal.
        Le = "le",
    }
}

/// The operand of a comparison: a JSON literal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Literal {
    /// `null`: the attribute has no value.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A number.
    Number(Number),
    /// A text.
    Text(String),
}
