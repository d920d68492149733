//! `usher key`

use clap::Subcommand;
use secrecy::ExposeSecret;
use serde::Serialize;
use uuid::Uuid;

use super::{
    CliError,
    account_arg::{AccountArg, with_account_name},
    listing::{LimitArg, filtered},
    output,
    setup::Setup,
};
use crate::{
    app::{
        App,
        api_keys::{self, CreatedApiKey, KeyRecord, NewApiKey, RotatedApiKey},
        callers::Caller,
        listing::{ListPage, ListQuery},
        scim_clients,
    },
    domain::{
        Timestamp,
        api_key::{Dialect, Scope, Scopes},
        etag::IfMatch,
        id::ApiKeyId,
        key_rotation::RotationOverlap,
        lists::MAX_COUNT,
    },
    http::views,
};

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Create a key, and show its secret once
    ///
    /// A key with the scope `scim` belongs to a SCIM client. Unless `--scim-client` names
    /// one, a client with the name of the key is created.
    Create {
        #[command(flatten)]
        of: AccountArg,
        /// Its name, such as its purpose
        #[arg(long)]
        name: String,
        /// A scope, e.g. users:read; repeat the flag for several. By default all scopes, with a
        /// new SCIM client
        #[arg(long, value_name = "SCOPE", value_parser = scope)]
        scope: Vec<Scope>,
        /// The SCIM client of the key: its name or ID. By default a new one
        #[arg(long, value_name = "CLIENT", conflicts_with = "dialect")]
        scim_client: Option<String>,
        /// The dialect of a new SCIM client: STRICT, ENTRA or OKTA. STRICT by default
        #[arg(long, value_name = "DIALECT", value_parser = dialect)]
        dialect: Option<Dialect>,
        /// When it expires, e.g. 2027-01-31T00:00:00Z
        #[arg(long, value_name = "TIME", value_parser = moment)]
        expires: Option<Timestamp>,
    },
    /// List the keys of an account
    List {
        #[command(flatten)]
        of: AccountArg,
        /// Only those that match a filter of the admin API, e.g. 'name sw "Okta"'
        #[arg(long)]
        filter: Option<String>,
        #[command(flatten)]
        limit: LimitArg,
    },
    /// Replace a key with a new one with the same scopes, and show the new secret once
    ///
    /// The old key stays valid for a while, so that the new one can be deployed. The new key
    /// belongs to the same SCIM client, so the external IDs stay.
    Rotate {
        #[command(flatten)]
        of: AccountArg,
        /// Its ID
        key: ApiKeyId,
        /// How long the old key stays valid, e.g. 12h or 7d; 0 ends it at once. At most 30d
        #[arg(long, value_name = "TIME", default_value = "7d", value_parser = overlap)]
        overlap: RotationOverlap,
    },
    /// Delete a key: it stops working at once. Its SCIM client stays
    Delete {
        #[command(flatten)]
        of: AccountArg,
        /// Its ID
        key: ApiKeyId,
        /// Also delete the last key that can create keys
        #[arg(long)]
        force: bool,
    },
}

/// A key that was deleted.
#[derive(Serialize)]
struct DeletedBody {
    id: Uuid,
}

impl Command {
    pub(super) fn run(self, setup: &Setup) -> Result<(), CliError> {
        let app = setup.app()?;
        match self {
            Self::Create { of, name, scope, scim_client, dialect, expires } => {
                let account = of.load(&app)?;
                let caller = Caller::command_line(account.id);
                let scopes =
                    if scope.is_empty() { Scopes::full() } else { scope.into_iter().collect() };
                let client = scim_client
                    .map(|name| scim_clients::find_by_id_or_name(&app, &caller, &name))
                    .transpose()
                    .map_err(|error| with_account_name(error, &account))?;
                let scim_client = client.map(|client| client.id);
                let new = NewApiKey { name, scopes, scim_client, dialect, expires_at: expires };
                show_created(api_keys::create_as_operator(&app, &caller, &new)?, of.json)
            }
            Self::Rotate { of, key, overlap } => {
                let account = of.load(&app)?;
                let caller = Caller::command_line(account.id);
                let rotated = api_keys::rotate_as_operator(&app, &caller, key, overlap)
                    .map_err(|error| with_account_name(error, &account))?;
                show_rotated(rotated, of.json)
            }
            Self::List { of, filter, limit } => {
                let caller = Caller::command_line(of.load(&app)?.id);
                let read = |query: &_| api_keys::list(&app, &caller, query);
                show(limit.read_pages(filtered(filter), read)?, of.json)
            }
            Self::Delete { of, key, force } => {
                let account = of.load(&app)?;
                let caller = Caller::command_line(account.id);
                api_keys::delete(&app, &caller, key, &IfMatch::Unconditional, force)
                    .map_err(|error| with_account_name(error, &account))?;
                if of.json {
                    return output::json(&DeletedBody { id: key.as_uuid() });
                }
                output::write("The key is deleted.")
            }
        }
    }
}

