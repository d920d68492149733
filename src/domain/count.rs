//! Counts in messages.

use std::fmt::Display;

/// Formats a count with its noun: `1 session`, `2 sessions`.
pub fn format_count<N: Display + PartialEq + From<u8>>(count: N, thing: &str) -> String {
    let plural = if count == N::from(1) { "" } else { "s" };
    format!("{count} {thing}{plural}")
}
