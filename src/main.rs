//! The command line. What it does stands in [`usher::cli`].

use std::process::ExitCode;

fn main() -> ExitCode {
    usher::cli::run()
}
