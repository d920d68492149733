//! Staging: creating users before their first login, one or many.

use super::{
    UserRecord,
    batch::Batch,
    existing_records::{ExistingRecords, PendingChanges},
    staging_options::{
        ExistingUserPolicy, IdentifierConflict, PlannedUser, StagingOptions, StagingOutcome,
    },
    team_resolver::TeamResolver,
    to_visible,
};
use crate::{
    app::{App, Error, callers::Caller, error::Conflict, retry::retry_on_conflict},
    domain::{
        api_key::Scope,
        field_error::FieldError,
        provisioning::ExistingTeam,
        team::Team,
        user::User,
        user_patch::{ParsedUser, UserPatch},
    },
    store::Tx,
};

/// Stages a user.
///
/// # Errors
/// [`Error::Invalid`] with every error; [`Error::UniqueConflict`] if a user has the
/// address or the external ID; [`Error::MissingScope`].
pub fn create(
    app: &App,
    caller: &Caller,
    patch: &UserPatch,
    create_missing_teams: bool,
) -> Result<UserRecord, Error> {
    let (author, now) = (&caller.author, app.now());
    if create_missing_teams {
        caller.require(Scope::TeamsWrite)?;
    }
    let staging = StagingOptions {
        author,
        now,
        on_existing: ExistingUserPolicy::Reject,
        create_missing_teams,
    };
    retry_on_conflict(app, author, |tx| {
        let user = create_in(tx, &staging, patch)?;
        let record = match patch.teams.as_ref().is_none_or(Vec::is_empty) {
            true => UserRecord::without_relations(user),
            false => super::load_record(tx, author.account, user.id)?,
        };
        to_visible(tx, record)
    })
}

/// Creates a user in a transaction of `retry_on_conflict`, with the policy
/// [`ExistingUserPolicy::Reject`].
///
/// # Errors
/// As [`create`].
pub(crate) fn create_in(
    tx: &mut Tx<'_>,
    staging: &StagingOptions<'_>,
    patch: &UserPatch,
) -> Result<User, Error> {
    match stage(tx, staging, &[patch.clone().into()])?.pop() {
        Some(StagingOutcome::Created(user)) => Ok(*user),
        Some(StagingOutcome::Rejected(errors, conflicts)) => Err(invalid(errors, conflicts)),
        Some(StagingOutcome::Exists(values)) => Err(already_exists(values)),
        // Unreachable: one patch has one outcome, and only other policies have these.
        Some(
            StagingOutcome::Changed(_) | StagingOutcome::Unchanged(_) | StagingOutcome::Skipped(_),
        )
        | None => Err(Error::not_found("user", "new")),
    }
}

/// Converts a violation of a unique index into a conflict.
pub(super) fn already_exists(values: Vec<IdentifierConflict>) -> Error {
    let conflicts = values.into_iter().map(Conflict::from).collect();
    Error::UniqueConflict { thing: "user", conflicts }
}

/// The errors of values, and those of values that are another user's.
pub(super) fn invalid(mut errors: Vec<FieldError>, conflicts: Vec<IdentifierConflict>) -> Error {
    errors.extend(conflicts.into_iter().map(|it| Conflict::from(it).to_field_error()));
    Error::Invalid(errors)
}

/// Stages users in a transaction of `retry_on_conflict`: `plan`, then
/// `Batch::write`. Invalid patches are left out: for all or nothing, the caller rolls
/// back.
///
/// # Errors
/// If the database fails, or another transaction won a race; [`Error::Rejected`] if no
/// administrator would be left.
pub fn stage(
    tx: &mut Tx<'_>,
    staging: &StagingOptions<'_>,
    users: &[ParsedUser],
) -> Result<Vec<StagingOutcome>, Error> {
    let changes = u32::try_from(users.len()).unwrap_or(u32::MAX);
    let (planned, batch) = plan(tx, staging, users, &mut PendingChanges::new(changes))?;
    batch.write(tx)?;
    Ok(planned.into_iter().map(|planned| planned.staged).collect())
}

/// Plans the staging of users, with few read queries. Unique indexes and versions
/// protect the later write: if another transaction won a race, the write fails, and
/// the users are planned again.
///
/// Two patches with the same address or external ID are an error of the later one.
/// `earlier` holds the users who were planned before and are not written yet.
///
/// # Errors
/// If the database fails.
pub(crate) fn plan<'a>(
    tx: &mut Tx<'_>,
    staging: &'a StagingOptions<'a>,
    users: &[ParsedUser],
    earlier: &mut PendingChanges,
) -> Result<(Vec<PlannedUser>, Batch<'a>), Error> {
    let mut existing = ExistingRecords::load(tx, staging, users, earlier)?;
    let memberships = users.iter().filter_map(|user| user.patch.teams.as_ref()).flatten();
    let account = staging.author.account;
    let create = staging.create_missing_teams;
    let teams = TeamResolver::load(tx, account, memberships, create, &earlier.teams)?;
    let mut batch = Batch::new(staging, teams);
    let mut planned = Vec::with_capacity(users.len());
    for user in users {
        planned.push(batch.add(&mut existing, earlier, user)?);
    }
    batch.keep_definitions(existing.definitions);
    for Team { id, name, .. } in batch.new_teams().cloned() {
        earlier.teams.insert(name.key().clone(), ExistingTeam { id, name });
    }
    Ok((planned, batch))
}
