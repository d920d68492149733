//! A table of users.

use std::io::{BufRead, BufReader, Cursor, Read};

use super::{
    records::{RECORD_BYTES, Record, RecordError, RecordReader},
    utf8_reader::file_error,
};
use crate::{
    app::{
        Error,
        import::{ImportRow, ImportRows},
    },
    domain::{
        field_error::{FieldError, Reason},
        import::{TableHeader, column_letters, is_blank},
        user_patch::ParsedUser,
    },
};

/// The maximum number of bytes that are searched for the end of the first line.
const FIRST_LINE_BYTES: u64 = 64 * 1024;

/// The separators of cells. The first is the default.
const SEPARATORS: [u8; 3] = *b",;\t";

type BoxedFile<'a> = Box<dyn BufRead + 'a>;

/// Reads the rows of a table after the header. Blank rows are skipped.
pub(super) fn read_rows<'a>(file: impl Read + 'a) -> Result<ImportRows<'a>, Error> {
    let (file, separator, line) = detect_separator(Box::new(BufReader::new(file)))?;
    let mut records = RecordReader::new(file, separator, line);
    let header = read_header(&mut records)?;
    Ok(Box::new(TableRows { records, header, record: Record::default() }))
}

/// Detects the separator of a file. Returns the rest of the file, the separator, and
/// the line on which the rest begins. Skips Excel's first line `sep=;`.
fn detect_separator(mut file: BoxedFile<'_>) -> Result<(BoxedFile<'_>, u8, u64), Error> {
    let head = read_head(&mut file)?;
    if let Some((kind, remedy)) = detect_other_format(&head) {
        let statement = format!("must be a table in CSV, but the file is {kind}");
        let reason = Reason::new(statement, "a table in CSV", remedy);
        return Err(FieldError::new("header", "", reason).into());
    }
    let (start, end) = find_first_line(&head);
    let line = head.get(start..end).unwrap_or_default();
    let Some(separator) = parse_separator_line(line) else {
        let separator = most_frequent_separator(line);
        return Ok((Box::new(Cursor::new(head).chain(file)), separator, 1));
    };
    if !SEPARATORS.contains(&separator) {
        let line_text = String::from_utf8_lossy(line).into_owned();
        let reason = Reason::new(
            "must name a comma, a semicolon or a tab",
            "sep= with a comma, a semicolon or a tab",
            "Separate the cells by one of them.",
        );
        return Err(FieldError::new("header", line_text, reason).into());
    }
    let rest = head.get(end..).unwrap_or_default();
    let line_end_length = if rest.starts_with(b"\r\n") { 2 } else { rest.len().min(1) };
    let (consumed, rest) =
        head.split_at_checked(end + line_end_length).unwrap_or((head.as_slice(), &[]));
    let line = 1 + count_line_ends(consumed);
    Ok((Box::new(Cursor::new(rest.to_vec()).chain(file)), separator, line))
}

/// Detects a file that is not a table. Returns its format and the remedy.
fn detect_other_format(head: &[u8]) -> Option<(&'static str, &'static str)> {
    const SPREADSHEET: &str = "Save the sheet as CSV in UTF-8, and send that file.";
    match head.trim_ascii_start() {
        [b'P', b'K', 3, 4, ..] => Some(("a spreadsheet or another ZIP archive", SPREADSHEET)),
        // D0 CF 11 E0: the first two are not UTF-8, so they are marked.
        [0xFF, 0xFF, 0x11, 0xE0, ..] => Some(("a spreadsheet of Excel 97", SPREADSHEET)),
        [b'{' | b'[', ..] => Some((
            "JSON",
            "Send one user on each line as application/x-ndjson (on the command line: name the \
             file .ndjson), or a list of users to /api/v1/users/batch.",
        )),
        [b'<', ..] => Some(("XML or HTML", "Export the table as CSV in UTF-8.")),
        _ => None,
    }
}

fn is_line_end(byte: u8) -> bool {
    matches!(byte, b'\r' | b'\n')
}

/// Whether a byte is blank or a possible separator.
fn is_blank_byte(byte: u8) -> bool {
    is_line_end(byte) || byte == b' ' || SEPARATORS.contains(&byte)
}

