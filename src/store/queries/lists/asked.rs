//! Walks as the database reads them.

use std::ops::Bound;

use diesel::{
    BoxableExpression, ExpressionMethods, IntoSql, NullableExpressionMethods,
    dsl::sql,
    expression::expression_types::NotSelectable,
    query_dsl::methods::{FilterDsl, ThenOrderDsl},
    sql_types::{Bool, Nullable},
};

use super::{
    DB, Listed,
    condition::{Sql, Test, Value, test},
};
use crate::{
    domain::{
        filter::{Condition, Test as Moments, TextTest},
        listing::{Order, Position, SortKey},
    },
    store::{
        listing::{Edge, Walk},
        sql::{At, Id, Moment, Str, Text, Uuid},
    },
};

type Ordering<T> = Box<dyn BoxableExpression<T, DB, SqlType = NotSelectable>>;

/// The place of a row in an order: its id, and its key, which is one of the two
/// or neither.
pub(super) type Place<T> = (Sql<T, Uuid>, Sql<T, Nullable<Text>>, Sql<T, Nullable<Moment>>);

/// A [`Place`] as it is read.
pub(super) type PlaceRow = (Id, Option<Str>, Option<At>);

/// What a query is asked: which rows, and in which order.
pub(super) struct Asked<T> {
    tests: Vec<Test<T>>,
    order: Vec<Ordering<T>>,
}

impl<T: 'static> Asked<T> {
    /// The rows of a walk. With `residual`: those that meet it.
    pub(super) fn rows<A: Listed<Table = T>>(walk: &Walk<A>, residual: bool) -> Self {
        let mut tests: Vec<Test<T>> = walk.fixed.iter().map(test).collect();
        tests.extend(edge(walk, Side::From));
        tests.extend(edge(walk, Side::To));
        if residual {
            tests.extend(walk.residual.as_ref().map(hidden));
        }
        Self { tests, order: order(walk) }
    }

    /// Puts it to a query.
    pub(super) fn put<Q>(self, query: Q) -> Q
    where
        Q: FilterDsl<Test<T>, Output = Q> + ThenOrderDsl<Ordering<T>, Output = Q>,
    {
        let query = self.tests.into_iter().fold(query, |query, test| query.filter(test));
        self.order.into_iter().fold(query, |query, order| query.then_order_by(order))
    }
}

/// A test that no index is searched for: the walk's is to be walked, not what a
/// database may take for a shorter way. The statement is not kept, as there is
/// no end of different ones.
pub(super) fn hidden<A: Listed>(condition: &Condition<A>) -> Test<A::Table> {
    Box::new(sql::<Bool>("coalesce(").bind::<Bool, _>(test(condition)).sql(", false)"))
}

/// A test of all rows, by whichever index. The statement is not kept.
pub(super) fn counted<A: Listed>(condition: &Condition<A>) -> Test<A::Table> {
    Box::new(sql::<Bool>("(").bind::<Bool, _>(test(condition)).sql(")"))
}

fn order<A: Listed>(walk: &Walk<A>) -> Vec<Ordering<A::Table>> {
    if walk.single {
        return Vec::new();
    }
    let mut order: Vec<Ordering<A::Table>> = Vec::new();
    let descending = walk.order == Order::Descending;
    if let Some(key) = walk.key {
        match (key.column().value, descending) {
            (Value::Text(key), false) => order.push(Box::new(key.asc())),
            (Value::Text(key), true) => order.push(Box::new(key.desc())),
            (Value::Moment(key), false) => order.push(Box::new(key.asc())),
            (Value::Moment(key), true) => order.push(Box::new(key.desc())),
            _ => {}
        }
    }
    if walk.key.is_none_or(|key| !key.unique()) {
        order.push(if descending { Box::new(A::id().desc()) } else { Box::new(A::id().asc()) });
    }
    order
}