/// All keys of an account, or those that match a filter.
pub(super) fn list_all(
    app: &App,
    caller: &Caller,
    filter: Option<&str>,
) -> Result<Vec<KeyRecord>, CliError> {
    let mut keys = Vec::new();
    let count = Some(MAX_COUNT.to_string());
    let mut query = ListQuery { filter: filter.map(Into::into), count, ..ListQuery::default() };
    loop {
        let ListPage { page, cursor } = api_keys::list(app, caller, &query)?;
        keys.extend(page.items);
        if cursor.is_none() {
            return Ok(keys);
        }
        query.cursor = cursor;
    }
}

fn show_created(created: CreatedApiKey, json: bool) -> Result<(), CliError> {
    if json {
        return output::json(&views::CreatedApiKey::from(created));
    }
    if let Some(client) = &created.key.scim_client {
        let name = output::plain(&client.name);
        let dialect = client.dialect.as_str();
        output::write(&format!("The key belongs to the SCIM client {name}, dialect {dialect}."))?;
    }
    show_secret(&created)
}

fn show_rotated(rotated: RotatedApiKey, json: bool) -> Result<(), CliError> {
    if json {
        return output::json(&views::RotatedApiKey::from(rotated));
    }
    let RotatedApiKey { new, old } = rotated;
    let end = old.key.expires_at.map_or_else(|| "now".into(), output::format_moment);
    output::write(&format!(
        "The key {} replaces {}, which expires at {end}.",
        new.key.key.id, old.key.id
    ))?;
    show_secret(&new)
}

/// Shows a new key with its secret.
pub(super) fn show_secret(created: &CreatedApiKey) -> Result<(), CliError> {
    output::write(&format!(
        "\n  {}\n\nStore it now: it can't be shown again. Programs send it as `Authorization: Bearer usher_…`.",
        created.text.expose_secret()
    ))
}

pub(super) fn show(keys: Vec<KeyRecord>, json: bool) -> Result<(), CliError> {
    if json {
        return output::json(&keys.into_iter().map(views::ApiKey::from).collect::<Vec<_>>());
    }
    let head = ["key", "begins with", "scopes", "last used", "expires", "id"];
    let mut table = output::table(&head).with_wrapping(&["key", "scopes"]);
    for KeyRecord { key, scim_client: _ } in &keys {
        let scopes = if key.scopes == Scopes::full() {
            "everything".to_owned()
        } else {
            key.scopes.to_string()
        };
        let at =
            |moment: Option<Timestamp>| moment.map_or_else(|| "-".into(), output::format_moment);
        table.add_row([
            output::plain(&key.name),
            key.hint.clone(),
            scopes,
            at(key.last_used_at),
            at(key.expires_at),
            key.id.to_string(),
        ]);
    }
    table.show("No keys in the account match. Create one with `usher key create --name NAME`.")
}

fn scope(text: &str) -> Result<Scope, String> {
    text.parse().map_err(|_| {
        let names = Scope::ALL.map(Scope::as_str).join(", ");
        format!("must be one of {names}")
    })
}

pub(super) fn dialect(text: &str) -> Result<Dialect, String> {
    let found = Dialect::ALL.into_iter().find(|one| one.as_str().eq_ignore_ascii_case(text));
    found.ok_or_else(|| {
        let names = Dialect::ALL.map(Dialect::as_str).join(", ");
        format!("must be one of {names}")
    })
}

/// Reads a time such as `12h` or `7d`: a number, followed by s, m, h or d.
fn overlap(text: &str) -> Result<RotationOverlap, String> {
    let (number, unit) = match text.char_indices().last() {
        Some((end, 's' | 'm' | 'h' | 'd')) => text.split_at(end),
        _ => (text, "s"),
    };
    let seconds = match unit {
        "d" => 24 * 60 * 60,
        "h" => 60 * 60,
        "m" => 60,
        _ => 1,
    };
    let is_number = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
    let number: Option<u64> = number.parse().ok().filter(|_| is_number);
    let error = || "must be a time from 0 to 30d, such as 3600s, 30m, 12h or 7d".to_owned();
    let seconds = number.and_then(|number| number.checked_mul(seconds)).ok_or_else(error)?;
    RotationOverlap::from_seconds(seconds).map_err(|_| error())
}

fn moment(text: &str) -> Result<Timestamp, String> {
    let moment = chrono::DateTime::parse_from_rfc3339(text);
    let moment = moment.map_err(|_| "must be a time such as 2027-01-31T00:00:00Z".to_owned())?;
    Ok(moment.to_utc())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn overlap_is_a_number_and_a_unit() {
        let of_seconds = |seconds| RotationOverlap::from_seconds(seconds).unwrap();
        for (text, seconds) in [
            ("0", 0),
            ("0d", 0),
            ("90", 90),
            ("90s", 90),
            ("5m", 300),
            ("12h", 43_200),
            ("7d", 604_800),
            ("30d", 2_592_000),
        ] {
            assert_eq!(overlap(text), Ok(of_seconds(seconds)), "{text}");
        }
        for text in ["", "d", "-1", "+1", "7 d", "7w", "31d", "1.5h", "99999999999999999999d", "7D"]
        {
            let why = overlap(text).unwrap_err();
            assert!(why.contains("such as"), "{text}: {why}");
        }
    }
}
