//! Statements that each connection prepares once.

use diesel::{
    backend::Backend,
    prelude::*,
    query_builder::{AstPass, Query, QueryFragment, QueryId},
    sql_types::Integer,
};

use super::Conn;

/// A statement that selects rows, and that each connection prepares once for each of its texts,
/// although diesel would prepare it each time: one with a list of values.
///
/// The texts must be few, because a connection keeps all of them.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Prepared<S>(pub(crate) S);

impl<S, DB> QueryFragment<DB> for Prepared<S>
where
    DB: Backend,
    S: QueryFragment<DB>,
{
    fn walk_ast<'b>(&'b self, pass: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        self.0.walk_ast(pass)
    }

    fn is_safe_to_cache_prepared(&self, _: &DB) -> QueryResult<bool> {
        Ok(true)
    }
}

/// Found by its text.
impl<S> QueryId for Prepared<S> {
    type QueryId = ();

    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<S: Query> Query for Prepared<S> {
    type SqlType = S::SqlType;
}

impl<S, C: Connection> RunQueryDsl<C> for Prepared<S> {}

/// Changes rows by a statement that each connection prepares once, as [`Prepared`] does. Returns
/// their number.
pub(super) fn change_rows(
    conn: &mut Conn,
    statement: impl QueryFragment<super::Backend>,
) -> QueryResult<usize> {
    // Diesel never asks whether a statement without rows is prepared once, but looks at its
    // parts.
    Ok(Prepared(Returning(statement)).load::<i32>(conn)?.len())
}

/// A statement that returns a row for each row that it changes.
struct Returning<S>(S);

impl<S, DB> QueryFragment<DB> for Returning<S>
where
    DB: Backend,
    S: QueryFragment<DB>,
{
    fn walk_ast<'b>(&'b self, mut pass: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        self.0.walk_ast(pass.reborrow())?;
        pass.push_sql(" RETURNING 1");
        Ok(())
    }
}

impl<S> Query for Returning<S> {
    type SqlType = Integer;
}

/// Inserts rows. For few of them, the statement is prepared once.
macro_rules! insert_rows {
    ($table:ident, $rows:expr, $conn:expr; $($count:literal)+) => {{
        let rows = $rows;
        match rows.len() {
            0 => Ok(0),
            $($count => match <&[_; $count]>::try_from(rows) {
                Ok(rows) => diesel::insert_into($table::table).values(rows).execute($conn),
                Err(_) => diesel::insert_into($table::table).values(rows).execute($conn),
            },)+
            _ => diesel::insert_into($table::table).values(rows).execute($conn),
        }
    }};
    ($table:ident, $rows:expr, $conn:expr) => {
        insert_rows!($table, $rows, $conn; 1 2 3 4 5 6 7 8)
    };
}
pub(super) use insert_rows;
