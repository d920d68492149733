//! `usher audit`

use clap::Subcommand;

use super::{
    CliError,
    account_arg::AccountArg,
    listing::{FilterBuilder, LimitArg},
    output::{self, Record, Screen, Style, format_moment, plain, plain_or_dash},
    setup::Setup,
    start_time::StartTime,
};
use crate::{
    app::{
        App, Error,
        audit::{self, AuditView},
        callers::Caller,
        users,
    },
    domain::{
        account::Account,
        audit::{Actor, AuditChange, AuditEntry},
        field_error::FieldError,
        id::AuditId,
    },
    http::views,
};

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// List the changes in an account, the latest first
    List {
        #[command(flatten)]
        of: AccountArg,
        /// Only entries since this time: 30m, 2h, 7d, a day or a time
        #[arg(long, value_parser = StartTime::parse)]
        since: Option<StartTime>,
        /// Only changes by this actor: COMMAND_LINE, LOGIN, API_KEY, SCIM_CLIENT or USER, or the ID of a key, or a user
        #[arg(long)]
        actor: Option<String>,
        /// Only changes of this resource: its ID, or a user
        #[arg(long)]
        target: Option<String>,
        /// Only changes that concern this user, their identities and their team memberships: the e-mail address, the user name or the ID
        #[arg(long)]
        user: Option<String>,
        /// Only changes of this field, e.g. role
        #[arg(long)]
        field: Option<String>,
        /// Only this action, e.g. user.update
        #[arg(long)]
        action: Option<String>,
        /// Only entries that match a filter of the admin API, e.g. 'requestId eq "…"'
        #[arg(long)]
        filter: Option<String>,
        #[command(flatten)]
        limit: LimitArg,
    },
    /// Show an entry, with each field before and after
    Show {
        #[command(flatten)]
        of: AccountArg,
        /// Its ID
        entry: String,
    },
}

impl Command {
    pub(super) fn run(self, setup: &Setup) -> Result<(), CliError> {
        let app = setup.app()?;
        match self {
            Self::List { of, since, actor, target, user, field, action, filter, limit } => {
                let account = of.load(&app)?;
                let mut conditions = FilterBuilder::new(filter);
                conditions.add_since("at", since.map(|since| since.moment(app.now())));
                if let Some(actor) = actor {
                    let (attribute, value) = actor_condition(&app, &account, &actor)?;
                    conditions.add_equals(attribute, &value);
                }
                if let Some(target) = target {
                    conditions
                        .add_equals("target.id", &resolve_id(&app, &account, "target", &target)?);
                }
                if let Some(user) = user {
                    conditions.add_equals("user.id", &resolve_id(&app, &account, "user", &user)?);
                }
                if let Some(field) = field {
                    conditions.add_equals("changes.field", &field);
                }
                if let Some(action) = action {
                    conditions.add_equals("action", &action);
                }
                let caller = Caller::command_line(account.id);
                let read = |query: &_| audit::list(&app, &caller, query);
                list(limit.read_pages(conditions.into_query(), read)?, &account, of.json)
            }
            Self::Show { of, entry } => {
                let account = of.load(&app)?;
                let missing = || {
                    let name = format!("{entry} in the account {}", account.slug);
                    Error::not_found("audit entry", name)
                };
                let id: AuditId = entry.trim().parse().map_err(|_| missing())?;
                let caller = Caller::command_line(account.id);
                let found = audit::get(&app, &caller, id).map_err(|error| match error {
                    Error::NotFound { .. } => missing(),
                    other => other,
                })?;
                show(found, of.json)
            }
        }
    }
}

/// The condition for an actor: a kind, an ID, or a user.
fn actor_condition(
    app: &App,
    account: &Account,
    actor: &str,
) -> Result<(&'static str, String), CliError> {
    let kind = actor.trim().to_ascii_lowercase().replace('-', "_");
    match Actor::KINDS.contains(&kind.as_str()) {
        true => Ok(("actor.type", kind)),
        false => Ok(("actor.id", resolve_id(app, account, "actor", actor)?)),
    }
}

