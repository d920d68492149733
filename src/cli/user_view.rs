//! The output of users.

use chrono::{DateTime, Utc};
use serde::Serialize;
use uuid::Uuid;

use super::{
    CliError,
    output::{
        self, Record, Screen, Style, format_count, format_moment, format_moment_or_dash, plain,
        plain_or_dash,
    },
};
use crate::{
    app::users::{self, RaisedRole, UnlinkedIdentity, UserListItem, UserRecord},
    domain::{
        account::Account,
        attribute_name::AttributeName,
        custom_attribute::value_text,
        profile_field::ProfileField,
        session::Session,
        user::{User, UserStatus},
    },
    http::views,
};

/// A user with sessions, for machines.
#[derive(Serialize)]
struct UserBody {
    #[serde(flatten)]
    user: views::User,
    sessions: Vec<SessionBody>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SessionBody {
    id: Uuid,
    connection_id: Uuid,
    created_at: DateTime<Utc>,
    expires_at: DateTime<Utc>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct EndedBody {
    id: Uuid,
    ended_sessions: usize,
}

#[derive(Serialize)]
struct DeletedBody<'a> {
    id: Uuid,
    email: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct UnlinkedBody {
    #[serde(flatten)]
    identity: views::UserIdentity,
    user_id: Uuid,
    ended_sessions: usize,
}

/// A user before and after a change.
pub(super) struct UserChange {
    pub(super) before: User,
    pub(super) after: users::UserUpdate,
}

/// Lists users.
pub(super) fn list(
    users: Vec<UserListItem>,
    account: &Account,
    json: bool,
) -> Result<(), CliError> {
    if json {
        return output::json(&users.into_iter().map(views::User::from).collect::<Vec<_>>());
    }
    let head = ["e-mail", "name", "role", "status", "last login", "id"];
    let mut table = output::table(&head).with_wrapping(&["name"]);
    for UserListItem { record: UserRecord { user, .. }, .. } in &users {
        table.add_row([
            plain(user.email.as_str()),
            plain(&user.display_name()),
            user.role.to_string(),
            user.status.as_str().to_owned(),
            format_moment_or_dash(user.last_login_at),
            user.id.to_string(),
        ]);
    }
    table.show(&format!(
        "No users in the account {} match. A login creates users; so does `usher user import FILE`.",
        account.slug
    ))
}

/// Shows a user with teams, identities and sessions.
pub(super) fn show(record: UserRecord, sessions: &[Session], json: bool) -> Result<(), CliError> {
    if json {
        let sessions = sessions.iter().map(SessionBody::from).collect();
        return output::json(&UserBody { user: record.into(), sessions });
    }
    let screen = Screen::for_stdout();
    let mut parts = vec![render_facts(&record.user).render(screen)];
    let mut teams = output::table(&["team", "role", "id"]).with_wrapping(&["team"]);
    for (team, role) in &record.teams {
        teams.add_row([plain(team.name.as_str()), role.effective.to_string(), team.id.to_string()]);
    }
    parts.push(render_section(screen, "Teams", record.teams.len(), &teams));
    let mut identities = output::table(&["subject", "id", "connection", "since"]);
    for identity in &record.identities {
        identities.add_row([
            plain(&identity.subject.text),
            identity.id.to_string(),
            identity.connection.to_string(),
            format_moment(identity.created_at),
        ]);
    }
    parts.push(render_section(screen, "Identities", record.identities.len(), &identities));
    let mut table = output::table(&["session since", "until", "connection"]);
    for session in sessions {
        table.add_row([
            format_moment(session.created_at),
            format_moment(session.expires_at),
            session.connection.to_string(),
        ]);
    }
    parts.push(render_section(screen, "Sessions", sessions.len(), &table));
    output::write(&parts.join("\n"))
}

fn render_section(screen: Screen, name: &str, count: usize, table: &output::Table) -> String {
    let heading = screen.paint(Style::Heading, &format!("{name}: {count}"));
    match count {
        0 => format!("{heading}\n"),
        _ => format!("{heading}\n{}", table.render(screen)),
    }
}

fn render_facts(user: &User) -> Record {
    let profile = &user.profile;
    let mobile = profile.mobile.as_ref().map(|mobile| mobile.e164.as_str());
    let mut record = Record::default();
    record.add_whole("user", plain(user.email.as_str()));
    record.add_whole("id", user.id.to_string());
    record.add_whole("status", user.status.as_str());
    record.add_whole("role", user.role.to_string());
    record.add_whole("user name", plain(user.user_name()));
    record.add_whole("external ID", plain_or_dash(user.external_id.as_deref()));
    record.add_text("name", plain(&user.display_name()));
    for field in ProfileField::text_fields() {
        record.add_text(&field.label(), plain_or_dash(profile.text(field)));
    }
    record.add_text("manager", plain_or_dash(user.manager.as_deref()));
    record.add_whole("mobile", plain_or_dash(mobile));
    record.add_whole("picture", plain_or_dash(profile.profile_image.as_deref()));
    for (name, value) in &profile.custom {
        let label = AttributeName::from(*name).to_string();
        record.add_text(&label, plain(&value_text(value)));
    }
    record.add_text("locked", format_locks(user));
    record.add_whole("created by", user.origin.as_str());
    record.add_whole("created", format_moment(user.created_at));
    record.add_whole("updated", format_moment(user.updated_at));
    record.add_whole("first login", format_moment_or_dash(user.first_login_at));
    record.add_whole("last login", format_moment_or_dash(user.last_login_at));
    record
}

/// The names of the locked attributes of a user.
fn format_locks(user: &User) -> String {
    if user.locks.is_empty() {
        return "none".into();
    }
    user.locks.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

/// Shows the changes of a user.
pub(super) fn show_change(changed: UserChange, json: bool) -> Result<(), CliError> {
    let UserChange { before, after } = changed;
    if json {
        return output::json(&views::User::from(after));
    }
    let users::UserUpdate { record: UserRecord { user, teams, .. }, raised, .. } = after;
    let name = format!("{} ({})", plain(user.email.as_str()), user.id);
    let mut lines = Vec::new();
    if before.role != user.role {
        lines.push(format!("{name}: the role is {} now, was {}.", user.role, before.role));
    }
    if before.status != user.status {
        let effect = match user.status {
            UserStatus::Disabled => "The user can't log in, and all sessions have ended.",
            UserStatus::Staged | UserStatus::Active => "The user may log in.",
        };
        let (now, was) = (user.status.as_str(), before.status.as_str());
        lines.push(format!("{name}: the status is {now} now, was {was}. {effect}"));
    }
    if before.locks != user.locks {
        let (now, was) = (format_locks(&user), format_locks(&before));
        lines.push(format!("{name}: the locked attributes are {now} now, were {was}."));
    }
    for RaisedRole { team, from, to } in raised {
        let known = teams.iter().find(|(known, _)| known.id == team);
        let team = known.map_or_else(|| team.to_string(), |(team, _)| plain(team.name.as_str()));
        lines.push(format!("  In the team {team} the role in effect is {to} now, was {from}."));
    }
    if lines.is_empty() {
        lines.push(format!(
            "Nothing was changed. {name} already has the status {}, the role {} and the locked \
             attributes {}.",
            user.status.as_str(),
            user.role.as_str(),
            format_locks(&user),
        ));
    }
    output::write(&lines.join("\n"))
}

/// Shows the number of sessions of a user that ended.
pub(super) fn show_ended_sessions(
    user: &User,
    ended_sessions: usize,
    json: bool,
) -> Result<(), CliError> {
    if json {
        return output::json(&EndedBody { id: user.id.as_uuid(), ended_sessions });
    }
    let email = plain(user.email.as_str());
    output::write(&match ended_sessions {
        0 => format!("{email} has no session: nothing was changed."),
        _ => format!(
            "Ended {} of {email}. To keep the user out, use `usher user disable`.",
            format_count(ended_sessions, "session")
        ),
    })
}

/// Shows an identity that was unlinked.
pub(super) fn show_unlinked(
    user: &User,
    unlinked: UnlinkedIdentity,
    json: bool,
) -> Result<(), CliError> {
    let UnlinkedIdentity { identity, ended_sessions } = unlinked;
    if json {
        let user_id = identity.user.as_uuid();
        let identity = identity.into();
        return output::json(&UnlinkedBody { identity, user_id, ended_sessions });
    }
    output::write(&format!(
        "Unlinked {} from {}, and ended {}. The next login with this address links a new identity.",
        plain(&identity.subject.text),
        plain(user.email.as_str()),
        format_count(ended_sessions, "session"),
    ))
}

/// Shows a user who was deleted.
pub(super) fn show_deleted(user: &User, json: bool) -> Result<(), CliError> {
    let email = user.email.as_str();
    if json {
        return output::json(&DeletedBody { id: user.id.as_uuid(), email });
    }
    output::write(&format!(
        "Deleted {} ({}), with all memberships, identities and sessions. A login does not create the \
         user again, unless the account allows it (--recreate-deleted).",
        plain(email),
        user.id,
    ))
}

impl From<&Session> for SessionBody {
    fn from(session: &Session) -> Self {
        Self {
            id: session.id.as_uuid(),
            connection_id: session.connection.as_uuid(),
            created_at: session.created_at,
            expires_at: session.expires_at,
        }
    }
}
