//! Several columns at once, compared with values: `(a, b) > (1, 2)`.

use diesel::{
    Expression, QueryResult,
    expression::{AppearsOnTable, SelectableExpression, ValidGrouping, is_aggregate},
    query_builder::{AstPass, QueryFragment, QueryId},
    sql_types::Bool,
};

use super::column::{DB, Value};
use crate::{
    domain::lists::Key,
    store::sql::{Moment, SqlTimestamp, Text, TextValue, Uuid, UuidValue},
};

/// A row value comparison of index columns: `(a, b) > (1, 2)`. Both databases start or
/// stop their index scan exactly at this row. With the equivalent
/// `a >= 1 AND (a > 1 OR b > 2)`, they would read all rows of one `a`.
pub(super) struct RowComparison<T> {
    pairs: Vec<(Value<T>, BoundValue)>,
    operator: &'static str,
}

enum BoundValue {
    Text(TextValue),
    Id(UuidValue),
    Moment(SqlTimestamp),
    Bool(bool),
}

impl<T> RowComparison<T> {
    pub(super) fn new(
        pairs: impl IntoIterator<Item = (Value<T>, Key)>,
        than: &'static str,
    ) -> Self {
        let input = |key| match key {
            Key::Text(text) => BoundValue::Text(TextValue(text)),
            Key::Name(name) => BoundValue::Text(TextValue::new(name)),
            Key::Id(id) => BoundValue::Id(UuidValue(id)),
            Key::Moment(moment) => BoundValue::Moment(SqlTimestamp(moment)),
            Key::Bool(bool) => BoundValue::Bool(bool),
        };
        let pairs = pairs.into_iter().map(|(column, key)| (column, input(key)));
        Self { pairs: pairs.collect(), operator: than }
    }
}

impl<T> Expression for RowComparison<T> {
    // Never NULL: other tests ensure that the columns have values.
    type SqlType = Bool;
}

impl<T> ValidGrouping<()> for RowComparison<T> {
    type IsAggregate = is_aggregate::No;
}

impl<T> QueryId for RowComparison<T> {
    type QueryId = ();
    // The type does not include the number of columns.
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<T> AppearsOnTable<T> for RowComparison<T> {}
impl<T> SelectableExpression<T> for RowComparison<T> {}

impl<T> QueryFragment<DB> for RowComparison<T> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        out.push_sql("(");
        for (index, (column, _)) in self.pairs.iter().enumerate() {
            if index > 0 {
                out.push_sql(", ");
            }
            match column {
                Value::Text(text) => text.walk_ast(out.reborrow())?,
                Value::Id(id) => id.walk_ast(out.reborrow())?,
                Value::Moment(moment) => moment.walk_ast(out.reborrow())?,
                Value::Bool(bool) => bool.walk_ast(out.reborrow())?,
                // Values of other tables have no index.
                Value::Related(_) | Value::Elements(_) => out.push_sql("NULL"),
            }
        }
        out.push_sql(")");
        out.push_sql(self.operator);
        out.push_sql("(");
        for (index, (_, input)) in self.pairs.iter().enumerate() {
            if index > 0 {
                out.push_sql(", ");
            }
            match input {
                BoundValue::Text(text) => out.push_bind_param::<Text, _>(text)?,
                BoundValue::Id(id) => out.push_bind_param::<Uuid, _>(id)?,
                BoundValue::Moment(moment) => out.push_bind_param::<Moment, _>(moment)?,
                BoundValue::Bool(bool) => out.push_bind_param::<Bool, _>(bool)?,
            }
        }
        out.push_sql(")");
        Ok(())
    }
}
