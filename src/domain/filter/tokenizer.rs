//! Splits a filter into tokens, each with the position where it begins.

use std::fmt::{self, Formatter};

use serde_json::Number;
use winnow::{
    LocatingSlice, Parser, Result,
    ascii::multispace0,
    combinator::{alt, delimited, repeat},
    token::{any, none_of, one_of, rest, take_while},
};

use super::error::truncate;
use crate::domain::quote::QuotedText;

type Input<'a> = LocatingSlice<&'a str>;

/// A token. Malformed text is a token as well, so that the first error of a filter
/// is the one that is reported.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Token<'a> {
    /// One of `( ) [ ]`.
    Mark(char),
    /// A name, an operator, `and`, `true` and the like.
    Word(&'a str),
    Number(Number),
    Text(String),
    /// A malformed number.
    BadNumber(&'a str),
    /// A text in quotes that is not a JSON string.
    BadText,
    /// A text without its closing quote.
    OpenText,
    /// A character that begins no token.
    Stray(char),
}

/// A token, and the byte at which it begins.
pub(super) type LocatedToken<'a> = (Token<'a>, usize);

/// Splits a text into its tokens. Never fails, and never recurses.
pub(super) fn tokenize(text: &str) -> Vec<LocatedToken<'_>> {
    let placed = token.with_span().map(|(token, span)| (token, span.start));
    let spaced = delimited(multispace0, placed, multispace0);
    // Every character belongs to a token. Only a blank text has no tokens.
    repeat(0.., spaced).parse_next(&mut LocatingSlice::new(text)).unwrap_or_default()
}

fn token<'a>(input: &mut Input<'a>) -> Result<Token<'a>> {
    alt((
        one_of(['(', ')', '[', ']']).map(Token::Mark),
        word.map(Token::Word),
        number,
        text,
        ('"', rest).value(Token::OpenText),
        any.map(Token::Stray),
    ))
    .parse_next(input)
}

/// A keyword, an operator, or a path such as
/// `urn:ietf:params:scim:…:2.0:User:name.familyName`.
fn word<'a>(input: &mut Input<'a>) -> Result<&'a str> {
    let first = |char: char| char.is_ascii_alphabetic() || char == '$';
    let further = |char: char| char.is_ascii_alphanumeric() || "$-_.:".contains(char);
    (one_of(first), take_while(0.., further)).take().parse_next(input)
}

/// Takes everything that looks like one number, so that `2026-11-23` is a single error. The
/// JSON parser decides whether it is valid. The standard library parses a number with a
/// fraction, because it rounds correctly.
fn number<'a>(input: &mut Input<'a>) -> Result<Token<'a>> {
    let first = |char: char| char.is_ascii_digit() || char == '-';
    let further = |char: char| char.is_ascii_alphanumeric() || "+-.:".contains(char);
    let written = (one_of(first), take_while(0.., further)).take().parse_next(input)?;
    let read = serde_json::from_str::<Number>(written).ok().and_then(|number| {
        if number.is_f64() { Number::from_f64(written.parse().ok()?) } else { Some(number) }
    });
    Ok(read.map_or(Token::BadNumber(written), Token::Number))
}

/// A JSON string, with its escapes.
fn text<'a>(input: &mut Input<'a>) -> Result<Token<'a>> {
    let escape = ('\\', any).void();
    let plain = none_of(['"', '\\']).void();
    let inside = repeat::<_, _, (), _, _>(0.., alt((escape, plain)));
    let written = ('"', inside, '"').take().parse_next(input)?;
    let read = serde_json::from_str::<String>(written).ok();
    // NUL can't be stored, so no value can contain it.
    let read = read.filter(|text| !text.contains('\0'));
    Ok(read.map_or(Token::BadText, Token::Text))
}

impl fmt::Display for Token<'_> {
    /// Describes the token to the person who wrote it.
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Mark(char) | Self::Stray(char) => write!(f, "\"{char}\""),
            Self::Word(word) => write!(f, "{}", QuotedText(&truncate(word))),
            Self::Number(number) => write!(f, "the number {number}"),
            Self::Text(text) => write!(f, "the text {}", QuotedText(&truncate(text))),
            Self::BadNumber(written) => {
                write!(f, "{}, which is not a number", QuotedText(&truncate(written)))
            }
            Self::BadText => {
                f.write_str("a text with an escape or a character that JSON does not allow there")
            }
            Self::OpenText => f.write_str("a text without its closing quote"),
        }
    }
}
