//! Which rows a page of a list reads: the index, its part, and the direction. Nothing else
//! decides it, and it is decided before the database is queried.

use std::{cmp::Ordering, ops::Bound};

use uuid::Uuid;

use super::{
    access_path::{AccessPath, Key, KeyRange},
    attribute::ListAttribute,
    listing::{Listing, PagePosition, SortKey, SortOrder},
};
use crate::domain::{
    Timestamp,
    filter::{Condition, MomentOperator, TextOperator, ValueCondition, ValueType},
    id::UserId,
};

/// The part of an index that a list scans, the direction of the scan, and the residual
/// condition on its rows.
#[derive(Debug, Clone)]
pub(crate) struct IndexScan<A> {
    /// The values that all rows of the part have in common. They are the first columns of
    /// the index, in this order.
    pub(crate) fixed: Vec<(A, Key)>,
    /// The values of which each row has at least one. Empty if the rows are in one part of
    /// one index.
    pub(crate) any_of: Vec<(A, Key)>,
    /// The attribute that orders the rows, before their ID. `None`: only the ID orders
    /// them.
    pub(crate) key: Option<A>,
    /// Where the part begins, in the order of the index.
    pub(crate) from: Bound<ScanBound>,
    /// Where it ends, in the order of the index.
    pub(crate) to: Bound<ScanBound>,
    /// The direction of the scan.
    pub(crate) order: SortOrder,
    /// The condition that each row must also meet. `None`: every row of the part is on the
    /// list.
    pub(crate) residual: Option<Condition<A>>,
    /// Whether the part has at most one row, so that it needs no order.
    pub(crate) is_single_row: bool,
}

/// A place in an index.
#[derive(Debug, Clone)]
pub(crate) enum ScanBound {
    /// At a value of [`IndexScan::key`].
    Key(SortKey),
    /// At a row.
    Row(PagePosition),
}

impl<A: ListAttribute> IndexScan<A> {
    /// Returns the scan for a page of a list. `None` if no row can be on the page.
    pub(crate) fn from_listing(listing: &Listing<A>) -> Option<Self> {
        let scan = Self::from_front(listing)?;
        match &listing.after {
            None => Some(scan),
            Some(after) => scan.after(after.clone()),
        }
    }

    /// Returns the scan for all pages of a list.
    fn from_front(listing: &Listing<A>) -> Option<Self> {
        let everything = Condition::All(Vec::new());
        let condition = listing.condition.as_ref().unwrap_or(&everything);
        let base = A::DEFAULT_SORT.or(A::CREATED);
        // The only unique attribute of the type ID is the row's own ID.
        let is_base =
            |by: A| Some(by) == base || by.is_unique() && by.value_type() == ValueType::Id;
        let sort = listing.sort.filter(|by| !is_base(*by));
        let mut scan = match (sort, condition.access_path(None)) {
            (_, Some(AccessPath::Nothing)) => return None,
            (_, Some(AccessPath::Unique(by, key))) => Self::for_value(by, key),
            (Some(by), _) => Self::by_key(by, condition.access_path(Some(by))),
            (None, Some(AccessPath::Equal(by, key))) if !is_base(by) => {
                Self::for_value(by, key).in_default_order(condition)
            }
            (None, Some(AccessPath::AnyOf(any_of))) => {
                Self { any_of, ..Self::whole_index(None) }.in_default_order(condition)
            }
            // The order of this index, because neither the request nor the resource has
            // one.
            (None, path @ Some(AccessPath::Prefix(by, _) | AccessPath::Range(by, _)))
                if listing.sort.is_none() && A::DEFAULT_SORT.is_none() && !is_base(by) =>
            {
                Self::by_key(by, path)
            }
            _ => Self::whole_index(None).in_default_order(condition),
        };
        scan.order = listing.order;
        scan.residual = (!scan.covers(condition)).then(|| condition.clone());
        Some(scan)
    }

    fn whole_index(key: Option<A>) -> Self {
        Self {
            fixed: Vec::new(),
            any_of: Vec::new(),
            key,
            from: Bound::Unbounded,
            to: Bound::Unbounded,
            order: SortOrder::Ascending,
            residual: None,
            is_single_row: false,
        }
    }

    /// Scans the rows that have a value.
    pub(crate) fn for_value(by: A, key: Key) -> Self {
        let is_single_row = by.is_unique();
        Self { fixed: vec![(by, key)], is_single_row, ..Self::whole_index(None) }
    }

