//! A batch of planned users, which are written together.

use std::collections::HashSet;

use super::{
    admins::check_admin_left,
    custom_attributes::lock_planned_definitions,
    diff::{UserDiff, diff_users},
    existing_records::{ExistingRecords, PendingChanges},
    staging_options::{
        ExistingUserPolicy, IdentifierConflict, PlannedUser, StagingOptions, StagingOutcome,
    },
    team_resolver::TeamResolver,
};
use crate::{
    app::{Error, audit, deleted_users, members},
    domain::{
        audit::{AuditAction, AuditEntry, Author},
        custom_attribute::AttributeDefinition,
        field_error::{FieldError, Reason},
        id::{TeamId, UserId},
        import::FieldChange,
        membership::{MemberRole, MembershipEffect},
        role::TeamRole,
        team::{Membership, Team},
        user::User,
        user_name::UserName,
        user_patch::{FieldPatch, ParsedUser, UserPatch},
    },
    store::Tx,
};

/// The error of a change that would remove the last administrator.
const NO_ADMIN: &str = "would leave the account without an administrator who is enabled";

/// The planned writes of a batch.
pub(crate) struct Batch<'a> {
    staging: &'a StagingOptions<'a>,
    teams: TeamResolver,
    new: Vec<(User, Vec<(TeamId, TeamRole)>)>,
    diffs: Vec<UserDiff>,
    /// External IDs that users lose, and that others of the batch may get.
    freed_external_ids: HashSet<String>,
    /// The definitions by which custom attributes are set. `None` if none are.
    definitions: Option<Vec<AttributeDefinition>>,
}

impl<'a> Batch<'a> {
    pub(super) fn new(staging: &'a StagingOptions<'a>, teams: TeamResolver) -> Self {
        Self {
            staging,
            teams,
            new: Vec::new(),
            diffs: Vec::new(),
            freed_external_ids: HashSet::new(),
            definitions: None,
        }
    }

    /// Plans a user and adds them to the batch, unless they are rejected.
    ///
    /// # Errors
    /// If the operating system provides no random bytes.
    pub(super) fn add(
        &mut self,
        existing: &mut ExistingRecords,
        earlier: &mut PendingChanges,
        user: &ParsedUser,
    ) -> Result<PlannedUser, Error> {
        let without_changes = |staged| Ok(PlannedUser { staged, changes: Vec::new() });
        let email = user.patch.email.as_ref();
        let existing_user = email.and_then(|email| existing.by_email.get(email.key())).cloned();
        let skips = self.staging.on_existing == ExistingUserPolicy::Skip;
        let skipped = existing_user.as_ref().filter(|_| skips).map(|user| user.id);
        let (after, mut errors) = match existing.apply(self.staging, &user.patch)? {
            Ok(after) => (Some(after), Vec::new()),
            Err(errors) => (existing.identify(self.staging, &user.patch)?, errors),
        };
        let address = after.as_ref().filter(|_| user.errors.is_empty()).map(|after| &after.email);
        if let Some(email) = address
            && !existing.planned_emails.insert(email.key().clone())
        {
            let reason = Reason::repeated("each user once", "Remove one of the two.");
            return Ok(reject(FieldError::new("email", email.to_string(), reason)));
        }
        let mut conflicts = match &after {
            Some(after) => self.find_conflicts(existing, after, existing_user.as_ref()),
            None => self.find_conflicts_without_address(existing, &user.patch),
        };
        conflicts.retain(|conflict| !user.explains_place(conflict.field));
        if let Some(id) = skipped.filter(|_| user.errors.is_empty())
            && !conflicts.iter().any(IdentifierConflict::is_user_name)
        {
            return without_changes(StagingOutcome::Skipped(id));
        }
        let StagingOptions { author, now, .. } = *self.staging;
        let memberships = user.patch.teams.as_deref().filter(|_| skipped.is_none());
        let teams = memberships.map(|teams| self.teams.resolve(author, now, teams)).transpose()?;
        let teams = teams.transpose().unwrap_or_else(|more| {
            errors.extend(more);
            None
        });
        errors.retain(|error| !user.explains_place(&error.field));
        errors.splice(0..0, user.errors.iter().cloned());
        // Only a user without errors can be compared with the existing user.
        let keeps = self.staging.on_existing == ExistingUserPolicy::Keep;
        if let Some(other) = existing_user.as_ref().filter(|_| keeps && !errors.is_empty()) {
            conflicts.insert(0, IdentifierConflict::with_address(other));
        }
        match (after, errors.is_empty(), conflicts.is_empty()) {
            (Some(after), true, true) => {
                self.add_valid(existing, earlier, (existing_user, after), teams)
            }
            (Some(_), true, false) => without_changes(StagingOutcome::Exists(conflicts)),
            _ => without_changes(StagingOutcome::Rejected(errors, conflicts)),
        }
    }

