//! A table of users: CSV (RFC 4180), with commas or semicolons.

use std::{
    cell::Cell,
    fs::File,
    io::{self, BufRead, BufReader, Read, Seek},
    os::unix::fs::FileExt,
    rc::Rc,
};

use csv::{ErrorKind, Position, Reader, ReaderBuilder, StringRecord};

use super::spool::failed;
use crate::{
    app::{
        Error,
        import::{Row, Rows},
    },
    domain::{fault::Fault, import::Header},
};

/// How much of a file is looked at for the end of its first row.
const HEADER_BYTES: u64 = 64 * 1024;

/// The most bytes of a row.
const ROW_BYTES: usize = 256 * 1024;

/// A file of which no more than so many bytes are read before the next row is
/// asked for: what ends no row must not fill the memory.
struct Bounded<'a> {
    file: &'a File,
    left: Rc<Cell<usize>>,
}

impl Read for Bounded<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let most = buffer.len().min(self.left.get());
        let Some(buffer) = buffer.get_mut(..most).filter(|buffer| !buffer.is_empty()) else {
            return Err(io::ErrorKind::FileTooLarge.into());
        };
        let read = self.file.read(buffer)?;
        self.left.set(self.left.get().saturating_sub(read));
        Ok(read)
    }
}

fn is_too_long(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::FileTooLarge
}

/// The rows of a table, from the first below the header.
pub(super) fn rows(file: &File) -> Result<Rows<'_>, Error> {
    let delimiter = delimiter(file)?;
    let mut file = file;
    file.rewind().map_err(failed)?;
    let left = Rc::new(Cell::new(ROW_BYTES));
    let bounded = Bounded { file, left: Rc::clone(&left) };
    // A mark of the byte order is left out by the reader.
    let mut table = ReaderBuilder::new().delimiter(delimiter).flexible(true).from_reader(bounded);
    let header = match table.headers() {
        Ok(names) => Header::read(names.iter()).map_err(Error::Invalid)?,
        Err(error) => return Err(header_fault(error)),
    };
    Ok(Box::new(Table { file, table, left, header, cells: StringRecord::new() }))
}

/// What separates the cells: whichever of the two the header has more of.
fn delimiter(mut file: &File) -> Result<u8, Error> {
    file.rewind().map_err(failed)?;
    let mut header = Vec::new();
    let mut start = BufReader::new(file.take(HEADER_BYTES));
    start.read_until(b'\n', &mut header).map_err(failed)?;
    let count = |separator: u8| header.iter().filter(|byte| **byte == separator).count();
    Ok(if count(b';') > count(b',') { b';' } else { b',' })
}

fn header_fault(error: csv::Error) -> Error {
    match error.into_kind() {
        ErrorKind::Io(error) if is_too_long(&error) => {
            Fault::new("header", "", format!("is longer than {ROW_BYTES} bytes")).into()
        }
        ErrorKind::Io(error) => failed(error),
        _ => Fault::new("header", "", "is no text in UTF-8").into(),
    }
}

struct Table<'a> {
    file: &'a File,
    table: Reader<Bounded<'a>>,
    left: Rc<Cell<usize>>,
    header: Header,
    cells: StringRecord,
}

impl Table<'_> {
    /// The line on which a row begins. The reader stops behind the CR of the
    /// row before: the LF of that line, and blank lines, are still to come.
    fn line(&self, start: Option<&Position>) -> Result<u64, Error> {
        let Some(start) = start else { return Ok(0) };
        let (mut line, mut place, mut ahead) = (start.line(), start.byte(), [0; 16]);
        loop {
            // Read at a place: where the reader goes on stays as it is.
            let length = self.file.read_at(&mut ahead, place).map_err(failed)?;
            let bytes = ahead.iter().take(length);
            for byte in bytes {
                match byte {
                    b'\n' => line += 1,
                    b'\r' => {}
                    _ => return Ok(line),
                }
                place += 1;
            }
            if length == 0 {
                return Ok(line);
            }
        }
    }
}

impl Iterator for Table<'_> {
    type Item = Result<Row, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        self.left.set(ROW_BYTES);
        match self.table.read_record(&mut self.cells) {
            Ok(false) => None,
            Ok(true) => {
                let line = match self.line(self.cells.position()) {
                    Ok(line) => line,
                    Err(error) => return Some(Err(error)),
                };
                let cells: Vec<_> = self.cells.iter().collect();
                let draft = self.header.draft(&cells).map_err(|fault| vec![fault]);
                Some(Ok(Row { line, draft }))
            }
            Err(error) => {
                let line = match self.line(error.position()) {
                    Ok(line) => line,
                    Err(error) => return Some(Err(error)),
                };
                Some(match error.into_kind() {
                    ErrorKind::Io(error) if is_too_long(&error) => {
                        let reason = format!(
                            "a row is longer than {ROW_BYTES} bytes: is a quote not closed?"
                        );
                        Err(Fault::new("rows", "", reason).into())
                    }
                    ErrorKind::Io(error) => Err(failed(error)),
                    _ => {
                        let fault = Fault::new("", "", "the row is no text in UTF-8");
                        Ok(Row { line, draft: Err(vec![fault]) })
                    }
                })
            }
        }
    }
}
