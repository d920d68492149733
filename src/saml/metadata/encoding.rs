//! The encoding of a metadata file (XML 1.0, appendix F).

use std::borrow::Cow;

use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE};

use super::{MAX_BYTES, MetadataError};
use crate::saml::file_kind::FileKind;

/// How many bytes of a file may be its XML declaration.
const MAX_DECLARATION_BYTES: usize = 256;

/// Reads the bytes of a metadata file as text, in the encoding that its byte
/// order mark or its XML declaration names.
///
/// # Errors
/// When the encoding is not supported, or the bytes are not in it.
pub fn decode(bytes: &[u8]) -> Result<String, MetadataError> {
    if bytes.len() > MAX_BYTES {
        return Err(MetadataError::TooLarge);
    }
    match FileKind::detect(bytes) {
        FileKind::Xml
        | FileKind::Html
        | FileKind::Json
        | FileKind::Url
        | FileKind::Empty
        | FileKind::Unknown => {}
        // Not a matter of its encoding.
        kind => return Err(MetadataError::WrongKind(kind)),
    }
    let (encoding, mark) = detect_encoding(bytes)?;
    let body = bytes.get(mark..).unwrap_or_default();
    let text = encoding.decode_without_bom_handling_and_without_replacement(body);
    let text = text.ok_or_else(|| MetadataError::NotInEncoding(encoding.name()))?;
    if text.len() > MAX_BYTES {
        return Err(MetadataError::TooLarge);
    }
    Ok(declare_utf8(&text).into_owned())
}

/// The encoding, and the length of the byte order mark.
fn detect_encoding(bytes: &[u8]) -> Result<(&'static Encoding, usize), MetadataError> {
    // A byte order mark overrides the declaration.
    if let Some(from_mark) = Encoding::for_bom(bytes) {
        return Ok(from_mark);
    }
    match bytes {
        [b'<', 0, _, 0, ..] => return Ok((UTF_16LE, 0)),
        [0, b'<', 0, _, ..] => return Ok((UTF_16BE, 0)),
        _ => {}
    }
    let start = bytes.get(..MAX_DECLARATION_BYTES).unwrap_or(bytes);
    let start: String = start.iter().map(|byte| char::from(*byte)).collect();
    let Some((_, label)) = find_declared_encoding(&start) else { return Ok((UTF_8, 0)) };
    let unsupported = || MetadataError::Encoding(crate::domain::check::excerpt(label));
    let encoding = Encoding::for_label(label.as_bytes()).ok_or_else(unsupported)?;
    if is_ascii(label) {
        return if bytes.is_ascii() {
            Ok((UTF_8, 0))
        } else {
            Err(MetadataError::NotInEncoding("US-ASCII"))
        };
    }
    if encoding == UTF_16LE || encoding == UTF_16BE {
        // The declaration could be read byte by byte, so it is not true.
        return Ok((UTF_8, 0));
    }
    if encoding == UTF_8 || encoding.is_single_byte() && encoding != encoding_rs::X_USER_DEFINED {
        return Ok((encoding, 0));
    }
    Err(unsupported())
}

fn is_ascii(label: &str) -> bool {
    ["us-ascii", "ascii", "ansi_x3.4-1968", "iso-ir-6", "iso646-us"]
        .iter()
        .any(|name| label.trim().eq_ignore_ascii_case(name))
}

/// The text with an XML declaration that names UTF-8, if it names another
/// encoding: a text has no encoding any more.
#[must_use]
pub fn declare_utf8(text: &str) -> Cow<'_, str> {
    let Some((at, label)) = find_declared_encoding(text) else { return Cow::Borrowed(text) };
    if label.eq_ignore_ascii_case("utf-8") {
        return Cow::Borrowed(text);
    }
    let before = text.get(..at).unwrap_or_default();
    let after = text.get(at + label.len()..).unwrap_or_default();
    Cow::Owned(format!("{before}UTF-8{after}"))
}

/// The encoding that an XML declaration names, and where its name begins.
fn find_declared_encoding(text: &str) -> Option<(usize, &str)> {
    let body = text.trim_start_matches('\u{feff}').trim_start();
    if !body.starts_with("<?xml") {
        return None;
    }
    let start = text.len() - body.len();
    let end = start + body.find("?>")?;
    let declaration = text.get(start..end)?;
    let (_, value) = declaration.split_once("encoding")?;
    let value = value.trim_start().strip_prefix('=')?.trim_start();
    let quote = value.chars().next().filter(|quote| matches!(quote, '"' | '\''))?;
    let value = value.strip_prefix(quote)?;
    // Each step above left a text that reaches to the end of the declaration.
    let at = end - value.len();
    let (label, _) = value.split_once(quote)?;
    Some((at, label))
}
