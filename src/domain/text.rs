//! Text as people type it: trimming, bounds, and comparing without case.

use unicode_normalization::UnicodeNormalization;

/// The most characters of a name, a position, a department or a team's name.
pub const MAX_CHARS: usize = 255;

/// What is wrong with a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TextFault {
    /// Nothing is left after trimming.
    #[error("is empty")]
    Empty,
    /// More than [`MAX_CHARS`] characters.
    #[error("is longer than {MAX_CHARS} characters")]
    TooLong,
    /// Control characters (NUL among them) have no place in a name, and
    /// PostgreSQL can't store NUL.
    #[error("contains a control character")]
    Control,
    /// Nobody could see it.
    #[error("has no character that can be seen")]
    Invisible,
}

/// Trims a text and checks its bounds: 1 to [`MAX_CHARS`] characters, none of
/// them a control character.
///
/// # Errors
/// The first fault found.
pub fn line(text: &str) -> Result<&str, TextFault> {
    let text = text.trim();
    if text.is_empty() {
        return Err(TextFault::Empty);
    }
    if text.chars().any(char::is_control) {
        return Err(TextFault::Control);
    }
    if text.chars().count() > MAX_CHARS {
        return Err(TextFault::TooLong);
    }
    Ok(text)
}

/// Whether nothing of a text can be seen: white space, and what Unicode calls
/// ignorable by default (zero-width spaces and joiners, marks of direction and
/// of the byte order, fillers, tags).
#[must_use]
pub fn is_invisible(text: &str) -> bool {
    text.chars().all(|char| char.is_whitespace() || is_ignorable(char))
}

/// `Default_Ignorable_Code_Point`.
fn is_ignorable(char: char) -> bool {
    matches!(char,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}'..='\u{1160}' | '\u{17b4}'..='\u{17b5}'
        | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}'
        | '\u{ffa0}' | '\u{fff0}'..='\u{fff8}' | '\u{1bca0}'..='\u{1bca3}'
        | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}

/// The key by which two spellings of a name are the same: compatibility
/// composed (NFKC), lower case, trimmed.
///
/// Made here and not by the database, because SQLite's `lower()` knows ASCII
/// only, and the two databases would disagree on who is who.
#[must_use]
pub fn fold(text: &str) -> String {
    fold_part(text.trim()).trim().to_owned()
}

/// Folds what is looked for inside of keys: as [`fold`], but white space at
/// its ends counts.
#[must_use]
pub fn fold_part(text: &str) -> String {
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    // Lowering can decompose (İ gives i and a combining dot), hence composed again.
    let lowered = text.nfkc().collect::<String>().to_lowercase();
    lowered.nfkc().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_trimmed_and_bounded() {
        let long = "é".repeat(MAX_CHARS + 1);
        let cases: [(&str, Result<&str, TextFault>); 6] = [
            ("  Ops ", Ok("Ops")),
            ("", Err(TextFault::Empty)),
            (" \t ", Err(TextFault::Empty)),
            ("a\0b", Err(TextFault::Control)),
            (&long, Err(TextFault::TooLong)),
            (&long["é".len()..], Ok(&long["é".len()..])),
        ];
        for (given, wanted) in cases {
            assert_eq!(line(given), wanted, "{given:?}");
        }
    }

    #[test]
    fn what_nobody_can_see_is_invisible() {
        for text in ["", " ", "\u{200b}", "\u{feff}", " \u{200d}\u{3164}\u{2060} ", "\u{e0041}"] {
            assert!(is_invisible(text), "{text:?}");
        }
        for text in ["a", "\u{200b}a", "👩\u{200d}🚀", "न\u{200d}"] {
            assert!(!is_invisible(text), "{text:?}");
        }
    }

    #[test]
    fn spellings_that_a_person_takes_for_the_same_have_the_same_key() {
        for (one, other) in [
            ("Ops", " oPS "),
            ("ÅNGSTRÖM", "ångström"),
            ("ＯＰＳ", "ops"),
            ("Cafe\u{301}", "CAFÉ"),
            ("ΣΊΣΥΦΟΣ", "σίσυφος"),
        ] {
            assert_eq!(fold(one), fold(other), "{one} and {other}");
        }
    }

    #[test]
    fn a_part_keeps_the_white_space_at_its_ends() {
        for (part, key) in [(" Ops", " ops"), ("NIGHT ", "night "), ("É\u{a0}", "é ")] {
            assert_eq!(fold_part(part), key);
        }
    }

    proptest::proptest! {
        #[test]
        fn folding_twice_is_folding_once(text in "\\PC{0,40}") {
            proptest::prop_assert_eq!(fold(&fold(&text)), fold(&text));
        }
    }
}
