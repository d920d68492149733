//! The records of a table in CSV (RFC 4180), with several separators.
//!
//! The `csv` crate reads a quote that is never closed as a cell that contains
//! the rest of the file, and does not report the line of a record that follows blank
//! lines. Both are needed for precise errors.

use std::io::{self, BufRead};

/// The maximum number of bytes of a record.
pub(super) const RECORD_BYTES: usize = 256 * 1024;

/// A record. The bytes of its cells may be invalid UTF-8.
#[derive(Debug, Default)]
pub(super) struct Record {
    /// The line on which the record begins, from 1.
    pub(super) line: u64,
    /// Whether there is text between a closing quote and the separator.
    pub(super) is_misquoted: bool,
    bytes: Vec<u8>,
    ends: Vec<usize>,
}

/// An error after which no more records can be read.
#[derive(Debug)]
pub(super) enum RecordError {
    /// The file can't be read.
    Io(io::Error),
    /// A record has more than [`RECORD_BYTES`].
    TooLong {
        /// The line on which it begins.
        line: u64,
    },
    /// A quote is never closed.
    OpenQuote {
        /// The line on which it opens.
        line: u64,
    },
}

/// The state of the parser within a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum ParserState {
    /// At the beginning of a cell.
    Start,
    /// In a cell without quotes.
    Plain,
    /// Between quotes that were opened on a line.
    QuotedText { line: u64 },
    /// After a quote that closes the cell, or is the first of two.
    Closed { line: u64 },
}

/// Reads a table record by record.
pub(super) struct RecordReader<R> {
    file: R,
    separator: u8,
    /// The line of the next byte.
    line: u64,
    /// Whether the last byte was a CR. A LF after it ends the same line.
    after_cr: bool,
}

impl Record {
    /// The cells. `None` if they are not text in UTF-8.
    pub(super) fn cells(&self) -> Option<Vec<&str>> {
        let text = str::from_utf8(&self.bytes).ok()?;
        let starts = [0].into_iter().chain(self.ends.iter().copied());
        starts.zip(&self.ends).map(|(start, end)| text.get(start..*end)).collect()
    }

    fn clear(&mut self, line: u64) {
        let Self { line: first_line, is_misquoted: misquoted, bytes, ends } = self;
        (*first_line, *misquoted) = (line, false);
        bytes.clear();
        ends.clear();
    }

    fn end_cell(&mut self) {
        self.ends.push(self.bytes.len());
    }
}

impl<R: BufRead> RecordReader<R> {
    /// Creates a reader for a file that begins on a line.
    pub(super) fn new(file: R, separator: u8, line: u64) -> Self {
        Self { file, separator, line, after_cr: false }
    }

    /// Reads the next record; `false` at the end of the file.
    pub(super) fn read(&mut self, record: &mut Record) -> Result<bool, RecordError> {
        record.clear(self.line);
        let mut state = ParserState::Start;
        let mut length = 0;
        while let Some(byte) = self.next_byte()? {
            if byte == b'\n' && self.after_cr {
                self.after_cr = false;
                // It belongs to the line before, unless it is between quotes.
                match state {
                    ParserState::QuotedText { .. } => record.bytes.push(byte),
                    _ if length == 0 => record.line = self.line,
                    _ => {}
                }
                continue;
            }
            self.after_cr = byte == b'\r';
            let ends_line = matches!(byte, b'\r' | b'\n');
            self.line += u64::from(ends_line);
            length += 1;
            if length > RECORD_BYTES {
                return Err(too_long_error(state, record.line));
            }
            state = match (state, byte) {
                (ParserState::QuotedText { line }, b'"') => ParserState::Closed { line },
                (ParserState::Closed { line }, b'"') => {
                    record.bytes.push(byte);
                    ParserState::QuotedText { line }
                }
                (ParserState::QuotedText { .. }, _) => {
                    record.bytes.push(byte);
                    state
                }
                _ if ends_line => {
                    record.end_cell();
                    return Ok(true);
                }
                _ if byte == self.separator => {
                    record.end_cell();
                    ParserState::Start
                }
                (ParserState::Start, b'"') => ParserState::QuotedText { line: self.line },
                (ParserState::Closed { .. }, b' ' | b'\t') => state,
                (ParserState::Closed { .. }, _) => {
                    record.is_misquoted = true;
                    ParserState::Plain
                }
                (ParserState::Start | ParserState::Plain, _) => {
                    record.bytes.push(byte);
                    ParserState::Plain
                }
            };
        }
        if let ParserState::QuotedText { line } = state {
            return Err(RecordError::OpenQuote { line });
        }
        if length > 0 {
            record.end_cell();
        }
        Ok(length > 0)
    }

