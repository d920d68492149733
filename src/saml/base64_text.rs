//! Base64 in XML.

use base64::{Engine as _, engine::general_purpose::STANDARD};

/// Decodes base64 that may be broken into lines.
pub(super) fn decode(text: &str) -> Option<Vec<u8>> {
    let has_line_breaks = text.bytes().any(|byte| byte.is_ascii_whitespace());
    if has_line_breaks {
        let joined: Vec<u8> = text.bytes().filter(|byte| !byte.is_ascii_whitespace()).collect();
        STANDARD.decode(joined).ok()
    } else {
        STANDARD.decode(text).ok()
    }
}
