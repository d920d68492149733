//! `usher openapi`

use std::{fs, path::PathBuf};

use clap::{Args, ValueEnum};
use url::Url;

use super::{CliError, output};
use crate::http::openapi;

/// Prints the contract of the admin API, or of SCIM.
#[derive(Debug, Args)]
// `--version` names the contract's version here.
#[command(disable_version_flag = true)]
pub(super) struct OpenApi {
    /// The document
    #[arg(long, value_enum, default_value_t = Document::Admin)]
    document: Document,
    /// The version of OpenAPI
    #[arg(long, value_enum, default_value_t = Version::V31)]
    version: Version,
    /// The URL of the deployment in the contract; the demo's by default
    #[arg(long, value_name = "URL", value_parser = server_url)]
    server: Option<Url>,
    /// The file to write; standard output by default
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Document {
    /// The admin API: `openapi/openapi.json`
    Admin,
    /// SCIM: `openapi/openapi-scim.json`
    Scim,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Version {
    /// The format of the files in `openapi`
    #[value(name = "3.1")]
    V31,
    /// For programs that support only this version
    #[value(name = "3.0")]
    V30,
}

fn server_url(text: &str) -> Result<Url, String> {
    Url::parse(text)
        .map_err(|_| "must be an absolute URL, such as https://login.example.com".to_owned())
}

impl OpenApi {
    pub(super) fn run(self) -> Result<(), CliError> {
        let Self { document, version, server, output } = self;
        let document = match document {
            Document::Admin => openapi::Document::Admin,
            Document::Scim => openapi::Document::Scim,
        };
        let version = match version {
            Version::V31 => openapi::Version::V3_1,
            Version::V30 => openapi::Version::V3_0,
        };
        let text = match server {
            Some(server) => {
                openapi::to_text(&document.contract_for_server(version, server.as_str()))
            }
            None => openapi::to_text(document.contract(version)),
        };
        match output {
            Some(file) => fs::write(&file, text).map_err(CliError::io(file.display())),
            None => output::write(&text),
        }
    }
}
