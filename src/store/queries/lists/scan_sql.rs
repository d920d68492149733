//! Translates index scans into SQL.

use std::ops::Bound;

use diesel::{
    BoxableExpression, ExpressionMethods, IntoSql, NullableExpressionMethods,
    dsl::sql,
    expression::expression_types::NotSelectable,
    query_dsl::methods::{FilterDsl, ThenOrderDsl},
    sql_types::{Bool, Nullable},
};

use super::{
    column::{Column, DB, RowPredicate, Sql, Value},
    condition::to_test,
    list_source::ListSource,
    row_comparison::RowComparison,
};
use crate::{
    domain::{
        filter::Condition,
        id::AccountId,
        lists::{IndexScan, Key, PagePosition, ScanBound, SortKey, SortOrder, equal},
    },
    store::sql::{Moment, SqlTimestamp, Text, TextValue, Uuid, UuidValue},
};

type OrderBy<T> = Box<dyn BoxableExpression<T, DB, SqlType = NotSelectable>>;

/// The columns of a row's position: its ID, and its key, which is a text, a moment or
/// absent.
pub(super) type PositionColumns<T> =
    (Sql<T, Uuid>, Sql<T, Nullable<Text>>, Sql<T, Nullable<Moment>>);

/// A row of [`PositionColumns`].
pub(super) type PositionRow = (UuidValue, Option<TextValue>, Option<SqlTimestamp>);

/// A query for rows: its conditions, and its order.
pub(super) struct ScanQuery<T> {
    tests: Vec<RowPredicate<T>>,
    order: Vec<OrderBy<T>>,
}

impl<T: 'static> ScanQuery<T> {
    /// The rows of a scan of an account. With `residual`, only those that meet the residual
    /// condition.
    pub(super) fn new<A: ListSource<Table = T>>(
        account: AccountId,
        scan: &IndexScan<A>,
        residual: bool,
    ) -> Self {
        let account = A::account().map(|column| (column, account));
        let mut request = if scan.is_single_row {
            Self::unique_row(account, scan)
        } else {
            Self::range(account, scan)
        };
        if residual {
            request.tests.extend(scan.residual.as_ref().map(unindexed));
        }
        request
    }

    /// The only row that can have a unique value.
    fn unique_row<A: ListSource<Table = T>>(
        account: Option<(Sql<T, Uuid>, AccountId)>,
        scan: &IndexScan<A>,
    ) -> Self {
        let ours = account.map(|(column, account)| column.eq(UuidValue(account.as_uuid())));
        let ours = ours.map(|test| Box::new(test) as RowPredicate<T>);
        let fixed = scan.fixed.iter().map(|(by, key)| to_test(&equal(*by, key)));
        Self { tests: ours.into_iter().chain(fixed).collect(), order: Vec::new() }
    }

    /// The rows of a part of an index. The query orders them by all columns of the index,
    /// even by those that are equal in each row, so that no other index has this order.
    fn range<A: ListSource<Table = T>>(
        account: Option<(Sql<T, Uuid>, AccountId)>,
        scan: &IndexScan<A>,
    ) -> Self {
        let mut tests: Vec<RowPredicate<T>> = Vec::new();
        let mut columns: Vec<IndexColumn<A>> = Vec::new();
        let mut start: Vec<Key> = Vec::new();
        match account {
            None => {}
            // The account is compared together with the ID. Otherwise PostgreSQL might scan
            // the primary key, over the rows of all accounts.
            Some((_, account)) if scan.fixed.is_empty() && scan.key.is_none() => {
                columns.push(IndexColumn::Account);
                start.push(Key::Id(account.as_uuid()));
            }
            Some((column, account)) => tests.push(Box::new(of_account!(column, account))),
        }
        let is_apart = columns.is_empty();
        for by in scan.fixed.iter().map(|(by, _)| *by).chain(scan.key) {
            columns.push(IndexColumn::Attribute(by));
            tests.extend(not_null_test(by.column()));
        }
        if scan.key.is_none_or(|key| !key.is_unique()) {
            columns.push(IndexColumn::Id);
        }
        start.extend(scan.fixed.iter().map(|(_, key)| key.clone()));
        tests.extend(bound_test(&columns, &start, &scan.from, [" >= ", " > "]));
        tests.extend(bound_test(&columns, &start, &scan.to, [" <= ", " < "]));
        if is_apart {
            columns.insert(0, IndexColumn::Account);
        }
        let descending = scan.order == SortOrder::Descending;
        let columns = columns.into_iter().filter_map(IndexColumn::column_value);
        Self { tests, order: columns.map(|column| order_by(column, descending)).collect() }
    }

    /// Adds the conditions and the order to a query.
    pub(super) fn apply_to<Q>(self, query: Q) -> Q
    where
        Q: FilterDsl<RowPredicate<T>, Output = Q> + ThenOrderDsl<OrderBy<T>, Output = Q>,
    {
        let query = self.tests.into_iter().fold(query, |query, test| query.filter(test));
        self.order.into_iter().fold(query, |query, order| query.then_order_by(order))
    }
}

