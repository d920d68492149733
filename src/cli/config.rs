//! `usher config`

use clap::Subcommand;

use super::{
    CliError, output,
    setup::{self, Setup},
};
use crate::config::DEFAULT_FILE;

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Check the configuration: its settings, its secret key, its database
    Check,
    /// Print the configuration in effect, without secrets
    Print,
    /// Print the default configuration file, which explains every setting
    Default,
}

impl Command {
    pub(super) fn run(self, setup: &Setup) -> Result<(), CliError> {
        match self {
            Self::Check => check(setup),
            Self::Print => output::write(&setup.config()?.to_string()),
            Self::Default => output::write(DEFAULT_FILE),
        }
    }
}

/// Creates nothing and writes nothing.
fn check(setup: &Setup) -> Result<(), CliError> {
    let config = setup.config()?;
    setup::check_paths(&config)?;
    let database = config.redacted_database();
    let is_file = setup::database_address(&config)?.is_file();
    if setup::is_fresh(&config)? {
        let state = if is_file { "does not exist yet" } else { "answers and is empty" };
        return output::write(&format!(
            "The configuration is in order.\nThe database {database} {state}, and there is no secret \
             key: `usher migrate` creates what is missing."
        ));
    }
    let app = setup::open(&config)?;
    let pending = app.db.pending_migrations()?;
    app.db.check_integrity()?;
    app.db.check_writable()?;
    let state = if pending.is_empty() {
        // Checks that the secret key is the one with which the keys were sealed.
        app.check_keys()?;
        "is of this version".to_owned()
    } else {
        format!("lacks {}: `usher migrate` brings it to this version", pending.join(", "))
    };
    let checked = if is_file { " No damage was found in it." } else { "" };
    output::write(&format!(
        "The configuration is in order.\nThe database {database} answers and {state}.{checked}"
    ))
}
