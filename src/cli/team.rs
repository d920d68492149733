//! `usher team`

use clap::{Args, Subcommand};
use serde::Serialize;
use uuid::Uuid;

use super::{
    CliError,
    account_arg::{AccountArg, with_account_name},
    listing::{LimitArg, filtered},
    output::{self, Record, Screen, format_moment, plain},
    setup::Setup,
};
use crate::{
    app::{App, callers::Caller, members, teams},
    domain::{etag::IfMatch, lists::Member, team::Team},
    http::views,
};

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// List the teams of an account
    List {
        #[command(flatten)]
        of: AccountArg,
        /// Only those that match a filter of the admin API, e.g. 'name sw "Sales"'
        #[arg(long)]
        filter: Option<String>,
        #[command(flatten)]
        limit: LimitArg,
    },
    /// Show a team
    Show(TeamArg),
    /// List the members of a team, each with the role in it
    Members {
        #[command(flatten)]
        named: TeamArg,
        /// Only those that match a filter of the admin API, e.g. 'role eq "ADMIN"'
        #[arg(long)]
        filter: Option<String>,
        #[command(flatten)]
        limit: LimitArg,
    },
    /// Delete a team; its members stay users
    Delete(TeamArg),
}

/// One team.
#[derive(Debug, Args)]
pub(super) struct TeamArg {
    #[command(flatten)]
    of: AccountArg,
    /// The team: an ID or a name
    team: String,
}

#[derive(Serialize)]
struct DeletedBody<'a> {
    id: Uuid,
    name: &'a str,
}

impl Command {
    pub(super) fn run(self, setup: &Setup) -> Result<(), CliError> {
        let app = setup.app()?;
        match self {
            Self::List { of, filter, limit } => {
                let account = of.load(&app)?;
                let caller = Caller::command_line(account.id);
                let found = limit
                    .read_pages(filtered(filter), |query| teams::list(&app, &caller, query))?;
                list(found, &account.slug, of.json)
            }
            Self::Show(named) => {
                let (_, team) = named.find(&app)?;
                show(team, named.of.json)
            }
            Self::Members { named, filter, limit } => {
                let (caller, team) = named.find(&app)?;
                let read = |query: &_| members::list(&app, &caller, team.id, query);
                list_members(limit.read_pages(filtered(filter), read)?, &team, named.of.json)
            }
            Self::Delete(named) => {
                let (caller, team) = named.find(&app)?;
                teams::delete(&app, &caller, team.id, &IfMatch::Unconditional)?;
                show_deleted(&team, named.of.json)
            }
        }
    }
}

impl TeamArg {
    fn find(&self, app: &App) -> Result<(Caller, Team), CliError> {
        let account = self.of.load(app)?;
        let caller = Caller::command_line(account.id);
        let team = teams::find_by_id_or_name(app, &caller, &self.team);
        let team = team.map_err(|error| with_account_name(error, &account))?;
        Ok((caller, team))
    }
}

fn list(teams: Vec<Team>, account: &str, json: bool) -> Result<(), CliError> {
    if json {
        return output::json(&teams.into_iter().map(views::Team::from).collect::<Vec<_>>());
    }
    let mut table =
        output::table(&["team", "created by", "created", "id"]).with_wrapping(&["team"]);
    for team in &teams {
        let (name, id) = (plain(team.name.as_str()), team.id.to_string());
        table.add_row([name, team.origin.as_str().to_owned(), format_moment(team.created_at), id]);
    }
    table.show(&format!(
        "No teams in the account {account} match. A login, an import and the admin API create teams."
    ))
}

fn show(team: Team, json: bool) -> Result<(), CliError> {
    if json {
        return output::json(&views::Team::from(team));
    }
    let mut record = Record::default();
    record.add_text("team", plain(team.name.as_str()));
    record.add_whole("id", team.id.to_string());
    record.add_whole("created by", team.origin.as_str());
    record.add_whole("created", format_moment(team.created_at));
    record.add_whole("updated", format_moment(team.updated_at));
    let members = format!("usher team members {}", team.id);
    record.add_whole("members", members);
    output::write(&record.render(Screen::for_stdout()))
}

fn list_members(members: Vec<Member>, team: &Team, json: bool) -> Result<(), CliError> {
    if json {
        return output::json(&members.into_iter().map(views::TeamMember::from).collect::<Vec<_>>());
    }
    let head = ["e-mail", "name", "team role", "account role", "status", "since", "id"];
    let mut table = output::table(&head).with_wrapping(&["name"]);
    for member in &members {
        let name = format!("{} {}", member.first_name, member.last_name);
        table.add_row([
            plain(member.email.as_str()),
            plain(name.trim()),
            member.role.effective.to_string(),
            member.account_role.to_string(),
            member.status.as_str().to_owned(),
            format_moment(member.since),
            member.user.to_string(),
        ]);
    }
    let name = plain(team.name.as_str());
    table.show(&format!("No members of the team {name} match."))
}

fn show_deleted(team: &Team, json: bool) -> Result<(), CliError> {
    let Team { id, name, .. } = team;
    if json {
        return output::json(&DeletedBody { id: id.as_uuid(), name: name.as_str() });
    }
    output::write(&format!(
        "Deleted the team {} ({id}). Its members stay users.",
        plain(name.as_str())
    ))
}
