//! Updates of existing users.

use std::collections::HashMap;

use super::{
    UserRecord,
    admins::check_admin_left,
    batch::user_name_field,
    custom_attributes::{self, lock_definitions_for},
    diff::UserDiff,
    is_match, load_record,
    locks::check_locks,
    stage::{already_exists, invalid},
    staging_options::IdentifierConflict,
    team_resolver::TeamResolver,
    to_record, to_visible,
};
use crate::{
    app::{App, Error, callers::Caller, retry::retry_on_conflict},
    domain::{
        Timestamp,
        api_key::Scope,
        audit::Author,
        custom_attribute::AttributeDefinition,
        etag::IfMatch,
        id::{AccountId, TeamId, UserId},
        membership::MemberRole,
        role::TeamRole,
        team::Team,
        user::User,
        user_patch::UserPatch,
    },
    store::Tx,
};

/// The result of a user update.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserUpdate {
    /// The user as they are now.
    pub record: UserRecord,
    /// The team roles in effect that the account role raised.
    pub raised: Vec<RaisedRole>,
    /// Whether the status is another one than before.
    pub changes_status: bool,
}

/// A team role in effect that the account role raised. Its requested role is as
/// before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RaisedRole {
    /// The team.
    pub team: TeamId,
    /// The role in effect before.
    pub from: TeamRole,
    /// The role in effect now.
    pub to: TeamRole,
}

/// How a user is changed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct UpdateOptions {
    /// Whether missing teams are created.
    pub create_missing_teams: bool,
    /// Whether the last administrator may lose the role.
    pub force: bool,
    /// Whether a change of a locked attribute is rejected: see [`User::locks`].
    pub respects_locks: bool,
}

/// Applies a patch to a user.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::PreconditionFailed`] if the user is not as `if_match`
/// says; [`Error::Invalid`] with every error; [`Error::UniqueConflict`] if another user
/// has the address or the external ID; [`Error::Rejected`] if no administrator
/// would be left; [`Error::MissingScope`].
pub fn update(
    app: &App,
    caller: &Caller,
    id: UserId,
    if_match: &IfMatch,
    patch: &UserPatch,
    options: UpdateOptions,
) -> Result<UserUpdate, Error> {
    let (author, now) = (&caller.author, app.now());
    if options.create_missing_teams {
        caller.require(Scope::TeamsWrite)?;
    }
    retry_on_conflict(app, author, |tx| {
        let definitions = lock_definitions_for(tx, author.account, patch)?;
        let current = load_for_update(tx, author.account, id, if_match)?;
        let UserUpdate { record, raised, changes_status } =
            apply_update(tx, author, current, (patch, &definitions), options, now)?;
        Ok(UserUpdate { record: to_visible(tx, record)?, raised, changes_status })
    })
}

/// Applies a patch to a user who was loaded for an update. The definitions that the patch
/// needs were locked before the user.
pub(crate) fn apply_update(
    tx: &mut Tx<'_>,
    author: &Author,
    current: UserRecord,
    (patch, definitions): (&UserPatch, &[AttributeDefinition]),
    options: UpdateOptions,
    now: Timestamp,
) -> Result<UserUpdate, Error> {
    let (account, create) = (author.account, options.create_missing_teams);
    let memberships = patch.teams.as_deref();
    let named = memberships.into_iter().flatten();
    let mut teams = TeamResolver::load(tx, account, named, create, &HashMap::new())?;
    let memberships =
        memberships.map(|all| teams.resolve(author, now, all)).transpose()?.transpose();
    let identified = patch.apply_identifiers(current.user.clone());
    let conflicts = find_conflicts(tx, &current, &identified)?;
    let writer = custom_attributes::writer(author, false);
    let after = patch.clone().apply_with_definitions(current.user.clone(), definitions, writer);
    let (after, memberships) = match (after, memberships) {
        (Ok(after), Ok(memberships)) => (after, memberships),
        (after, memberships) => {
            let errors = [after.err(), memberships.err()].into_iter().flatten().flatten();
            return Err(invalid(errors.collect(), conflicts));
        }
    };
    if options.respects_locks {
        check_locks(&current.user, &after)?;
    }
    if !conflicts.is_empty() {
        return Err(already_exists(conflicts));
    }
    let id = current.user.id;
    let provenance = author.provenance(now);
    let diff =
        UserDiff::new((current.user.clone(), after), &current.teams, memberships, &provenance);
    if diff.is_empty() {
        return Ok(UserUpdate { record: current, raised: Vec::new(), changes_status: false });
    }
    teams.create_missing(tx, author, |_| true)?;
    diff.write(tx, author, now)?;
    if diff.takes_admin() && !options.force {
        let field = if diff.takes_role() { "role" } else { "disabled" };
        check_admin_left(tx, author.account, field)?;
    }
    let raised = find_raised_roles(&current.teams, &diff);
    let changes_status = diff.before.status != diff.after.status;
    // The row is locked, so the new state is known without another query.
    let record = match diff.teams.is_empty() {
        true => current.with_user(diff.after),
        false => load_record(tx, author.account, id)?,
    };
    Ok(UserUpdate { record, raised, changes_status })
}

