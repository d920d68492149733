//! Changes and creations that are planned before they are written: see
//! [`crate::app::planned_writes`].

use super::{
    UserRecord,
    batch::build_creation_entry,
    custom_attributes,
    diff::UserDiff,
    existing_records::ExistingRecords,
    locks::check_locks,
    staging_options::{ExistingUserPolicy, StagingOptions},
};
use crate::{
    app::{App, Error},
    domain::{
        Timestamp, audit::Author, custom_attribute::AttributeDefinition, id::ScimClientId,
        user::User, user_patch::UserPatch,
    },
    store::PlannedChange,
};

/// Changes a user by a patch that respects locks, in one round trip. Returns the user as they
/// are now, or `None` if nothing was written: the change is not one of the profile alone, can't
/// be made, or the user has changed since they were read.
///
/// # Errors
/// If the database fails.
pub(crate) fn update_at_once(
    app: &App,
    author: &Author,
    current: UserRecord,
    patch: &UserPatch,
    now: Timestamp,
) -> Result<Option<UserRecord>, Error> {
    let before = &current.user;
    let writer = custom_attributes::writer(author, false);
    let after = match patch.teams {
        None => patch.clone().apply_with_definitions(before.clone(), &[], writer).ok(),
        Some(_) => None,
    };
    let after = after.filter(|after| check_locks(before, after).is_ok());
    let diff = after.and_then(|after| UserDiff::of_profile(before, after, &author.provenance(now)));
    let Some(diff) = diff else { return Ok(None) };
    let change = match diff.is_empty() {
        true => PlannedChange::Nothing,
        false => PlannedChange::UpdateUser { before, after: &diff.after },
    };
    let entry = diff.audit_entry(author, now)?;
    let is_written = app.write_planned(author, change, entry.as_slice())?;
    Ok(is_written.then(|| current.with_user(diff.after)))
}

/// Creates a user by a patch without teams, in one round trip. Returns `None` if nothing was
/// written: there can't be such a user, or the user has custom attributes, or was deleted
/// before.
///
/// # Errors
/// If the database fails.
pub(crate) fn create_at_once(
    app: &App,
    author: &Author,
    patch: &UserPatch,
    definitions: Vec<AttributeDefinition>,
    external_id: Option<(ScimClientId, &str)>,
) -> Result<Option<User>, Error> {
    let on_existing = ExistingUserPolicy::Reject;
    let now = app.now();
    let staging = StagingOptions { author, now, on_existing, create_missing_teams: false };
    if patch.teams.as_ref().is_some_and(|teams| !teams.is_empty()) {
        return Ok(None);
    }
    let created = ExistingRecords::with_definitions(definitions).apply(&staging, patch)?;
    let user = created.ok().filter(|user| user.profile.custom.is_empty());
    let Some(user) = user else { return Ok(None) };
    let entry = build_creation_entry(author, &user)?;
    let change = PlannedChange::CreateUser { user: &user, external_id };
    let is_written = app.write_planned(author, change, &[entry])?;
    Ok(is_written.then_some(user))
}
