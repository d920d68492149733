//! Escaping, measuring and wrapping of texts.

use unicode_width::UnicodeWidthStr;

use crate::domain::quote::visible;

/// Replaces each character that a terminal acts upon, or that changes the
/// direction or the look of the text around it, by its code point: `<U+001B>`.
pub(in crate::cli) fn escape(text: &str) -> String {
    visible(text, usize::MAX)
}

/// The same for a text of several lines, which stay apart.
pub(in crate::cli) fn escape_lines(text: &str) -> String {
    text.split('\n').map(escape).collect::<Vec<_>>().join("\n")
}

/// How many columns a line takes on a terminal.
pub(super) fn width(line: &str) -> usize {
    line.width()
}

/// How many columns the widest line of a text takes.
pub(super) fn widest(text: &str) -> usize {
    text.split('\n').map(width).max().unwrap_or_default()
}

/// The line, filled up with blanks.
pub(super) fn padded(line: &str, columns: usize) -> String {
    format!("{line}{}", " ".repeat(columns.saturating_sub(width(line))))
}

/// Wraps a text between words. A word that is too long has a line of its own,
/// and is not broken: it may be an address or an identifier.
pub(in crate::cli) fn wrap(text: &str, columns: usize) -> Vec<String> {
    text.split('\n').flat_map(|line| wrap_line(line, columns)).collect()
}

fn wrap_line(line: &str, columns: usize) -> Vec<String> {
    if width(line) <= columns {
        return vec![line.to_owned()];
    }
    let mut lines = Vec::new();
    let mut current = String::new();
    for word in line.split(' ') {
        let is_new = current.is_empty();
        if !is_new && width(&current) + 1 + width(word) > columns {
            lines.push(std::mem::take(&mut current));
        } else if !is_new {
            current.push(' ');
        }
        current.push_str(word);
    }
    lines.push(current);
    lines
}

/// The same, and breaks words that are too long.
pub(super) fn wrap_within(text: &str, columns: usize) -> Vec<String> {
    wrap(text, columns).iter().flat_map(|line| broken(line, columns)).collect()
}

fn broken(line: &str, columns: usize) -> Vec<String> {
    if width(line) <= columns {
        return vec![line.to_owned()];
    }
    let mut parts = Vec::new();
    let mut part = String::new();
    for char in line.chars() {
        let mut longer = part.clone();
        longer.push(char);
        if !part.is_empty() && width(&longer) > columns {
            parts.push(std::mem::replace(&mut part, char.to_string()));
        } else {
            part = longer;
        }
    }
    parts.push(part);
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_that_steer_a_terminal_are_escaped() {
        for (text, escaped) in [
            ("a\u{1b}[2Jb", "a<U+001B>[2Jb"),
            ("a\nb\tc\r", "a<U+000A>b<U+0009>c<U+000D>"),
            ("ada\u{202e}moc", "ada<U+202E>moc"),
            ("\u{200f}x\u{2066}y\u{feff}", "<U+200F>x<U+2066>y<U+FEFF>"),
            ("\u{9b}31m", "<U+009B>31m"),
            ("שלום עולם, Ådå", "שלום עולם, Ådå"),
        ] {
            assert_eq!(escape(text), escaped);
        }
        assert_eq!(escape_lines("a\u{7}\nb"), "a<U+0007>\nb");
    }

    #[test]
    fn words_are_wrapped_and_not_broken() {
        let url = "https://idp.example.com/a/long/path";
        assert_eq!(wrap("one two three", 7), ["one two", "three"]);
        assert_eq!(wrap(&format!("see {url} there"), 10), ["see", url, "there"]);
        assert_eq!(wrap("a\nb", 10), ["a", "b"]);
        assert_eq!(wrap("", 10), [""]);
        assert_eq!(wrap_within("abcdefgh ij", 4), ["abcd", "efgh", "ij"]);
        // A character may take two columns.
        assert_eq!(wrap_within("日本語", 4), ["日本", "語"]);
    }
}
