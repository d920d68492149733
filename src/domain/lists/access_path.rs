//! Chooses the index that is searched for the rows of a condition.
//!
//! The work of a request must not grow with the account. So a list scans one index in its
//! order, and tests each row with the rest of the condition. It stops when the page is
//! full, or after a fixed number of rows.

use std::{cmp::Ordering, ops::Bound};

use uuid::Uuid;

use super::{attribute::ListAttribute, listing::SortKey};
use crate::domain::{
    Timestamp,
    filter::{Condition, MomentOperator, TextOperator},
    multi_valued::SubAttribute,
};

/// The part of an index that can have rows of a condition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum AccessPath<A> {
    /// No part: no row can match the condition.
    Nothing,
    /// The only row that can have this value.
    Unique(A, Key),
    /// The rows that have this value.
    Equal(A, Key),
    /// The rows that have one of these values: the union of several searches.
    AnyOf(Vec<(A, Key)>),
    /// The rows whose text starts with this prefix, which is not empty.
    Prefix(A, String),
    /// The rows between two bounds.
    Range(A, KeyRange),
}

/// A value that an index is searched for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Key {
    /// A text; folded for `ValueType::Text`.
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

/// A range of an index. Both bounds have the same kind of value, and at least one is not
/// `Bound::Unbounded`. The range is empty if the start comes after the end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct KeyRange {
    /// Where it begins.
    pub(super) from: Bound<SortKey>,
    /// Where it ends.
    pub(super) to: Bound<SortKey>,
}

/// The maximum number of searches of a union.
const MAX_SEARCHES: usize = 100;

impl<A: ListAttribute> Condition<A> {
    /// Chooses the index search that is likely to read the fewest rows. `None` if no index
    /// leaves out any row.
    ///
    /// Only a condition that every row must meet can be searched for, and only if its
    /// attribute has an index. `AccessPath::rank` is the order of preference; of two equal
    /// searches, the first is chosen. In a sorted list, the index must be that of the sort
    /// attribute. A unique value is the exception, because a single row is always sorted.
    pub(super) fn access_path(&self, sort: Option<A>) -> Option<AccessPath<A>> {
        let required = self.required_conditions();
        if required.contains(&&Self::Never) {
            return Some(AccessPath::Nothing);
        }
        let is_usable = |path: &AccessPath<A>| match path {
            AccessPath::Equal(by, _) if by.has_value_index() => sort.is_none(),
            AccessPath::Equal(by, _) | AccessPath::Prefix(by, _) | AccessPath::Range(by, _) => {
                by.is_indexed() && sort.is_none_or(|sort| sort == *by)
            }
            AccessPath::AnyOf(_) => A::SUPPORTS_UNIONS && sort.is_none(),
            AccessPath::Nothing | AccessPath::Unique(..) => true,
        };
        let paths =
            required.iter().filter_map(|condition| condition.index_search()).filter(is_usable);
        Some(match paths.min_by_key(AccessPath::rank)? {
            AccessPath::Range(by, _) => AccessPath::Range(by, intersect_key_ranges(by, &required)),
            path => path,
        })
    }

    /// The conditions that every row must meet.
    fn required_conditions(&self) -> Vec<&Self> {
        match self {
            Self::All(conditions) => {
                conditions.iter().flat_map(Self::required_conditions).collect()
            }
            _ => vec![self],
        }
    }

    /// The search for this condition in an index of its attribute. The caller checks that
    /// the index exists.
    fn index_search(&self) -> Option<AccessPath<A>> {
        let (by, key) = match self {
            Self::Text(by, TextOperator::Eq, text) => (*by, Key::Text(text.clone())),
            Self::Moment(by, MomentOperator::Eq, moment) => (*by, Key::Moment(*moment)),
            Self::Id(by, id) => (*by, Key::Id(*id)),
            Self::Name(by, name) => (*by, Key::Name(name)),
            Self::Bool(by, value) => (*by, Key::Bool(*value)),
            Self::AnyValue(field, condition) => {
                let (_, key) = condition
                    .required_key(|sub_attribute| *sub_attribute == SubAttribute::Value)?;
                (A::value_attribute(*field)?, Key::Text(key.to_owned()))
            }
            Self::AnyCustomValue(name, condition) => {
                let (sub_attribute, key) = condition.required_key(|_| true)?;
                (A::custom_attribute(*name, *sub_attribute)?, Key::Text(key.to_owned()))
            }
            Self::Any(any) => return Self::union_of_searches(any),
            Self::Text(by, TextOperator::Sw, text) => {
                return Some(AccessPath::Prefix(*by, text.clone()));
            }
            _ => return self.key_range().map(|(by, range)| AccessPath::Range(by, range)),
        };
        Some(if by.is_unique() { AccessPath::Unique(by, key) } else { AccessPath::Equal(by, key) })
    }

