//! What holds of every condition.

use proptest::{collection::vec, option, prelude::*, sample::select};

use super::*;
use crate::domain::filter::{Attribute, Kind};

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

fn values_of_kind(kind: Kind) -> BoxedStrategy<RowValue> {
    let key = match kind {
        Kind::Text | Kind::Identifier | Kind::Exact => {
            select(LETTERS.to_vec()).prop_map(|text| Key::Text(text.to_owned())).boxed()
        }
        Kind::Id => (0..3_u128).prop_map(|id| Key::Id(uuid::Uuid::from_u128(id))).boxed(),
        Kind::Moment => (0..4_i64).prop_map(|second| Key::Moment(instant(second))).boxed(),
        Kind::Name(_) => select(NAMES.to_vec()).prop_map(Key::Name).boxed(),
        Kind::Bool => any::<bool>().prop_map(Key::Bool).boxed(),
    };
    prop_oneof![5 => key.prop_map(RowValue::Key), 1 => Just(RowValue::None)].boxed()
}

type Row = Vec<RowValue>;

fn rows() -> impl Strategy<Value = Row> {
    Sample::ALL.iter().map(|attribute| values_of_kind(attribute.kind())).collect::<Vec<_>>()
}

fn of(row: &Row, attribute: Sample) -> &RowValue {
    let place = Sample::ALL.iter().position(|known| *known == attribute).expect("is listed");
    &row[place]
}

fn conditions() -> impl Strategy<Value = Condition<Sample>> {
    let tests = select(vec![
        TextTest::Eq,
        TextTest::Co,
        TextTest::Sw,
        TextTest::Ew,
        TextTest::Gt,
        TextTest::Ge,
        TextTest::Lt,
        TextTest::Le,
    ]);
    let of_moments = select(vec![Test::Eq, Test::Gt, Test::Ge, Test::Lt, Test::Le]);
    let one =
        (select(Sample::ALL.to_vec()), tests, of_moments).prop_flat_map(|(by, text, moment)| {
            values_of_kind(by.kind()).prop_map(move |stored| match stored {
                RowValue::None => Condition::Present(by),
                RowValue::Key(Key::Text(value)) => Condition::Text(by, text, value),
                RowValue::Key(Key::Moment(value)) => Condition::Moment(by, moment, value),
                RowValue::Key(Key::Id(value)) => Condition::Id(by, value),
                RowValue::Key(Key::Name(value)) => Condition::Name(by, value),
                RowValue::Key(Key::Bool(value)) => Condition::Bool(by, value),
            })
        });
    let one = prop_oneof![30 => one, 1 => Just(Condition::Nothing)];
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
        Condition::Present(by) => *of(row, *by) != RowValue::None,
        Condition::Text(by, test, expected) => match of(row, *by) {
            RowValue::Key(Key::Text(text)) => match test {
                TextTest::Eq => text == expected,
                TextTest::Co => text.contains(expected),
                TextTest::Sw => text.starts_with(expected),
                TextTest::Ew => text.ends_with(expected),
                TextTest::Gt => text > expected,
                TextTest::Ge => text >= expected,
                TextTest::Lt => text < expected,
                TextTest::Le => text <= expected,
            },
            _ => false,
        },
        Condition::Moment(by, test, expected) => match of(row, *by) {
            RowValue::Key(Key::Moment(moment)) => match test {
                Test::Eq => moment == expected,
                Test::Gt => moment > expected,
                Test::Ge => moment >= expected,
                Test::Lt => moment < expected,
                Test::Le => moment <= expected,
            },
            _ => false,
        },
        Condition::Id(by, expected) => *of(row, *by) == RowValue::Key(Key::Id(*expected)),
        Condition::Name(by, expected) => *of(row, *by) == RowValue::Key(Key::Name(expected)),
        Condition::Bool(by, expected) => *of(row, *by) == RowValue::Key(Key::Bool(*expected)),
        Condition::Nothing => false,
    }
}

/// Whether a walk comes by a row.
fn walks_by(path: &AccessPath<Sample>, row: &Row) -> bool {
    use std::ops::RangeBounds;
    match path {
        AccessPath::Nothing => false,
        AccessPath::Unique(by, key) | AccessPath::Equal(by, key) => {
            *of(row, *by) == RowValue::Key(key.clone())
        }
        AccessPath::Prefix(by, expected) => {
            matches!(of(row, *by), RowValue::Key(Key::Text(text)) if text.starts_with(expected))
        }
        AccessPath::Range(by, Span { from, to }) => {
            let key = match of(row, *by) {
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
    fn no_row_that_meets_the_condition_is_passed_over(
        condition in conditions(),
        sort in option::of(select(vec![Sample::Email, Sample::LastName, Sample::CreatedAt])),
        rows in vec(rows(), 8),
    ) {
        let path = condition.access_path(sort);
        for row in rows.iter().filter(|row| meets(row, &condition)) {
            prop_assert!(path.as_ref().is_none_or(|path| walks_by(path, row)), "{:?} passes over {:?}", path, row);
        }
    }
}
