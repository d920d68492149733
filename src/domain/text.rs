//! Text as people type it: trimming, bounds, and comparing without case.

use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfkc_quick};

use super::{
    characters::{CodePoint, is_default_ignorable, is_unassigned},
    field_error::Reason,
    quote::QuotedText,
};

/// The maximum number of characters of a name, a position, a department or a team's name.
pub const MAX_CHARS: usize = 255;

/// The error of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TextError {
    /// Nothing is left after trimming.
    #[error("must not be empty")]
    Empty,
    /// More than [`MAX_CHARS`] characters.
    #[error("must have at most {MAX_CHARS} characters")]
    TooLong,
    /// Control characters (NUL among them) and line separators have no place
    /// in a name, and PostgreSQL can't store NUL.
    #[error("must not contain control characters. Remove {}", CodePoint(*.0))]
    Control(char),
    /// The character is invisible or changes the direction of the text around
    /// it, so that two different texts can look the same.
    #[error("must not contain invisible characters. Remove {}", CodePoint(*.0))]
    Invisible(char),
    /// The character is a compatibility form of others, so that two different
    /// identifiers can look the same (RFC 8264, section 9.17).
    #[error(
        "must not contain {}, which is a variant of {}. Use that instead",
        CodePoint(*.0),
        QuotedText(&compatibility_form(*.0))
    )]
    Compatibility(char),
    /// The character is for private use, a noncharacter, or not assigned (RFC 8264,
    /// sections 8 and 9.10). Or it is the replacement character in an identifier: it stands
    /// for what could not be decoded. Emoji are allowed: mailboxes have them, and RFC 6531
    /// restricts no symbols.
    #[error(
        "must not contain {}, which is a replacement, private-use, unassigned or noncharacter \
         code point. Replace it",
        CodePoint(*.0)
    )]
    Unassigned(char),
}

impl From<TextError> for Reason {
    fn from(error: TextError) -> Self {
        let (expected, remedy) = match error {
            TextError::Empty => (
                format!("1 to {MAX_CHARS} characters"),
                "Send at least one visible character.".to_owned(),
            ),
            TextError::TooLong => {
                (format!("at most {MAX_CHARS} characters"), "Shorten the text.".to_owned())
            }
            TextError::Control(char) | TextError::Invisible(char) => {
                ("visible characters".into(), format!("Remove {}.", CodePoint(char)))
            }
            TextError::Unassigned(char) => (
                "assigned characters".into(),
                format!("Replace {} with the intended character.", CodePoint(char)),
            ),
            TextError::Compatibility(char) => {
                let form = compatibility_form(char);
                let form = QuotedText(&form);
                (format!("{form} for {}", CodePoint(char)), format!("Use {form} instead."))
            }
        };
        Self::with_detail(error, expected, remedy)
    }
}

/// Trims a text and checks that it can be a name: 1 to [`MAX_CHARS`]
/// characters, each of them visible and assigned.
///
/// # Errors
/// The first error found.
pub fn parse_line(text: &str) -> Result<&str, TextError> {
    let text = text.trim();
    if text.is_empty() {
        return Err(TextError::Empty);
    }
    if text.chars().nth(MAX_CHARS).is_some() {
        return Err(TextError::TooLong);
    }
    check_visible(text)?;
    if text.chars().all(is_blank) {
        return Err(TextError::Empty);
    }
    check_assigned(text)?;
    Ok(text)
}

/// Checks that a text has no control character and no invisible one.
///
/// # Errors
/// [`TextError::Control`] or [`TextError::Invisible`] with the first such
/// character.
pub fn check_visible(text: &str) -> Result<(), TextError> {
    text.chars().try_for_each(|char| match char {
        '\u{2028}' | '\u{2029}' => Err(TextError::Control(char)),
        _ if char.is_control() => Err(TextError::Control(char)),
        _ if is_default_ignorable(char) => Err(TextError::Invisible(char)),
        _ => Ok(()),
    })
}

/// Checks that a text has no private-use or unassigned character, and no noncharacter.
///
/// # Errors
/// [`TextError::Unassigned`] with the first such character.
pub fn check_assigned(text: &str) -> Result<(), TextError> {
    text.chars().find(|char| is_unassigned(*char)).map_or(Ok(()), |c| Err(TextError::Unassigned(c)))
}

