//! Writing to standard output: tables for people, JSON for machines.

use std::io::{self, Write};

use comfy_table::{ContentArrangement, Table, presets::UTF8_BORDERS_ONLY};
use serde::Serialize;

use super::Failure;
use crate::domain::{Timestamp, check::excerpt};

/// What fits most screens, where the shell does not say how wide its is.
const DEFAULT_WIDTH: u16 = 110;

/// Writes a text. A reader that has gone away (`| head`) is no failure.
pub(super) fn write(text: &str) -> Result<(), Failure> {
    match writeln!(io::stdout().lock(), "{}", text.trim_end()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(Failure::io("standard output")(error))
        }
        _ => Ok(()),
    }
}

/// Writes a text to standard error. A reader that has gone away is no failure.
pub(super) fn warn(text: &str) -> Result<(), Failure> {
    match writeln!(io::stderr().lock(), "{}", text.trim_end()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(Failure::io("standard error")(error))
        }
        _ => Ok(()),
    }
}

/// Writes a value as JSON.
pub(super) fn json(value: &impl Serialize) -> Result<(), Failure> {
    let text =
        serde_json::to_string_pretty(value).map_err(|error| Failure::Other(error.to_string()))?;
    write(&text)
}

/// A table with its head, as wide as the terminal.
pub(super) fn table(head: &[&str]) -> Table {
    let told = std::env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok());
    let width = told.filter(|width| *width >= 40).unwrap_or(DEFAULT_WIDTH);
    let mut table = Table::new();
    table.load_style(UTF8_BORDERS_ONLY).set_content_arrangement(ContentArrangement::Dynamic);
    table.set_width(width).set_header(head);
    table
}

/// A foreign text, made safe for a terminal.
pub(super) fn plain(text: &str) -> String {
    excerpt(text)
}

/// A moment, to the second, for people.
pub(super) fn moment(at: Timestamp) -> String {
    at.format("%Y-%m-%d %H:%M:%S UTC").to_string()
}

/// A moment on the wire: RFC 3339, in UTC.
pub(super) fn instant(at: Timestamp) -> String {
    at.to_rfc3339_opts(chrono::SecondsFormat::AutoSi, true)
}
