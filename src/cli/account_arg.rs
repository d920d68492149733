//! The flag that selects the account of a command.

use clap::Args;

use super::CliError;
use crate::{
    app::{App, Error, accounts},
    domain::{account::Account, quote::QuotedText},
};

/// The account of a command, and its output format.
#[derive(Debug, Args)]
pub(super) struct AccountArg {
    /// The account
    #[arg(long, default_value = accounts::DEFAULT_SLUG)]
    account: String,
    /// Write JSON
    #[arg(long)]
    pub(super) json: bool,
}

impl AccountArg {
    /// Loads the account.
    pub(super) fn load(&self, app: &App) -> Result<Account, CliError> {
        Ok(accounts::find_by_slug(app, &self.account)?)
    }
}

/// Adds the name of the account to a "not found" error.
pub(super) fn with_account_name(error: Error, account: &Account) -> CliError {
    match error {
        Error::NotFound { thing, name } => {
            let name = match name.is_empty() || name.contains(char::is_whitespace) {
                true => QuotedText(&name).to_string(),
                false => name,
            };
            Error::not_found(thing, format!("{name} in the account {}", account.slug)).into()
        }
        other => other.into(),
    }
}
