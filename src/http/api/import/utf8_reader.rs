//! Decodes files in other character encodings to UTF-8.

use std::io::{self, Read};

use encoding_rs::{Decoder, DecoderResult};

use crate::{app::Error, domain::import::Charset};

/// How much is read and decoded at once.
const CHUNK_BYTES: usize = 8 * 1024;

/// A byte that is never part of UTF-8. It replaces bytes that are invalid in the
/// encoding of the file, so that only the row with them is rejected.
const NOT_TEXT: u8 = 0xFF;

/// A file as UTF-8. A byte order mark is removed, and overrides the encoding.
pub(super) struct Utf8Reader<R> {
    file: R,
    decoder: Decoder,
    input: Vec<u8>,
    output: Vec<u8>,
    /// How much of the output was read.
    position: usize,
    ended: bool,
}

impl<R: Read> Utf8Reader<R> {
    /// Begins to read a file.
    pub(super) fn new(file: R, charset: Charset) -> Self {
        let decoder = charset.encoding().new_decoder();
        Self { file, decoder, input: Vec::new(), output: Vec::new(), position: 0, ended: false }
    }

    /// Decodes the next bytes of the file.
    fn fill(&mut self) -> io::Result<()> {
        self.output.clear();
        self.position = 0;
        self.input.resize(CHUNK_BYTES, 0);
        let length = self.file.read(&mut self.input)?;
        self.ended = length == 0;
        let mut rest = self.input.get(..length).unwrap_or_default();
        let mut buffer = [0; 1024];
        loop {
            let (result, read, written) =
                self.decoder.decode_to_utf8_without_replacement(rest, &mut buffer, self.ended);
            self.output.extend(buffer.iter().take(written));
            rest = rest.get(read..).unwrap_or_default();
            match result {
                DecoderResult::InputEmpty => return Ok(()),
                DecoderResult::OutputFull => {}
                DecoderResult::Malformed(..) => self.output.push(NOT_TEXT),
            }
        }
    }
}

impl<R: Read> Read for Utf8Reader<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.position == self.output.len() {
            if self.ended {
                return Ok(0);
            }
            self.fill()?;
        }
        let mut ready = self.output.get(self.position..).unwrap_or_default();
        let read = ready.read(buffer)?;
        self.position += read;
        Ok(read)
    }
}

/// The internal error of a file that can't be read.
pub(super) fn file_error(error: io::Error) -> Error {
    Error::internal("reading the file of an import", error)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decoded(bytes: &[u8], charset: &str) -> Vec<u8> {
        let mut text = Vec::new();
        // One byte at a time: a character may be cut anywhere.
        struct Slow<'a>(&'a [u8]);
        impl Read for Slow<'_> {
            fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
                let length = buffer.len().min(1);
                self.0.read(&mut buffer[..length])
            }
        }
        Utf8Reader::new(Slow(bytes), charset.parse().unwrap()).read_to_end(&mut text).unwrap();
        text
    }

    fn utf16(text: &str, bytes: fn(u16) -> [u8; 2]) -> Vec<u8> {
        text.encode_utf16().flat_map(bytes).collect()
    }

    #[test]
    fn a_byte_order_mark_overrides_the_encoding() {
        let marked = utf16("\u{feff}Zoë 🦀", u16::to_le_bytes);
        assert_eq!(decoded(&marked, "utf-8"), "Zoë 🦀".as_bytes());
        assert_eq!(decoded(&marked, "windows-1252"), "Zoë 🦀".as_bytes());
        let marked = utf16("\u{feff}Zoë", u16::to_be_bytes);
        assert_eq!(decoded(&marked, "utf-16"), "Zoë".as_bytes());
        assert_eq!(decoded(b"\xEF\xBB\xBFZo\xC3\xAB", "iso-8859-1"), "Zoë".as_bytes());
    }

    #[test]
    fn undecodable_bytes_are_marked() {
        assert_eq!(decoded(b"Zo\xEB", "windows-1252"), "Zoë".as_bytes());
        assert_eq!(decoded(b"Zo\xEB,x\n", "utf-8"), b"Zo\xFF,x\n");
        assert_eq!(decoded(&utf16("Zoë", u16::to_be_bytes), "utf-16be"), "Zoë".as_bytes());
        assert_eq!(decoded(b"\xFF\xFEa", "utf-8"), b"\xFF", "half a character at the end");
    }
}
