//! `usher config`

use clap::Subcommand;

use super::{
    Failure, output,
    setup::{self, Setup},
};
use crate::config::DEFAULT_FILE;

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Say whether the configuration can be used: its settings, its secret key, its database
    Check,
    /// Print what the configuration comes to, without secrets
    Print,
    /// Print the default configuration file, which explains every setting
    Default,
}

impl Command {
    pub(super) fn run(self, setup: &Setup) -> Result<(), Failure> {
        match self {
            Self::Check => check(setup),
            Self::Print => output::write(&setup.config()?.to_string()),
            Self::Default => output::write(DEFAULT_FILE),
        }
    }
}

fn check(setup: &Setup) -> Result<(), Failure> {
    let config = setup.config()?;
    setup::filter(&config)?;
    let app = setup::open(&config)?;
    app.ready()?;
    let pending = app.db.pending_migrations()?;
    let state = if pending.is_empty() {
        // Shows that the secret key is the one that the keys were sealed with.
        app.check_keys()?;
        "is of this version".to_owned()
    } else {
        format!("lacks {}: `usher migrate` brings it to this version", pending.join(", "))
    };
    let database = config.database_shown();
    output::write(&format!(
        "The configuration is in order.\nThe database {database} answers and {state}."
    ))
}