/// Checks that a text has no character that an identifier can't have, though it can be
/// seen: U+FFFD, an unassigned one as in [`check_assigned`], or a compatibility form of
/// others (`HasCompat` of RFC 8264, section 9.17). The Kelvin sign, full-width letters
/// and ligatures are such forms.
///
/// To be called before normalization, which replaces some of them.
///
/// # Errors
/// [`TextError::Unassigned`] or [`TextError::Compatibility`] with the first such
/// character.
pub fn check_identifier(text: &str) -> Result<(), TextError> {
    text.chars().filter(|char| !char.is_ascii()).try_for_each(|char| {
        if char == char::REPLACEMENT_CHARACTER || is_unassigned(char) {
            return Err(TextError::Unassigned(char));
        }
        let has_compatibility_form = is_nfkc_quick(std::iter::once(char)) != IsNormalized::Yes
            && !compatibility_form(char).chars().eq([char]);
        if has_compatibility_form { Err(TextError::Compatibility(char)) } else { Ok(()) }
    })
}

/// Whether composing (NFC) leaves each character of a text as it is where it
/// stands alone. The Kelvin sign becomes `K`, for example.
#[must_use]
pub fn is_composed_alone(text: &str) -> bool {
    let stays = |char: char| char.is_ascii() || std::iter::once(char).nfc().eq([char]);
    text.chars().all(stays)
}

fn compatibility_form(char: char) -> String {
    std::iter::once(char).nfkc().collect()
}

/// White space, or the braille pattern without dots, which looks like it.
fn is_blank(char: char) -> bool {
    char.is_whitespace() || char == '\u{2800}'
}

/// The key by which two spellings of a name are the same: canonically composed
/// (NFC), lower case, trimmed.
///
/// Neither compatibility composition nor full case folding: with them, `weiß` and `weiss`, or
/// the Kelvin sign and `k`, would be the same name.
///
/// Computed here and not by the database, because SQLite's `lower()` only supports ASCII, so
/// the two databases would differ.
#[must_use]
pub fn fold(text: &str) -> String {
    fold_part(text.trim()).trim().to_owned()
}

