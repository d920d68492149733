//! A table of users: CSV (RFC 4180), with commas or semicolons.

use std::{
    fs::File,
    io::{BufRead, BufReader, Read, Seek},
};

use csv::{ErrorKind, Reader, ReaderBuilder, StringRecord};

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

/// The rows of a table, from the first below the header.
pub(super) fn rows(file: &File) -> Result<Rows<'_>, Error> {
    let delimiter = delimiter(file)?;
    let mut file = file;
    file.rewind().map_err(failed)?;
    // A mark of the byte order is left out by the reader.
    let mut table = ReaderBuilder::new().delimiter(delimiter).flexible(true).from_reader(file);
    let header = match table.headers() {
        Ok(names) => Header::read(names.iter()).map_err(Error::Invalid)?,
        Err(error) => return Err(header_fault(error)),
    };
    Ok(Box::new(Table { table, header, cells: StringRecord::new() }))
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
        ErrorKind::Io(error) => failed(error),
        _ => Fault::new("header", "", "is no text in UTF-8").into(),
    }
}

struct Table<'a> {
    table: Reader<&'a File>,
    header: Header,
    cells: StringRecord,
}

impl Iterator for Table<'_> {
    type Item = Result<Row, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        match self.table.read_record(&mut self.cells) {
            Ok(false) => None,
            Ok(true) => {
                let line = self.cells.position().map_or(0, csv::Position::line);
                let cells: Vec<_> = self.cells.iter().collect();
                let draft = self.header.draft(&cells).map_err(|fault| vec![fault]);
                Some(Ok(Row { line, draft }))
            }
            Err(error) => {
                let line = error.position().map_or(0, csv::Position::line);
                Some(match error.into_kind() {
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
