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
    column::{Column, DB, Sql, Test, Value},
    condition::test,
    listed::Listed,
    row_comparison::RowTest,
};
use crate::{
    domain::{
        filter::Condition,
        id::AccountId,
        lists::{IndexScan, Key, Order, Position, ScanBound, SortKey, equal},
    },
    store::sql::{At, Id, Moment, Str, Text, Uuid},
};

type Ordering<T> = Box<dyn BoxableExpression<T, DB, SqlType = NotSelectable>>;

/// The place of a row in an order: its id, and its key, which is one of the two
/// or neither.
pub(super) type Place<T> = (Sql<T, Uuid>, Sql<T, Nullable<Text>>, Sql<T, Nullable<Moment>>);

/// [`PositionColumns`] as they are read.
pub(super) type PlaceRow = (Id, Option<Str>, Option<At>);

/// A query for rows: its conditions, and its order.
pub(super) struct ListRequest<T> {
    tests: Vec<Test<T>>,
    order: Vec<Ordering<T>>,
}

impl<T: 'static> ListRequest<T> {
    /// The rows of a walk of an account. With `residual`: those that meet it.
    pub(super) fn rows<A: Listed<Table = T>>(
        account: AccountId,
        walk: &IndexScan<A>,
        residual: bool,
    ) -> Self {
        let account = A::account().map(|column| (column, account));
        let mut request =
            if walk.single { Self::single(account, walk) } else { Self::line(account, walk) };
        if residual {
            request.tests.extend(walk.residual.as_ref().map(hidden));
        }
        request
    }

    /// The one row that has a value.
    fn single<A: Listed<Table = T>>(
        account: Option<(Sql<T, Uuid>, AccountId)>,
        walk: &IndexScan<A>,
    ) -> Self {
        let ours = account.map(|(column, account)| column.eq(Id(account.as_uuid())));
        let ours = ours.map(|test| Box::new(test) as Test<T>);
        let fixed = walk.fixed.iter().map(|(by, key)| test(&equal(*by, key)));
        Self { tests: ours.into_iter().chain(fixed).collect(), order: Vec::new() }
    }

    /// The rows in part of an index. They are asked for in the order of all of
    /// its columns, even of those that are the same in each row, so that no
    /// other index has that order.
    fn line<A: Listed<Table = T>>(
        account: Option<(Sql<T, Uuid>, AccountId)>,
        walk: &IndexScan<A>,
    ) -> Self {
        let mut tests: Vec<Test<T>> = Vec::new();
        let mut columns: Vec<Step<A>> = Vec::new();
        let mut start: Vec<Key> = Vec::new();
        match account {
            None => {}
            // Not by itself: the ids are compared together with the account, so
            // that PostgreSQL does not walk the primary key, over the rows of
            // every other account.
            Some((_, account)) if walk.fixed.is_empty() && walk.key.is_none() => {
                columns.push(Step::Account);
                start.push(Key::Id(account.as_uuid()));
            }
            Some((column, account)) => tests.push(Box::new(of_account!(column, account))),
        }
        let is_apart = columns.is_empty();
        for by in walk.fixed.iter().map(|(by, _)| *by).chain(walk.key) {
            columns.push(Step::Attribute(by));
            tests.extend(not_null(by.column()));
        }
        if walk.key.is_none_or(|key| !key.unique()) {
            columns.push(Step::Id);
        }
        start.extend(walk.fixed.iter().map(|(_, key)| key.clone()));
        tests.extend(edge(&columns, &start, &walk.from, [" >= ", " > "]));
        tests.extend(edge(&columns, &start, &walk.to, [" <= ", " < "]));
        if is_apart {
            columns.insert(0, Step::Account);
        }
        let descending = walk.order == Order::Descending;
        let columns = columns.into_iter().filter_map(Step::value);
        Self { tests, order: columns.map(|column| ordered(column, descending)).collect() }
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

/// A condition for which the database uses no index, so that it scans the chosen index
/// and no other one. The statement is not cached, because there are too many variants.
pub(super) fn hidden<A: Listed>(condition: &Condition<A>) -> Test<A::Table> {
    Box::new(sql::<Bool>("coalesce(").bind::<Bool, _>(test(condition)).sql(", false)"))
}

/// A test of all rows, by whichever index. The statement is not kept.
pub(super) fn counted<A: Listed>(condition: &Condition<A>) -> Test<A::Table> {
    Box::new(sql::<Bool>("(").bind::<Bool, _>(test(condition)).sql(")"))
}

/// A column of an index.
#[derive(Clone, Copy)]
enum Step<A> {
    Account,
    Attribute(A),
    Id,
}

impl<A: Listed> Step<A> {
    fn value(self) -> Option<Value<A::Table>> {
        match self {
            Self::Account => A::account().map(Value::Id),
            Self::Attribute(by) => Some(by.column().value),
            Self::Id => Some(Value::Id(A::id())),
        }
    }
}

fn ordered<T: 'static>(column: Value<T>, descending: bool) -> Ordering<T> {
    match (column, descending) {
        (Value::Text(text), false) => Box::new(text.asc()),
        (Value::Text(text), true) => Box::new(text.desc()),
        (Value::Moment(moment), false) => Box::new(moment.asc()),
        (Value::Moment(moment), true) => Box::new(moment.desc()),
        (Value::Id(id), false) => Box::new(id.asc()),
        (Value::Id(id), true) => Box::new(id.desc()),
        (Value::Bool(bool), false) => Box::new(bool.asc()),
        (Value::Bool(bool), true) => Box::new(bool.desc()),
        // Values of other tables have no index.
        (Value::Several(any), _) => Box::new(any(None).asc()),
    }
}

