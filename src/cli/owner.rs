//! Whose things a command is about.

use clap::Args;

use super::Failure;
use crate::{
    app::{App, Error, accounts},
    domain::account::Account,
};

/// The account that a command is about, and how it answers.
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
    /// The account itself.
    pub(super) fn account(&self, app: &App) -> Result<Account, Failure> {
        Ok(accounts::by_slug(app, &self.account)?)
    }
}

/// Has an error say in which account a thing was looked for.
pub(super) fn in_account(error: Error, account: &Account) -> Failure {
    match error {
        Error::NotFound { thing, name } => {
            Error::not_found(thing, format!("{name} in the account {}", account.slug)).into()
        }
        other => other.into(),
    }
}