    /// Plans a user without errors.
    fn add_valid(
        &mut self,
        existing: &mut ExistingRecords,
        earlier: &mut PendingChanges,
        (existing_user, after): (Option<User>, User),
        teams: Option<Vec<(TeamId, TeamRole)>>,
    ) -> Result<PlannedUser, Error> {
        let (name, external_id) = (after.user_name_key(), after.external_id.clone());
        let external_id_before = existing_user.as_ref().and_then(|user| user.external_id.clone());
        let planned = match existing_user {
            None => self.create(earlier, after, teams.unwrap_or_default()),
            Some(user) => self.update(existing, earlier, (user, after), teams),
        };
        let id = match &planned.staged {
            StagingOutcome::Created(user) => user.id,
            StagingOutcome::Changed(id) | StagingOutcome::Unchanged(id) => *id,
            _ => return Ok(planned),
        };
        existing.by_user_name.insert(name.as_str().to_owned(), id);
        if let Some(freed) =
            external_id_before.filter(|before| external_id.as_ref() != Some(before))
        {
            earlier.reserve_external_id(&freed, None);
            existing.by_external_id.remove(&freed);
            self.freed_external_ids.insert(freed);
        }
        if let Some(external_id) = external_id {
            earlier.reserve_external_id(&external_id, Some(id));
            existing.by_external_id.insert(external_id, id);
        }
        Ok(planned)
    }

    /// Finds the unique values of a user that belong to another user.
    fn find_conflicts(
        &self,
        existing: &ExistingRecords,
        after: &User,
        existing_user: Option<&User>,
    ) -> Vec<IdentifierConflict> {
        let mut conflicts = Vec::new();
        let is_other =
            |user: &UserId| existing_user.is_none_or(|existing_user| existing_user.id != *user);
        if let (Some(user), ExistingUserPolicy::Reject) = (existing_user, self.staging.on_existing)
        {
            let value = after.email.to_string();
            conflicts.push(IdentifierConflict { field: "email", value, user: user.id });
        }
        let name = after.user_name_key();
        if let Some(user) = existing.by_user_name.get(name.as_str()).copied().filter(is_other) {
            let (field, value) = user_name_field(after);
            conflicts.push(IdentifierConflict { field, value, user });
        }
        if let Some(value) = &after.external_id
            && let Some(user) = existing.by_external_id.get(value).copied()
            && (is_other(&user) || self.staging.on_existing == ExistingUserPolicy::Reject)
        {
            conflicts.push(IdentifierConflict { field: "externalId", value: value.clone(), user });
        }
        conflicts
    }

    /// Finds the unique values of a user without an address that belong to another user.
    /// If existing users are compared, they may belong to the same user.
    fn find_conflicts_without_address(
        &self,
        existing: &ExistingRecords,
        patch: &UserPatch,
    ) -> Vec<IdentifierConflict> {
        let FieldPatch::Set(value) = &patch.external_id else { return Vec::new() };
        let is_other = self.staging.on_existing == ExistingUserPolicy::Reject;
        let other = existing.by_external_id.get(value).filter(|_| is_other);
        let conflict = |user: &UserId| IdentifierConflict {
            field: "externalId",
            value: value.clone(),
            user: *user,
        };
        other.map(conflict).into_iter().collect()
    }

