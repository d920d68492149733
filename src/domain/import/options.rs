//! How users are imported.

use super::Charset;

/// How users are imported.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Options {
    /// How the rows are written.
    pub format: Format,
    /// The character encoding of the file.
    pub charset: Charset,
    /// What becomes of the other rows if one fails.
    pub mode: Mode,
    /// Whether nothing is written.
    pub dry_run: bool,
    /// Whether teams that are named and do not exist are created.
    pub create_missing_teams: bool,
    /// What becomes of a user who exists.
    pub on_existing: OnExisting,
    /// Which rows the report contains.
    pub results: Results,
}

/// Defines an enumeration of words, as they are written on the wire.
macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident = $word:literal,)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
        pub enum $name {
            $($(#[$variant_doc])* $variant,)*
        }

        impl $name {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

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
                let found = Self::ALL.iter().copied().find(|word| word.as_str() == text);
                found.ok_or_else(|| {
                    let words: Vec<_> = Self::ALL.iter().map(|word| word.as_str()).collect();
                    format!("must be one of {}", words.join(", "))
                })
            }
        }
    };
}

words! {
    /// How the rows of a file are written.
    Format {
        /// A table whose first row names the columns.
        #[default]
        Csv = "csv",
        /// A JSON object on each line.
        Ndjson = "ndjson",
    }
}

words! {
    /// What becomes of the other rows if one fails.
    Mode {
        /// Nothing is written.
        #[default]
        Atomic = "atomic",
        /// The other rows are written.
        RowByRow = "rowByRow",
    }
}

words! {
    /// What becomes of a user who exists.
    OnExisting {
        /// The row fails, unless the user is as the row says.
        #[default]
        Fail = "fail",
        /// The user stays as they are.
        Skip = "skip",
        /// The user becomes what the row says. What the row leaves out stays.
        Update = "update",
    }
}

words! {
    /// Which rows a report contains.
    Results {
        /// All rows of a dry run, else the rows that failed.
        #[default]
        Auto = "auto",
        /// The rows that failed.
        Failed = "failed",
        /// All rows.
        All = "all",
    }
}

impl Options {
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
            results: Results::default(),
        }
    }

    /// Whether the report contains the rows that did not fail.
    #[must_use]
    pub fn reports_all(&self) -> bool {
        match self.results {
            Results::All => true,
            Results::Failed => false,
            Results::Auto => self.dry_run,
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
