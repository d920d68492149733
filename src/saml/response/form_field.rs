//! The form field of the POST binding (Bindings 3.5.4): base64 to XML text.

use std::io::Read as _;

use flate2::read::DeflateDecoder;

use crate::saml::{base64_text, xml};

/// The maximum number of bytes that a decoded response may have.
pub(super) const MAX_XML_BYTES: usize = 256 * 1024;

/// The maximum number of characters of the form field: [`MAX_XML_BYTES`] in base64, and
/// an eighth more for line breaks. What is longer is rejected before it is decoded.
const MAX_FIELD_CHARS: usize = MAX_XML_BYTES / 3 * 4 / 8 * 9;

/// The error of a form field.
#[derive(Debug, thiserror::Error)]
pub(super) enum FormError {
    #[error("no SAMLResponse in the form")]
    Missing,
    #[error("{1} fields {0} in the form, but only one is allowed")]
    Repeated(&'static str, usize),
    #[error("an empty SAMLResponse")]
    Empty,
    #[error("more than {} KiB", MAX_XML_BYTES / 1024)]
    TooLong,
    #[error("not base64")]
    NotBase64,
    #[error("deflated, as the Redirect binding does; the POST binding does not")]
    Deflated,
    #[error("UTF-16")]
    Utf16,
    #[error("a NUL byte")]
    Nul,
    #[error("not UTF-8")]
    NotUtf8,
    #[error("not XML")]
    NotXml,
}

/// Decodes the form field `SAMLResponse` to XML text.
pub(super) fn decode(field: Option<&str>) -> Result<String, FormError> {
    let field = field.ok_or(FormError::Missing)?;
    if field.len() > MAX_FIELD_CHARS {
        return Err(FormError::TooLong);
    }
    let bytes = base64_text::decode(field).ok_or(FormError::NotBase64)?;
    if bytes.is_empty() {
        return Err(FormError::Empty);
    }
    if bytes.len() > MAX_XML_BYTES {
        return Err(FormError::TooLong);
    }
    if bytes.starts_with(&[0xFE, 0xFF]) || bytes.starts_with(&[0xFF, 0xFE]) {
        return Err(FormError::Utf16);
    }
    if is_deflated_xml(&bytes) {
        return Err(FormError::Deflated);
    }
    if bytes.contains(&0) {
        return Err(FormError::Nul);
    }
    let text = String::from_utf8(bytes).map_err(|_| FormError::NotUtf8)?;
    // One byte order mark in front is legal UTF-8 and some systems write it. It is removed
    // here, so that later phases can ignore it.
    let text = match text.strip_prefix('\u{feff}') {
        Some(rest) => rest.to_owned(),
        None => text,
    };
    // White space may stand before the root element (XML 1.0, 2.8).
    match text.trim_start_matches(xml::SPACE) {
        "" => Err(FormError::Empty),
        rest if rest.starts_with('<') => Ok(text),
        _ => Err(FormError::NotXml),
    }
}

/// Whether bytes become XML when inflated. Inflates only the first bytes, to prevent
/// decompression bombs.
fn is_deflated_xml(bytes: &[u8]) -> bool {
    let first = bytes.iter().find(|byte| !byte.is_ascii_whitespace());
    if first == Some(&b'<') {
        return false;
    }
    let mut start = [0_u8; 1];
    DeflateDecoder::new(bytes).read_exact(&mut start).is_ok() && start == *b"<"
}
