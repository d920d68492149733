//! Attributes of lists: how the rows of each are found and ordered.

use super::listing::SortOrder;
use crate::domain::filter::Attribute;

/// The attributes of a resource by which its lists are filtered and sorted.
pub trait ListAttribute: Attribute {
    /// The attribute by which a list is sorted unless another is asked for.
    /// `None`: it comes by its id, or as `IndexScan` finds it.
    const DEFAULT_SORT: Option<Self> = None;

    /// In which direction a list comes unless one is asked for.
    const DEFAULT_ORDER: SortOrder = SortOrder::Ascending;

    /// The attribute whose value is the moment at the start of an ID, if it has no index
    /// of its own.
    const CREATED: Option<Self> = None;

    /// Whether a list can be sorted by it. That takes an index over it, and a
    /// kind that has an order: any but `ValueType::Bool`, and `ValueType::Id` only
    /// for the resource's own `id`.
    fn is_sortable(self) -> bool;

    /// Whether there is an index over it and the `id`, so that a query may
    /// begin with it.
    fn is_indexed(self) -> bool;

    /// Whether no two have the same value (in one account). There is an index
    /// over a unique attribute.
    fn is_unique(self) -> bool;
}
