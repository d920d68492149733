//! The columns of the attributes.

use diesel::{BoxableExpression, sql_types::Bool};

use super::super::Conn;
use crate::store::sql::{Moment, Text, Uuid, UuidValue};

pub(super) type DB = <Conn as diesel::Connection>::Backend;

/// An expression over a table.
pub(super) type Sql<T, ST> = Box<dyn BoxableExpression<T, DB, SqlType = ST>>;

/// A predicate on a row of a table. It is never NULL.
pub(super) type RowPredicate<T> = Sql<T, Bool>;

/// The column of an attribute.
pub(super) struct Column<T> {
    pub(super) value: Value<T>,
    /// The test that a value is present. `None`: it always is.
    pub(super) is_present: Option<RowPredicate<T>>,
}

pub(super) enum Value<T> {
    Text(Sql<T, Text>),
    Id(Sql<T, Uuid>),
    Moment(Sql<T, Moment>),
    Bool(Sql<T, Bool>),
    /// Several values of a row, in another table. The function returns the test that one of
    /// them is equal to a value, or, for `None`, that there is any.
    Related(fn(Option<UuidValue>) -> RowPredicate<T>),
    /// Several texts of a row. The function is as that of `Related`.
    Elements(fn(Option<&str>) -> RowPredicate<T>),
}

/// A column that is never NULL.
macro_rules! column {
    ($kind:ident, $column:expr) => {
        super::Column { value: super::Value::$kind(Box::new($column)), is_present: None }
    };
}
pub(super) use column;

/// A column that may be NULL.
macro_rules! nullable {
    ($kind:ident, $column:expr) => {
        super::Column {
            value: super::Value::$kind(Box::new($column.assume_not_null())),
            is_present: Some(Box::new($column.is_not_null())),
        }
    };
}
pub(super) use nullable;