    fn next_byte(&mut self) -> Result<Option<u8>, RecordError> {
        let byte = self.file.fill_buf().map_err(RecordError::Io)?.first().copied();
        if byte.is_some() {
            self.file.consume(1);
        }
        Ok(byte)
    }
}

fn too_long_error(state: ParserState, first_line: u64) -> RecordError {
    match state {
        ParserState::QuotedText { line } => RecordError::OpenQuote { line },
        _ => RecordError::TooLong { line: first_line },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Vec<(u64, Vec<String>)>, String> {
        let mut records = RecordReader::new(text.as_bytes(), b',', 1);
        let (mut record, mut all) = (Record::default(), Vec::new());
        loop {
            match records.read(&mut record) {
                Ok(false) => return Ok(all),
                Ok(true) if record.is_misquoted => {
                    return Err(format!("misquoted {}", record.line));
                }
                Ok(true) => {
                    let cells = record.cells().unwrap().iter().map(ToString::to_string).collect();
                    all.push((record.line, cells));
                }
                Err(RecordError::OpenQuote { line }) => return Err(format!("open {line}")),
                Err(RecordError::TooLong { line }) => return Err(format!("long {line}")),
                Err(RecordError::Io(error)) => panic!("{error}"),
            }
        }
    }

    fn rows(text: &str) -> Vec<(u64, String)> {
        read(text).unwrap().into_iter().map(|(line, cells)| (line, cells.join("|"))).collect()
    }

    fn row(line: u64, cells: &str) -> (u64, String) {
        (line, cells.to_owned())
    }

    #[test]
    fn cells_are_parsed_by_rfc_4180() {
        assert_eq!(rows("a,b\n"), [row(1, "a|b")]);
        assert_eq!(rows("a,b"), [row(1, "a|b")]);
        assert_eq!(rows("a,,\n,b"), [row(1, "a||"), row(2, "|b")]);
        assert_eq!(rows("\"a, \"\"b\"\"\",\"\"\n"), [row(1, "a, \"b\"|")]);
        assert_eq!(rows("5\" disk,x\n"), [row(1, "5\" disk|x")]);
        assert_eq!(rows("\"a\" ,b\n"), [row(1, "a|b")]);
        assert_eq!(rows(""), []);
    }

    #[test]
    fn every_form_of_line_break_ends_a_record() {
        for end in ["\n", "\r\n", "\r"] {
            let text = format!("a{end}{end}\"b{end}c\"{end}d{end}");
            let desired = [row(1, "a"), row(2, ""), row(3, &format!("b{end}c")), row(5, "d")];
            assert_eq!(rows(&text), desired, "{end:?}");
        }
    }

    #[test]
    fn unclosed_quote_is_reported_with_its_line() {
        for (text, desired) in [
            ("a\nb,\"c\nd\n", "open 2"),
            ("a\r\nb,\"c\r\nd\r\n", "open 2"),
            ("\"", "open 1"),
            ("a\n\"b\"\"\n", "open 2"),
            ("a\n\"b\"c\n", "misquoted 2"),
        ] {
            assert_eq!(read(text).unwrap_err(), desired, "{text:?}");
        }
        let long = "x".repeat(RECORD_BYTES + 1);
        assert_eq!(read(&format!("a\n\n\"{long}\"\n")).unwrap_err(), "open 3");
        assert_eq!(read(&format!("a\n\n{long}\n")).unwrap_err(), "long 3");
    }
}
