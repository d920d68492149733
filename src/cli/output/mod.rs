//! Presentation: tables and records for people, JSON for machines.
//!
//! | file | what it holds |
//! |---|---|
//! | `streams.rs` | writing to standard output and standard error |
//! | `screen.rs` | how wide the terminal is, and whether it takes colour |
//! | `text.rs` | escaping, measuring and wrapping of texts |
//! | `table.rs` | lists: a row for each thing |
//! | `record.rs` | one thing: a line for each field |

mod record;
mod screen;
mod streams;
mod table;
mod text;

pub(super) use self::{
    record::Record,
    screen::{Screen, Style},
    streams::{json, warn, write},
    table::Table,
    text::{escape, escape_lines, wrap},
};
use crate::domain::Timestamp;
pub(super) use crate::domain::count::format_count;

/// A table with these columns. A cell is never wrapped unless its column is one
/// of [`Table::with_wrapping`].
pub(super) fn table(head: &[&str]) -> Table {
    Table::new(head)
}

/// A text from outside, made safe for a terminal.
pub(super) fn plain(text: &str) -> String {
    escape(text)
}

/// The same, or `-` if there is none.
pub(super) fn plain_or_dash(text: Option<&str>) -> String {
    text.map_or_else(|| "-".to_owned(), escape)
}

/// A moment, to the second, for people.
pub(super) fn format_moment(at: Timestamp) -> String {
    at.format("%Y-%m-%d %H:%M:%S UTC").to_string()
}

/// The same, or `-` if there is none.
pub(super) fn format_moment_or_dash(at: Option<Timestamp>) -> String {
    at.map_or_else(|| "-".to_owned(), format_moment)
}

/// A moment on the wire: RFC 3339, in UTC.
pub(super) fn format_instant(at: Timestamp) -> String {
    at.to_rfc3339_opts(chrono::SecondsFormat::AutoSi, true)
}
