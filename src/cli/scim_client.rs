//! `usher scim-client`

use clap::Subcommand;
use serde::Serialize;
use uuid::Uuid;

use super::{CliError, account_arg::AccountArg, key, output, setup::Setup};
use crate::{
    app::{
        App,
        api_keys::KeyRecord,
        listing::{ListPage, ListQuery},
        scim::compatibility,
        scim_clients::{self, Dependents, NewScimClient, ScimClientChanges},
    },
    domain::{
        api_key::Dialect, audit::Author, compatibility_fix::FixCount, etag::IfMatch,
        id::ScimClientId, lists::MAX_COUNT, scim_client::ScimClient,
    },
    http::views,
};

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// List the SCIM clients of an account, with their keys
    List {
        #[command(flatten)]
        of: AccountArg,
    },
    /// Show a SCIM client: its keys, its external IDs, and what was fixed in its requests
    Show {
        #[command(flatten)]
        of: AccountArg,
        /// Its name or ID
        client: String,
    },
    /// Create a SCIM client; `usher key create --scope scim --scim-client NAME` creates a key of it
    Create {
        #[command(flatten)]
        of: AccountArg,
        /// Its name, unique in the account
        #[arg(long)]
        name: String,
        /// How it speaks SCIM: STRICT, ENTRA or OKTA
        #[arg(long, value_name = "DIALECT", default_value = "STRICT", value_parser = key::dialect)]
        dialect: Dialect,
    },
    /// Change a SCIM client: only the given flags
    Set {
        #[command(flatten)]
        of: AccountArg,
        /// Its name or ID
        client: String,
        /// Its name, unique in the account
        #[arg(long)]
        name: Option<String>,
        /// How it speaks SCIM: STRICT, ENTRA or OKTA
        #[arg(long, value_name = "DIALECT", value_parser = key::dialect)]
        dialect: Option<Dialect>,
    },
    /// Delete a SCIM client with its keys and its external IDs; the users and teams stay
    Delete {
        #[command(flatten)]
        of: AccountArg,
        /// Its name or ID
        client: String,
        /// Also delete a client with keys that are valid
        #[arg(long)]
        force: bool,
    },
}

/// A SCIM client with all that belongs to it, for machines.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct DetailedBody {
    #[serde(flatten)]
    client: views::ScimClient,
    user_external_ids: u64,
    team_external_ids: u64,
    keys: Vec<views::ApiKey>,
    compatibility_fixes: Vec<views::CompatibilityFixCount>,
}

/// A deleted SCIM client, and the number of resources that were deleted with it.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct DeletedBody<'a> {
    id: Uuid,
    name: &'a str,
    keys: usize,
    user_external_ids: u64,
    team_external_ids: u64,
}

impl Command {
    pub(super) fn run(self, setup: &Setup) -> Result<(), CliError> {
        let app = setup.app()?;
        match self {
            Self::List { of } => {
                let author = Author::command_line(of.load(&app)?.id);
                list(&app, &author, of.json)
            }
            Self::Show { of, client } => {
                let author = Author::command_line(of.load(&app)?.id);
                let client = scim_clients::find_by_id_or_name(&app, &author, &client)?;
                show(&app, &author, client, of.json)
            }
            Self::Create { of, name, dialect } => {
                let author = Author::command_line(of.load(&app)?.id);
                let client = scim_clients::create(&app, &author, &NewScimClient { name, dialect })?;
                show_client(client, of.json)
            }
            Self::Set { of, client, name, dialect } => {
                let author = Author::command_line(of.load(&app)?.id);
                let id = scim_clients::find_by_id_or_name(&app, &author, &client)?.id;
                let changes = ScimClientChanges { name, dialect };
                let unconditional = IfMatch::Unconditional;
                let client = scim_clients::update(&app, &author, id, &unconditional, &changes)?;
                show_client(client, of.json)
            }
            Self::Delete { of, client, force } => {
                let author = Author::command_line(of.load(&app)?.id);
                let client = scim_clients::find_by_id_or_name(&app, &author, &client)?;
                let unconditional = IfMatch::Unconditional;
                let dependents =
                    scim_clients::delete(&app, &author, client.id, &unconditional, force)?;
                show_deleted(&client, dependents, of.json)
            }
        }
    }
}

