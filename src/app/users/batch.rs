//! What becomes of drafts, gathered to be written together.

use std::collections::HashSet;

use super::{
    named::Teams,
    revise::{Revision, changes, forget},
    stage::{IfThere, Known, Staged, Staging, Taken},
};
use crate::{
    app::{Error, audit, error::Refusal, members, random},
    domain::{
        audit::{AuditEntry, Author},
        fault::Fault,
        id::{TeamId, UserId},
        membership::Effect,
        role::TeamRole,
        staging::{Draft, NewUser, PushedUser, StatusRequest},
        team::Membership,
        user::{User, UserStatus},
        user_name::{UserName, UserNameKey},
    },
    store::Tx,
};

/// What is to be written.
pub(super) struct Batch<'a> {
    staging: &'a Staging<'a>,
    teams: Teams,
    new: Vec<(User, Vec<(TeamId, TeamRole)>)>,
    revisions: Vec<Revision>,
}

impl<'a> Batch<'a> {
    pub(super) fn of(staging: &'a Staging<'a>, teams: Teams) -> Self {
        Self { staging, teams, new: Vec::new(), revisions: Vec::new() }
    }

    /// Takes a draft in, if what it asks for can be.
    ///
    /// # Errors
    /// If there is no randomness.
    pub(super) fn take(
        &mut self,
        known: &mut Known,
        draft: &Draft,
        wanted: NewUser,
    ) -> Result<Staged, Error> {
        if !known.seen.insert(wanted.email.key().clone()) {
            let reason = "is given more than once: give each user once";
            return Ok(Staged::Refused(vec![Fault::new("email", &draft.email, reason)]));
        }
        let there = known.by_email.get(wanted.email.key()).cloned();
        let name = name_key(&wanted, there.as_ref());
        let taken = self.taken(known, &wanted, there.as_ref());
        match (&there, self.staging.if_there) {
            (Some(user), IfThere::Skip) if !taken.iter().any(Taken::is_name) => {
                return Ok(Staged::Skipped(user.id));
            }
            _ if taken.is_empty() => {}
            _ => return Ok(Staged::Exists(taken)),
        }
        let id = match &there {
            Some(user) => user.id,
            None => random::id(UserId::new, self.staging.now)?,
        };
        let Staging { author, now, .. } = *self.staging;
        let placements = wanted.teams.as_deref();
        let teams =
            match placements.map(|teams| self.teams.resolve(author, now, teams)).transpose()? {
                None => None,
                Some(Ok(teams)) => Some(teams),
                Some(Err(faults)) => return Ok(Staged::Refused(faults)),
            };
        let external_id = wanted.external_id.clone();
        let staged = match there {
            None => self.create(id, wanted, teams.unwrap_or_default()),
            Some(user) => self.revise(known, user, wanted, teams),
        };
        if staged.is_ok() {
            known.by_user_name.insert(name.as_str().to_owned(), id);
        }
        if let (Some(external_id), Ok(_)) = (external_id, &staged) {
            known.by_external_id.insert(external_id, id);
        }
        Ok(staged.unwrap_or_else(|fault| Staged::Refused(vec![fault])))
    }

    /// Each value of a draft that must be unique and is another user's.
    fn taken(&self, known: &Known, wanted: &NewUser, there: Option<&User>) -> Vec<Taken> {
        let mut taken = Vec::new();
        let is_other = |user: &UserId| there.is_none_or(|there| there.id != *user);
        if let (Some(user), IfThere::Refuse) = (there, self.staging.if_there) {
            taken.push(Taken { field: "email", value: user.email.to_string(), user: user.id });
        }
        let name = name_key(wanted, there);
        if let Some(user) = known.by_user_name.get(name.as_str()).copied().filter(is_other) {
            let (field, value) = named(wanted, there);
            taken.push(Taken { field, value, user });
        }
        if let Some(value) = &wanted.external_id
            && let Some(user) = known.by_external_id.get(value).copied()
            && (is_other(&user) || self.staging.if_there == IfThere::Refuse)
        {
            taken.push(Taken { field: "externalId", value: value.clone(), user });
        }
        taken
    }