    /// The union of the searches for each of some conditions. `None` if one of them can't
    /// be searched for.
    fn union_of_searches(any: &[Self]) -> Option<AccessPath<A>> {
        let mut searches = Vec::new();
        for condition in any {
            match condition.access_path(None)? {
                AccessPath::Nothing => {}
                AccessPath::Unique(by, key) => searches.push((by, key)),
                // The ID is searched for the time of creation only as a range.
                AccessPath::Equal(by, key) if Some(by) != A::CREATED => searches.push((by, key)),
                AccessPath::AnyOf(more) => searches.extend(more),
                AccessPath::Equal(..) | AccessPath::Prefix(..) | AccessPath::Range(..) => {
                    return None;
                }
            }
        }
        match searches.len() {
            0 => Some(AccessPath::Nothing),
            1..=MAX_SEARCHES => Some(AccessPath::AnyOf(searches)),
            _ => None,
        }
    }

    /// The range of an index in which a comparison by order is true.
    fn key_range(&self) -> Option<(A, KeyRange)> {
        use Bound::{Excluded, Included, Unbounded};
        let text = |end: &String| SortKey::Text(end.clone());
        let moment = |end: &Timestamp| SortKey::Moment(*end);
        let (by, from, to) = match self {
            Self::Text(by, TextOperator::Gt, end) => (by, Excluded(text(end)), Unbounded),
            Self::Text(by, TextOperator::Ge, end) => (by, Included(text(end)), Unbounded),
            Self::Text(by, TextOperator::Lt, end) => (by, Unbounded, Excluded(text(end))),
            Self::Text(by, TextOperator::Le, end) => (by, Unbounded, Included(text(end))),
            Self::Moment(by, MomentOperator::Gt, end) => (by, Excluded(moment(end)), Unbounded),
            Self::Moment(by, MomentOperator::Ge, end) => (by, Included(moment(end)), Unbounded),
            Self::Moment(by, MomentOperator::Lt, end) => (by, Unbounded, Excluded(moment(end))),
            Self::Moment(by, MomentOperator::Le, end) => (by, Unbounded, Included(moment(end))),
            _ => return None,
        };
        Some((*by, KeyRange { from, to }))
    }
}

/// The range of an attribute's index in which all required conditions are true.
fn intersect_key_ranges<A: ListAttribute>(attribute: A, required: &[&Condition<A>]) -> KeyRange {
    let ranges = required.iter().filter_map(|condition| condition.key_range());
    let of_attribute = ranges.filter(|(other, _)| *other == attribute).map(|(_, range)| range);
    let unbounded = KeyRange { from: Bound::Unbounded, to: Bound::Unbounded };
    of_attribute.fold(unbounded, |left, range| KeyRange {
        from: tighter_bound(left.from, range.from, Ordering::Greater),
        to: tighter_bound(left.to, range.to, Ordering::Less),
    })
}

/// The tighter of two bounds. `inward` is how the key of a tighter bound compares with the
/// other key.
fn tighter_bound(one: Bound<SortKey>, other: Bound<SortKey>, inward: Ordering) -> Bound<SortKey> {
    use Bound::{Excluded, Included, Unbounded};
    match (&one, &other) {
        (_, Unbounded) => one,
        (Unbounded, _) => other,
        (Included(key) | Excluded(key), Included(than) | Excluded(than)) => match key.cmp(than) {
            Ordering::Equal if matches!(one, Excluded(_)) => one,
            order if order == inward => one,
            _ => other,
        },
    }
}

impl<A> AccessPath<A> {
    /// The estimated size of the scan, and the number of its searches: lower is better.
    fn rank(&self) -> (u8, usize) {
        match self {
            Self::Nothing => (0, 0),
            Self::Unique(..) => (1, 1),
            Self::Equal(_, key) => (key.rank(), 1),
            Self::AnyOf(all) => {
                (all.iter().map(|(_, key)| key.rank()).max().unwrap_or_default(), all.len())
            }
            Self::Prefix(..) => (5, 1),
            Self::Range(..) => (6, 1),
        }
    }
}

impl Key {
    /// The rank of the search for a value that is not unique.
    fn rank(&self) -> u8 {
        match self {
            Self::Text(_) | Self::Moment(_) | Self::Id(_) => 2,
            // An attribute with few values has many rows for each of them.
            Self::Name(_) => 3,
            Self::Bool(_) => 4,
        }
    }
}

#[cfg(test)]
mod tests;