/// All SCIM clients of an account.
fn list_all(app: &App, author: &Author) -> Result<Vec<ScimClient>, CliError> {
    let mut clients = Vec::new();
    let count = Some(MAX_COUNT.to_string());
    let mut query = ListQuery { sort_by: Some("name".into()), count, ..ListQuery::default() };
    loop {
        let ListPage { page, cursor } = scim_clients::list(app, author, &query)?;
        clients.extend(page.items);
        if cursor.is_none() {
            return Ok(clients);
        }
        query.cursor = cursor;
    }
}

fn list_keys(app: &App, author: &Author, client: ScimClientId) -> Result<Vec<KeyRecord>, CliError> {
    key::list_all(app, author, Some(&format!("scimClient.id eq \"{client}\"")))
}

fn list(app: &App, author: &Author, json: bool) -> Result<(), CliError> {
    let clients = list_all(app, author)?;
    if json {
        return output::json(&clients.into_iter().map(views::ScimClient::from).collect::<Vec<_>>());
    }
    let (keys, now) = (key::list_all(app, author, None)?, app.now());
    let head = ["SCIM client", "dialect", "valid keys", "last used", "id"];
    let mut table = output::table(&head).with_wrapping(&["SCIM client"]);
    for client in &clients {
        let keys = keys.iter().map(|record| &record.key);
        let own = || keys.clone().filter(|key| key.scim_client == Some(client.id));
        let valid = own().filter(|key| key.is_valid(now)).count();
        let used = own().filter_map(|key| key.last_used_at).max();
        table.add_row([
            output::plain(&client.name),
            client.dialect.as_str().to_owned(),
            valid.to_string(),
            output::format_moment_or_dash(used),
            client.id.to_string(),
        ]);
    }
    table.show(
        "There are no SCIM clients in the account. Create one with `usher scim-client create --name NAME`.",
    )
}

fn show(app: &App, author: &Author, client: ScimClient, json: bool) -> Result<(), CliError> {
    let dependents = scim_clients::count_dependents(app, &client)?;
    let keys = list_keys(app, author, client.id)?;
    let fixes = compatibility::list(app, author, client.id)?;
    let Dependents { user_external_ids, team_external_ids, .. } = dependents;
    if json {
        return output::json(&DetailedBody {
            client: client.into(),
            user_external_ids,
            team_external_ids,
            keys: keys.into_iter().map(views::ApiKey::from).collect(),
            compatibility_fixes: fixes
                .into_iter()
                .map(views::CompatibilityFixCount::from)
                .collect(),
        });
    }
    show_client(client, false)?;
    output::write(&format!(
        "External IDs: {user_external_ids} of users, {team_external_ids} of teams.\n"
    ))?;
    key::show(keys, false)?;
    let mut table = output::table(&["fix", "requests", "last"]);
    for FixCount { fix, times, last_at } in fixes {
        table.add_row([fix.as_str().to_owned(), times.to_string(), output::format_moment(last_at)]);
    }
    table.show("Nothing was fixed in its requests.")
}

fn show_client(client: ScimClient, json: bool) -> Result<(), CliError> {
    if json {
        return output::json(&views::ScimClient::from(client));
    }
    let head = ["SCIM client", "dialect", "created", "id"];
    let mut table = output::table(&head).with_wrapping(&["SCIM client"]);
    table.add_row([
        output::plain(&client.name),
        client.dialect.as_str().to_owned(),
        output::format_moment(client.created_at),
        client.id.to_string(),
    ]);
    table.show("")
}

fn show_deleted(client: &ScimClient, dependents: Dependents, json: bool) -> Result<(), CliError> {
    let Dependents { keys, valid_keys: _, user_external_ids, team_external_ids } = dependents;
    if json {
        return output::json(&DeletedBody {
            id: client.id.as_uuid(),
            name: &client.name,
            keys,
            user_external_ids,
            team_external_ids,
        });
    }
    output::write(&format!(
        "Deleted the SCIM client {}, with {keys} of its keys and the external IDs of \
         {user_external_ids} users and {team_external_ids} teams. The users and teams stay.",
        output::plain(&client.name)
    ))
}
