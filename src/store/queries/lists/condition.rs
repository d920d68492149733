//! Conditions as the database reads them.

use std::collections::VecDeque;

use diesel::{BoolExpressionMethods, ExpressionMethods, IntoSql, dsl::not, sql_types::Bool};

use super::{
    column::{Column, Test, Value},
    listed::Listed,
};
use crate::{
    domain::{
        filter::{Condition, Test as Moments, TextTest},
        lists::span_of_prefix,
    },
    store::sql::{At, Id, Str},
};

/// A condition, as a test of a row.
pub(super) fn test<A: Listed>(condition: &Condition<A>) -> Test<A::Table> {
    match condition {
        Condition::All(all) => {
            joined(all, |one, other| Box::new(one.and(other))).unwrap_or_else(|| always(true))
        }
        Condition::Any(any) => {
            joined(any, |one, other| Box::new(one.or(other))).unwrap_or_else(|| always(false))
        }
        Condition::Not(condition) => Box::new(not(test(condition))),
        Condition::Nothing => always(false),
        Condition::Present(attribute) => present(attribute.column()),
        // A range, which an index can be searched for.
        Condition::Text(attribute, TextTest::Sw, prefix) => {
            let (from, to) = span_of_prefix(prefix);
            let from = Condition::Text(*attribute, TextTest::Ge, from);
            let to = to.map(|to| Condition::Text(*attribute, TextTest::Lt, to));
            test(&Condition::All([Some(from), to].into_iter().flatten().collect()))
        }
        Condition::Text(attribute, how, text) => {
            of_value(attribute.column(), |value| text_test(value, *how, text))
        }
        Condition::Moment(attribute, how, moment) => {
            of_value(attribute.column(), |value| moment_test(value, *how, At(*moment)))
        }
        Condition::Id(attribute, id) => of_value(attribute.column(), |value| match value {
            Value::Id(value) => Some(Box::new(value.eq(Id(*id)))),
            Value::Several(one_is) => Some(one_is(Some(Id(*id)))),
            _ => None,
        }),
        Condition::Name(attribute, name) => {
            of_value(attribute.column(), |value| text_test(value, TextTest::Eq, name))
        }
        Condition::Bool(attribute, desired) => of_value(attribute.column(), |value| match value {
            Value::Bool(value) => Some(Box::new(value.eq(*desired))),
            _ => None,
        }),
    }
}

fn always<T: 'static>(holds: bool) -> Test<T> {
    Box::new(holds.into_sql::<Bool>())
}

type Join<T> = fn(Test<T>, Test<T>) -> Test<T>;

/// Several tests as one, nested no deeper than it takes.
fn joined<A: Listed>(conditions: &[Condition<A>], join: Join<A::Table>) -> Option<Test<A::Table>> {
    let mut tests: VecDeque<_> = conditions.iter().map(test).collect();
    loop {
        match (tests.pop_front(), tests.pop_front()) {
            (Some(one), Some(other)) => tests.push_back(join(one, other)),
            (last, _) => return last,
        }
    }
}

/// Whether there is a value. An empty text is none.
fn present<T: 'static>(Column { value, there }: Column<T>) -> Test<T> {
    let filled: Option<Test<T>> = match value {
        Value::Text(text) => Some(Box::new(text.ne(Str::new("")))),
        Value::Several(any) => Some(any(None)),
        Value::Id(_) | Value::Moment(_) | Value::Bool(_) => None,
    };
    match (there, filled) {
        (Some(there), Some(filled)) => Box::new(there.and(filled)),
        (one, other) => one.or(other).unwrap_or_else(|| always(true)),
    }
}

/// Whether there is a value that meets a test. `None` is a test that values of
/// this kind can't be put to: none of them meets it.
fn of_value<T: 'static>(
    Column { value, there }: Column<T>,
    test: impl FnOnce(Value<T>) -> Option<Test<T>>,
) -> Test<T> {
    let test = test(value).unwrap_or_else(|| always(false));
    match there {
        None => test,
        Some(there) => Box::new(there.and(test)),
    }
}

fn text_test<T: 'static>(value: Value<T>, how: TextTest, text: &str) -> Option<Test<T>> {
    let Value::Text(value) = value else { return None };
    let input = Str::new(text);
    Some(match how {
        TextTest::Eq => Box::new(value.eq(input)),
        TextTest::Co => Box::new(contains!(value, text)),
        TextTest::Ew => {
            let chars = i32::try_from(text.chars().count()).ok()?;
            Box::new(ends!(value, text, chars))
        }
        TextTest::Gt => Box::new(value.gt(input)),
        TextTest::Ge | TextTest::Sw => Box::new(value.ge(input)),
        TextTest::Lt => Box::new(value.lt(input)),
        TextTest::Le => Box::new(value.le(input)),
    })
}

fn moment_test<T: 'static>(value: Value<T>, how: Moments, input: At) -> Option<Test<T>> {
    let Value::Moment(value) = value else { return None };
    Some(match how {
        Moments::Eq => Box::new(value.eq(input)),
        Moments::Gt => Box::new(value.gt(input)),
        Moments::Ge => Box::new(value.ge(input)),
        Moments::Lt => Box::new(value.lt(input)),
        Moments::Le => Box::new(value.le(input)),
    })
}
