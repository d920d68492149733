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
    pub total: bool,
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

/// A value by which a list is ordered. Texts are in the order of their bytes.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum SortKey {
    /// A text as the index has it: folded, if the attribute is compared
    /// without case. A name of a closed list is one as well.
    Text(String),
    /// A moment.
    Moment(Timestamp),
}

/// What a list gives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page<T> {
    /// The rows, in order. Fewer than asked for do not mean that it is the
    /// last page: a page also ends when it has looked at enough rows.
    pub items: Vec<T>,
    /// Where the next page begins. `None` on the last page.
    pub next: Option<PagePosition>,
    /// How many meet the condition, if that was asked for.
    pub total: Option<u64>,
}

impl SortKey {
    /// Whether it can be a value of an attribute of this kind.
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
            ValueType::Id | ValueType::Bool => false,
        }
    }
}
