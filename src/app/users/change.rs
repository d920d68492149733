//! Changing a user who is there.

use std::collections::HashMap;

use super::{
    UserRecord,
    batch::{describe_user, name_key},
    diff::{Revision, is_admin},
    of_user, record, retry_on_conflict,
    stage::{IdentifierConflict, already_exists},
    team_resolver::Teams,
};
use crate::{
    app::{App, Error, callers::Caller, error::Refusal},
    domain::{
        Timestamp,
        api_key::Scope,
        audit::Author,
        etag::IfMatch,
        field_error::FieldError,
        id::{AccountId, TeamId, UserId},
        membership::MemberRole,
        role::{AccountRole, TeamRole},
        staging::{Draft, Edit, NewUser, read},
        team::Team,
    },
    store::Tx,
};

/// What became of a user who was changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserUpdate {
    /// The user as they are now.
    pub record: UserRecord,
    /// The team roles in effect that the account role raised.
    pub raised: Vec<RaisedRole>,
}

/// A team role in effect that the account role raised. Its requested role is as
/// before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RaisedRole {
    /// In which team.
    pub team: TeamId,
    /// The role in effect before.
    pub from: TeamRole,
    /// The role in effect now.
    pub to: TeamRole,
}

/// How a user is changed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct UpdateOptions {
    /// Whether teams that are named and not there are made.
    pub create_missing_teams: bool,
    /// Whether the last administrator may be none any more.
    pub force: bool,
}

/// Makes a user what a draft says. What it leaves out gets what it would have
/// got if the user had been staged so; but the status and the teams stay as
/// they are, so that nobody is enabled or put out of a team by mistake.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::Changed`] if the user is not as `if_match`
/// says; [`Error::Invalid`] with every fault; [`Error::Exists`] if another user
/// has the address or the external ID; [`Error::Refused`] if no administrator
/// would be left; [`Error::MissingScope`].
pub fn replace(
    app: &App,
    caller: &Caller,
    id: UserId,
    if_match: &IfMatch,
    draft: &Draft,
    how: UpdateOptions,
) -> Result<UserUpdate, Error> {
    change(app, caller, id, if_match, how, |_| draft.clone())
}

/// Changes what an edit says of a user, and nothing else.
///
/// # Errors
/// As [`replace`].
pub fn update(
    app: &App,
    caller: &Caller,
    id: UserId,
    if_match: &IfMatch,
    edit: &Edit,
    how: UpdateOptions,
) -> Result<UserUpdate, Error> {
    change(app, caller, id, if_match, how, |current| edit.clone().of(&current.user))
}

/// What is wrong with an edit of a user, by rules that need nothing but the two.
/// Nothing, if there is no such user.
///
/// # Errors
/// If the database can't be read.
pub fn faults(
    app: &App,
    caller: &Caller,
    id: UserId,
    edit: &Edit,
) -> Result<Vec<FieldError>, Error> {
    let user = app.db.read(|tx| tx.user(caller.author.account, id).map_err(Error::from))?;
    let read = user.map(|user| read(&edit.clone().of(&user)));
    Ok(read.and_then(Result::err).unwrap_or_default())
}

fn change(
    app: &App,
    caller: &Caller,
    id: UserId,
    if_match: &IfMatch,
    how: UpdateOptions,
    draft: impl Fn(&UserRecord) -> Draft,
) -> Result<UserUpdate, Error> {
    let (author, now) = (&caller.author, app.now());
    if how.create_missing_teams {
        caller.require(Scope::TeamsWrite)?;
    }
    retry_on_conflict(app, author, |tx| {
        let current = load_for_update(tx, author.account, id, if_match)?;
        let draft = draft(&current);
        apply_update(tx, author, current, &draft, how, now)
    })
}

