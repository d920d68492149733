//! Escaping, measuring and wrapping of texts.

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

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
pub(super) fn max_width(text: &str) -> usize {
    text.split('\n').map(width).max().unwrap_or_default()
}

/// The line, filled up with blanks.
pub(super) fn pad(line: &str, columns: usize) -> String {
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

/// The same, and breaks words that are too long between wide characters, such as
/// those of Japanese. Other words are never broken: they may be addresses,
/// identifiers or secrets.
pub(super) fn wrap_within(text: &str, columns: usize) -> Vec<String> {
    wrap(text, columns).iter().flat_map(|line| break_line(line, columns)).collect()
}

fn break_line(line: &str, columns: usize) -> Vec<String> {
    let (mut lines, mut current) = (Vec::new(), String::new());
    for piece in split_pieces(line) {
        if !current.is_empty() && width(&current) + width(piece) > columns {
            lines.push(std::mem::take(&mut current));
        }
        current.push_str(piece);
    }
    lines.push(current);
    lines
}

/// How many columns the widest piece of a text takes that is not broken.
pub(super) fn max_piece_width(text: &str) -> usize {
    text.split([' ', '\n']).flat_map(split_pieces).map(width).max().unwrap_or_default()
}

/// The parts of a line between which it may be broken. An address has one part,
/// in any script.
fn split_pieces(line: &str) -> Vec<&str> {
    if line.contains('@') {
        return vec![line];
    }
    let is_wide = |char: char| UnicodeWidthChar::width(char).is_some_and(|columns| columns > 1);
    let (mut pieces, mut start, mut before) = (Vec::new(), 0, None);
    for (index, char) in line.char_indices() {
        if before.is_some_and(|before| is_wide(before) && is_wide(char)) {
            pieces.push(line.get(start..index).unwrap_or_default());
            start = index;
        }
        before = Some(char);
    }
    pieces.push(line.get(start..).unwrap_or_default());
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn terminal_control_characters_are_escaped() {
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
    }

    #[test]
    fn only_words_of_wide_characters_are_broken() {
        assert_eq!(wrap_within("abcdefgh ij", 4), ["abcdefgh", "ij"]);
        assert_eq!(wrap_within("日本語", 4), ["日本", "語"]);
        assert_eq!(wrap_within("日本語abc", 4), ["日本", "語abc"]);
        assert_eq!(wrap_within("用户名@例え.jp", 4), ["用户名@例え.jp"]);
        for (text, columns) in [("", 0), ("a bcd", 3), ("日本語", 2), ("用户@例", 7), ("a\nbc", 2)]
        {
            assert_eq!(max_piece_width(text), columns, "{text}");
        }
    }
}