    fn create(
        &mut self,
        id: UserId,
        wanted: NewUser,
        teams: Vec<(TeamId, TeamRole)>,
    ) -> Result<Staged, Fault> {
        let NewUser { email, external_id, role, profile, status, pushed, teams: _ } = wanted;
        let PushedUser { user_name, display_name, manager } = pushed.unwrap_or_default();
        let now = self.staging.now;
        let asked = status.unwrap_or(StatusRequest::Is(UserStatus::Staged));
        let user = User {
            id,
            account: self.staging.author.account,
            email,
            user_name,
            display_name,
            manager,
            external_id,
            role,
            profile,
            status: crate::domain::staging::status(UserStatus::Staged, false, asked)?,
            origin: self.staging.author.origin(),
            created_at: now,
            updated_at: now,
            first_login_at: None,
            last_login_at: None,
            version: 1,
        };
        let created = Box::new(user.clone());
        self.new.push((user, teams));
        Ok(Staged::Created(created))
    }

    fn revise(
        &mut self,
        known: &Known,
        user: User,
        wanted: NewUser,
        teams: Option<Vec<(TeamId, TeamRole)>>,
    ) -> Result<Staged, Fault> {
        let id = user.id;
        let current = known.teams.get(&id).map(Vec::as_slice).unwrap_or_default();
        let revision = Revision::of(user, current, wanted, teams, self.staging.now)?;
        if revision.is_nothing() {
            return Ok(Staged::Unchanged(id));
        }
        if self.staging.if_there == IfThere::Keep {
            let value = revision.before.email.to_string();
            return Ok(Staged::Exists(vec![Taken { field: "email", value, user: id }]));
        }
        self.revisions.push(revision);
        Ok(Staged::Changed(id))
    }

    /// Writes all that was taken in, in few statements.
    ///
    /// # Errors
    /// If the database fails, or somebody else was faster; [`Error::Refused`] if
    /// no administrator would be left.
    pub(super) fn write(&self, tx: &mut Tx<'_>) -> Result<(), Error> {
        let Staging { author, now, .. } = *self.staging;
        let joined = self.new.iter().flat_map(|(_, teams)| teams).map(|(team, _)| *team);
        let moved = self.revisions.iter().flat_map(|one| &one.teams).map(|(team, _)| *team);
        let used: HashSet<_> = joined.chain(moved).collect();
        self.teams.make(tx, author, |team| used.contains(&team))?;
        let users: Vec<_> = self.new.iter().map(|(user, _)| user.clone()).collect();
        let keys: Vec<_> = users.iter().map(|user| user.email.key().clone()).collect();
        forget(tx, author, now, &keys)?;
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
        for revision in &self.revisions {
            revision.write(tx, author, now)?;
        }
        let took = self.revisions.iter().any(Revision::takes_admin);
        if took && tx.enabled_admins_for_update(account)?.is_empty() {
            return Err(Error::Refused(Refusal::LastAdmin));
        }
        Ok(())
    }
}

/// What an identity provider will call a user, if not by their address.
fn own_name<'a>(wanted: &'a NewUser, there: Option<&'a User>) -> Option<&'a UserName> {
    match &wanted.pushed {
        Some(pushed) => pushed.user_name.as_ref(),
        None => there.and_then(|user| user.user_name.as_ref()),
    }
}

/// By what a user's `userName` will be compared.
pub(super) fn name_key(wanted: &NewUser, there: Option<&User>) -> UserNameKey {
    let own = own_name(wanted, there).map(|name| name.key().clone());
    own.unwrap_or_else(|| wanted.email.key().into())
}

/// The field that gives a user their `userName`, and its value.
pub(super) fn named(wanted: &NewUser, there: Option<&User>) -> (&'static str, String) {
    match own_name(wanted, there) {
        Some(name) => ("userName", name.to_string()),
        None => ("email", wanted.email.to_string()),
    }
}

fn entry(author: &Author, user: &User) -> Result<AuditEntry, Error> {
    let made = changes(None, Some(user));
    audit::entry(author, user.created_at, "user.create", user.id.as_uuid(), made)
}
