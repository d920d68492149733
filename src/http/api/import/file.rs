//! Reads files of users.

use std::io::Read;

use super::{json_lines, schemas::ImportResult, table, utf8_reader::Utf8Reader};
use crate::{
    app::{
        Error,
        import::{ImportRows, RowResult, jobs::FileFormat},
    },
    domain::import::{Format, ImportOptions},
};

/// Reads the rows of a file, and decodes it to UTF-8.
///
/// # Errors
/// Returns [`Error::Invalid`] if the file does not contain users, and another error if
/// it can't be read.
pub fn read_rows<'a>(
    options: &ImportOptions,
    file: impl Read + 'a,
) -> Result<ImportRows<'a>, Error> {
    let text = Utf8Reader::new(file, options.charset);
    match options.format {
        Format::Csv => table::read_rows(text),
        Format::Ndjson => Ok(json_lines::read_rows(text)),
    }
}

/// The formats of files and results of background imports.
#[derive(Debug, Clone, Copy)]
pub(in crate::http) struct ImportFileFormat;

impl FileFormat for ImportFileFormat {
    fn read_rows<'a>(
        &self,
        options: &ImportOptions,
        file: Box<dyn Read + 'a>,
    ) -> Result<ImportRows<'a>, Error> {
        read_rows(options, file)
    }

    fn write(&self, results: Vec<RowResult>) -> Result<Vec<u8>, Error> {
        let results: Vec<_> = results.into_iter().map(ImportResult::from).collect();
        serde_json::to_vec(&results)
            .map_err(|error| Error::internal("storing results of an import", error))
    }
}
