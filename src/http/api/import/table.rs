//! A table of users.

use std::io::{BufRead, BufReader, Cursor, Read};

use super::{
    decoding::failed,
    records::{Broken, RECORD_BYTES, Record, Records},
};
use crate::{
    app::{
        Error,
        import::{Row, Rows},
    },
    domain::{
        field_error::{FieldError, Reason},
        import::{Header, is_blank, letters},
        user_patch::UserPatch,
    },
};

/// The most bytes that are searched for the end of the first line.
const LINE_BYTES: u64 = 64 * 1024;

/// The separators of cells. The first is the default.
const SEPARATORS: [u8; 3] = *b",;\t";

type File<'a> = Box<dyn BufRead + 'a>;

/// Reads the rows of a table after the header. Blank rows are skipped.
pub(super) fn rows<'a>(file: impl Read + 'a) -> Result<Rows<'a>, Error> {
    let (file, separator, line) = begin(Box::new(BufReader::new(file)))?;
    let mut records = Records::new(file, separator, line);
    let header = header(&mut records)?;
    Ok(Box::new(Table { records, header, record: Record::default() }))
}

/// Detects the separator of a file. Returns the rest of the file, the separator, and
/// the line on which the rest begins. Skips Excel's first line `sep=;`.
fn begin(mut file: File<'_>) -> Result<(File<'_>, u8, u64), Error> {
    let head = head(&mut file)?;
    if let Some((kind, remedy)) = mistaken(&head) {
        let statement = format!("must be a table in CSV, and the file is {kind}");
        let reason = Reason::new(statement, "a table in CSV", remedy);
        return Err(FieldError::new("header", "", reason).into());
    }
    let (start, end) = first_line(&head);
    let line = head.get(start..end).unwrap_or_default();
    let Some(separator) = said_separator(line) else {
        let separator = most_used(line);
        return Ok((Box::new(Cursor::new(head).chain(file)), separator, 1));
    };
    if !SEPARATORS.contains(&separator) {
        let stated = String::from_utf8_lossy(line).into_owned();
        let reason = Reason::new(
            "must name a comma, a semicolon or a tab",
            "sep= with a comma, a semicolon or a tab",
            "Separate the cells by one of them.",
        );
        return Err(FieldError::new("header", stated, reason).into());
    }
    let rest = head.get(end..).unwrap_or_default();
    let ended = if rest.starts_with(b"\r\n") { 2 } else { rest.len().min(1) };
    let (stated, rest) = head.split_at_checked(end + ended).unwrap_or((head.as_slice(), &[]));
    let line = 1 + line_ends(stated);
    Ok((Box::new(Cursor::new(rest.to_vec()).chain(file)), separator, line))
}

