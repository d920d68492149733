//! How lists find and order an attribute.

use super::filter::ValueType;

/// The values of an attribute, and how lists find them.
#[derive(Debug, Clone, Copy)]
pub struct ListRules {
    /// The type of its values.
    pub value_type: ValueType,
    /// Whether values are unique in an account. There is an index
    /// over a unique attribute.
    pub is_unique: bool,
    /// Whether there is an index over it and the `id`, so that a scan can search for a
    /// value or a range of it.
    pub is_indexed: bool,
    /// Whether there is an index that can be searched for a value, but not for a range.
    pub has_value_index: bool,
    /// Whether a list can be sorted by it. That takes an index over it, and a
    /// type that has an order: any but `ValueType::Bool`, and `ValueType::Id` only
    /// for the resource's own `id`.
    pub is_sortable: bool,
}

impl ListRules {
    /// An attribute without an index: a filter tests each row.
    pub(super) const fn new(value_type: ValueType) -> Self {
        Self {
            value_type,
            is_unique: false,
            is_indexed: false,
            has_value_index: false,
            is_sortable: false,
        }
    }

    pub(super) const fn unique(self) -> Self {
        Self { is_unique: true, ..self }
    }

    pub(super) const fn indexed(self) -> Self {
        Self { is_indexed: true, ..self }
    }

    pub(super) const fn value_indexed(self) -> Self {
        Self { has_value_index: true, ..self }
    }

    pub(super) const fn sortable(self) -> Self {
        Self { is_sortable: true, ..self }
    }
}
