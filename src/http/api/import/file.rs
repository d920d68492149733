//! Files of users: what every door that reads one shares.

use std::io::Read;

use super::{decoding::Decoding, lines, table, wire::ImportResult};
use crate::{
    app::{
        Error,
        import::{RowResult, Rows, jobs::FileFormat},
    },
    domain::import::{Format, Options},
};

/// The rows of a file. A file in another encoding is read as UTF-8.
///
/// # Errors
/// [`Error::Invalid`] if the file is not one of users; if it can't be read.
pub fn rows<'a>(options: &Options, file: impl Read + 'a) -> Result<Rows<'a>, Error> {
    let text = Decoding::new(file, options.charset);
    match options.format {
        Format::Csv => table::rows(text),
        Format::Ndjson => Ok(lines::rows(text)),
    }
}

/// How files and results are written, for imports that go on beside requests.
#[derive(Debug, Clone, Copy)]
pub(in crate::http) struct Files;

impl FileFormat for Files {
    fn rows<'a>(&self, options: &Options, file: Box<dyn Read + 'a>) -> Result<Rows<'a>, Error> {
        rows(options, file)
    }

    fn write(&self, results: Vec<RowResult>) -> Result<Vec<u8>, Error> {
        let results: Vec<_> = results.into_iter().map(ImportResult::from).collect();
        serde_json::to_vec(&results)
            .map_err(|error| Error::internal("keeping results of an import", error))
    }
}
