//! A record: a line for each field.

use super::{
    screen::{Screen, Style},
    text::{max_width, pad, width, wrap},
};

/// Blanks between a label and its value, and before a value that stands below
/// its label.
const GAP: usize = 2;

/// The fewest columns in which a text is wrapped beside its label.
const MIN_TEXT: usize = 24;

/// The fields of a record, each with its label.
#[derive(Debug, Default)]
pub(in crate::cli) struct Record {
    fields: Vec<Field>,
}

#[derive(Debug)]
struct Field {
    label: String,
    value: String,
    wraps: bool,
}

impl Record {
    /// Adds a value that is never wrapped or cut: an identifier, an address, a
    /// secret, a moment.
    pub(in crate::cli) fn add_whole(&mut self, label: &str, value: impl Into<String>) {
        self.add(label, value.into(), false);
    }

    /// Adds a text, which is wrapped between words.
    pub(in crate::cli) fn add_text(&mut self, label: &str, value: impl Into<String>) {
        self.add(label, value.into(), true);
    }

    pub(super) fn add(&mut self, label: &str, value: String, wraps: bool) {
        self.fields.push(Field { label: label.to_owned(), value, wraps });
    }

    /// The lines, for a screen.
    pub(in crate::cli) fn render(&self, screen: Screen) -> String {
        let labels = self.fields.iter().map(|field| width(&field.label)).max().unwrap_or_default();
        let lines = self.fields.iter().flat_map(|field| field.lines(labels, screen));
        lines.map(|line| format!("{}\n", line.trim_end())).collect()
    }
}

impl Field {
    fn lines(&self, labels: usize, screen: Screen) -> Vec<String> {
        let Self { label, value, wraps } = self;
        let indent = labels + GAP;
        let room = screen.width.map(|width| width.saturating_sub(indent));
        let beside = match room {
            None => value.split('\n').map(str::to_owned).collect(),
            Some(room) if *wraps && room >= MIN_TEXT => wrap(value, room),
            Some(room) if max_width(value) <= room => {
                value.split('\n').map(str::to_owned).collect()
            }
            Some(_) => return self.lines_below(screen),
        };
        let mut lines = Vec::new();
        for (index, line) in beside.into_iter().enumerate() {
            let label = if index == 0 { label.as_str() } else { "" };
            let label = screen.paint(Style::Label, &pad(label, indent));
            lines.push(format!("{label}{line}"));
        }
        lines
    }

    /// The label, and the value on lines of its own: it is too long to stand
    /// beside.
    fn lines_below(&self, screen: Screen) -> Vec<String> {
        let Self { label, value, wraps } = self;
        let room = screen.width.unwrap_or(usize::MAX).saturating_sub(GAP);
        let lines = match wraps {
            true => wrap(value, room),
            false => value.split('\n').map(str::to_owned).collect(),
        };
        // A value that does not fit begins at the left: the terminal wraps it,
        // and it can be copied in one piece.
        let lines = lines.into_iter().map(|line| match width(&line) > room {
            true => line,
            false => format!("{}{line}", " ".repeat(GAP)),
        });
        std::iter::once(screen.paint(Style::Label, label)).chain(lines).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "0198c5a0-7d2c-7b6e-9d60-3f1f2a6f0c11";

    fn screen(width: usize) -> Screen {
        Screen { width: Some(width), is_coloured: false }
    }

    #[test]
    fn text_is_wrapped_beside_its_label_and_an_identifier_is_never_broken() {
        let mut record = Record::default();
        record.add_whole("id", ID);
        record.add_text("explanation", "the message is not in order, so nobody is let in");
        let wide = format!(
            "id           {ID}\nexplanation  the message is not in order, so nobody is let in\n"
        );
        assert_eq!(record.render(Screen { width: None, is_coloured: false }), wide);
        let narrow = format!(
            "id\n  {ID}\nexplanation  the message is not in order,\n             so nobody is let in\n"
        );
        assert_eq!(record.render(screen(43)), narrow);
        for width in [20, 30, 38, 40, 60, 80] {
            let text = record.render(screen(width));
            assert!(text.contains(ID), "{width}: {text}");
        }
    }

    #[test]
    fn label_is_dimmed_on_a_terminal_with_colour() {
        let mut record = Record::default();
        record.add_whole("id", "1");
        let text = record.render(Screen { width: None, is_coloured: true });
        assert_eq!(text, "\u{1b}[2mid  \u{1b}[0m1\n");
    }
}
