//! Which index is searched for the rows of a condition.
//!
//! The work of a request may not grow with the account. So a list walks one
//! index in its order, holds the rest of the condition against each row, and
//! stops when the page is full or when it has seen its fill.

use std::{cmp::Ordering, ops::Bound};

use uuid::Uuid;

use super::{attribute::ListAttribute, listing::SortKey};
use crate::domain::{
    Timestamp,
    filter::{Condition, MomentOperator, TextOperator},
};

/// The part of an index that a condition leaves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum AccessPath<A> {
    /// No row is looked at: none can meet the condition.
    Nothing,
    /// The one row that has this value, if any has.
    Unique(A, Key),
    /// The rows that have this value.
    Equal(A, Key),
    /// The rows whose text starts so. Never empty.
    Prefix(A, String),
    /// The rows between two ends.
    Range(A, Span),
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

/// Part of an index, from one value to another. Both ends are of one kind, and
/// at least one is there. It is empty if they are the wrong way round.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Span {
    /// Where it begins.
    pub(super) from: Bound<SortKey>,
    /// Where it ends.
    pub(super) to: Bound<SortKey>,
}

impl<A: ListAttribute> Condition<A> {
    /// The index that leaves the fewest rows. `None`: none leaves out any.
    ///
    /// What must hold of every row can drive, if there is an index over its
    /// attribute: best a value that one row has at most, then any other value
    /// (one of a closed list after those of which there is no end), then the
    /// start of a text, then a range; of two that are as good, the first. In a
    /// sorted list it must be the attribute of the order, but for the value that
    /// one row has at most: one row is always in order.
    pub(super) fn access_path(&self, sort: Option<A>) -> Option<AccessPath<A>> {
        let required = self.required_conditions();
        if required.contains(&&Self::Never) {
            return Some(AccessPath::Nothing);
        }
        let is_usable = |path: &AccessPath<A>| match path {
            AccessPath::Equal(by, _) if by.is_keyed() => sort.is_none(),
            AccessPath::Equal(by, _) | AccessPath::Prefix(by, _) | AccessPath::Range(by, _) => {
                by.is_indexed() && sort.is_none_or(|sort| sort == *by)
            }
            AccessPath::Nothing | AccessPath::Unique(..) => true,
        };
        let paths = required.iter().filter_map(|must| must.index_search()).filter(is_usable);
        Some(match paths.min_by_key(AccessPath::rank)? {
            AccessPath::Range(by, _) => AccessPath::Range(by, narrowest(by, &required)),
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

    /// What an index would be searched for, if there is one.
    fn index_search(&self) -> Option<AccessPath<A>> {
        let (by, key) = match self {
            Self::Text(by, TextOperator::Eq, text) => (*by, Key::Text(text.clone())),
            Self::Moment(by, MomentOperator::Eq, moment) => (*by, Key::Moment(*moment)),
            Self::Id(by, id) => (*by, Key::Id(*id)),
            Self::Name(by, name) => (*by, Key::Name(name)),
            Self::Bool(by, value) => (*by, Key::Bool(*value)),
            Self::AnyValue(field, condition) => {
                (A::of_values(*field)?, Key::Text(condition.required_value()?.to_owned()))
            }
            Self::Text(by, TextOperator::Sw, text) => {
                return Some(AccessPath::Prefix(*by, text.clone()));
            }
            _ => return self.key_range().map(|(by, span)| AccessPath::Range(by, span)),
        };
        Some(if by.is_unique() { AccessPath::Unique(by, key) } else { AccessPath::Equal(by, key) })
    }

    /// Where in an index a comparison by order holds.
    fn key_range(&self) -> Option<(A, Span)> {
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
        Some((*by, Span { from, to }))
    }
}

/// The part of an attribute's index that is left by all that must hold.
fn narrowest<A: ListAttribute>(attribute: A, musts: &[&Condition<A>]) -> Span {
    let spans = musts.iter().filter_map(|must| must.key_range());
    let of_attribute = spans.filter(|(other, _)| *other == attribute).map(|(_, span)| span);
    let unbounded = Span { from: Bound::Unbounded, to: Bound::Unbounded };
    of_attribute.fold(unbounded, |left, span| Span {
        from: tighter_bound(left.from, span.from, Ordering::Greater),
        to: tighter_bound(left.to, span.to, Ordering::Less),
    })
}

/// The end that leaves less. `inward` is how an end that leaves less compares.
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
    /// The estimated size of the scan: lower is better.
    fn rank(&self) -> u8 {
        match self {
            Self::Nothing => 0,
            Self::Unique(..) => 1,
            Self::Equal(_, Key::Text(_) | Key::Moment(_) | Key::Id(_)) => 2,
            // The fewer values there are, the more rows have each.
            Self::Equal(_, Key::Name(_)) => 3,
            Self::Equal(_, Key::Bool(_)) => 4,
            Self::Prefix(..) => 5,
            Self::Range(..) => 6,
        }
    }
}

#[cfg(test)]
mod tests;
