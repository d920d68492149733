//! The encoding of a metadata file (XML 1.0, appendix F).

use std::borrow::Cow;

use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE};

use super::{MAX_BYTES, MetadataError};
use crate::saml::file_kind::FileKind;

/// The maximum number of bytes of an XML declaration.
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
        // Other errors are not about the encoding.
        kind => return Err(MetadataError::WrongKind(kind)),
    }
    let text = match Utf32::detect(bytes) {
        Some(utf32) => utf32.decode(bytes)?,
        None => decode_bytes(bytes)?,
    };
    if text.len() > MAX_BYTES {
        return Err(MetadataError::TooLarge);
    }
    Ok(normalize_declaration(&text).into_owned())
}

/// UTF-32, by the order of its bytes.
#[derive(Clone, Copy)]
enum Utf32 {
    LittleEndian,
    BigEndian,
}

impl Utf32 {
    /// Recognizes a byte order mark or the first character, `<`.
    fn detect(bytes: &[u8]) -> Option<Self> {
        match bytes {
            [0xff, 0xfe, 0, 0, ..] | [b'<', 0, 0, 0, ..] => Some(Self::LittleEndian),
            [0, 0, 0xfe, 0xff, ..] | [0, 0, 0, b'<', ..] => Some(Self::BigEndian),
            _ => None,
        }
    }

    fn decode(self, bytes: &[u8]) -> Result<String, MetadataError> {
        let (characters, rest) = bytes.as_chunks::<4>();
        let decode = |character: &[u8; 4]| {
            char::from_u32(match self {
                Self::LittleEndian => u32::from_le_bytes(*character),
                Self::BigEndian => u32::from_be_bytes(*character),
            })
        };
        let text = characters.iter().map(decode).collect::<Option<String>>();
        let text = text.filter(|_| rest.is_empty());
        let text = text.ok_or(MetadataError::NotInEncoding("UTF-32"))?;
        Ok(text.trim_start_matches('\u{feff}').to_owned())
    }
}

fn decode_bytes(bytes: &[u8]) -> Result<String, MetadataError> {
    let (encoding, mark) = detect_encoding(bytes)?;
    let body = bytes.get(mark..).unwrap_or_default();
    let text = encoding.decode_without_bom_handling_and_without_replacement(body);
    let text = text.ok_or_else(|| MetadataError::NotInEncoding(encoding.name()))?;
    Ok(text.into_owned())
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
        // `<?xm`.
        [0x4c, 0x6f, 0xa7, 0x94, ..] => return Err(MetadataError::Encoding("EBCDIC".into())),
        _ => {}
    }
    let start = bytes.get(..MAX_DECLARATION_BYTES).unwrap_or(bytes);
    let start: String = start.iter().map(|byte| char::from(*byte)).collect();
    let Some((_, label)) = find_in_declaration(&start, "encoding") else { return Ok((UTF_8, 0)) };
    match DeclaredEncoding::from_label(label) {
        Some(DeclaredEncoding::Ascii) if bytes.is_ascii() => Ok((UTF_8, 0)),
        Some(DeclaredEncoding::Ascii) => Err(MetadataError::NotInEncoding("US-ASCII")),
        // The declaration was readable as single bytes, so it is wrong.
        Some(DeclaredEncoding::Wide) => Ok((UTF_8, 0)),
        Some(DeclaredEncoding::Bytes(encoding)) => Ok((encoding, 0)),
        None => Err(MetadataError::Encoding(crate::domain::check::excerpt(label))),
    }
}

/// The encoding that an XML declaration names.
enum DeclaredEncoding {
    /// US-ASCII.
    Ascii,
    /// UTF-16 or UTF-32.
    Wide,
    /// UTF-8, or an encoding with one byte for each character.
    Bytes(&'static Encoding),
}

impl DeclaredEncoding {
    /// Reads the name of an encoding: as IANA registers it, or as programs spell it,
    /// such as `ISO8859_1` and `Cp1252` (Java).
    fn from_label(label: &str) -> Option<Self> {
        let label = label.trim().to_ascii_lowercase();
        let compact: String = label.chars().filter(char::is_ascii_alphanumeric).collect();
        if matches!(&*compact, "usascii" | "ascii" | "ansix341968" | "isoir6" | "iso646us") {
            return Some(Self::Ascii);
        }
        if compact.starts_with("utf32") || matches!(&*compact, "iso10646ucs4" | "ucs4") {
            return Some(Self::Wide);
        }
        let hyphenated = label.replace('_', "-");
        let spellings = [&label, &hyphenated, &compact];
        let encoding = spellings.iter().find_map(|label| Encoding::for_label(label.as_bytes()))?;
        if encoding == UTF_16LE || encoding == UTF_16BE {
            return Some(Self::Wide);
        }
        let is_known = encoding == UTF_8
            || encoding.is_single_byte() && encoding != encoding_rs::X_USER_DEFINED;
        is_known.then_some(Self::Bytes(encoding))
    }
}

/// The text with an XML declaration of version 1.0 in UTF-8: a text has no encoding any
/// more, and metadata that is well-formed as XML 1.0 means the same in XML 1.1.
#[must_use]
pub fn normalize_declaration(text: &str) -> Cow<'_, str> {
    let utf8 = replace_in_declaration(Cow::Borrowed(text), "encoding", |label| {
        (!label.eq_ignore_ascii_case("utf-8")).then_some("UTF-8")
    });
    replace_in_declaration(utf8, "version", |version| (version == "1.1").then_some("1.0"))
}

/// Returns the version of XML that a declaration names, unless it is supported.
pub(super) fn find_unsupported_version(text: &str) -> Option<String> {
    let (_, version) = find_in_declaration(text, "version")?;
    (!matches!(version, "1.0" | "1.1")).then(|| crate::domain::check::excerpt(version))
}

/// Replaces a value of the XML declaration, if there is one and `replacement` returns
/// another.
fn replace_in_declaration<'a>(
    text: Cow<'a, str>,
    name: &str,
    replacement: impl Fn(&str) -> Option<&'static str>,
) -> Cow<'a, str> {
    let Some((at, value)) = find_in_declaration(&text, name) else { return text };
    let Some(replacement) = replacement(value) else { return text };
    let before = text.get(..at).unwrap_or_default();
    let after = text.get(at + value.len()..).unwrap_or_default();
    Cow::Owned(format!("{before}{replacement}{after}"))
}

/// A value of the XML declaration, and where it begins.
fn find_in_declaration<'a>(text: &'a str, name: &str) -> Option<(usize, &'a str)> {
    let body = text.trim_start_matches('\u{feff}').trim_start();
    if !body.starts_with("<?xml") {
        return None;
    }
    let start = text.len() - body.len();
    let end = start + body.find("?>")?;
    let declaration = text.get(start..end)?;
    let (_, value) = declaration.split_once(name)?;
    let value = value.trim_start().strip_prefix('=')?.trim_start();
    let quote = value.chars().next().filter(|quote| matches!(quote, '"' | '\''))?;
    let value = value.strip_prefix(quote)?;
    // Each step above left a text that reaches to the end of the declaration.
    let at = end - value.len();
    let (label, _) = value.split_once(quote)?;
    Some((at, label))
}
