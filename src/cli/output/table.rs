//! Lists: a row for each thing.

use std::fmt;

use super::{
    record::Record,
    screen::{Screen, Style},
    streams,
    text::{max_piece_width, max_width, pad, width, wrap_within},
};
use crate::cli::CliError;

/// Blanks between two columns.
const GAP: usize = 2;

/// The fewest columns of the terminal that a wrapped column gets.
const MIN_TEXT: usize = 14;

/// Rows under a head. Columns are as wide as their cells; where the terminal is
/// too narrow, those that may be wrapped get less, but no less than their widest
/// word needs. If that is not enough, each row becomes a record with a line for
/// each cell. So no address and no identifier is ever broken, in any column.
#[derive(Debug)]
pub(in crate::cli) struct Table {
    head: Vec<String>,
    wraps: Vec<bool>,
    rows: Vec<Vec<String>>,
}

impl Table {
    pub(super) fn new(head: &[&str]) -> Self {
        let head: Vec<String> = head.iter().map(|name| (*name).to_owned()).collect();
        Self { wraps: vec![false; head.len()], head, rows: Vec::new() }
    }

    /// The same table, with the columns whose cells may be wrapped between words.
    pub(in crate::cli) fn with_wrapping(mut self, names: &[&str]) -> Self {
        self.wraps = self.head.iter().map(|name| names.contains(&name.as_str())).collect();
        self
    }

    /// Adds a row, with a cell for each column.
    pub(in crate::cli) fn add_row<T: Into<String>>(&mut self, cells: impl IntoIterator<Item = T>) {
        self.rows.push(cells.into_iter().map(Into::into).collect());
    }

    /// Writes the table, or a sentence if it has no rows.
    pub(in crate::cli) fn show(&self, empty: &str) -> Result<(), CliError> {
        streams::write(&if self.rows.is_empty() { empty.to_owned() } else { self.to_string() })
    }

    /// The lines, for a screen.
    pub(in crate::cli) fn render(&self, screen: Screen) -> String {
        match self.widths(screen.width) {
            Some(widths) => self.render_grid(&widths, screen),
            None => self.render_records(screen),
        }
    }

    /// How wide each column is. `None`: the screen is too narrow for a row.
    fn widths(&self, screen: Option<usize>) -> Option<Vec<usize>> {
        let mut widths: Vec<usize> = self.head.iter().map(|name| width(name)).collect();
        let mut min_widths = widths.clone();
        for row in &self.rows {
            for ((width, least), cell) in widths.iter_mut().zip(&mut min_widths).zip(row) {
                *width = (*width).max(max_width(cell));
                *least = (*least).max(MIN_TEXT).max(max_piece_width(cell));
            }
        }
        let gaps = GAP * widths.len().saturating_sub(1);
        while screen.is_some_and(|screen| widths.iter().sum::<usize>() + gaps > screen) {
            let columns = widths.iter_mut().zip(&min_widths).zip(&self.wraps);
            let shrinkable = columns.filter(|((width, least), wraps)| **wraps && **width > **least);
            let ((widest, _), _) = shrinkable.max_by_key(|((width, _), _)| **width)?;
            *widest -= 1;
        }
        Some(widths)
    }

    fn render_grid(&self, widths: &[usize], screen: Screen) -> String {
        let head = render_line(&self.head, widths);
        let mut text = format!("{}\n", screen.paint(Style::Heading, &head));
        for row in &self.rows {
            let cells = row.iter().zip(widths).zip(&self.wraps);
            let cells: Vec<Vec<String>> = cells
                .map(|((cell, width), wraps)| match wraps {
                    true => wrap_within(cell, *width),
                    false => cell.split('\n').map(str::to_owned).collect(),
                })
                .collect();
            let height = cells.iter().map(Vec::len).max().unwrap_or_default();
            for index in 0..height {
                let parts = cells.iter().map(|cell| cell.get(index).cloned().unwrap_or_default());
                text.push_str(&render_line(&parts.collect::<Vec<_>>(), widths));
                text.push('\n');
            }
        }
        text
    }

