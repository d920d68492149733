//! Reads files of users.

use std::io::Read;

use super::{decoding::Decoding, lines, table, wire::ImportResult};
use crate::{
    app::{
        Error,
        import::{RowResult, Rows, jobs::FileFormat},
    },
    domain::import::{Format, Options},
};

/// Reads the rows of a file, and decodes it to UTF-8.
///
/// # Errors
/// Returns [`Error::Invalid`] if the file does not contain users, and another error if
/// it can't be read.
pub fn rows<'a>(options: &Options, file: impl Read + 'a) -> Result<Rows<'a>, Error> {
    let text = Decoding::new(file, options.charset);
    match options.format {
        Format::Csv => table::rows(text),
        Format::Ndjson => Ok(lines::rows(text)),
    }
}

/// The formats of files and results of background imports.
#[derive(Debug, Clone, Copy)]
pub(in crate::http) struct Files;

impl FileFormat for Files {
    fn rows<'a>(&self, options: &Options, file: Box<dyn Read + 'a>) -> Result<Rows<'a>, Error> {
        rows(options, file)
    }

    fn write(&self, results: Vec<RowResult>) -> Result<Vec<u8>, Error> {
        let results: Vec<_> = results.into_iter().map(ImportResult::from).collect();
        serde_json::to_vec(&results)
            .map_err(|error| Error::internal("storing results of an import", error))
    }
}