/// Detects a file that is not a table. Returns its format and the remedy.
fn mistaken(head: &[u8]) -> Option<(&'static str, &'static str)> {
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

fn ends_line(byte: u8) -> bool {
    matches!(byte, b'\r' | b'\n')
}

/// Whether a byte is blank or a possible separator.
fn says_nothing(byte: u8) -> bool {
    ends_line(byte) || byte == b' ' || SEPARATORS.contains(&byte)
}

/// Reads the beginning of a file, up to its first line that is not blank.
fn head(file: &mut File<'_>) -> Result<Vec<u8>, Error> {
    let (mut head, mut left) = (Vec::new(), LINE_BYTES);
    loop {
        let read = (&mut *file).take(left).read_until(b'\n', &mut head).map_err(failed)?;
        left = left.saturating_sub(u64::try_from(read).unwrap_or(left));
        if read == 0 || !head.iter().all(|byte| says_nothing(*byte)) {
            return Ok(head);
        }
    }
}

/// Finds the start and end of the first line that is not blank.
fn first_line(head: &[u8]) -> (usize, usize) {
    let stated = head.iter().position(|byte| !says_nothing(*byte)).unwrap_or(head.len());
    let (before, behind) = head.split_at_checked(stated).unwrap_or((head, &[]));
    let start = before.iter().rposition(|byte| ends_line(*byte)).map_or(0, |end| end + 1);
    let length = behind.iter().position(|byte| ends_line(*byte)).unwrap_or(behind.len());
    (start, stated + length)
}

/// Counts the line ends of a text.
fn line_ends(text: &[u8]) -> u64 {
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
fn said_separator(line: &[u8]) -> Option<u8> {
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
fn most_used(header: &[u8]) -> u8 {
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
fn header<R: BufRead>(records: &mut Records<R>) -> Result<Header, Error> {
    let mut record = Record::default();
    loop {
        let more = records.read(&mut record).map_err(|broken| refused("header", broken))?;
        let Some(cells) = record.cells() else {
            let reason = "must be text in UTF-8: save the file as UTF-8, or name its encoding as \
                          charset in the Content-Type";
            return Err(FieldError::new("header", "", reason).into());
        };
        if cells.iter().any(|cell| cell.contains('\0')) {
            let fault = FieldError::new("header", "", "must be text without zero bytes").remedied(
                "If the file is in UTF-16 without a byte order mark, save it as UTF-8, or name its \
                 encoding as charset in the Content-Type.",
            );
            return Err(fault.into());
        }
        if !more || !cells.iter().all(|cell| is_blank(cell)) {
            return Header::read(cells).map_err(Error::Invalid);
        }
    }
}

/// Converts the error of a record to the error of the file.
fn refused(place: &'static str, broken: Broken) -> Error {
    let reason = match broken {
        Broken::Io(error) => return failed(error),
        Broken::TooLong { line } => Reason::new(
            format!("must have rows of at most {RECORD_BYTES} bytes, and line {line} is longer"),
            format!("rows of at most {RECORD_BYTES} bytes"),
            "Check that the file is a table.",
        ),
        Broken::OpenQuote { line } => Reason::new(
            format!("must close each quote, and the one on line {line} is never closed"),
            "a quote at the end of each quoted cell",
            "Close it, or write a quote inside quotes twice.",
        ),
    };
    FieldError::new(place, "", reason).into()
}

struct Table<R> {
    records: Records<R>,
    header: Header,
    record: Record,
}

impl<R: BufRead> Table<R> {
    /// Reads the next row that is not blank.
    fn read(&mut self) -> Result<Option<Row>, Error> {
        loop {
            let more = self.records.read(&mut self.record);
            if !more.map_err(|broken| refused("rows", broken))? {
                return Ok(None);
            }
            let line = self.record.line;
            let Some(cells) = self.record.cells() else {
                let reason = "must be text in UTF-8: save the file as UTF-8, or name its encoding \
                              as charset in the Content-Type";
                let patch = Err(vec![FieldError::new("", "", reason)]);
                return Ok(Some(Row { line, patch, email: None }));
            };
            if !cells.iter().all(|cell| is_blank(cell)) {
                let patch = self.patch(line, &cells)?;
                let email = self.header.email(&cells).map(str::to_owned);
                return Ok(Some(Row { line, patch, email }));
            }
        }
    }

    fn patch(
        &self,
        line: u64,
        cells: &[&str],
    ) -> Result<Result<UserPatch, Vec<FieldError>>, Error> {
        if self.record.misquoted {
            let reason = Reason::new(
                "must not have text after a closing quote",
                "a separator after a closing quote",
                "Write a quote inside quotes twice.",
            );
            return Ok(Err(vec![FieldError::new("", "", reason)]));
        }
        if let Some((index, value)) = self.header.nameless(cells) {
            let statement = format!(
                "is column {} without a name, but line {line} has a value in it",
                letters(index)
            );
            let expected = "a name for each column with values";
            let reason = Reason::new(statement, expected, "Name the column, or empty its cells.");
            return Err(FieldError::new(format!("header/{index}"), value, reason).into());
        }
        Ok(self.header.patch(cells))
    }
}

impl<R: BufRead> Iterator for Table<R> {
    type Item = Result<Row, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        self.read().transpose()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn begun(text: &str) -> (String, char, u64) {
        let (mut file, separator, line) = begin(Box::new(Cursor::new(text))).unwrap();
        let mut rest = String::new();
        file.read_to_string(&mut rest).unwrap();
        (rest, char::from(separator), line)
    }

    #[test]
    fn the_first_line_that_is_not_blank_tells_the_separator() {
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
            assert_eq!(begun(text), (rest.to_owned(), separator, line), "{text:?}");
        }
    }

    #[test]
    fn the_separator_is_said_or_seen() {
        for (line, separator) in [
            ("email,firstName", b','),
            ("email", b','),
            ("email;\"first,,,Name\"", b';'),
            ("email\tfirstName\tlastName,", b'\t'),
        ] {
            assert_eq!(most_used(line.as_bytes()), separator, "{line}");
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
            assert_eq!(said_separator(line.as_bytes()), separator, "{line}");
        }
    }
}