/// Reads the beginning of a file, up to its first line that is not blank.
fn read_head(file: &mut BoxedFile<'_>) -> Result<Vec<u8>, Error> {
    let (mut head, mut left) = (Vec::new(), FIRST_LINE_BYTES);
    loop {
        let read = (&mut *file).take(left).read_until(b'\n', &mut head).map_err(file_error)?;
        left = left.saturating_sub(u64::try_from(read).unwrap_or(left));
        if read == 0 || !head.iter().all(|byte| is_blank_byte(*byte)) {
            return Ok(head);
        }
    }
}

/// Finds the start and end of the first line that is not blank.
fn find_first_line(head: &[u8]) -> (usize, usize) {
    let first = head.iter().position(|byte| !is_blank_byte(*byte)).unwrap_or(head.len());
    let (before, after) = head.split_at_checked(first).unwrap_or((head, &[]));
    let start = before.iter().rposition(|byte| is_line_end(*byte)).map_or(0, |end| end + 1);
    let length = after.iter().position(|byte| is_line_end(*byte)).unwrap_or(after.len());
    (start, first + length)
}

/// Counts the line ends of a text.
fn count_line_ends(text: &[u8]) -> u64 {
    let ends = text.iter().zip(text.iter().skip(1).map(Some).chain([None]));
    let ends = ends.filter(|(byte, next)| match byte {
        b'\n' => true,
        // The LF after it ends the same line.
        b'\r' => *next != Some(&b'\n'),
        _ => false,
    });
    u64::try_from(ends.count()).unwrap_or(u64::MAX)
}

/// Parses a line `sep=;`, which Excel may have quoted.
fn parse_separator_line(line: &[u8]) -> Option<u8> {
    let line = line.trim_ascii_start();
    let quoted = line.strip_prefix(b"\"").and_then(|line| line.strip_suffix(b"\""));
    let (name, separator) = quoted.unwrap_or(line).split_at_checked(4)?;
    match separator {
        [separator, rest @ ..] if name.eq_ignore_ascii_case(b"sep=") => {
            rest.iter().all(|byte| byte == separator || *byte == b' ').then_some(*separator)
        }
        _ => None,
    }
}

/// Finds the most frequent separator of a header, outside of quotes.
fn most_frequent_separator(header: &[u8]) -> u8 {
    let (mut counts, mut quoted) = ([0_usize; SEPARATORS.len()], false);
    for byte in header {
        quoted ^= *byte == b'"';
        for (count, separator) in counts.iter_mut().zip(SEPARATORS) {
            *count += usize::from(!quoted && *byte == separator);
        }
    }
    let most = counts.iter().max().copied().unwrap_or_default();
    let found = counts.into_iter().zip(SEPARATORS).find(|(count, _)| *count == most);
    found.map_or(b',', |(_, separator)| separator)
}

/// Reads the header: the first row that is not blank.
fn read_header<R: BufRead>(records: &mut RecordReader<R>) -> Result<TableHeader, Error> {
    let mut record = Record::default();
    loop {
        let has_record =
            records.read(&mut record).map_err(|broken| to_field_error("header", broken))?;
        let Some(cells) = record.cells() else {
            let reason = "must be text in UTF-8: save the file as UTF-8, or name its encoding as \
                          charset in the Content-Type";
            return Err(FieldError::new("header", "", reason).into());
        };
        if cells.iter().any(|cell| cell.contains('\0')) {
            let error = FieldError::new("header", "", "must be text without zero bytes").with_remedy(
                "If the file is in UTF-16 without a byte order mark, save it as UTF-8, or name its \
                 encoding as charset in the Content-Type.",
            );
            return Err(error.into());
        }
        if !has_record || !cells.iter().all(|cell| is_blank(cell)) {
            return TableHeader::parse(cells).map_err(Error::Invalid);
        }
    }
}

/// Converts the error of a record to the error of the file.
fn to_field_error(field: &'static str, error: RecordError) -> Error {
    let reason = match error {
        RecordError::Io(error) => return file_error(error),
        RecordError::TooLong { line } => Reason::new(
            format!("must have rows of at most {RECORD_BYTES} bytes, and line {line} is longer"),
            format!("rows of at most {RECORD_BYTES} bytes"),
            "Check that the file is a table.",
        ),
        RecordError::OpenQuote { line } => Reason::new(
            format!("must close each quote, and the one on line {line} is never closed"),
            "a quote at the end of each quoted cell",
            "Close it, or write a quote inside quotes twice.",
        ),
    };
    FieldError::new(field, "", reason).into()
}