/// The team roles in effect that the new account role raises, in the teams that do not
/// change.
fn find_raised_roles(teams: &[(Team, MemberRole)], diff: &UserDiff) -> Vec<RaisedRole> {
    let is_kept = |team: TeamId| !diff.teams.iter().any(|(changed, _)| *changed == team);
    let kept_teams = teams.iter().filter(|(team, _)| is_kept(team.id));
    let raised = kept_teams.map(|(team, role)| {
        let to = MemberRole::new(role.requested, diff.after.role).effective;
        RaisedRole { team: team.id, from: role.effective, to }
    });
    raised.filter(|raised| raised.to > raised.from).collect()
}

/// Loads a user and locks them until the transaction ends, if their ETag matches
/// `if_match`.
pub(crate) fn load_for_update(
    tx: &mut Tx<'_>,
    account: AccountId,
    id: UserId,
    if_match: &IfMatch,
) -> Result<UserRecord, Error> {
    // Lock the administrators before the user, always in the same order, to
    // prevent deadlocks.
    let admin = tx.user(account, id)?.as_ref().is_some_and(User::is_enabled_admin);
    if admin {
        tx.enabled_admins_for_update(account)?;
    }
    let user = tx.user_for_update(account, id)?.ok_or_else(|| Error::not_found("user", id))?;
    if !admin && user.is_enabled_admin() {
        tx.enabled_admins_for_update(account)?;
    }
    let current = to_record(tx, user)?;
    if !is_match(tx, &current, if_match, UserRecord::etag)? {
        return Err(Error::precondition("user", id, if_match));
    }
    Ok(current)
}

/// Returns the unique values of a user that other users have.
fn find_conflicts(
    tx: &mut Tx<'_>,
    current: &UserRecord,
    after: &User,
) -> Result<Vec<IdentifierConflict>, Error> {
    let (account, id) = (current.user.account, current.user.id);
    let mut values = Vec::new();
    if after.email.key() != current.user.email.key() {
        let others = tx.users_by_email(account, &[after.email.key().clone()])?;
        if let Some((_, other)) = others.into_iter().find(|(_, other)| *other != id) {
            let value = after.email.to_string();
            values.push(IdentifierConflict { field: "email", value, user: other });
        }
    }
    let name = after.user_name_key();
    if name != current.user.user_name_key() {
        let others = tx.users_by_user_name(account, &[name])?;
        if let Some((_, other)) = others.into_iter().find(|(_, other)| *other != id) {
            let (field, value) = user_name_field(after);
            let conflict = IdentifierConflict { field, value, user: other };
            if !values.contains(&conflict) {
                values.push(conflict);
            }
        }
    }
    if let Some(external_id) = &after.external_id
        && after.external_id != current.user.external_id
    {
        let others = tx.users_by_external_id(account, std::slice::from_ref(external_id))?;
        if let Some((_, other)) = others.into_iter().find(|(_, other)| *other != id) {
            let value = external_id.clone();
            values.push(IdentifierConflict { field: "externalId", value, user: other });
        }
    }
    Ok(values)
}