/// The place of a walk's rows.
pub(super) fn place<A: Listed>(walk: &Walk<A>) -> Place<A::Table> {
    let no_text = || Box::new(None::<Str>.into_sql::<Nullable<Text>>());
    let no_moment = || Box::new(None::<At>.into_sql::<Nullable<Moment>>());
    match walk.key.map(|key| key.column().value) {
        Some(Value::Text(key)) => (A::id(), Box::new(key.nullable()), no_moment()),
        Some(Value::Moment(key)) => (A::id(), no_text(), Box::new(key.nullable())),
        _ => (A::id(), no_text(), no_moment()),
    }
}

/// Where a row stands.
pub(super) fn position((id, text, moment): PlaceRow) -> Position {
    let text = text.map(|text| SortKey::Text(text.0));
    Position { id: id.0, key: text.or(moment.map(|moment| SortKey::Moment(moment.0))) }
}

#[derive(Clone, Copy)]
enum Side {
    From,
    To,
}

/// A walk's end on one side, as a test of a row.
fn edge<A: Listed>(walk: &Walk<A>, side: Side) -> Option<Test<A::Table>> {
    let (end, included) = match (side, &walk.from, &walk.to) {
        (Side::From, Bound::Included(edge), _) | (Side::To, _, Bound::Included(edge)) => {
            (edge, true)
        }
        (Side::From, Bound::Excluded(edge), _) | (Side::To, _, Bound::Excluded(edge)) => {
            (edge, false)
        }
        (Side::From, Bound::Unbounded, _) | (Side::To, _, Bound::Unbounded) => return None,
    };
    let (key, id) = match end {
        Edge::Key(key) => (Some(key), None),
        Edge::Row(Position { key, id }) => (key.as_ref(), Some(Id(*id))),
    };
    match (walk.key.zip(key), id) {
        (Some((by, key)), Some(id)) if !by.unique() => row_edge(by, key, id, side, included),
        (Some((by, key)), _) => Some(test(&key_edge(by, key, side, included))),
        (None, Some(id)) => Some(match (side, included) {
            (Side::From, true) => Box::new(A::id().ge(id)),
            (Side::From, false) => Box::new(A::id().gt(id)),
            (Side::To, true) => Box::new(A::id().le(id)),
            (Side::To, false) => Box::new(A::id().lt(id)),
        }),
        (None, None) => None,
    }
}

fn key_edge<A>(by: A, key: &SortKey, side: Side, included: bool) -> Condition<A> {
    match key {
        SortKey::Text(text) => {
            let how = match (side, included) {
                (Side::From, true) => TextTest::Ge,
                (Side::From, false) => TextTest::Gt,
                (Side::To, true) => TextTest::Le,
                (Side::To, false) => TextTest::Lt,
            };
            Condition::Text(by, how, text.clone())
        }
        SortKey::Moment(moment) => {
            let how = match (side, included) {
                (Side::From, true) => Moments::Ge,
                (Side::From, false) => Moments::Gt,
                (Side::To, true) => Moments::Le,
                (Side::To, false) => Moments::Lt,
            };
            Condition::Moment(by, how, *moment)
        }
    }
}

/// Key and id at once. Taken apart, all rows of one key would be looked at to
/// find the one behind an id.
fn row_edge<A: Listed>(
    by: A,
    key: &SortKey,
    id: Id,
    side: Side,
    included: bool,
) -> Option<Test<A::Table>> {
    let than = match (side, included) {
        (Side::From, true) => ") >= (",
        (Side::From, false) => ") > (",
        (Side::To, true) => ") <= (",
        (Side::To, false) => ") < (",
    };
    macro_rules! pair {
        ($type:ty, $value:expr, $key:expr) => {
            Box::new(
                sql::<Bool>("(")
                    .bind::<$type, _>($value)
                    .sql(", ")
                    .bind::<Uuid, _>(A::id())
                    .sql(than)
                    .bind::<$type, _>($key)
                    .sql(", ")
                    .bind::<Uuid, _>(id)
                    .sql(")"),
            )
        };
    }
    Some(match (by.column().value, key) {
        (Value::Text(value), SortKey::Text(key)) => pair!(Text, value, Str::new(key)),
        (Value::Moment(value), SortKey::Moment(key)) => pair!(Moment, value, At(*key)),
        _ => return None,
    })
}