    /// Scans the index over an attribute and the ID.
    fn by_key(by: A, path: Option<AccessPath<A>>) -> Self {
        match path {
            Some(AccessPath::Equal(by, key)) => Self::for_value(by, key),
            Some(AccessPath::Prefix(by, prefix)) => {
                let (from, to) = prefix_range(&prefix);
                let to = to.map_or(Bound::Unbounded, |to| Bound::Excluded(SortKey::Text(to)));
                Self::whole_index(Some(by)).with_bounds(Bound::Included(SortKey::Text(from)), to)
            }
            Some(AccessPath::Range(by, KeyRange { from, to })) => {
                Self::whole_index(Some(by)).with_bounds(from, to)
            }
            Some(AccessPath::Nothing | AccessPath::Unique(..) | AccessPath::AnyOf(_)) | None => {
                Self::whole_index(Some(by))
            }
        }
    }

    fn with_bounds(self, from: Bound<SortKey>, to: Bound<SortKey>) -> Self {
        Self { from: from.map(ScanBound::Key), to: to.map(ScanBound::Key), ..self }
    }

    /// Scans in the default order: by [`ListAttribute::DEFAULT_SORT`], or by ID, which is
    /// the order of creation.
    fn in_default_order(mut self, condition: &Condition<A>) -> Self {
        let base = A::DEFAULT_SORT.or(A::CREATED);
        let path = base.and_then(|base| condition.access_path(Some(base)));
        match (path, A::DEFAULT_SORT) {
            (Some(AccessPath::Equal(by, key)), Some(_)) => {
                self.fixed.push((by, key));
                self
            }
            (Some(AccessPath::Range(_, KeyRange { from, to })), Some(base)) => {
                Self { key: Some(base), ..self }.with_bounds(from, to)
            }
            (_, Some(base)) => Self { key: Some(base), ..self },
            (Some(AccessPath::Equal(_, Key::Moment(moment))), None) => {
                let key = SortKey::Moment(moment);
                self.with_creation_between(&Bound::Included(key.clone()), &Bound::Included(key))
            }
            (Some(AccessPath::Range(_, KeyRange { from, to })), None) => {
                self.with_creation_between(&from, &to)
            }
            (_, None) => self,
        }
    }

    /// IDs have millisecond precision, so the scan includes all rows of the first and
    /// the last millisecond.
    fn with_creation_between(self, from: &Bound<SortKey>, to: &Bound<SortKey>) -> Self {
        let row = |id: Uuid| ScanBound::Row(PagePosition { key: None, id });
        let from = moment_of(from).map(|from| Bound::Included(row(first_id(from, 0))));
        let to = moment_of(to).map(|to| Bound::Excluded(row(first_id(to, 1))));
        Self { from: from.unwrap_or(Bound::Unbounded), to: to.unwrap_or(Bound::Unbounded), ..self }
    }

    /// Whether every row of the scan matches the condition, so that there is no residual one.
    fn covers(&self, condition: &Condition<A>) -> bool {
        let fixed = self.fixed.first().map(|(by, key)| equal(*by, key));
        match condition {
            Condition::All(all) => match all.as_slice() {
                [] => true,
                [only] => self.covers(only),
                _ => false,
            },
            // The index may have an empty text for an absent value.
            Condition::Text(_, TextOperator::Eq, text) => {
                !text.is_empty() && fixed.as_ref() == Some(condition)
            }
            Condition::Text(by, TextOperator::Sw | TextOperator::Gt | TextOperator::Ge, text) => {
                !text.is_empty() && self.key == Some(*by)
            }
            Condition::Moment(by, ..) if self.key == Some(*by) => true,
            _ => fixed.as_ref() == Some(condition),
        }
    }

    /// Whether a position is between the bounds.
    pub(crate) fn contains(&self, row: &PagePosition) -> bool {
        let has_begun = match &self.from {
            Bound::Unbounded => true,
            Bound::Included(bound) => bound.compare(row).is_ge(),
            Bound::Excluded(bound) => bound.compare(row).is_gt(),
        };
        let has_ended = match &self.to {
            Bound::Unbounded => false,
            Bound::Included(bound) => bound.compare(row).is_gt(),
            Bound::Excluded(bound) => bound.compare(row).is_ge(),
        };
        has_begun && !has_ended
    }

