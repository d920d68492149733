//! `usher scim-client`

use clap::Subcommand;
use serde::Serialize;
use uuid::Uuid;

use super::{
    CliError,
    account_arg::{AccountArg, with_account_name},
    key,
    listing::{LimitArg, filtered_by_name},
    output,
    setup::Setup,
};
use crate::{
    app::{
        App,
        api_keys::KeyRecord,
        callers::Caller,
        scim::compatibility,
        scim_clients::{self, Dependents, NewScimClient, ScimClientChanges},
    },
    domain::{
        api_key::Dialect, compatibility_fix::FixCount, etag::IfMatch, id::ScimClientId,
        scim_client::ScimClient,
    },
    http::views,
};

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// List the SCIM clients of an account, with their keys
    List {
        #[command(flatten)]
        of: AccountArg,
        /// Only those that match a filter of the admin API, e.g. 'dialect eq "ENTRA"'
        #[arg(long)]
        filter: Option<String>,
        #[command(flatten)]
        limit: LimitArg,
    },
    /// Show a SCIM client: its keys, its external IDs, and its compatibility fixes
    Show {
        #[command(flatten)]
        of: AccountArg,
        /// Its name or ID
        client: String,
    },
    /// Create a SCIM client; `usher key create --scope scim --scim-client NAME` creates a key
    /// for it
    Create {
        #[command(flatten)]
        of: AccountArg,
        /// Its name, unique in the account
        #[arg(long)]
        name: String,
        /// Its dialect: STRICT, ENTRA or OKTA
        #[arg(long, value_name = "DIALECT", default_value = "STRICT", value_parser = key::dialect)]
        dialect: Dialect,
    },
    /// Change a SCIM client; flags that are left out change nothing
    Set {
        #[command(flatten)]
        of: AccountArg,
        /// Its name or ID
        client: String,
        /// Its name, unique in the account
        #[arg(long)]
        name: Option<String>,
        /// Its dialect: STRICT, ENTRA or OKTA
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
            Self::List { of, filter, limit } => {
                let caller = Caller::command_line(of.load(&app)?.id);
                let read = |query: &_| scim_clients::list(&app, &caller, query);
                let found = limit.read_pages(filtered_by_name(filter), read)?;
                list(&app, &caller, found, of.json)
            }
            Self::Show { of, client } => {
                let (caller, client) = find(&app, &of, &client)?;
                show(&app, &caller, client, of.json)
            }
            Self::Create { of, name, dialect } => {
                let caller = Caller::command_line(of.load(&app)?.id);
                let client = scim_clients::create(&app, &caller, &NewScimClient { name, dialect })?;
                show_client(client, of.json)
            }
            Self::Set { of, client, name, dialect } => {
                let (caller, client) = find(&app, &of, &client)?;
                let changes = ScimClientChanges { name, dialect };
                let unconditional = IfMatch::Unconditional;
                let updated =
                    scim_clients::update(&app, &caller, client.id, &unconditional, &changes)?;
                show_client(updated, of.json)
            }
            Self::Delete { of, client, force } => {
                let (caller, client) = find(&app, &of, &client)?;
                let unconditional = IfMatch::Unconditional;
                let dependents =
                    scim_clients::delete(&app, &caller, client.id, &unconditional, force)?;
                show_deleted(&client, dependents, of.json)
            }
        }
    }
}

/// The SCIM client of this ID or name, and the caller who changes it.
fn find(app: &App, of: &AccountArg, name: &str) -> Result<(Caller, ScimClient), CliError> {
    let account = of.load(app)?;
    let caller = Caller::command_line(account.id);
    let client = scim_clients::find_by_id_or_name(app, &caller, name)
        .map_err(|error| with_account_name(error, &account))?;
    Ok((caller, client))
}

fn list_keys(app: &App, caller: &Caller, client: ScimClientId) -> Result<Vec<KeyRecord>, CliError> {
    key::list_all(app, caller, Some(&format!("scimClient.id eq \"{client}\"")))
}

fn list(app: &App, caller: &Caller, clients: Vec<ScimClient>, json: bool) -> Result<(), CliError> {
    if json {
        return output::json(&clients.into_iter().map(views::ScimClient::from).collect::<Vec<_>>());
    }
    let (keys, now) = (key::list_all(app, caller, None)?, app.now());
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
        "No SCIM clients in the account match. Create one with `usher scim-client create --name NAME`.",
    )
}

fn show(app: &App, caller: &Caller, client: ScimClient, json: bool) -> Result<(), CliError> {
    let dependents = scim_clients::count_dependents(app, &client)?;
    let keys = list_keys(app, caller, client.id)?;
    let fixes = compatibility::list(app, caller, client.id)?;
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
    for FixCount { fix, request_count, last_at } in fixes {
        table.add_row([
            fix.as_str().to_owned(),
            request_count.to_string(),
            output::format_moment(last_at),
        ]);
    }
    table.show("Its requests needed no compatibility fixes.")
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