/// The place of a walk's rows.
pub(super) fn place<A: Listed>(walk: &IndexScan<A>) -> Place<A::Table> {
    let no_text = || Box::new(None::<Str>.into_sql::<Nullable<Text>>());
    let no_moment = || Box::new(None::<At>.into_sql::<Nullable<Moment>>());
    match walk.key.map(|key| key.column().value) {
        Some(Value::Text(key)) => (A::id(), Box::new(key.nullable()), no_moment()),
        Some(Value::Moment(key)) => (A::id(), no_text(), Box::new(key.nullable())),
        _ => (A::id(), no_text(), no_moment()),
    }
}

/// Returns the position of a row.
pub(super) fn position((id, text, moment): PlaceRow) -> Position {
    let text = text.map(|text| SortKey::Text(text.0));
    Position { id: id.0, key: text.or(moment.map(|moment| SortKey::Moment(moment.0))) }
}

/// Returns the test that a nullable column is not NULL. PostgreSQL needs it to use a
/// partial index.
fn not_null<T: 'static>(column: Column<T>) -> Option<Test<T>> {
    column.there?;
    match column.value {
        Value::Text(text) => Some(Box::new(text.is_not_null())),
        Value::Id(id) => Some(Box::new(id.is_not_null())),
        Value::Moment(moment) => Some(Box::new(moment.is_not_null())),
        Value::Bool(bool) => Some(Box::new(bool.is_not_null())),
        Value::Several(_) => None,
    }
}

/// Builds the test for one bound of a scan from the columns of its index. `operators`
/// are the operators for an inclusive and for an exclusive bound.
fn edge<A: Listed>(
    columns: &[Step<A>],
    start: &[Key],
    end: &Bound<ScanBound>,
    than: [&'static str; 2],
) -> Option<Test<A::Table>> {
    let [or_equal, beyond] = than;
    let (end, than) = match end {
        Bound::Unbounded => (None, or_equal),
        Bound::Included(edge) => (Some(edge), or_equal),
        Bound::Excluded(edge) => (Some(edge), beyond),
    };
    let mut values = start.to_vec();
    match end {
        None => {}
        Some(ScanBound::Key(key)) => values.push(value(key)),
        Some(ScanBound::Row(Position { key, id })) => {
            values.extend(key.as_ref().map(value));
            values.push(Key::Id(*id));
        }
    }
    // Behind a unique key, the id is not in the index: it goes without a pair.
    let columns = columns.iter().filter_map(|column| column.value());
    (!values.is_empty()).then(|| Box::new(RowTest::new(columns.zip(values), than)) as Test<_>)
}

fn value(key: &SortKey) -> Key {
    match key {
        SortKey::Text(text) => Key::Text(text.clone()),
        SortKey::Moment(moment) => Key::Moment(*moment),
    }
}
