//! JSON columns.

use std::fmt::Display;

use serde::{Deserialize, Serialize};

use crate::store::{
    error::{RowRef, StoreError},
    sql::JsonText,
};

/// Writes a value of a JSON column.
pub(super) fn write<T: Serialize + ?Sized>(value: &T) -> Result<JsonText, StoreError> {
    let json = serde_json::to_string(value);
    json.map(JsonText).map_err(|why| StoreError::StatementFailed(why.to_string()))
}

/// Reads a value of a JSON column.
pub(super) fn read<'a, T: Deserialize<'a>>(
    row_ref: &RowRef<impl Display>,
    column: &str,
    json: &'a JsonText,
) -> Result<T, StoreError> {
    serde_json::from_str(&json.0).map_err(|why| row_ref.corrupt(format_args!("{column}: {why}")))
}
