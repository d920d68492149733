//! The flag that selects the account of a command.

use clap::Args;

use super::Failure;
use crate::{
    app::{App, Error, accounts},
    domain::account::Account,
};

/// The account of a command, and its output format.
#[derive(Debug, Args)]
pub(super) struct Owner {
    /// The account
    #[arg(long, default_value = accounts::DEFAULT_SLUG)]
    account: String,
    /// Write JSON
    #[arg(long)]
    pub(super) json: bool,
}

impl Owner {
    /// Loads the account.
    pub(super) fn account(&self, app: &App) -> Result<Account, Failure> {
        Ok(accounts::by_slug(app, &self.account)?)
    }
}

/// Adds the name of the account to a "not found" error.
pub(super) fn in_account(error: Error, account: &Account) -> Failure {
    match error {
        Error::NotFound { thing, name } => {
            Error::not_found(thing, format!("{name} in the account {}", account.slug)).into()
        }
        other => other.into(),
    }
}
