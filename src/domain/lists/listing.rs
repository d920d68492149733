//! List queries and their pages.

use std::ops::RangeInclusive;

use uuid::Uuid;

use crate::domain::{
    Timestamp,
    filter::{Condition, ValueType},
    named_enum::named,
};

/// The default page size.
pub const DEFAULT_COUNT: u32 = 100;

/// The maximum page size.
pub const MAX_COUNT: u32 = 1000;

/// The allowed page sizes.
pub const COUNT_RANGE: RangeInclusive<u32> = 1..=MAX_COUNT;

/// A query of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listing<A> {
    /// The condition of its items. `None` for all.
    pub condition: Option<Condition<A>>,
    /// The sort attribute. `None` for the order of the `IndexScan`.
    pub sort: Option<A>,
    /// The direction of the order.
    pub order: SortOrder,
    /// The position before the page. `None` for the first page.
    pub after: Option<PagePosition>,
    /// The maximum number of items of the page.
    pub count: u32,
    /// Whether to count all items that match.
    pub with_total: bool,
}

named! {
    /// The direction of a list.
    #[derive(Default)]
    SortOrder {
        /// From the first to the last.
        #[default]
        Ascending = "ASCENDING",
        /// From the last to the first.
        Descending = "DESCENDING",
    }
}

/// A place in a list: the last row of a page. The next page begins after it,
/// even if the row has been deleted since.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PagePosition {
    /// The row's value of [`Listing::order_key`]. `None` if the order is by id
    /// alone, or if the row has no value.
    pub key: Option<SortKey>,
    /// The row's id.
    pub id: Uuid,
}

/// A value of the sort attribute. Texts are ordered by their bytes.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum SortKey {
    /// A text as it is in the index: folded, if the attribute is compared without case. The
    /// name of a closed list is a text as well.
    Text(String),
    /// A moment.
    Moment(Timestamp),
}

/// A page of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page<T> {
    /// The items, in order. A page with fewer items than requested need not be the last
    /// one: a page also ends after a fixed number of rows.
    pub items: Vec<T>,
    /// Where the next page begins. `None` on the last page.
    pub next: Option<PagePosition>,
    /// The number of items that match the condition, if it was requested.
    pub total: Option<u64>,
}

impl SortKey {
    /// Whether it can be a value of an attribute of this type.
    #[must_use]
    pub fn is_of(&self, kind: ValueType) -> bool {
        match kind {
            ValueType::Text
            | ValueType::Identifier
            | ValueType::Exact
            | ValueType::NameOrPart(_)
            | ValueType::Name(_) => {
                matches!(self, Self::Text(_))
            }
            ValueType::Moment => matches!(self, Self::Moment(_)),
            ValueType::Id | ValueType::Element(_) | ValueType::Bool => false,
        }
    }
}
