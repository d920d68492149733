//! How users are imported.

use super::Charset;

/// How users are imported.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ImportOptions {
    /// How the rows are written.
    pub format: Format,
    /// The character encoding of the file.
    pub charset: Charset,
    /// Whether the other rows are written if one fails.
    pub mode: Mode,
    /// Whether nothing is written.
    pub dry_run: bool,
    /// Whether teams that are named and do not exist are created.
    pub create_missing_teams: bool,
    /// What to do with a user who exists.
    pub on_existing: OnExisting,
    /// Which rows the report contains.
    pub results: ReportedRows,
}

/// Defines an enumeration of words, as they are written on the wire. The second word of each is
/// an earlier spelling, which is still accepted.
macro_rules! import_option {
    ($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident = $word:literal | $old:literal,)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
        pub enum $name {
            $($(#[$variant_doc])* $variant,)*
        }

        impl $name {
            /// The word on the wire.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $word,)*
                }
            }
        }

        impl std::str::FromStr for $name {
            type Err = String;

            fn from_str(text: &str) -> Result<Self, String> {
                match text {
                    $($word | $old => Ok(Self::$variant),)*
                    _ => Err(format!("must be one of {}", [$($word),*].join(", "))),
                }
            }
        }
    };
}

import_option! {
    /// How the rows of a file are written.
    Format {
        /// A table whose first row names the columns.
        #[default]
        Csv = "CSV" | "csv",
        /// A JSON object on each line.
        Ndjson = "NDJSON" | "ndjson",
    }
}

import_option! {
    /// Whether the other rows are written if one fails.
    Mode {
        /// Nothing is written.
        #[default]
        Atomic = "ATOMIC" | "atomic",
        /// The other rows are written.
        RowByRow = "ROW_BY_ROW" | "rowByRow",
    }
}

import_option! {
    /// What to do with a user who exists.
    OnExisting {
        /// The row fails, unless the user already has its values.
        #[default]
        Fail = "FAIL" | "fail",
        /// The user stays as they are.
        Skip = "SKIP" | "skip",
        /// The user gets the values of the row. Fields that the row leaves out stay.
        Update = "UPDATE" | "update",
    }
}

import_option! {
    /// Which rows a report contains.
    ReportedRows {
        /// All rows of a dry run, else the rows that failed.
        #[default]
        Auto = "AUTO" | "auto",
        /// The rows that failed.
        Failed = "FAILED" | "failed",
        /// All rows.
        All = "ALL" | "all",
    }
}

impl ImportOptions {
    /// The default options for a format.
    #[must_use]
    pub fn new(format: Format) -> Self {
        Self {
            format,
            charset: Charset::default(),
            mode: Mode::default(),
            dry_run: false,
            create_missing_teams: false,
            on_existing: OnExisting::default(),
            results: ReportedRows::default(),
        }
    }

    /// Whether the report contains the rows that did not fail.
    #[must_use]
    pub fn reports_all(&self) -> bool {
        match self.results {
            ReportedRows::All => true,
            ReportedRows::Failed => false,
            ReportedRows::Auto => self.dry_run,
        }
    }
}

/// A field of a user that changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldChange {
    /// The field: a column of a table, or the path in JSON.
    pub field: String,
    /// The team, if it is a membership.
    pub team: Option<String>,
    /// The value before. `None`: there was none.
    pub from: Option<String>,
    /// The value after. `None`: there is none.
    pub to: Option<String>,
}
