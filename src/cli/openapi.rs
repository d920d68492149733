//! `usher openapi`

use std::{fs, path::PathBuf};

use clap::{Args, ValueEnum};

use super::{Failure, output};
use crate::http::openapi;

/// Prints the contract of the admin API.
#[derive(Debug, Args)]
// `--version` names the contract's version here.
#[command(disable_version_flag = true)]
pub(super) struct OpenApi {
    /// The version of OpenAPI
    #[arg(long, value_enum, default_value_t = Version::V31)]
    version: Version,
    /// The file to write; standard output, unless given
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Version {
    /// What `openapi/openapi.json` is written in
    #[value(name = "3.1")]
    V31,
    /// For programs that read no other
    #[value(name = "3.0")]
    V30,
}

impl OpenApi {
    pub(super) fn run(self) -> Result<(), Failure> {
        let Self { version, output } = self;
        let text = openapi::written(match version {
            Version::V31 => openapi::contract(),
            Version::V30 => openapi::contract_3_0(),
        });
        match output {
            Some(file) => fs::write(&file, text).map_err(Failure::io(file.display())),
            None => output::write(&text),
        }
    }
}