    fn create(
        &mut self,
        earlier: &mut PendingChanges,
        user: User,
        teams: Vec<(TeamId, TeamRole)>,
    ) -> PlannedUser {
        if user.is_enabled_admin() {
            earlier.set_admin(user.id, true);
        }
        let added: Vec<_> =
            teams.iter().map(|(team, role)| (*team, MembershipEffect::Add(*role))).collect();
        let changes = self.field_changes(None, &user, &added, &[]);
        let staged = StagingOutcome::Created(Box::new(user.clone()));
        self.new.push((user, teams));
        PlannedUser { staged, changes }
    }

    fn update(
        &mut self,
        existing: &ExistingRecords,
        earlier: &mut PendingChanges,
        (user, after): (User, User),
        teams: Option<Vec<(TeamId, TeamRole)>>,
    ) -> PlannedUser {
        let id = user.id;
        let current = existing.teams.get(&id).map(Vec::as_slice).unwrap_or_default();
        let diff = UserDiff::new((user, after), current, teams, &self.staging.provenance());
        if diff.is_empty() {
            return PlannedUser { staged: StagingOutcome::Unchanged(id), changes: Vec::new() };
        }
        let changes = self.field_changes(Some(&diff.before), &diff.after, &diff.teams, current);
        if self.staging.on_existing == ExistingUserPolicy::Keep {
            let conflicts = vec![IdentifierConflict::with_address(&diff.after)];
            return PlannedUser { staged: StagingOutcome::Exists(conflicts), changes };
        }
        let stays = diff.after.is_enabled_admin();
        if diff.before.is_enabled_admin() != stays && !earlier.set_admin(id, stays) {
            let reason = Reason::new(
                NO_ADMIN,
                "an account with an administrator who is enabled",
                "Make another user ADMIN in a row before this one.",
            );
            let (field, value) = if diff.takes_role() {
                ("role", diff.after.role.as_str())
            } else {
                ("disabled", "true")
            };
            return reject(FieldError::new(field, value, reason));
        }
        self.diffs.push(diff);
        PlannedUser { staged: StagingOutcome::Changed(id), changes }
    }

    /// Returns the changes of a user by field and team.
    fn field_changes(
        &self,
        before: Option<&User>,
        after: &User,
        teams: &[(TeamId, MembershipEffect)],
        current: &[(Team, MemberRole)],
    ) -> Vec<FieldChange> {
        let fields = diff_users(before, Some(after)).into_iter().map(|change| FieldChange {
            field: change.field.into_owned(),
            team: None,
            from: change.from,
            to: change.to,
        });
        let team_changes = teams.iter().filter_map(|(team, effect)| {
            let (from, to) = match *effect {
                MembershipEffect::Add(role) => (None, Some(role)),
                MembershipEffect::Change { from, to } => (Some(from), Some(to)),
                MembershipEffect::Remove(role) => (Some(role), None),
                MembershipEffect::Nothing => return None,
            };
            let text = |role: Option<TeamRole>| role.map(|role| role.as_str().to_owned());
            let stored = current.iter().find(|(stored, _)| stored.id == *team);
            let name = stored.map(|(team, _)| &team.name).or_else(|| self.teams.name(*team));
            Some(FieldChange {
                field: "teams".into(),
                team: Some(name.map_or_else(|| team.to_string(), ToString::to_string)),
                from: text(from),
                to: text(to),
            })
        });
        fields.chain(team_changes).collect()
    }

    /// Keeps the definitions of the plan, if it sets custom attributes.
    pub(super) fn keep_definitions(&mut self, definitions: Vec<AttributeDefinition>) {
        let mut new = self.new.iter().map(|(user, _)| user);
        let sets_custom = new.any(|user| user.changes_custom_attributes(None))
            || self
                .diffs
                .iter()
                .any(|diff| diff.after.changes_custom_attributes(Some(&diff.before)));
        self.definitions = sets_custom.then_some(definitions);
    }

