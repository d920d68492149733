//! `usher account`

use clap::Subcommand;
use serde::Serialize;

use super::{
    CliError, key,
    listing::LimitArg,
    output::{self, plain, plain_or_dash},
    setup::Setup,
};
use crate::{
    app::{
        App,
        accounts::{self, AccountChanges, NewAccount},
        api_keys::{CreatedApiKey, NewApiKey},
        callers::Caller,
    },
    domain::{account::Account, api_key::Scopes, etag::IfMatch},
    http::views,
};

/// The name of the first key of an account.
const FIRST_KEY_NAME: &str = "First administrator";

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Create an account, and a first API key
    Create {
        /// Its name in URLs: lower-case letters, digits, hyphens
        slug: String,
        /// Its display name; the slug by default
        #[arg(long)]
        name: Option<String>,
        /// The contact for people whose login failed: an e-mail address, a URL, or a short text
        #[arg(long)]
        contact: Option<String>,
        /// Write JSON
        #[arg(long)]
        json: bool,
    },
    /// Change an account; flags that are left out change nothing
    Set {
        /// The slug of the account
        slug: String,
        /// Its display name
        #[arg(long)]
        name: Option<String>,
        /// The contact for people whose login failed; empty for none
        #[arg(long)]
        contact: Option<String>,
        /// Whether a login may create a deleted user again
        #[arg(long, value_name = "BOOL")]
        recreate_deleted: Option<bool>,
        /// Write JSON
        #[arg(long)]
        json: bool,
    },
    /// List the accounts
    List {
        #[command(flatten)]
        limit: LimitArg,
        /// Write JSON
        #[arg(long)]
        json: bool,
    },
}

/// A new account with its first key.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct CreatedBody {
    #[serde(flatten)]
    account: views::Account,
    api_key: views::CreatedApiKey,
}

impl Command {
    pub(super) fn run(self, setup: &Setup) -> Result<(), CliError> {
        let app = setup.app()?;
        match self {
            Self::Create { slug, name, contact, json } => {
                let name = name.unwrap_or_else(|| slug.clone());
                let new = NewAccount { slug, name, contact };
                let first = NewApiKey {
                    name: FIRST_KEY_NAME.into(),
                    scopes: Scopes::full(),
                    scim_client: None,
                    dialect: None,
                    expires_at: None,
                };
                let (account, key) = accounts::create_with_key(&app, new, &first)?;
                show_created(account, key, json)
            }
            Self::Set { slug, name, contact, recreate_deleted, json } => {
                let contact = contact.map(|text| Some(text).filter(|text| !text.trim().is_empty()));
                let changes = AccountChanges { name, contact, recreate_deleted };
                let account = update_account(&app, &slug, &changes)?;
                if json {
                    return output::json(&views::Account::from(account));
                }
                show(&[account])
            }
            Self::List { limit, json } => {
                let accounts = limit.cut(accounts::list(&app)?)?;
                if json {
                    let accounts = accounts.into_iter().map(views::Account::from);
                    return output::json(&accounts.collect::<Vec<_>>());
                }
                show(&accounts)
            }
        }
    }
}

fn update_account(app: &App, slug: &str, changes: &AccountChanges) -> Result<Account, CliError> {
    let caller = Caller::command_line(accounts::find_by_slug(app, slug)?.id);
    Ok(accounts::update(app, &caller, &IfMatch::Unconditional, changes)?)
}

fn show_created(account: Account, key: CreatedApiKey, json: bool) -> Result<(), CliError> {
    if json {
        return output::json(&CreatedBody { account: account.into(), api_key: key.into() });
    }
    show(std::slice::from_ref(&account))?;
    output::write("\nAn API key with all scopes of the account:")?;
    key::show_secret(&key)
}

fn show(accounts: &[Account]) -> Result<(), CliError> {
    let head = ["account", "name", "contact", "created", "id"];
    let mut table = output::table(&head).with_wrapping(&["name", "contact"]);
    for Account { id, slug, name, contact, created_at, .. } in accounts {
        table.add_row([
            plain(slug),
            plain(name),
            plain_or_dash(contact.as_deref()),
            output::format_moment(*created_at),
            id.to_string(),
        ]);
    }
    table.show("There are no accounts. Create one with `usher account create SLUG`.")
}