/// A condition for which the database uses no index, so that it scans the chosen index and no
/// other one. The statement is not cached, because there are too many variants.
pub(super) fn unindexed<A: ListSource>(condition: &Condition<A>) -> RowPredicate<A::Table> {
    Box::new(sql::<Bool>("coalesce(").bind::<Bool, _>(to_test(condition)).sql(", false)"))
}

/// A condition for which the database may use any index. The statement is not cached.
pub(super) fn count_filter<A: ListSource>(condition: &Condition<A>) -> RowPredicate<A::Table> {
    Box::new(sql::<Bool>("(").bind::<Bool, _>(to_test(condition)).sql(")"))
}

/// A column of an index.
#[derive(Clone, Copy)]
enum IndexColumn<A> {
    Account,
    Attribute(A),
    Id,
}

impl<A: ListSource> IndexColumn<A> {
    fn column_value(self) -> Option<Value<A::Table>> {
        match self {
            Self::Account => A::account().map(Value::Id),
            Self::Attribute(by) => Some(by.column().value),
            Self::Id => Some(Value::Id(A::id())),
        }
    }
}

fn order_by<T: 'static>(column: Value<T>, descending: bool) -> OrderBy<T> {
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
        (Value::Related(any), _) => Box::new(any(None).asc()),
        (Value::Elements(any), _) => Box::new(any(None).asc()),
    }
}

/// The position columns of a scan's rows.
pub(super) fn position_columns<A: ListSource>(scan: &IndexScan<A>) -> PositionColumns<A::Table> {
    let no_text = || Box::new(None::<TextValue>.into_sql::<Nullable<Text>>());
    let no_moment = || Box::new(None::<SqlTimestamp>.into_sql::<Nullable<Moment>>());
    match scan.key.map(|key| key.column().value) {
        Some(Value::Text(key)) => (A::id(), Box::new(key.nullable()), no_moment()),
        Some(Value::Moment(key)) => (A::id(), no_text(), Box::new(key.nullable())),
        _ => (A::id(), no_text(), no_moment()),
    }
}

/// Returns the position of a row.
pub(super) fn position((id, text, moment): PositionRow) -> PagePosition {
    let text = text.map(|text| SortKey::Text(text.0));
    PagePosition { id: id.0, key: text.or(moment.map(|moment| SortKey::Moment(moment.0))) }
}

/// Returns the test that a nullable column is not NULL. PostgreSQL needs it to use a
/// partial index.
fn not_null_test<T: 'static>(column: Column<T>) -> Option<RowPredicate<T>> {
    column.is_present?;
    match column.value {
        Value::Text(text) => Some(Box::new(text.is_not_null())),
        Value::Id(id) => Some(Box::new(id.is_not_null())),
        Value::Moment(moment) => Some(Box::new(moment.is_not_null())),
        Value::Bool(bool) => Some(Box::new(bool.is_not_null())),
        Value::Related(_) | Value::Elements(_) => None,
    }
}

/// Builds the test for one bound of a scan from the columns of its index. `operators`
/// are the operators for an inclusive and for an exclusive bound.
fn bound_test<A: ListSource>(
    columns: &[IndexColumn<A>],
    start: &[Key],
    end: &Bound<ScanBound>,
    operators: [&'static str; 2],
) -> Option<RowPredicate<A::Table>> {
    let [or_equal, beyond] = operators;
    let (end, operator) = match end {
        Bound::Unbounded => (None, or_equal),
        Bound::Included(bound) => (Some(bound), or_equal),
        Bound::Excluded(bound) => (Some(bound), beyond),
    };
    let mut values = start.to_vec();
    match end {
        None => {}
        Some(ScanBound::Key(key)) => values.push(to_key(key)),
        Some(ScanBound::Row(PagePosition { key, id })) => {
            values.extend(key.as_ref().map(to_key));
            values.push(Key::Id(*id));
        }
    }
    // The index of a unique key does not have the ID, so the ID is not compared.
    let columns = columns.iter().filter_map(|column| column.column_value());
    (!values.is_empty())
        .then(|| Box::new(RowComparison::new(columns.zip(values), operator)) as RowPredicate<_>)
}

fn to_key(key: &SortKey) -> Key {
    match key {
        SortKey::Text(text) => Key::Text(text.clone()),
        SortKey::Moment(moment) => Key::Moment(*moment),
    }
}
