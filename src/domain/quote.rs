//! Quoting of received text in messages: on one line, and without invisible characters.

use std::fmt;

use super::characters::{CodePoint, is_invisible, is_unassigned};

/// The maximum number of characters of a quoted text.
pub const MAX_QUOTED_CHARS: usize = 300;

/// A text in double quotes. Invisible and unassigned characters are written as code points
/// (`<U+202E>`), and a text of more than [`MAX_QUOTED_CHARS`] is cut (`…`).
#[derive(Debug, Clone, Copy)]
pub struct QuotedText<'a>(pub &'a str);

impl fmt::Display for QuotedText<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{}\"", visible(self.0, MAX_QUOTED_CHARS))
    }
}

/// Writes invisible and unassigned characters as code points, and cuts the result to `most`
/// characters. A cut text ends in `…`.
#[must_use]
pub fn visible(text: &str, most: usize) -> String {
    let mut written = String::new();
    let mut left = most;
    for char in text.chars() {
        let is_code = is_invisible(char) || is_unassigned(char);
        let code = is_code.then(|| format!("<{}>", CodePoint(char)));
        let piece = code.unwrap_or_else(|| char.to_string());
        let length = piece.chars().count();
        if length > left {
            if left == 0 {
                written.pop();
            }
            written.push('…');
            break;
        }
        left -= length;
        written.push_str(&piece);
    }
    written
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn invisible_characters_are_printed_as_code_points() {
        let table = [
            ("OWNER", "\"OWNER\""),
            ("a\"b\\c", "\"a\"b\\c\""),
            ("a\nb\tc\0", "\"a<U+000A>b<U+0009>c<U+0000>\""),
            ("a\u{202e}b\u{200b}c\u{ad}", "\"a<U+202E>b<U+200B>c<U+00AD>\""),
            ("e\u{301}", "\"e\u{301}\""),
            ("a\u{2028}b", "\"a<U+2028>b\""),
            ("\u{1b}[31m", "\"<U+001B>[31m\""),
        ];
        for (text, quoted) in table {
            assert_eq!(QuotedText(text).to_string(), quoted);
        }
    }

    #[test]
    fn long_text_is_cut() {
        assert_eq!(visible("abcd", 4), "abcd");
        assert_eq!(visible("abcde", 4), "abc…");
        assert_eq!(visible("ab\0cdef", 9), "ab…");
        let long = QuotedText(&"x".repeat(10_000)).to_string();
        assert_eq!(long.chars().count(), MAX_QUOTED_CHARS + 2);
    }
}