/// Folds a part of a key, such as the operand of `co`: as [`fold`], but white
/// space at its ends counts.
#[must_use]
pub fn fold_part(text: &str) -> String {
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    // Each character alone, so that a sigma has one key wherever it stands. Lowering can
    // decompose (İ gives i and a combining dot), hence composed again.
    let lowered = text.nfc().flat_map(char::to_lowercase);
    lowered.map(|char| if char == 'ς' { 'σ' } else { char }).nfc().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn name_is_trimmed_and_bounded() {
        let long = "é".repeat(MAX_CHARS + 1);
        let cases: [(&str, Result<&str, TextError>); 18] = [
            ("  Ops ", Ok("Ops")),
            ("\u{a0}\u{3000}Ops\u{2003}", Ok("Ops")),
            ("", Err(TextError::Empty)),
            (" \t ", Err(TextError::Empty)),
            ("\u{2800}", Err(TextError::Empty)),
            ("a\0b", Err(TextError::Control('\0'))),
            ("a\u{85}b", Err(TextError::Control('\u{85}'))),
            ("a\u{2028}b", Err(TextError::Control('\u{2028}'))),
            ("a\u{200b}b", Err(TextError::Invisible('\u{200b}'))),
            ("\u{feff}Ops", Err(TextError::Invisible('\u{feff}'))),
            ("a\u{378}b", Err(TextError::Unassigned('\u{378}'))),
            ("a\u{e000}b", Err(TextError::Unassigned('\u{e000}'))),
            ("\u{fdd0}", Err(TextError::Unassigned('\u{fdd0}'))),
            ("Ops\u{fffe}", Err(TextError::Unassigned('\u{fffe}'))),
            ("a\u{10ffff}b", Err(TextError::Unassigned('\u{10ffff}'))),
            ("J\u{fffd}rgen 🚀 山田", Ok("J\u{fffd}rgen 🚀 山田")),
            (&long, Err(TextError::TooLong)),
            (&long["é".len()..], Ok(&long["é".len()..])),
        ];
        for (text, expected) in cases {
            assert_eq!(parse_line(text), expected, "{text:?}");
        }
    }

    #[test]
    fn invisible_and_direction_changing_characters_are_found() {
        for char in [
            '\u{ad}',
            '\u{61c}',
            '\u{180e}',
            '\u{200b}',
            '\u{200d}',
            '\u{200e}',
            '\u{200f}',
            '\u{202a}',
            '\u{202e}',
            '\u{2060}',
            '\u{2066}',
            '\u{2069}',
            '\u{3164}',
            '\u{fe0f}',
            '\u{feff}',
            '\u{ffa0}',
            '\u{e0041}',
        ] {
            let text = format!("a{char}b");
            assert_eq!(check_visible(&text), Err(TextError::Invisible(char)), "{text:?}");
        }
        assert_eq!(check_visible("Zoë Ångström 山田 🚀 I\u{307}"), Ok(()));
    }

    #[test]
    fn compatibility_characters_are_found_and_named() {
        for (char, form) in [
            ('\u{212a}', "K"),
            ('\u{212b}', "Å"),
            ('\u{2126}', "Ω"),
            ('ａ', "a"),
            ('．', "."),
            ('＠', "@"),
            ('ﬁ', "fi"),
            ('ſ', "s"),
            ('ª', "a"),
            ('²', "2"),
            ('①', "1"),
            ('𝐚', "a"),
            ('\u{a0}', " "),
            ('ｱ', "ア"),
        ] {
            let error = check_identifier(&format!("m{char}e")).unwrap_err();
            assert_eq!(error, TextError::Compatibility(char));
            assert!(error.to_string().contains(&format!("{form:?}")), "{error}");
        }
        for text in ["mike", "weiß", "Zoë", "Zoe\u{308}", "коля", "山田", "İ", "ı", "σς", "한국"]
        {
            assert_eq!(check_identifier(text), Ok(()), "{text}");
        }
    }

    #[test]
    fn errors_state_their_remedy() {
        for (error, message) in [
            (TextError::Control('\0'), "must not contain control characters. Remove U+0000"),
            (
                TextError::Invisible('\u{202e}'),
                "must not contain invisible characters. Remove U+202E",
            ),
            (
                TextError::Compatibility('\u{212a}'),
                "must not contain U+212A, which is a variant of \"K\". Use that instead",
            ),
            (
                TextError::Unassigned('\u{fffd}'),
                "must not contain U+FFFD, which is a replacement, private-use, unassigned or \
                 noncharacter code point. Replace it",
            ),
        ] {
            assert_eq!(error.to_string(), message);
        }
    }

    #[test]
    fn canonically_equal_spellings_have_the_same_key() {
        for (one, other) in [
            ("Ops", " oPS "),
            ("ÅNGSTRÖM", "ångström"),
            ("Cafe\u{301}", "CAFÉ"),
            ("ΣΊΣΥΦΟΣ", "σίσυφος"),
            ("ΣΣΣ@x", "σσς@x"),
            ("ΣΣΣ@x", "σσσ@x"),
            ("ΟΔΟΣ ΕΡΜΟΥ", "οδοσ ερμου"),
            ("\u{1112}\u{1161}\u{11ab}", "한"),
        ] {
            assert_eq!(fold(one), fold(other), "{one} and {other}");
        }
    }

    #[test]
    fn look_alikes_have_different_keys() {
        for (one, other) in [
            ("weiß", "weiss"),
            ("ＯＰＳ", "ops"),
            ("ﬁona", "fiona"),
            ("ſam", "sam"),
            ("İlker", "ilker"),
            ("ılker", "ilker"),
            ("x²", "x2"),
            ("\u{430}da", "ada"),
        ] {
            assert_ne!(fold(one), fold(other), "{one} and {other}");
        }
    }

    #[test]
    fn a_part_keeps_the_white_space_at_its_ends() {
        for (part, key) in [(" Ops", " ops"), ("NIGHT ", "night "), ("É\u{a0}", "é\u{a0}")] {
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
