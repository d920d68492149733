//! The error of commands.

use std::io;

use crate::{app, store::StoreError};

/// The error of a command.
#[derive(Debug, thiserror::Error)]
pub(super) enum CliError {
    /// The configuration is invalid.
    #[error("{0}")]
    Config(String),
    /// The use case failed.
    #[error(transparent)]
    App(#[from] app::Error),
    /// A file or a socket, and the reason why it can't be used.
    #[error("{what}: {reason}")]
    Io { what: String, reason: String },
    /// Several errors.
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))]
    Several(Vec<Self>),
    /// Any other error, as a message for people.
    #[error("{0}")]
    Other(String),
}

impl From<StoreError> for CliError {
    fn from(error: StoreError) -> Self {
        Self::App(error.into())
    }
}

impl CliError {
    pub(super) fn io(what: impl ToString) -> impl FnOnce(io::Error) -> Self {
        let what = what.to_string();
        move |error| Self::Io { what, reason: describe_io(&error) }
    }
}

/// Describes an error of the operating system.
fn describe_io(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => "the file or folder does not exist".into(),
        io::ErrorKind::IsADirectory => "is a folder, but a file is expected".into(),
        io::ErrorKind::ConnectionRefused => "no server listens on this address".into(),
        _ => error.to_string(),
    }
}
