//! Writing to standard output and standard error.

use std::io::{self, Write};

use serde::Serialize;

use crate::cli::CliError;

/// Writes a text. A closed reader (`| head`) is not an error.
pub(in crate::cli) fn write(text: &str) -> Result<(), CliError> {
    match writeln!(io::stdout().lock(), "{}", text.trim_end()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(CliError::io("standard output")(error))
        }
        _ => Ok(()),
    }
}

/// Writes a text to standard error. A closed reader is not an error.
pub(in crate::cli) fn warn(text: &str) -> Result<(), CliError> {
    match writeln!(io::stderr().lock(), "{}", text.trim_end()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(CliError::io("standard error")(error))
        }
        _ => Ok(()),
    }
}

/// Writes a value as JSON.
pub(in crate::cli) fn json(value: &impl Serialize) -> Result<(), CliError> {
    let text =
        serde_json::to_string_pretty(value).map_err(|error| CliError::Other(error.to_string()))?;
    write(&text)
}
