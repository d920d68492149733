//! Attributes of lists: how lists find and order rows by them.

use super::listing::SortOrder;
use crate::domain::{
    custom_attribute::CustomAttributeName,
    filter::{Attribute, CustomSubAttribute},
    list_rules::ListRules,
    multi_valued::MultiValuedField,
};

/// The attributes of a resource by which its lists are filtered and sorted.
pub trait ListAttribute: Attribute {
    /// The default sort attribute. `None`: the order is by ID, or the one that `IndexScan`
    /// chooses.
    const DEFAULT_SORT: Option<Self> = None;

    /// The default direction of a list.
    const DEFAULT_ORDER: SortOrder = SortOrder::Ascending;

    /// The attribute whose value is the time at the start of the ID, if it has no index of
    /// its own.
    const CREATED: Option<Self> = None;

    /// Whether a list can be the union of several searches.
    const SUPPORTS_UNIONS: bool = false;

    /// The attribute of the sub-attribute `value` of a multi-valued attribute, if the resource has
    /// it.
    fn value_attribute(_: MultiValuedField) -> Option<Self> {
        None
    }

    /// A custom attribute, or a sub-attribute of it, if the resource has custom attributes.
    fn custom_attribute(_: CustomAttributeName, _: CustomSubAttribute) -> Option<Self> {
        None
    }

    /// The name and the sub-attribute, if this is a custom attribute.
    fn custom(self) -> Option<(CustomAttributeName, CustomSubAttribute)> {
        None
    }

    /// The type of its values, and how lists find rows by them.
    fn rules(self) -> ListRules;

    /// Whether a list can be sorted by it.
    fn is_sortable(self) -> bool {
        self.rules().is_sortable
    }

    /// Whether an index can be searched for a value or a range of it.
    fn is_indexed(self) -> bool {
        self.rules().is_indexed
    }

    /// Whether an index can be searched for a value of it, but not for a range.
    fn has_value_index(self) -> bool {
        self.rules().has_value_index
    }

    /// Whether no two resources of an account have the same value.
    fn is_unique(self) -> bool {
        self.rules().is_unique
    }
}
