//! A batch of planned users, which are written together.

use std::collections::HashSet;

use super::{
    diff::{Revision, changes, forget, is_admin},
    existing_records::{Earlier, ExistingRecords},
    staging::{ExistingUserPolicy, IdentifierConflict, Planned, Staged, Staging},
    team_resolver::Teams,
};
use crate::{
    app::{Error, audit, error::Refusal, members},
    domain::{
        audit::{AuditEntry, Author},
        field_error::{FieldError, Reason},
        id::{TeamId, UserId},
        import::FieldChange,
        membership::{Effect, MemberRole},
        role::TeamRole,
        team::{Membership, Team},
        user::User,
        user_name::UserName,
        user_patch::UserPatch,
    },
    store::Tx,
};

/// The error of a change that would remove the last administrator.
const NO_ADMIN: &str = "would leave the account without an administrator who is enabled";

/// The planned writes of a batch.
pub(crate) struct Batch<'a> {
    staging: &'a Staging<'a>,
    teams: Teams,
    new: Vec<(User, Vec<(TeamId, TeamRole)>)>,
    revisions: Vec<Revision>,
    /// External IDs that users lose, and that others of the batch may get.
    freed_external_ids: HashSet<String>,
}

impl<'a> Batch<'a> {
    pub(super) fn of(staging: &'a Staging<'a>, teams: Teams) -> Self {
        Self {
            staging,
            teams,
            new: Vec::new(),
            revisions: Vec::new(),
            freed_external_ids: HashSet::new(),
        }
    }

    /// Plans a user and adds them to the batch, unless the patch is refused.
    ///
    /// # Errors
    /// If the operating system provides no random bytes.
    pub(super) fn take(
        &mut self,
        known: &mut ExistingRecords,
        earlier: &mut Earlier,
        patch: &UserPatch,
        after: User,
    ) -> Result<Planned, Error> {
        let unchanged = |staged| Ok(Planned { staged, changes: Vec::new() });
        if !known.seen.insert(after.email.key().clone()) {
            let reason = Reason::repeated("each user once", "Remove one of the two.");
            let fault = FieldError::new("email", after.email.to_string(), reason);
            return unchanged(Staged::Refused(vec![fault]));
        }
        let there = known.by_email.get(after.email.key()).cloned();
        let taken = self.taken(known, &after, there.as_ref());
        match (&there, self.staging.if_there) {
            (Some(user), ExistingUserPolicy::Skip)
                if !taken.iter().any(IdentifierConflict::is_name) =>
            {
                return unchanged(Staged::Skipped(user.id));
            }
            _ if taken.is_empty() => {}
            _ => return unchanged(Staged::Exists(taken)),
        }
        let Staging { author, now, .. } = *self.staging;
        let placements = patch.teams.as_deref();
        let teams =
            match placements.map(|teams| self.teams.resolve(author, now, teams)).transpose()? {
                None => None,
                Some(Ok(teams)) => Some(teams),
                Some(Err(faults)) => return unchanged(Staged::Refused(faults)),
            };
        let (name, external_id) = (after.user_name_key(), after.external_id.clone());
        let external_id_before = there.as_ref().and_then(|user| user.external_id.clone());
        let planned = match there {
            None => self.create(earlier, after, teams.unwrap_or_default()),
            Some(user) => self.update(known, earlier, (user, after), teams),
        };
        let id = match &planned.staged {
            Staged::Created(user) => user.id,
            Staged::Changed(id) | Staged::Unchanged(id) => *id,
            _ => return Ok(planned),
        };
        known.by_user_name.insert(name.as_str().to_owned(), id);
        if let Some(freed) =
            external_id_before.filter(|before| external_id.as_ref() != Some(before))
        {
            earlier.note_external_id(&freed, None);
            known.by_external_id.remove(&freed);
            self.freed_external_ids.insert(freed);
        }
        if let Some(external_id) = external_id {
            earlier.note_external_id(&external_id, Some(id));
            known.by_external_id.insert(external_id, id);
        }
        Ok(planned)
    }

    /// Finds the unique values of a user that belong to another user.
    fn taken(
        &self,
        known: &ExistingRecords,
        after: &User,
        there: Option<&User>,
    ) -> Vec<IdentifierConflict> {
        let mut taken = Vec::new();
        let is_other = |user: &UserId| there.is_none_or(|there| there.id != *user);
        if let (Some(user), ExistingUserPolicy::Refuse) = (there, self.staging.if_there) {
            taken.push(IdentifierConflict {
                field: "email",
                value: after.email.to_string(),
                user: user.id,
            });
        }
        let name = after.user_name_key();
        if let Some(user) = known.by_user_name.get(name.as_str()).copied().filter(is_other) {
            let (field, value) = describe_user(after);
            taken.push(IdentifierConflict { field, value, user });
        }
        if let Some(value) = &after.external_id
            && let Some(user) = known.by_external_id.get(value).copied()
            && (is_other(&user) || self.staging.if_there == ExistingUserPolicy::Refuse)
        {
            taken.push(IdentifierConflict { field: "externalId", value: value.clone(), user });
        }
        taken
    }

    fn create(
        &mut self,
        earlier: &mut Earlier,
        user: User,
        teams: Vec<(TeamId, TeamRole)>,
    ) -> Planned {
        if is_admin(&user) {
            earlier.note_admin(user.id, true);
        }
        let added: Vec<_> = teams.iter().map(|(team, role)| (*team, Effect::Add(*role))).collect();
        let changes = self.field_changes(None, &user, &added, &[]);
        let staged = Staged::Created(Box::new(user.clone()));
        self.new.push((user, teams));
        Planned { staged, changes }
    }

