//! Importing users from a file: what a row says. What becomes of it is
//! [`staging`](super::staging)'s.

mod columns;

#[cfg(test)]
mod tests;

pub use columns::{Column, Header, SEPARATOR};

use super::fault::Fault;

/// How the rows of a file are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// A table whose first row names the columns.
    Csv,
    /// A JSON object on each line.
    Ndjson,
}

impl Format {
    /// A fault of a row, at the place at which whoever wrote the row finds it:
    /// the column of a table, or the JSON pointer in a line.
    #[must_use]
    pub fn placed(self, fault: Fault) -> Fault {
        let field = match self {
            Self::Csv => column_of(&fault.field).into(),
            Self::Ndjson if fault.field.is_empty() => fault.field,
            Self::Ndjson => format!("/{}", fault.field).into(),
        };
        Fault { field, ..fault }
    }
}

/// The column in which a field of a user stands.
fn column_of(field: &str) -> String {
    let parts: Vec<_> = field.split('/').collect();
    let column = match parts.as_slice() {
        ["mobile", "regionCode"] => Column::MobileRegionCode,
        ["mobile", ..] => Column::MobileNumber,
        ["teams", _, "role"] => Column::TeamRole,
        ["teams", ..] => Column::TeamName,
        _ => return field.to_owned(),
    };
    column.as_str().to_owned()
}
