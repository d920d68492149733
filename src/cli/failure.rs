//! Why a command fails.

use crate::{app, store::StoreError};

/// Why a command did not do what was asked.
#[derive(Debug, thiserror::Error)]
pub(super) enum Failure {
    /// The configuration can't be used.
    #[error("{0}")]
    Config(String),
    /// The use case said no.
    #[error(transparent)]
    App(#[from] app::Error),
    /// A file or a socket.
    #[error("{what}: {source}")]
    Io {
        what: String,
        #[source]
        source: std::io::Error,
    },
    /// Anything else that a person can read.
    #[error("{0}")]
    Other(String),
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Self::App(error.into())
    }
}

impl Failure {
    pub(super) fn io(what: impl ToString) -> impl FnOnce(std::io::Error) -> Self {
        let what = what.to_string();
        move |source| Self::Io { what, source }
    }
}