/// Makes a user who is held what a draft says.
pub(crate) fn apply_update(
    tx: &mut Tx<'_>,
    author: &Author,
    current: UserRecord,
    draft: &Draft,
    how: UpdateOptions,
    now: Timestamp,
) -> Result<UserUpdate, Error> {
    let mut desired = read(draft).map_err(Error::Invalid)?;
    unique(tx, &current, &desired)?;
    let placements = desired.teams.take();
    let named = placements.iter().flatten();
    let (account, create) = (author.account, how.create_missing_teams);
    let mut teams = Teams::find(tx, account, named, create, &HashMap::new())?;
    let placements = match placements {
        Some(placements) => Some(teams.resolve(author, now, &placements)?.map_err(Error::Invalid)?),
        None => None,
    };
    let id = current.user.id;
    let revision = Revision::of(current.user.clone(), &current.teams, desired, placements, now)?;
    if revision.is_nothing() {
        return Ok(UserUpdate { record: current, raised: Vec::new() });
    }
    teams.make(tx, author, |_| true)?;
    revision.write(tx, author, now)?;
    let bereft = revision.takes_admin() && !how.force;
    if bereft && tx.enabled_admins_for_update(author.account)?.is_empty() {
        return Err(Error::Refused(Refusal::LastAdmin));
    }
    // It is held, and what was written is known: there is nothing to read.
    if revision.teams.is_empty() {
        let raised = raised(&current.teams, revision.after.role);
        return Ok(UserUpdate { record: current.with(revision.after), raised });
    }
    Ok(UserUpdate { record: record(tx, author.account, id)?, raised: Vec::new() })
}

/// The team roles in effect that another account role raises.
fn raised(teams: &[(Team, MemberRole)], account: AccountRole) -> Vec<RaisedRole> {
    let raised = teams.iter().map(|(team, role)| {
        let to = MemberRole::new(role.requested, account).effective;
        RaisedRole { team: team.id, from: role.effective, to }
    });
    raised.filter(|raised| raised.to > raised.from).collect()
}

/// A user, held until the transaction ends, if they are as the caller has seen
/// them.
pub(crate) fn load_for_update(
    tx: &mut Tx<'_>,
    account: AccountId,
    id: UserId,
    if_match: &IfMatch,
) -> Result<UserRecord, Error> {
    // The administrators before the user, in one order for everybody, so that
    // nobody waits in a circle.
    let admin = tx.user(account, id)?.as_ref().is_some_and(is_admin);
    if admin {
        tx.enabled_admins_for_update(account)?;
    }
    let user = tx.user_for_update(account, id)?.ok_or_else(|| Error::not_found("user", id))?;
    if !admin && is_admin(&user) {
        tx.enabled_admins_for_update(account)?;
    }
    let current = of_user(tx, user)?;
    if !if_match.allows(&current.tag()) {
        return Err(Error::precondition("user", id, if_match));
    }
    Ok(current)
}

/// That no other user has what is unique.
fn unique(tx: &mut Tx<'_>, current: &UserRecord, desired: &NewUser) -> Result<(), Error> {
    let (account, id) = (current.user.account, current.user.id);
    let mut values = Vec::new();
    if desired.email.key() != current.user.email.key() {
        let others = tx.users_by_email(account, &[desired.email.key().clone()])?;
        if let Some((_, other)) = others.into_iter().find(|(_, other)| *other != id) {
            let value = desired.email.to_string();
            values.push(IdentifierConflict { field: "email", value, user: other });
        }
    }
    let name = name_key(desired, Some(&current.user));
    if name != current.user.user_name_key() {
        let others = tx.users_by_user_name(account, &[name])?;
        if let Some((_, other)) = others.into_iter().find(|(_, other)| *other != id) {
            let (field, value) = describe_user(desired, Some(&current.user));
            let taken = IdentifierConflict { field, value, user: other };
            if !values.contains(&taken) {
                values.push(taken);
            }
        }
    }
    if let Some(external_id) = &desired.external_id {
        let others = tx.users_by_external_id(account, std::slice::from_ref(external_id))?;
        if let Some((_, other)) = others.into_iter().find(|(_, other)| *other != id) {
            let value = external_id.clone();
            values.push(IdentifierConflict { field: "externalId", value, user: other });
        }
    }
    if values.is_empty() { Ok(()) } else { Err(already_exists(values)) }
}
