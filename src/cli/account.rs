//! `usher account`

use clap::Subcommand;
use secrecy::ExposeSecret;
use serde::Serialize;

use super::{Failure, key, output, setup::Setup};
use crate::{
    app::{
        App,
        accounts::{self, AccountChanges, NewAccount},
        api_keys::{MadeApiKey, NewApiKey},
    },
    domain::{account::Account, api_key::Scopes, audit::Author, tag::IfMatch},
};

/// What the first key of an account is called.
const FIRST_KEY: &str = "First administrator";

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Make an account, and a first key of its admin API
    Create {
        /// Its name in addresses: lower-case letters, digits, hyphens
        slug: String,
        /// Its name for people; the slug, unless given
        #[arg(long)]
        name: Option<String>,
        /// Whom a person may ask who was not let in: an e-mail address, a URL, or a few words
        #[arg(long)]
        contact: Option<String>,
        /// Write JSON
        #[arg(long)]
        json: bool,
    },
    /// Change an account: only what is given
    Set {
        /// Which
        slug: String,
        /// Its name for people
        #[arg(long)]
        name: Option<String>,
        /// Whom a person may ask who was not let in; empty for nobody
        #[arg(long)]
        contact: Option<String>,
        /// Whether a login may make a user again who was deleted
        #[arg(long, value_name = "BOOL")]
        recreate_deleted: Option<bool>,
        /// Write JSON
        #[arg(long)]
        json: bool,
    },
    /// List the accounts
    List {
        /// Write JSON
        #[arg(long)]
        json: bool,
    },
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Body<'a> {
    id: String,
    slug: &'a str,
    name: &'a str,
    contact: Option<&'a str>,
    recreate_deleted: bool,
    created_at: String,
    updated_at: String,
    version: i64,
}

impl<'a> From<&'a Account> for Body<'a> {
    fn from(account: &'a Account) -> Self {
        let Account { id, slug, name, contact, recreate_deleted, created_at, updated_at, version } =
            account;
        Self {
            id: id.to_string(),
            slug,
            name,
            contact: contact.as_deref(),
            recreate_deleted: *recreate_deleted,
            created_at: output::instant(*created_at),
            updated_at: output::instant(*updated_at),
            version: *version,
        }
    }
}

/// An account that was just made, with the key to it.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct MadeBody<'a> {
    #[serde(flatten)]
    account: Body<'a>,
    api_key: &'a str,
}

impl Command {
    pub(super) fn run(self, setup: &Setup) -> Result<(), Failure> {
        let app = setup.app()?;
        match self {
            Self::Create { slug, name, contact, json } => {
                let name = name.unwrap_or_else(|| slug.clone());
                let new = NewAccount { slug, name, contact };
                let first = NewApiKey {
                    name: FIRST_KEY.into(),
                    scopes: Scopes::all(),
                    dialect: None,
                    expires_at: None,
                };
                let (account, key) = accounts::create_with_key(&app, new, &first)?;
                show_made(&account, &key, json)
            }
            Self::Set { slug, name, contact, recreate_deleted, json } => {
                let contact = contact.map(|text| Some(text).filter(|text| !text.trim().is_empty()));
                let changes = AccountChanges { name, contact, recreate_deleted };
                show(&[set(&app, &slug, &changes)?], json)
            }
            Self::List { json: true } => {
                output::json(&accounts::list(&app)?.iter().map(Body::from).collect::<Vec<_>>())
            }
            Self::List { json: false } => show(&accounts::list(&app)?, false),
        }
    }
}

fn set(app: &App, slug: &str, changes: &AccountChanges) -> Result<Account, Failure> {
    let author = Author::command_line(accounts::by_slug(app, slug)?.id);
    Ok(accounts::update(app, &author, &IfMatch::Whatever, changes)?)
}

fn show_made(account: &Account, key: &MadeApiKey, json: bool) -> Result<(), Failure> {
    if json {
        let body = MadeBody { account: account.into(), api_key: key.text.expose_secret() };
        return output::json(&body);
    }
    show(std::slice::from_ref(account), false)?;
    output::write("\nA key of its admin API, which may do everything in the account:")?;
    key::show_secret(key)
}

fn show(accounts: &[Account], json: bool) -> Result<(), Failure> {
    if let ([account], true) = (accounts, json) {
        return output::json(&Body::from(account));
    }
    let mut table = output::table(&["account", "name", "contact", "created"]);
    for account in accounts {
        let contact = account.contact.as_deref().unwrap_or("-");
        table.add_row([&account.slug, &account.name, contact, &output::moment(account.created_at)]);
    }
    output::write(&table.to_string())
}
