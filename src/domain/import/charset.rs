//! The character encodings of files.

use std::{fmt, str::FromStr};

use encoding_rs::{Encoding, REPLACEMENT, X_USER_DEFINED};

/// The encodings that a message names: those in which spreadsheets save. Other
/// names of the WHATWG Encoding Standard are understood as well.
pub const CHARSETS: &[&str] = &[
    "utf-8",
    "utf-16",
    "utf-16le",
    "utf-16be",
    "us-ascii",
    "iso-8859-1",
    "iso-8859-2",
    "iso-8859-15",
    "windows-1250",
    "windows-1251",
    "windows-1252",
    "windows-1253",
    "windows-1254",
    "windows-1255",
    "windows-1256",
    "windows-1257",
    "windows-1258",
    "macintosh",
    "koi8-r",
    "shift_jis",
    "euc-jp",
    "gb18030",
    "big5",
    "euc-kr",
];

/// The character encoding of a file. A byte order mark in the file overrides
/// it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Charset(&'static Encoding);

/// The name of an encoding that is not supported.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("is not a supported charset. Use one of {}", CHARSETS.join(", "))]
pub struct UnknownCharset;

impl Charset {
    /// UTF-8.
    pub const UTF_8: Self = Self(encoding_rs::UTF_8);

    /// The encoding itself.
    #[must_use]
    pub fn encoding(self) -> &'static Encoding {
        self.0
    }

    /// The encoding's name, in lower case.
    #[must_use]
    pub fn name(self) -> String {
        self.0.name().to_ascii_lowercase()
    }
}

impl Default for Charset {
    fn default() -> Self {
        Self::UTF_8
    }
}

impl fmt::Debug for Charset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Charset({})", self.name())
    }
}

impl FromStr for Charset {
    type Err = UnknownCharset;

    fn from_str(label: &str) -> Result<Self, UnknownCharset> {
        Encoding::for_label(label.trim().as_bytes())
            // Neither has characters: one stands for encodings that are unsafe,
            // the other for bytes.
            .filter(|encoding| *encoding != REPLACEMENT && *encoding != X_USER_DEFINED)
            .map(Self)
            .ok_or(UnknownCharset)
    }
}