struct TableRows<R> {
    records: RecordReader<R>,
    header: TableHeader,
    record: Record,
}

impl<R: BufRead> TableRows<R> {
    /// Reads the next row that is not blank.
    fn next_row(&mut self) -> Result<Option<ImportRow>, Error> {
        loop {
            let has_record = self.records.read(&mut self.record);
            if !has_record.map_err(|broken| to_field_error("rows", broken))? {
                return Ok(None);
            }
            let line = self.record.line;
            let Some(cells) = self.record.cells() else {
                let reason = "must be text in UTF-8: save the file as UTF-8, or name its encoding \
                              as charset in the Content-Type";
                let user = ParsedUser::rejected(FieldError::new("", "", reason));
                return Ok(Some(ImportRow { line, user, email: None }));
            };
            if !cells.iter().all(|cell| is_blank(cell)) {
                let user = self.parse_user(line, &cells)?;
                let email = self.header.find_email(&cells).map(str::to_owned);
                return Ok(Some(ImportRow { line, user, email }));
            }
        }
    }

    fn parse_user(&self, line: u64, cells: &[&str]) -> Result<ParsedUser, Error> {
        if self.record.is_misquoted {
            let reason = Reason::new(
                "must not have text after a closing quote",
                "a separator after a closing quote",
                "Write a quote inside quotes twice.",
            );
            return Ok(ParsedUser::rejected(FieldError::new("", "", reason)));
        }
        if let Some((index, value)) = self.header.find_unnamed_value(cells) {
            let statement = format!(
                "is column {} without a name, but line {line} has a value in it",
                column_letters(index)
            );
            let expected = "a name for each column with values";
            let reason = Reason::new(statement, expected, "Name the column, or empty its cells.");
            return Err(FieldError::new(format!("header/{index}"), value, reason).into());
        }
        Ok(self.header.parse_row(cells))
    }
}

impl<R: BufRead> Iterator for TableRows<R> {
    type Item = Result<ImportRow, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        self.next_row().transpose()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn detect(text: &str) -> (String, char, u64) {
        let (mut file, separator, line) = detect_separator(Box::new(Cursor::new(text))).unwrap();
        let mut rest = String::new();
        file.read_to_string(&mut rest).unwrap();
        (rest, char::from(separator), line)
    }

    #[test]
    fn separator_is_detected_from_the_first_line_that_is_not_blank() {
        for (text, rest, separator, line) in [
            ("a;b\nc,d,e", "a;b\nc,d,e", ';', 1),
            ("\n\r\n;;\n\na;b\n", "\n\r\n;;\n\na;b\n", ';', 1),
            ("sep=;\r\na,b", "a,b", ';', 2),
            ("\n\nsep=\t\na,b", "a,b", '\t', 4),
            ("sep=;\ra;b\rc", "a;b\rc", ';', 2),
            ("sep=;", "", ';', 1),
            ("", "", ',', 1),
            (";;\n", ";;\n", ',', 1),
        ] {
            assert_eq!(detect(text), (rest.to_owned(), separator, line), "{text:?}");
        }
    }

    #[test]
    fn separator_is_declared_or_detected() {
        for (line, separator) in [
            ("email,firstName", b','),
            ("email", b','),
            ("email;\"first,,,Name\"", b';'),
            ("email\tfirstName\tlastName,", b'\t'),
        ] {
            assert_eq!(most_frequent_separator(line.as_bytes()), separator, "{line}");
        }
        for (line, separator) in [
            ("sep=;", Some(b';')),
            ("SEP=,,,", Some(b',')),
            ("\"sep=\t\"", Some(b'\t')),
            ("sep=|", Some(b'|')),
            ("sep=", None),
            ("sep=;x", None),
            ("separator", None),
        ] {
            assert_eq!(parse_separator_line(line.as_bytes()), separator, "{line}");
        }
    }
}
