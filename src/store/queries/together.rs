//! Statements that are executed together: all of them, or none.

use diesel::{
    prelude::*,
    query_builder::{AstPass, Query, QueryFragment, QueryId},
    result::Error as DieselError,
    sql_types::{BigInt, Integer},
};

use super::{super::WRITES_TOGETHER, Backend, Conn, Result, prepared};
use crate::store::{deadline, error::StoreError};

/// A statement of several that belong together.
pub(in crate::store) struct Part<'a> {
    statement: Box<dyn QueryFragment<Backend> + 'a>,
    /// How many rows it must select or change. `None`: any number.
    rows: Option<usize>,
    selects: bool,
}

impl<'a> Part<'a> {
    /// A statement that changes rows: this number of them, if there is one.
    pub(in crate::store) fn change(
        statement: impl QueryFragment<Backend> + 'a,
        rows: Option<usize>,
    ) -> Self {
        Self { statement: Box::new(statement), rows, selects: false }
    }

    /// A statement that must select this number of rows.
    pub(in crate::store) fn check(
        statement: impl QueryFragment<Backend> + 'a,
        rows: usize,
    ) -> Self {
        Self { statement: Box::new(statement), rows: Some(rows), selects: true }
    }
}

/// The message of the error that [`Together`] causes if a number of rows is not as expected.
const UNEXPECTED: &str = "division by zero";

/// Executes statements, and fails with [`StoreError::Stale`] if one of them does not find the
/// rows that it must. On PostgreSQL they are one statement, in one round trip: each sees the
/// state before all of them, and rows that it must lock or change as they are then.
pub(super) fn execute(conn: &mut Conn, parts: &[Part<'_>]) -> Result<()> {
    let stale = || StoreError::Stale { table: "one of several" };
    if WRITES_TOGETHER {
        return match Together::new(parts).get_result::<i32>(conn) {
            Ok(_) => Ok(()),
            Err(DieselError::DatabaseError(_, error)) if error.message() == UNEXPECTED => {
                Err(stale())
            }
            Err(error) => Err(error.into()),
        };
    }
    for part in parts {
        let rows = match part.selects {
            true => Count(part).get_result::<i64>(conn)?.unsigned_abs(),
            false => prepared::change_rows(conn, &*part.statement)? as u64,
        };
        if part.rows.is_some_and(|expected| expected as u64 != rows) {
            return Err(stale());
        }
    }
    Ok(())
}

/// All parts as one statement of PostgreSQL.
pub(in crate::store) struct Together<'a> {
    parts: &'a [Part<'a>],
    /// How long the statement may take, in microseconds. It can't be taken back at the deadline,
    /// as a transaction can.
    time: i64,
}

/// The time of a statement without a deadline, in microseconds: a day.
const NO_DEADLINE: i64 = 86_400_000_000;

impl<'a> Together<'a> {
    /// These parts, until the deadline of the request.
    pub(in crate::store) fn new(parts: &'a [Part<'a>]) -> Self {
        let time = deadline::remaining().map(|time| i64::try_from(time.as_micros()));
        Self { parts, time: time.and_then(Result::ok).unwrap_or(NO_DEADLINE).min(NO_DEADLINE) }
    }
}

impl QueryFragment<Backend> for Together<'_> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Backend>) -> QueryResult<()> {
        for (index, part) in self.parts.iter().enumerate() {
            out.push_sql(if index == 0 { "WITH " } else { ", " });
            out.push_sql(&format!("part_{index} AS ("));
            part.statement.walk_ast(out.reborrow())?;
            out.push_sql(if part.selects || part.rows.is_none() { ")" } else { " RETURNING 1)" });
        }
        out.push_sql(" SELECT 1 / (CASE WHEN true");
        for (index, part) in self.parts.iter().enumerate() {
            if let Some(rows) = part.rows {
                out.push_sql(&format!(" AND (SELECT count(*) FROM part_{index}) = {rows}"));
            }
        }
        // The clock is read after the parts: the branches of CASE have an order.
        out.push_sql(
            " THEN CASE WHEN clock_timestamp() - statement_timestamp() < interval '1 microsecond' * ",
        );
        out.push_bind_param::<BigInt, _>(&self.time)?;
        out.push_sql(" THEN 1 ELSE 0 END ELSE 0 END)");
        Ok(())
    }

    fn is_safe_to_cache_prepared(&self, _: &Backend) -> QueryResult<bool> {
        Ok(true)
    }
}

/// The number of rows that a part selects.
struct Count<'a>(&'a Part<'a>);

impl QueryFragment<Backend> for Count<'_> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Backend>) -> QueryResult<()> {
        out.push_sql("SELECT count(*) FROM (");
        self.0.statement.walk_ast(out.reborrow())?;
        out.push_sql(") AS found");
        Ok(())
    }

    fn is_safe_to_cache_prepared(&self, _: &Backend) -> QueryResult<bool> {
        Ok(true)
    }
}

impl Query for Together<'_> {
    type SqlType = Integer;
}

impl Query for Count<'_> {
    type SqlType = BigInt;
}

/// Found by their texts, which are few.
macro_rules! found_by_text {
    ($($name:ident)+) => {$(
        impl QueryId for $name<'_> {
            type QueryId = ();

            const HAS_STATIC_QUERY_ID: bool = false;
        }

        impl RunQueryDsl<Conn> for $name<'_> {}
    )+};
}

found_by_text!(Together Count);
