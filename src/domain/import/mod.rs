//! Imports of users from a file: the format of rows. [`user_patch`](super::user_patch)
//! holds the rules for their values.

mod charset;
mod columns;
mod job;
mod options;

#[cfg(test)]
mod tests;

pub use charset::{CHARSETS, Charset, UnknownCharset};
pub use columns::{SEPARATOR, TableHeader, column_letters, is_blank};
pub use job::{ImportCounts, ImportJob, JobFailure, JobState};
pub use options::{FieldChange, Format, ImportOptions, Mode, OnExisting, ReportedRows};

use super::{field_error::FieldError, profile_field::ProfileField};

impl Format {
    /// Moves the error of a row to its place in the file: the column of a table, or
    /// the JSON pointer in a line.
    #[must_use]
    pub fn locate_error(self, error: FieldError) -> FieldError {
        FieldError { field: self.locate(&error.field).into(), ..error }
    }

    /// The place of a field of a user: the column of a table, or the JSON
    /// pointer in a line.
    #[must_use]
    pub fn locate(self, field: &str) -> String {
        match self {
            Self::Csv => column_name(field),
            Self::Ndjson if field.is_empty() => String::new(),
            Self::Ndjson => format!("/{field}"),
        }
    }
}

/// The column in which a field of a user stands.
fn column_name(field: &str) -> String {
    let parts: Vec<_> = field.split('/').collect();
    let column = match parts.as_slice() {
        ["mobile", "regionCode"] => ProfileField::MobileRegionCode,
        ["mobile", ..] => ProfileField::MobileNumber,
        ["teams", _, "role"] => ProfileField::TeamRole,
        ["teams", ..] => ProfileField::TeamName,
        _ => return field.to_owned(),
    };
    column.as_str().to_owned()
}
