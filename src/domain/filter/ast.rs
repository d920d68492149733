//! Filters as they were written, and how big one may be.

use serde_json::Number;

use crate::domain::named_enum::named;

/// The maximum number of characters of a filter.
pub const MAX_CHARS: usize = 4096;

/// How deep parentheses and brackets may be nested. What follows the tree of a
/// filter recurses no deeper than a small multiple of this.
pub const MAX_DEPTH: usize = 16;

/// The maximum number of comparisons in a filter.
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
        value: Literal,
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

named! {
    /// How a filter compares. `pr` is no comparison: see [`Filter::Present`].
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

/// What a filter compares with: a JSON literal.
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
