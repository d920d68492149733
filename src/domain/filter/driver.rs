//! Drivers: which index a list walks.
//!
//! The work of a request may not grow with the account. So a list walks one
//! index in its order, holds the rest of the condition against each row, and
//! stops when the page is full or when it has seen its fill.

use std::ops::Bound;

use uuid::Uuid;

use super::{Attribute, Condition};
use crate::domain::{Timestamp, listing::SortKey};

/// What a query begins with: the part of an index that it walks, and in which
/// order.
///
/// The order is by the attribute and then the id for [`Driver::Prefix`],
/// [`Driver::Range`] and [`Driver::Sorted`], and by the id for the others: see
/// [`Driver::order`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Driver<A> {
    /// No row is looked at.
    Nothing,
    /// The one row that has this value.
    Unique(A, Key),
    /// The rows that have this value.
    Equal(A, Key),
    /// The rows whose text starts so.
    Prefix(A, String),
    /// The rows between two ends.
    Range(A, Span),
    /// All rows, by the attribute.
    Sorted(A),
    /// All rows, by their id.
    Id,
}

/// A value that an index is searched for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Key {
    /// A text; folded for [`Kind::Text`](super::Kind::Text).
    Text(String),
    /// A moment.
    Moment(Timestamp),
    /// An identifier.
    Id(Uuid),
    /// A name of a closed list.
    Name(&'static str),
    /// True or false.
    Bool(bool),
}

/// Part of an index, from one value to another. Both ends are of one kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Span {
    /// Where it begins.
    pub from: Bound<SortKey>,
    /// Where it ends.
    pub to: Bound<SortKey>,
}

impl<A: Attribute> Condition<A> {
    /// Which index a list of this condition walks.
    #[must_use]
    pub fn driver(&self, sort: Option<A>) -> Driver<A> {
        sort.map_or(Driver::Id, Driver::Sorted)
    }
}

impl<A: Copy> Driver<A> {
    /// The attribute by which the rows come, ahead of their id. A position in
    /// the list needs its value. `None` if they come by their id alone.
    #[must_use]
    pub fn order(&self) -> Option<A> {
        match self {
            Self::Prefix(attribute, _) | Self::Range(attribute, _) | Self::Sorted(attribute) => {
                Some(*attribute)
            }
            Self::Nothing | Self::Unique(..) | Self::Equal(..) | Self::Id => None,
        }
    }
}
