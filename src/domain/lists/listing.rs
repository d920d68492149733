//! List queries and their pages.

use std::ops::RangeInclusive;

use uuid::Uuid;

use crate::domain::{
    Timestamp,
    filter::{Condition, ValueType},
    name::named,
};

/// The default page size.
pub const DEFAULT_COUNT: u32 = 100;

/// The maximum page size.
pub const MAX_COUNT: u32 = 1000;

/// The allowed page sizes.
pub const COUNT_RANGE: RangeInclusive<u32> = 1..=MAX_COUNT;

/// What a list is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listing<A> {
    /// What is on it. `None`: everything.
    pub condition: Option<Condition<A>>,
    /// By what it is sorted. `None`: no order was asked for, and the rows come
    /// as `IndexScan` finds them.
    pub sort: Option<A>,
    /// The direction of the order.
    pub order: SortOrder,
    /// Where the page begins. `None`: at the front.
    pub after: Option<PagePosition>,
    /// The most that the page holds.
    pub count: u32,
    /// Whether all that meet the condition are to be counted.
    pub total: bool,
}

named! {
    /// In which direction a list is walked.
    #[derive(Default)]
    SortOrder {
        /// From the first to the last.
        #[default]
        Ascending = "ASCENDING",
        /// From the last to the first.
        Descending = "DESCENDING",
    }
}

/// A place in a list: the last row of a page. The next page begins behind it,
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
            ValueType::Text | ValueType::Identifier | ValueType::Exact | ValueType::Name(_) => {
                matches!(self, Self::Text(_))
            }
            ValueType::Moment => matches!(self, Self::Moment(_)),
            ValueType::Id | ValueType::Bool => false,
        }
    }
}
