//! Invisible characters, and the names of characters.

use std::fmt;

use unicode_normalization::char::is_public_assigned;

/// Writes a character as `U+200B`.
pub(super) struct CodePoint(pub(super) char);

impl fmt::Display for CodePoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "U+{:04X}", u32::from(self.0))
    }
}

/// Whether a character cannot be seen, or changes the line or the direction of the
/// text around it.
pub(super) fn is_invisible(char: char) -> bool {
    char.is_control() || is_default_ignorable(char) || matches!(char, '\u{2028}' | '\u{2029}')
}

/// Unicode's `Default_Ignorable_Code_Point`: zero-width spaces and joiners,
/// marks of direction and of byte order, fillers, variation selectors, tags. And the
/// anchors of interlinear annotations, U+FFF9 to U+FFFB, which can't be seen either.
pub(super) fn is_default_ignorable(char: char) -> bool {
    matches!(char,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}'..='\u{1160}' | '\u{17b4}'..='\u{17b5}'
        | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}'
        | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{1bca0}'..='\u{1bca3}'
        | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}

/// Whether a character has no meaning of its own: an unassigned code point, a
/// noncharacter, or one for private use. No text of PRECIS has them (RFC 8264, section 8).
pub(super) fn is_unassigned(char: char) -> bool {
    !is_public_assigned(char)
}
