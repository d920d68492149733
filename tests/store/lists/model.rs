//! What lists must say, worked out over rows in memory.

use std::fmt::Debug;

use usher::{
    domain::{
        Timestamp,
        custom_attribute::{AttributeDefinition, CustomAttributes},
        filter::{Condition, MomentOperator, TextOperator, ValueType},
        lists::{ListAttribute, Listing, Page, PagePosition, SortKey, SortOrder},
        multi_valued::{FieldValue, MultiValuedField},
    },
    store::StoreError,
};
use uuid::Uuid;

use crate::support::db::TestDb;

/// A value of an attribute.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Value {
    Absent,
    /// As it is compared: folded, where the attribute is.
    Text(String),
    Id(Uuid),
    Several(Vec<Uuid>),
    Elements(Vec<String>),
    Moment(Timestamp),
    Bool(bool),
}

impl Value {
    pub(crate) fn text(text: Option<&str>) -> Self {
        text.map_or(Self::Absent, |text| Self::Text(text.into()))
    }

    pub(crate) fn moment(moment: Option<Timestamp>) -> Self {
        moment.map_or(Self::Absent, Self::Moment)
    }

    pub(crate) fn id(id: Option<Uuid>) -> Self {
        id.map_or(Self::Absent, Self::Id)
    }
}

/// Attributes of things that a test has made.
pub(crate) trait ModelAttribute: ListAttribute {
    type Item: Clone + Debug;

    fn value(self, item: &Self::Item) -> Value;

    fn id(item: &Self::Item) -> Uuid;

    /// The values of a multi-valued attribute.
    fn values(_: &Self::Item, _: MultiValuedField) -> Vec<FieldValue> {
        Vec::new()
    }

    /// The definitions of the custom attributes of an item, and their values.
    fn custom_attributes(_: &Self::Item) -> (Vec<AttributeDefinition>, CustomAttributes) {
        (Vec::new(), CustomAttributes::new())
    }

    /// Whether its order is that of the ids.
    fn is_order_of_ids(self) -> bool {
        self.value_type() == ValueType::Id
    }
}

pub(crate) fn matches_condition<A: ModelAttribute>(
    condition: &Condition<A>,
    item: &A::Item,
) -> bool {
    match condition {
        Condition::All(all) => all.iter().all(|one| matches_condition(one, item)),
        Condition::Any(any) => any.iter().any(|one| matches_condition(one, item)),
        Condition::Not(one) => !matches_condition(one, item),
        Condition::AnyValue(field, condition) => {
            A::values(item, *field).iter().any(|value| condition.matches(*field, value))
        }
        Condition::AnyCustomValue(name, condition) => {
            let (definitions, values) = A::custom_attributes(item);
            let Some(value) = values.get(name) else { return false };
            let definition = definitions.iter().find(|one| one.name == *name).expect("is defined");
            let values = value.as_array().map_or(std::slice::from_ref(value), Vec::as_slice);
            values.iter().any(|value| condition.matches_json(definition, value))
        }
        Condition::Never => false,
        Condition::Present(attribute) => match attribute.value(item) {
            Value::Absent => false,
            Value::Text(text) => !text.is_empty(),
            Value::Several(several) => !several.is_empty(),
            Value::Elements(elements) => !elements.is_empty(),
            _ => true,
        },
        Condition::Text(attribute, test, expected) => match attribute.value(item) {
            Value::Text(text) => match test {
                TextOperator::Eq => text == *expected,
                TextOperator::Co => text.contains(expected),
                TextOperator::Sw => text.starts_with(expected),
                TextOperator::Ew => text.ends_with(expected),
                TextOperator::Gt => text > *expected,
                TextOperator::Ge => text >= *expected,
                TextOperator::Lt => text < *expected,
                TextOperator::Le => text <= *expected,
            },
            Value::Elements(elements) => *test == TextOperator::Eq && elements.contains(expected),
            _ => false,
        },
        Condition::Moment(attribute, test, expected) => match attribute.value(item) {
            Value::Moment(moment) => match test {
                MomentOperator::Eq => moment == *expected,
                MomentOperator::Gt => moment > *expected,
                MomentOperator::Ge => moment >= *expected,
                MomentOperator::Lt => moment < *expected,
                MomentOperator::Le => moment <= *expected,
            },
            _ => false,
        },
        Condition::Id(attribute, expected) => match attribute.value(item) {
            Value::Id(id) => id == *expected,
            Value::Several(several) => several.contains(expected),
            _ => false,
        },
        Condition::Name(attribute, expected) => {
            attribute.value(item) == Value::Text((*expected).to_owned())
        }
        Condition::Bool(attribute, expected) => attribute.value(item) == Value::Bool(*expected),
    }
}

/// The ids that a list has, in order.
fn expected_rows<A: ModelAttribute>(items: &[A::Item], listing: &Listing<A>) -> Vec<Uuid> {
    let by = listing.order_key().or(A::DEFAULT_SORT).filter(|by| !by.is_order_of_ids());
    let met =
        |item: &&A::Item| listing.condition.as_ref().is_none_or(|it| matches_condition(it, item));
    let mut met: Vec<_> = items.iter().filter(met).collect();
    met.sort_by_key(|item| (by.map(|by| by.value(item)), A::id(item)));
    if listing.order == SortOrder::Descending {
        met.reverse();
    }
    met.into_iter().map(A::id).collect()
}

/// Reads a list from its first page to its last, and compares it with the expected one.
/// Returns the number of its items.
pub(crate) fn assert_lists_like_the_model<A: ModelAttribute>(
    db: &TestDb,
    items: &[A::Item],
    listing: Listing<A>,
    list: impl Fn(&TestDb, &Listing<A>) -> Result<Page<A::Item>, StoreError>,
) -> usize {
    let expected = expected_rows(items, &listing);
    let mut listing = Listing { with_total: true, ..listing };
    let mut found = Vec::new();
    loop {
        let page = list(db, &listing).unwrap_or_else(|why| panic!("{listing:#?}: {why}"));
        assert!(page.items.len() <= listing.count as usize, "{listing:#?}");
        let total = listing.with_total.then_some(expected.len() as u64);
        assert_eq!(page.total, total, "the total of {listing:#?}");
        found.extend(page.items.iter().map(A::id));
        let Some(next) = page.next else { break };
        assert!(is_of(&next, &listing), "{next:?} can't be read again for {listing:#?}");
        assert!(page.items.len() == listing.count as usize, "few rows are seen at once");
        assert!(found.len() < expected.len(), "there is a page behind the last: {listing:#?}");
        listing = Listing { after: Some(next), with_total: false, ..listing };
    }
    assert_eq!(found, expected, "{listing:#?}");
    expected.len()
}

/// Whether a cursor of the position is taken back.
fn is_of<A: ListAttribute>(position: &PagePosition, listing: &Listing<A>) -> bool {
    let order = listing.order_key();
    let fits = |key: &SortKey| order.is_some_and(|by| key.is_of(by.value_type()));
    position.key.as_ref().is_none_or(fits)
}
