//! `usher account`

use clap::Subcommand;
use serde::Serialize;

use super::{Failure, output, setup::Setup};
use crate::{
    app::accounts::{self, NewAccount},
    domain::account::Account,
};

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Make an account
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

impl Command {
    pub(super) fn run(self, setup: &Setup) -> Result<(), Failure> {
        let app = setup.app()?;
        match self {
            Self::Create { slug, name, contact, json } => {
                let name = name.unwrap_or_else(|| slug.clone());
                show(&[accounts::create(&app, NewAccount { slug, name, contact })?], json)
            }
            Self::Set { slug, name, contact, json } => {
                show(&[accounts::update(&app, &slug, name, contact)?], json)
            }
            Self::List { json: true } => {
                output::json(&accounts::list(&app)?.iter().map(Body::from).collect::<Vec<_>>())
            }
            Self::List { json: false } => show(&accounts::list(&app)?, false),
        }
    }
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
