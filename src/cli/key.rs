//! `usher key`

use clap::Subcommand;
use secrecy::ExposeSecret;
use serde::Serialize;

use super::{Failure, output, owner::Owner, setup::Setup};
use crate::{
    app::{
        App,
        api_keys::{self, MadeApiKey, NewApiKey},
        listing::{Listed, Query},
    },
    domain::{
        Timestamp,
        api_key::{ApiKey, Dialect, Scope, Scopes},
        audit::Author,
        id::ApiKeyId,
        listing::MAX_COUNT,
        tag::IfMatch,
    },
};

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Make a key, and show it: this once, for nobody can read it again
    Create {
        #[command(flatten)]
        of: Owner,
        /// What it is for
        #[arg(long)]
        name: String,
        /// What it lets its holder do, e.g. users:read; again for more. Everything, unless given
        #[arg(long, value_name = "SCOPE", value_parser = scope)]
        scope: Vec<Scope>,
        /// How its holder speaks SCIM: STRICT, ENTRA or OKTA. STRICT, unless given
        #[arg(long, value_name = "DIALECT", value_parser = dialect)]
        dialect: Option<Dialect>,
        /// From when on it lets nobody in, e.g. 2027-01-31T00:00:00Z
        #[arg(long, value_name = "MOMENT", value_parser = moment)]
        expires: Option<Timestamp>,
    },
    /// List the keys of an account
    List {
        #[command(flatten)]
        of: Owner,
    },
    /// Delete a key: it lets nobody in from now on
    Delete {
        #[command(flatten)]
        of: Owner,
        /// Its id
        key: ApiKeyId,
        /// Also the last key that may make keys
        #[arg(long)]
        force: bool,
    },
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Body<'a> {
    id: String,
    name: &'a str,
    hint: &'a str,
    scopes: Vec<&'static str>,
    dialect: Option<&'static str>,
    created_at: String,
    expires_at: Option<String>,
    last_used_at: Option<String>,
}

/// A key that was just made, with its text.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct MadeBody<'a> {
    #[serde(flatten)]
    key: Body<'a>,
    api_key: &'a str,
}

impl<'a> From<&'a ApiKey> for Body<'a> {
    fn from(key: &'a ApiKey) -> Self {
        let ApiKey {
            id,
            account: _,
            name,
            hint,
            scopes,
            dialect,
            created_at,
            expires_at,
            last_used_at,
        } = key;
        Self {
            id: id.to_string(),
            name,
            hint,
            scopes: scopes.iter().map(Scope::as_str).collect(),
            dialect: dialect.map(Dialect::as_str),
            created_at: output::instant(*created_at),
            expires_at: expires_at.map(output::instant),
            last_used_at: last_used_at.map(output::instant),
        }
    }
}

impl Command {
    pub(super) fn run(self, setup: &Setup) -> Result<(), Failure> {
        let app = setup.app()?;
        match self {
            Self::Create { of, name, scope, dialect, expires } => {
                let author = Author::command_line(of.account(&app)?.id);
                let scopes =
                    if scope.is_empty() { Scopes::all() } else { scope.into_iter().collect() };
                show_made(&make(&app, &author, &name, scopes, dialect, expires)?, of.json)
            }
            Self::List { of } => {
                let author = Author::command_line(of.account(&app)?.id);
                show(&all(&app, &author, None)?, of.json)
            }
            Self::Delete { of, key, force } => {
                let author = Author::command_line(of.account(&app)?.id);
                api_keys::delete(&app, &author, key, &IfMatch::Whatever, force)?;
                let gone = Gone { deleted: key.to_string() };
                if of.json { output::json(&gone) } else { output::write("The key is deleted.") }
            }
        }
    }
}

#[derive(Serialize)]
struct Gone {
    deleted: String,
}

/// Makes a key.
pub(super) fn make(
    app: &App,
    author: &Author,
    name: &str,
    scopes: Scopes,
    dialect: Option<Dialect>,
    expires_at: Option<Timestamp>,
) -> Result<MadeApiKey, Failure> {
    let new = NewApiKey { name: name.to_owned(), scopes, dialect, expires_at };
    Ok(api_keys::create_first(app, author, &new)?)
}

/// All keys of an account, or those that meet a filter.
pub(super) fn all(
    app: &App,
    author: &Author,
    filter: Option<&str>,
) -> Result<Vec<ApiKey>, Failure> {
    let mut keys = Vec::new();
    let count = Some(MAX_COUNT.to_string());
    let mut query = Query { filter: filter.map(Into::into), count, ..Query::default() };
    loop {
        let Listed { page, cursor } = api_keys::list(app, author, &query)?;
        keys.extend(page.items);
        if cursor.is_none() {
            return Ok(keys);
        }
        query.cursor = cursor;
    }
}

fn show_made(made: &MadeApiKey, json: bool) -> Result<(), Failure> {
    if json {
        let body = MadeBody { key: (&made.key).into(), api_key: made.text.expose_secret() };
        return output::json(&body);
    }
    show_secret(made)
}

/// Shows the text of a key that was just made.
pub(super) fn show_secret(made: &MadeApiKey) -> Result<(), Failure> {
    output::write(&format!(
        "\n  {}\n\nKeep it well: it can't be shown again. Programs send it as `Authorization: Bearer usher_…`.",
        made.text.expose_secret()
    ))
}

fn show(keys: &[ApiKey], json: bool) -> Result<(), Failure> {
    if json {
        return output::json(&keys.iter().map(Body::from).collect::<Vec<_>>());
    }
    let head = ["key", "begins with", "scopes", "last used", "expires", "id"];
    let mut table = output::table(&head).wrapping(&["key", "scopes"]);
    for key in keys {
        let scopes = if key.scopes == Scopes::all() {
            "everything".to_owned()
        } else {
            key.scopes.to_string()
        };
        let at = |moment: Option<Timestamp>| moment.map_or_else(|| "-".into(), output::moment);
        table.add_row([
            output::plain(&key.name),
            key.hint.clone(),
            scopes,
            at(key.last_used_at),
            at(key.expires_at),
            key.id.to_string(),
        ]);
    }
    table.show("There are no keys in the account. Create one with `usher key create --name NAME`.")
}

fn scope(text: &str) -> Result<Scope, String> {
    text.parse().map_err(|_| {
        let known = Scope::ALL.map(Scope::as_str).join(", ");
        format!("is no scope; there are {known}")
    })
}

fn dialect(text: &str) -> Result<Dialect, String> {
    text.parse().map_err(|_| {
        let known = Dialect::ALL.map(Dialect::as_str).join(", ");
        format!("must be one of {known}")
    })
}

fn moment(text: &str) -> Result<Timestamp, String> {
    let moment = chrono::DateTime::parse_from_rfc3339(text);
    let moment = moment.map_err(|_| "is no moment such as 2027-01-31T00:00:00Z".to_owned())?;
    Ok(moment.to_utc())
}