    fn render_records(&self, screen: Screen) -> String {
        let record = |row: &Vec<String>| {
            let mut record = Record::default();
            for ((label, cell), wraps) in self.head.iter().zip(row).zip(&self.wraps) {
                record.add(label, cell.clone(), *wraps);
            }
            record.render(screen)
        };
        self.rows.iter().map(record).collect::<Vec<_>>().join("\n")
    }
}

impl fmt::Display for Table {
    /// Writes the table for standard output.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.render(Screen::for_stdout()))
    }
}

fn render_line(cells: &[String], widths: &[usize]) -> String {
    let cells = cells.iter().zip(widths).map(|(cell, width)| pad(cell, *width));
    cells.collect::<Vec<_>>().join(&" ".repeat(GAP)).trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "0198c5a0-7d2c-7b6e-9d60-3f1f2a6f0c11";
    const URL: &str =
        "https://idp.example.com/a/very/long/entity/id/that/nobody/can/type?tenant=4711";

    fn table() -> Table {
        let mut table =
            Table::new(&["name", "id", "address", "why"]).with_wrapping(&["name", "why"]);
        table.add_row(["Okta", ID, URL, "the message is not in order, so nobody is let in"]);
        table.add_row(["日本語の名前", ID, "-", "-"]);
        table
    }

    fn render(table: &Table, width: Option<usize>) -> String {
        table.render(Screen { width, is_coloured: false })
    }

    #[test]
    fn without_a_limit_each_row_is_a_line() {
        let text = render(&table(), None);
        assert_eq!(text.lines().count(), 3, "{text}");
        assert!(text.lines().all(|line| line == line.trim_end()), "{text}");
        // Aligned also below characters that are two columns wide.
        let starts: Vec<_> = text
            .lines()
            .skip(1)
            .map(|line| line.split_once(ID).map(|(before, _)| width(before)))
            .collect();
        assert_eq!(starts, [Some(14), Some(14)]);
    }

    #[test]
    fn identifiers_are_never_broken_at_any_width() {
        for width in [20, 40, 60, 80, 100, 120, 140, 160, 200, 400] {
            let text = render(&table(), Some(width));
            assert!(text.contains(ID) && text.contains(URL), "{width}: {text}");
            let is_whole = |line: &&str| line.contains(ID) || line.contains(URL);
            for line in text.lines().filter(|line| !is_whole(line)) {
                assert!(super::width(line) <= width, "{width}: {line}");
            }
        }
    }

    #[test]
    fn no_address_is_broken_in_a_column_of_text() {
        const WHO: &str = "ada.lovelace@example.com";
        let mut table = Table::new(&["when", "reference", "outcome", "who", "why"])
            .with_wrapping(&["who", "why"]);
        let why = "assertion.issuer, response.in_response_to, conditions.audience";
        table.add_row(["2027-01-31 10:00:00 UTC", "7KQ3-M2XB-90FD", "REJECTED", WHO, why]);
        for width in 60..=120 {
            let text = render(&table, Some(width));
            let words: Vec<_> =
                text.split_whitespace().map(|word| word.trim_matches(',')).collect();
            for whole in [WHO, "7KQ3-M2XB-90FD", "response.in_response_to"] {
                assert!(words.contains(&whole), "{whole} at {width}: {text}");
            }
            assert!(text.lines().all(|line| super::width(line) <= width), "{width}: {text}");
        }
    }

    #[test]
    fn columns_of_text_are_wrapped_to_fit() {
        let mut table = Table::new(&["id", "why"]).with_wrapping(&["why"]);
        table.add_row([ID, "the message is not in order, so nobody is let in"]);
        let text = render(&table, Some(80));
        assert!(text.lines().all(|line| width(line) <= 80), "{text}");
        assert_eq!(text.lines().count(), 3, "{text}");
        // Too narrow: a record.
        let text = render(&table, Some(40));
        assert!(text.lines().all(|line| width(line) <= 40), "{text}");
        assert!(text.starts_with("id\n  0198") || text.starts_with("id  "), "{text}");
    }

    #[test]
    fn heading_is_bold_only_on_a_terminal_with_colour() {
        let text = table().render(Screen { width: None, is_coloured: true });
        assert!(text.starts_with("\u{1b}[1mname"), "{text:?}");
        assert!(!render(&table(), None).contains('\u{1b}'));
    }
}
