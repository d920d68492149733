//! Translates conditions into SQL.

use std::collections::VecDeque;

use diesel::{BoolExpressionMethods, ExpressionMethods, IntoSql, dsl::not, sql_types::Bool};

use super::{
    column::{Column, RowPredicate, Value},
    list_source::ListSource,
};
use crate::{
    domain::{
        filter::{Condition, MomentOperator as Moments, TextOperator},
        lists::prefix_range,
    },
    store::sql::{SqlTimestamp, TextValue, UuidValue},
};

/// Translates a condition into a predicate on a row.
pub(super) fn to_test<A: ListSource>(condition: &Condition<A>) -> RowPredicate<A::Table> {
    match condition {
        Condition::All(all) => join_all(all.iter().map(to_test)),
        Condition::Any(any) => join_any(any.iter().map(to_test)),
        Condition::AnyValue(field, condition) => {
            A::any_value(*field, condition).unwrap_or_else(|| always(false))
        }
        Condition::AnyCustomValue(name, condition) => {
            A::any_custom_value(*name, condition).unwrap_or_else(|| always(false))
        }
        Condition::Not(condition) => Box::new(not(to_test(condition))),
        Condition::Never => always(false),
        Condition::Present(attribute) => has_value(attribute.column()),
        // As a range, for which the database can search an index.
        Condition::Text(attribute, TextOperator::Sw, prefix) => {
            let (from, to) = prefix_range(prefix);
            let from = Condition::Text(*attribute, TextOperator::Ge, from);
            let to = to.map(|to| Condition::Text(*attribute, TextOperator::Lt, to));
            to_test(&Condition::All([Some(from), to].into_iter().flatten().collect()))
        }
        Condition::Text(attribute, operator, text) => {
            with_value(attribute.column(), |value| text_test(value, *operator, text))
        }
        Condition::Moment(attribute, operator, moment) => with_value(attribute.column(), |value| {
            moment_test(value, *operator, SqlTimestamp(*moment))
        }),
        Condition::Id(attribute, id) => with_value(attribute.column(), |value| match value {
            Value::Id(value) => Some(Box::new(value.eq(UuidValue(*id)))),
            Value::Related(one_is) => Some(one_is(Some(UuidValue(*id)))),
            _ => None,
        }),
        Condition::Name(attribute, name) => {
            with_value(attribute.column(), |value| text_test(value, TextOperator::Eq, name))
        }
        Condition::Bool(attribute, desired) => {
            with_value(attribute.column(), |value| match value {
                Value::Bool(value) => Some(Box::new(value.eq(*desired))),
                _ => None,
            })
        }
    }
}

pub(super) fn always<T: 'static>(holds: bool) -> RowPredicate<T> {
    Box::new(holds.into_sql::<Bool>())
}

/// Whether all tests are true.
pub(super) fn join_all<T: 'static>(
    tests: impl IntoIterator<Item = RowPredicate<T>>,
) -> RowPredicate<T> {
    join(tests, |one, other| Box::new(one.and(other))).unwrap_or_else(|| always(true))
}

/// Whether one of the tests is true.
pub(super) fn join_any<T: 'static>(
    tests: impl IntoIterator<Item = RowPredicate<T>>,
) -> RowPredicate<T> {
    join(tests, |one, other| Box::new(one.or(other))).unwrap_or_else(|| always(false))
}

/// Joins tests into a balanced tree, so that the expression does not nest too deeply.
fn join<T>(
    tests: impl IntoIterator<Item = RowPredicate<T>>,
    join: fn(RowPredicate<T>, RowPredicate<T>) -> RowPredicate<T>,
) -> Option<RowPredicate<T>> {
    let mut tests: VecDeque<_> = tests.into_iter().collect();
    loop {
        match (tests.pop_front(), tests.pop_front()) {
            (Some(one), Some(other)) => tests.push_back(join(one, other)),
            (last, _) => return last,
        }
    }
}

/// The condition that a value is present. An empty text counts as absent.
fn has_value<T: 'static>(Column { value, is_present }: Column<T>) -> RowPredicate<T> {
    let filled: Option<RowPredicate<T>> = match value {
        Value::Text(text) => Some(Box::new(text.ne(TextValue::new("")))),
        Value::Related(any) => Some(any(None)),
        Value::Elements(any) => Some(any(None)),
        Value::Id(_) | Value::Moment(_) | Value::Bool(_) => None,
    };
    match (is_present, filled) {
        (Some(is_present), Some(filled)) => Box::new(is_present.and(filled)),
        (one, other) => one.or(other).unwrap_or_else(|| always(true)),
    }
}

/// Whether there is a value that meets a test. If values of this kind do not support the test,
/// it is `None`, and no value meets it.
pub(super) fn with_value<T: 'static>(
    Column { value, is_present }: Column<T>,
    test: impl FnOnce(Value<T>) -> Option<RowPredicate<T>>,
) -> RowPredicate<T> {
    let test = test(value).unwrap_or_else(|| always(false));
    match is_present {
        None => test,
        Some(is_present) => Box::new(is_present.and(test)),
    }
}

pub(super) fn text_test<T: 'static>(
    value: Value<T>,
    operator: TextOperator,
    text: &str,
) -> Option<RowPredicate<T>> {
    let value = match value {
        Value::Text(value) => value,
        Value::Elements(one_is) if operator == TextOperator::Eq => return Some(one_is(Some(text))),
        _ => return None,
    };
    let input = TextValue::new(text);
    Some(match operator {
        TextOperator::Eq => Box::new(value.eq(input)),
        TextOperator::Co => Box::new(contains!(value, text)),
        TextOperator::Ew => {
            let chars = i32::try_from(text.chars().count()).ok()?;
            Box::new(ends!(value, text, chars))
        }
        TextOperator::Gt => Box::new(value.gt(input)),
        TextOperator::Ge | TextOperator::Sw => Box::new(value.ge(input)),
        TextOperator::Lt => Box::new(value.lt(input)),
        TextOperator::Le => Box::new(value.le(input)),
    })
}

fn moment_test<T: 'static>(
    value: Value<T>,
    operator: Moments,
    input: SqlTimestamp,
) -> Option<RowPredicate<T>> {
    let Value::Moment(value) = value else { return None };
    Some(match operator {
        Moments::Eq => Box::new(value.eq(input)),
        Moments::Gt => Box::new(value.gt(input)),
        Moments::Ge => Box::new(value.ge(input)),
        Moments::Lt => Box::new(value.lt(input)),
        Moments::Le => Box::new(value.le(input)),
    })
}
