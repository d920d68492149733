//! The entry point of the command line, which [`usher::cli`] implements.

use std::process::ExitCode;

fn main() -> ExitCode {
    usher::cli::run()
}
