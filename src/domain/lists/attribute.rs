//! Attributes of lists: how the rows of each are found and ordered.

use super::listing::SortOrder;
use crate::domain::{filter::Attribute, list_rules::ListRules, multi_valued::MultiValuedField};

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

    /// The attribute of the part `value` of a multi-valued attribute, if rows have it.
    fn of_values(_: MultiValuedField) -> Option<Self> {
        None
    }

    /// What its values are, and how the rows are found by them.
    fn rules(self) -> ListRules;

    /// Whether a list can be sorted by it.
    fn is_sortable(self) -> bool {
        self.rules().is_sortable
    }

    /// Whether a query may begin with it.
    fn is_indexed(self) -> bool {
        self.rules().is_indexed
    }

    /// Whether a query may begin with one value of it.
    fn is_keyed(self) -> bool {
        self.rules().is_keyed
    }

    /// Whether no two have the same value.
    fn is_unique(self) -> bool {
        self.rules().is_unique
    }
}