    fn update(
        &mut self,
        known: &ExistingRecords,
        earlier: &mut Earlier,
        (user, after): (User, User),
        teams: Option<Vec<(TeamId, TeamRole)>>,
    ) -> Planned {
        let id = user.id;
        let current = known.teams.get(&id).map(Vec::as_slice).unwrap_or_default();
        let revision = Revision::of((user, after), current, teams, self.staging.now);
        if revision.is_nothing() {
            return Planned { staged: Staged::Unchanged(id), changes: Vec::new() };
        }
        let changes =
            self.field_changes(Some(&revision.before), &revision.after, &revision.teams, current);
        if self.staging.if_there == ExistingUserPolicy::Keep {
            let value = revision.after.email.to_string();
            let taken = vec![IdentifierConflict { field: "email", value, user: id }];
            return Planned { staged: Staged::Exists(taken), changes };
        }
        let stays = is_admin(&revision.after);
        if is_admin(&revision.before) != stays && !earlier.note_admin(id, stays) {
            let reason = Reason::new(
                NO_ADMIN,
                "an account with an administrator who is enabled",
                "Make another user ADMIN in a row before this one.",
            );
            let (field, value) = if revision.takes_role() {
                ("role", revision.after.role.as_str())
            } else {
                ("disabled", "true")
            };
            return refused(FieldError::new(field, value, reason));
        }
        self.revisions.push(revision);
        Planned { staged: Staged::Changed(id), changes }
    }

    /// Returns the changes of a user by field and team.
    fn field_changes(
        &self,
        before: Option<&User>,
        after: &User,
        teams: &[(TeamId, Effect)],
        current: &[(Team, MemberRole)],
    ) -> Vec<FieldChange> {
        let fields = changes(before, Some(after)).into_iter().map(|change| FieldChange {
            field: change.field.into_owned(),
            team: None,
            from: change.from,
            to: change.to,
        });
        let moves = teams.iter().filter_map(|(team, effect)| {
            let (from, to) = match *effect {
                Effect::Add(role) => (None, Some(role)),
                Effect::Change { from, to } => (Some(from), Some(to)),
                Effect::Remove(role) => (Some(role), None),
                Effect::Nothing => return None,
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
        fields.chain(moves).collect()
    }

    /// The teams that are created by it.
    pub(super) fn new_teams(&self) -> impl Iterator<Item = &Team> {
        let used = self.used_teams();
        self.teams.noted().filter(move |team| used.contains(&team.id))
    }

    /// The external IDs that go from one user to another.
    fn moved_external_ids(&self) -> Vec<String> {
        let new = self.new.iter().map(|(user, _)| user);
        let users = new.chain(self.revisions.iter().map(|revision| &revision.after));
        let ids = users.filter_map(|user| user.external_id.as_ref());
        ids.filter(|id| self.freed_external_ids.contains(*id)).cloned().collect()
    }

    fn used_teams(&self) -> HashSet<TeamId> {
        let joined = self.new.iter().flat_map(|(_, teams)| teams).map(|(team, _)| *team);
        let moved = self.revisions.iter().flat_map(|one| &one.teams).map(|(team, _)| *team);
        joined.chain(moved).collect()
    }

    /// Writes the whole batch in few statements.
    ///
    /// # Errors
    /// If the database fails, or another transaction won a race; [`Error::Refused`]
    /// if no administrator would be left.
    pub(crate) fn write(&self, tx: &mut Tx<'_>) -> Result<(), Error> {
        let Staging { author, now, .. } = *self.staging;
        let took = self.revisions.iter().any(Revision::takes_admin);
        if took {
            // Locked first and always in the same order, to prevent deadlocks.
            tx.enabled_admins_for_update(author.account)?;
        }
        let used = self.used_teams();
        self.teams.make(tx, author, |team| used.contains(&team))?;
        let users: Vec<_> = self.new.iter().map(|(user, _)| user.clone()).collect();
        let keys: Vec<_> = users.iter().map(|user| user.email.key().clone()).collect();
        forget(tx, author, now, &keys)?;
        tx.clear_external_ids(author.account, &self.moved_external_ids())?;
        tx.insert_users(&users)?;
        let (account, created_at) = (author.account, now);
        let mut memberships = Vec::new();
        let mut entries = Vec::new();
        for (user, teams) in &self.new {
            entries.push(entry(author, user)?);
            for (team, requested_role) in teams.iter().copied() {
                let user = user.id;
                memberships.push(Membership { account, team, user, requested_role, created_at });
                let effect = Effect::Add(requested_role);
                entries.extend(members::entry(author, now, team, user, effect)?);
            }
        }
        tx.put_memberships(&memberships)?;
        tx.insert_audits(&entries)?;
        let mut revisions: Vec<_> = self.revisions.iter().collect();
        // Always in the same order, to prevent deadlocks.
        revisions.sort_unstable_by_key(|revision| revision.after.id);
        for revision in revisions {
            revision.write(tx, author, now)?;
        }
        if took && tx.enabled_admins_for_update(account)?.is_empty() {
            return Err(Error::Refused(Refusal::LastAdmin { field: "role" }));
        }
        Ok(())
    }
}

fn refused(fault: FieldError) -> Planned {
    Planned { staged: Staged::Refused(vec![fault]), changes: Vec::new() }
}

/// The field that gives a user their `userName`, and its value.
pub(super) fn describe_user(user: &User) -> (&'static str, String) {
    match &user.user_name {
        Some(name) => ("userName", UserName::to_string(name)),
        None => ("email", user.email.to_string()),
    }
}

fn entry(author: &Author, user: &User) -> Result<AuditEntry, Error> {
    let made = changes(None, Some(user));
    audit::entry(author, user.created_at, "user.create", user.id.as_uuid(), made)
}
