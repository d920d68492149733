//! Conditions: filters with validated attributes and values.

use uuid::Uuid;

use crate::domain::Timestamp;

/// A condition on a row. A store can translate every condition into a query.
///
/// A condition holds or does not, there is nothing in between: a test of an
/// attribute without a value does not hold, and so [`Condition::Not`] of it
/// does. (SQL says NULL there, in which case a store must say false.)
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Condition<A> {
    /// All of them hold. Of none: everything does.
    All(Vec<Self>),
    /// At least one of them holds. Of none: nothing does.
    Any(Vec<Self>),
    /// It does not hold.
    Not(Box<Self>),
    /// The attribute has a value.
    Present(A),
    /// A test of a text, which is folded already for
    /// [`ValueType::Text`](super::ValueType::Text). A row whose text is empty has none,
    /// which a store need not heed: [`resolve()`](super::resolve()) does.
    Text(A, TextOperator, String),
    /// A test of a moment.
    Moment(A, MomentOperator, Timestamp),
    /// The attribute is this identifier.
    Id(A, Uuid),
    /// The attribute is this name, spelled as the attribute's kind spells it.
    Name(A, &'static str),
    /// The attribute is true, or is false.
    Bool(A, bool),
    /// No row meets it: what was asked for can't be, such as an id that is
    /// no UUID.
    Never,
}

/// How texts are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TextOperator {
    /// Is equal.
    Eq,
    /// Contains.
    Co,
    /// Starts with.
    Sw,
    /// Ends with.
    Ew,
    /// Comes after.
    Gt,
    /// Comes after, or is equal.
    Ge,
    /// Comes before.
    Lt,
    /// Comes before, or is equal.
    Le,
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