    /// Returns the rest of the scan after a row. `None` if the row is not on it.
    pub(crate) fn after(self, row: PagePosition) -> Option<Self> {
        let key = match self.key {
            None => None,
            Some(by) => Some(row.key.filter(|key| key.is_of(by.value_type()))?),
        };
        let row = PagePosition { key, ..row };
        if self.is_single_row || !self.contains(&row) {
            return None;
        }
        let bound = Bound::Excluded(ScanBound::Row(row));
        Some(match self.order {
            SortOrder::Ascending => Self { from: bound, ..self },
            SortOrder::Descending => Self { to: bound, ..self },
        })
    }

    /// Returns the beginning of the scan, up to a row that is on it.
    pub(crate) fn up_to(&self, row: &PagePosition) -> Self {
        let bound = Bound::Included(ScanBound::Row(row.clone()));
        match self.order {
            SortOrder::Ascending => Self { to: bound, ..self.clone() },
            SortOrder::Descending => Self { from: bound, ..self.clone() },
        }
    }
}

impl<A: ListAttribute> Listing<A> {
    /// The first page of all items, in the default order.
    #[must_use]
    pub fn first(count: u32) -> Self {
        Self {
            condition: None,
            sort: None,
            order: A::DEFAULT_ORDER,
            after: None,
            count,
            with_total: false,
        }
    }

    /// The attribute that orders the rows, before their ID: a [`PagePosition`] has its
    /// value. `None` if only the ID orders them.
    #[must_use]
    pub fn order_key(&self) -> Option<A> {
        IndexScan::from_front(self)?.key
    }
}

impl<A> IndexScan<A> {
    /// The scan of another table between the same IDs.
    pub(crate) fn to_id_scan<B>(&self) -> IndexScan<B> {
        IndexScan {
            fixed: Vec::new(),
            any_of: Vec::new(),
            key: None,
            from: self.from.clone(),
            to: self.to.clone(),
            order: self.order,
            residual: None,
            is_single_row: false,
        }
    }
}

/// The condition that an attribute is equal to a value.
pub(crate) fn equal<A: ListAttribute>(by: A, key: &Key) -> Condition<A> {
    if let (Key::Text(text), Some((name, sub_attribute))) = (key, by.custom()) {
        let is_equal = ValueCondition::Text(sub_attribute, TextOperator::Eq, text.clone());
        return Condition::AnyCustomValue(name, is_equal);
    }
    match (key, by.value_sub_attribute()) {
        (Key::Text(text), Some((field, sub_attribute))) => Condition::AnyValue(
            field,
            ValueCondition::Text(sub_attribute, TextOperator::Eq, text.clone()),
        ),
        (Key::Text(text), None) => Condition::Text(by, TextOperator::Eq, text.clone()),
        (Key::Moment(moment), _) => Condition::Moment(by, MomentOperator::Eq, *moment),
        (Key::Id(id), _) => Condition::Id(by, *id),
        (Key::Name(name), _) => Condition::Name(by, name),
        (Key::Bool(value), _) => Condition::Bool(by, *value),
    }
}

impl ScanBound {
    /// Compares a row with the bound.
    fn compare(&self, row: &PagePosition) -> Ordering {
        match self {
            Self::Key(key) => row.key.as_ref().cmp(&Some(key)),
            Self::Row(edge) => (&row.key, row.id).cmp(&(&edge.key, edge.id)),
        }
    }
}

fn moment_of(end: &Bound<SortKey>) -> Option<Timestamp> {
    match end {
        Bound::Included(SortKey::Moment(at)) | Bound::Excluded(SortKey::Moment(at)) => Some(*at),
        _ => None,
    }
}

/// The lowest ID that can be created in the millisecond of a moment, or the given number of
/// milliseconds later.
fn first_id(moment: Timestamp, milliseconds_later: i64) -> Uuid {
    /// An ID has 48 bits for the milliseconds.
    const LAST: i64 = (1 << 48) - 1;
    let millis = moment.timestamp_millis().saturating_add(milliseconds_later).clamp(0, LAST);
    let moment = Timestamp::from_timestamp_millis(millis).unwrap_or(moment);
    UserId::new(moment, [0; 10]).as_uuid()
}

/// The range of the texts that start with a prefix: the first of them, and the first text
/// after all of them, if there is one.
pub(crate) fn prefix_range(prefix: &str) -> (String, Option<String>) {
    let mut chars: Vec<char> = prefix.chars().collect();
    while let Some(last) = chars.pop() {
        // The next character. Surrogates are not characters, and are skipped.
        if let Some(next) = (last..=char::MAX).nth(1) {
            chars.push(next);
            return (prefix.to_owned(), Some(chars.into_iter().collect()));
        }
    }
    (prefix.to_owned(), None)
}

#[cfg(test)]
mod tests;