    /// Locks the definitions of the custom attributes that the batch sets. If a transaction
    /// writes several batches, this comes before all of them, to prevent deadlocks.
    ///
    /// # Errors
    /// If the database fails, or a definition has changed since the plan was made.
    pub(crate) fn lock_definitions(&self, tx: &mut Tx<'_>) -> Result<(), Error> {
        match &self.definitions {
            Some(planned) => {
                Ok(lock_planned_definitions(tx, self.staging.author.account, planned)?)
            }
            None => Ok(()),
        }
    }

    /// The teams that are created by it.
    pub(super) fn new_teams(&self) -> impl Iterator<Item = &Team> {
        let used = self.used_teams();
        self.teams.missing_teams().filter(move |team| used.contains(&team.id))
    }

    /// The external IDs that go from one user to another.
    fn moved_external_ids(&self) -> Vec<String> {
        let new = self.new.iter().map(|(user, _)| user);
        let users = new.chain(self.diffs.iter().map(|diff| &diff.after));
        let ids = users.filter_map(|user| user.external_id.as_ref());
        ids.filter(|id| self.freed_external_ids.contains(*id)).cloned().collect()
    }

    fn used_teams(&self) -> HashSet<TeamId> {
        let joined = self.new.iter().flat_map(|(_, teams)| teams).map(|(team, _)| *team);
        let moved = self.diffs.iter().flat_map(|diff| &diff.teams).map(|(team, _)| *team);
        joined.chain(moved).collect()
    }

    /// Writes the whole batch in few statements.
    ///
    /// # Errors
    /// If the database fails, or another transaction won a race; [`Error::Rejected`]
    /// if no administrator would be left.
    pub(crate) fn write(&self, tx: &mut Tx<'_>) -> Result<(), Error> {
        let StagingOptions { author, now, .. } = *self.staging;
        self.lock_definitions(tx)?;
        let removes_admin = self.diffs.iter().any(UserDiff::takes_admin);
        if removes_admin {
            // Locked first and always in the same order, to prevent deadlocks.
            tx.enabled_admins_for_update(author.account)?;
        }
        let used = self.used_teams();
        self.teams.create_missing(tx, author, |team| used.contains(&team))?;
        let users: Vec<_> = self.new.iter().map(|(user, _)| user.clone()).collect();
        let keys: Vec<_> = users.iter().map(|user| user.email.key().clone()).collect();
        deleted_users::remove_with_emails(tx, author, now, &keys)?;
        tx.clear_external_ids(author.account, &self.moved_external_ids())?;
        tx.insert_users(&users)?;
        let (account, created_at) = (author.account, now);
        let provenance = self.staging.provenance();
        let mut memberships = Vec::new();
        let mut entries = Vec::new();
        for (user, teams) in &self.new {
            entries.push(build_creation_entry(author, user)?);
            for (team, requested_role) in teams.iter().copied() {
                let (user, provenance) = (user.id, Some(provenance.clone()));
                memberships.push(Membership {
                    account,
                    team,
                    user,
                    requested_role,
                    created_at,
                    provenance,
                });
                let effect = MembershipEffect::Add(requested_role);
                entries.extend(members::build_audit_entry(author, now, team, user, effect)?);
            }
        }
        tx.put_memberships(&memberships)?;
        tx.insert_audits(&entries)?;
        let mut diffs: Vec<_> = self.diffs.iter().collect();
        // Always in the same order, to prevent deadlocks.
        diffs.sort_unstable_by_key(|diff| diff.after.id);
        for diff in diffs {
            diff.write(tx, author, now)?;
        }
        if removes_admin { check_admin_left(tx, account, "role") } else { Ok(()) }
    }
}

fn reject(error: FieldError) -> PlannedUser {
    PlannedUser { staged: StagingOutcome::Rejected(vec![error], Vec::new()), changes: Vec::new() }
}

/// The field that gives a user their `userName`, and its value.
pub(super) fn user_name_field(user: &User) -> (&'static str, String) {
    match &user.user_name {
        Some(name) => ("userName", UserName::to_string(name)),
        None => ("email", user.email.to_string()),
    }
}

pub(super) fn build_creation_entry(author: &Author, user: &User) -> Result<AuditEntry, Error> {
    let changes = diff_users(None, Some(user));
    audit::build_entry(author, user.created_at, AuditAction::UserCreate, user.id, changes)
}