/// An ID, or that of the user of this name.
fn resolve_id(
    app: &App,
    account: &Account,
    field: &'static str,
    name: &str,
) -> Result<String, CliError> {
    if let Ok(id) = uuid::Uuid::try_parse(name.trim()) {
        return Ok(id.to_string());
    }
    match users::find_by_identifier(app, account.id, name) {
        Ok(record) => Ok(record.user.id.to_string()),
        Err(Error::NotFound { .. }) => {
            let reason = format!(
                "must be an ID, or the e-mail address or user name of a user in the account {}: a \
                 user who was deleted is found by the ID",
                account.slug
            );
            Err(Error::from(FieldError::new(field, name, reason)).into())
        }
        Err(error) => Err(error.into()),
    }
}

fn list(entries: Vec<AuditView>, account: &Account, json: bool) -> Result<(), CliError> {
    if json {
        return output::json(&entries.into_iter().map(views::AuditEntry::from).collect::<Vec<_>>());
    }
    let head = ["when", "actor", "action", "target", "changes", "id"];
    let mut table = output::table(&head).with_wrapping(&["actor", "target", "changes"]);
    for view in &entries {
        let AuditEntry { id, at, action, changes, .. } = &view.entry;
        let names = changes.iter().map(|change| plain(&change.field)).collect::<Vec<_>>();
        table.add_row([
            format_moment(*at),
            format_actor(view),
            plain(action),
            format_target(view),
            names.join(", "),
            id.to_string(),
        ]);
    }
    table.show(&format!("No audit entries in the account {} match.", account.slug))
}

/// The target's name, if it has one, and its ID.
fn format_target(view: &AuditView) -> String {
    with_name(view.target_name.as_deref(), view.entry.target.id)
}

fn with_name(name: Option<&str>, id: impl std::fmt::Display) -> String {
    match name {
        Some(name) if !name.is_empty() => format!("{} {id}", plain(name)),
        _ => id.to_string(),
    }
}

/// The actor's kind as the contract spells it, and the name.
fn format_actor(view: &AuditView) -> String {
    let kind = view.entry.actor.kind().to_ascii_uppercase();
    match &view.actor_name {
        Some(name) => format!("{kind} {}", plain(name)),
        None => kind,
    }
}

fn show(view: AuditView, json: bool) -> Result<(), CliError> {
    if json {
        return output::json(&views::AuditEntry::from(view));
    }
    let screen = Screen::for_stdout();
    let entry = &view.entry;
    let mut record = Record::default();
    record.add_whole("action", plain(&entry.action));
    record.add_whole("id", entry.id.to_string());
    record.add_whole("when", format_moment(entry.at));
    record.add_text("actor", format_actor(&view));
    record.add_whole("actor ID", entry.actor.id().map_or_else(|| "-".into(), |id| id.to_string()));
    record.add_whole("target", format_target(&view));
    let user = entry.target.user;
    let user = user.map_or_else(|| "-".into(), |user| with_name(view.user_name.as_deref(), user));
    record.add_whole("user", user);
    record.add_whole("request", plain_or_dash(entry.request.as_deref()));
    let mut changes = output::table(&["field", "from", "to"]).with_wrapping(&["from", "to"]);
    for AuditChange { field, from, to } in &entry.changes {
        changes.add_row([
            plain(field),
            plain_or_dash(from.as_deref()),
            plain_or_dash(to.as_deref()),
        ]);
    }
    let heading = screen.paint(Style::Heading, "Changes");
    let changes = match entry.changes.is_empty() {
        true => String::new(),
        false => format!("\n{heading}\n{}", changes.render(screen)),
    };
    output::write(&format!("{}{changes}", record.render(screen)))
}
