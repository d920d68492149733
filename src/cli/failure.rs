//! The error of commands.

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
    /// A file or a socket.
    #[error("{what}: {source}")]
    Io {
        what: String,
        #[source]
        source: std::io::Error,
    },
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
    pub(super) fn io(what: impl ToString) -> impl FnOnce(std::io::Error) -> Self {
        let what = what.to_string();
        move |source| Self::Io { what, source }
    }
}
