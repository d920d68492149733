//! Properties that are true of every condition.

use proptest::{collection::vec, option, prelude::*, sample::select};

use super::*;
use crate::domain::filter::{Attribute, ValueType};

/// The value that a row has of an attribute.
#[derive(Debug, Clone, PartialEq)]
enum RowValue {
    Key(Key),
    None,
}

const LETTERS: [&str; 5] = ["", "a", "ab", "b", "ba"];
const NAMES: [&str; 2] = ["STAGED", "ACTIVE"];

fn instant(second: i64) -> crate::domain::Timestamp {
    crate::domain::Timestamp::from_timestamp(second, 0).expect("a moment")
}

fn values_of_kind(kind: ValueType) -> BoxedStrategy<RowValue> {
    let key = match kind {
        ValueType::Text
        | ValueType::Identifier
        | ValueType::Exact
        | ValueType::Element(_)
        | ValueType::NameOrPart(_) => {
            select(LETTERS.to_vec()).prop_map(|text| Key::Text(text.to_owned())).boxed()
        }
        ValueType::Id => (0..3_u128).prop_map(|id| Key::Id(uuid::Uuid::from_u128(id))).boxed(),
        ValueType::Moment => (0..4_i64).prop_map(|second| Key::Moment(instant(second))).boxed(),
        ValueType::Name(_) => select(NAMES.to_vec()).prop_map(Key::Name).boxed(),
        ValueType::Bool => any::<bool>().prop_map(Key::Bool).boxed(),
    };
    prop_oneof![5 => key.prop_map(RowValue::Key), 1 => Just(RowValue::None)].boxed()
}

type Row = Vec<RowValue>;

fn rows() -> impl Strategy<Value = Row> {
    Sample::attributes()
        .iter()
        .map(|attribute| values_of_kind(attribute.value_type()))
        .collect::<Vec<_>>()
}

fn value_of(row: &Row, attribute: Sample) -> &RowValue {
    let place =
        Sample::attributes().iter().position(|known| *known == attribute).expect("is listed");
    &row[place]
}

fn conditions() -> impl Strategy<Value = Condition<Sample>> {
    let tests = select(vec![
        TextOperator::Eq,
        TextOperator::Co,
        TextOperator::Sw,
        TextOperator::Ew,
        TextOperator::Gt,
        TextOperator::Ge,
        TextOperator::Lt,
        TextOperator::Le,
    ]);
    let of_moments = select(vec![
        MomentOperator::Eq,
        MomentOperator::Gt,
        MomentOperator::Ge,
        MomentOperator::Lt,
        MomentOperator::Le,
    ]);
    let one =
        (select(Sample::attributes()), tests, of_moments).prop_flat_map(|(by, text, moment)| {
            values_of_kind(by.value_type()).prop_map(move |stored| match stored {
                RowValue::None => Condition::Present(by),
                RowValue::Key(Key::Text(value)) => Condition::Text(by, text, value),
                RowValue::Key(Key::Moment(value)) => Condition::Moment(by, moment, value),
                RowValue::Key(Key::Id(value)) => Condition::Id(by, value),
                RowValue::Key(Key::Name(value)) => Condition::Name(by, value),
                RowValue::Key(Key::Bool(value)) => Condition::Bool(by, value),
            })
        });
    let one = prop_oneof![30 => one, 1 => Just(Condition::Never)];
    one.prop_recursive(3, 12, 4, |inner| {
        (vec(inner, 0..4), 0..6_u8).prop_map(|(mut conditions, how)| {
            match (how, conditions.pop()) {
                (0, Some(last)) => Condition::Not(Box::new(last)),
                (1, Some(last)) => Condition::Any([conditions, vec![last]].concat()),
                (_, last) => Condition::All(conditions.into_iter().chain(last).collect()),
            }
        })
    })
}

fn meets(row: &Row, condition: &Condition<Sample>) -> bool {
    match condition {
        Condition::All(all) => all.iter().all(|condition| meets(row, condition)),
        Condition::Any(any) => any.iter().any(|condition| meets(row, condition)),
        Condition::Not(condition) => !meets(row, condition),
        Condition::Present(by) => *value_of(row, *by) != RowValue::None,
        Condition::Text(by, test, expected) => match value_of(row, *by) {
            RowValue::Key(Key::Text(text)) => match test {
                TextOperator::Eq => text == expected,
                TextOperator::Co => text.contains(expected),
                TextOperator::Sw => text.starts_with(expected),
                TextOperator::Ew => text.ends_with(expected),
                TextOperator::Gt => text > expected,
                TextOperator::Ge => text >= expected,
                TextOperator::Lt => text < expected,
                TextOperator::Le => text <= expected,
            },
            _ => false,
        },
        Condition::Moment(by, test, expected) => match value_of(row, *by) {
            RowValue::Key(Key::Moment(moment)) => match test {
                MomentOperator::Eq => moment == expected,
                MomentOperator::Gt => moment > expected,
                MomentOperator::Ge => moment >= expected,
                MomentOperator::Lt => moment < expected,
                MomentOperator::Le => moment <= expected,
            },
            _ => false,
        },
        Condition::Id(by, expected) => *value_of(row, *by) == RowValue::Key(Key::Id(*expected)),
        Condition::Name(by, expected) => *value_of(row, *by) == RowValue::Key(Key::Name(expected)),
        Condition::Bool(by, expected) => *value_of(row, *by) == RowValue::Key(Key::Bool(*expected)),
        Condition::Never | Condition::AnyValue(..) | Condition::AnyCustomValue(..) => false,
    }
}

/// Whether a scan reads a row.
fn is_scanned(path: &AccessPath<Sample>, row: &Row) -> bool {
    use std::ops::RangeBounds;
    match path {
        AccessPath::Nothing => false,
        AccessPath::Unique(by, key) | AccessPath::Equal(by, key) => {
            *value_of(row, *by) == RowValue::Key(key.clone())
        }
        AccessPath::AnyOf(all) => {
            all.iter().any(|(by, key)| *value_of(row, *by) == RowValue::Key(key.clone()))
        }
        AccessPath::Prefix(by, expected) => {
            matches!(value_of(row, *by), RowValue::Key(Key::Text(text)) if text.starts_with(expected))
        }
        AccessPath::Range(by, KeyRange { from, to }) => {
            let key = match value_of(row, *by) {
                RowValue::Key(Key::Text(text)) => SortKey::Text(text.clone()),
                RowValue::Key(Key::Moment(moment)) => SortKey::Moment(*moment),
                _ => return false,
            };
            (from.as_ref(), to.as_ref()).contains(&key)
        }
    }
}

proptest! {
    #[test]
    fn index_scan_covers_every_matching_row(
        condition in conditions(),
        sort in option::of(select(vec![Sample::Email, Sample::LastName, Sample::CreatedAt])),
        rows in vec(rows(), 8),
    ) {
        let path = condition.access_path(sort);
        for row in rows.iter().filter(|row| meets(row, &condition)) {
            prop_assert!(path.as_ref().is_none_or(|path| is_scanned(path, row)), "{:?} passes over {:?}", path, row);
        }
    }
}
