//! Staging: users who are there before they log in, one or many.

use std::collections::{HashMap, HashSet};

use super::{
    UserRecord, again,
    named::Teams,
    of_user,
    revise::{Revision, changes, forget},
};
use crate::{
    app::{App, Error, audit, callers::Caller, error::Refusal, members, random},
    domain::{
        Timestamp,
        api_key::Scope,
        audit::{AuditEntry, Author},
        email::{Email, EmailKey},
        fault::Fault,
        id::{TeamId, UserId},
        membership::Effect,
        role::TeamRole,
        staging::{Draft, Edit, NewUser, read},
        team::{Membership, Team},
        user::{Origin, User, UserStatus},
    },
    store::Tx,
};

/// How users are staged.
#[derive(Debug, Clone, Copy)]
pub struct Staging<'a> {
    /// Who stages them.
    pub author: &'a Author,
    /// When.
    pub now: Timestamp,
    /// What becomes of a user whose address is there already.
    pub if_there: IfThere,
    /// Whether teams that are named and not there are made. Whoever asks for
    /// it needs the scope `teams:write` as well.
    pub create_missing_teams: bool,
}

/// What becomes of a user whose address is there already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IfThere {
    /// [`Staged::Exists`].
    Refuse,
    /// They stay as they are: [`Staged::Unchanged`] if all that the draft says
    /// is so already, else [`Staged::Exists`].
    Keep,
    /// They stay as they are: [`Staged::Skipped`].
    Skip,
    /// What the draft says is changed, what it leaves out stays as it is, as
    /// in a PATCH: [`Staged::Changed`], or [`Staged::Unchanged`] if all of it
    /// is so already.
    Update,
}

impl IfThere {
    /// Whether what the draft says is held against what is there.
    fn compares(self) -> bool {
        matches!(self, Self::Keep | Self::Update)
    }
}

/// What became of a draft.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Staged {
    /// A user was made.
    Created(UserId),
    /// The user was there, and has changed.
    Changed(UserId),
    /// The user was there, and is as the draft says.
    Unchanged(UserId),
    /// The user was there, and was not looked at.
    Skipped(UserId),
    /// The value of a field, which is unique, is another user's.
    Exists {
        /// The field's name on the wire: `email` or `externalId`.
        field: &'static str,
        /// Its value.
        value: String,
        /// Whose it is.
        user: UserId,
    },
    /// It can't be used. Nothing of it was written.
    Refused(Vec<Fault>),
}

/// Stages a user.
///
/// # Errors
/// [`Error::Invalid`] with every fault; [`Error::Exists`] if a user has the
/// address or the external ID; [`Error::MissingScope`].
pub fn create(
    app: &App,
    caller: &Caller,
    draft: &Draft,
    create_missing_teams: bool,
) -> Result<UserRecord, Error> {
    let (author, now) = (&caller.author, app.now());
    if create_missing_teams {
        caller.require(Scope::TeamsWrite)?;
    }
    let staging = Staging { author, now, if_there: IfThere::Refuse, create_missing_teams };
    again(app, |tx| match stage(tx, &staging, std::slice::from_ref(draft))?.pop() {
        Some(Staged::Created(id)) => super::record(tx, author.account, id),
        Some(Staged::Refused(faults)) => Err(Error::Invalid(faults)),
        Some(Staged::Exists { field, value, user }) => Err(taken(field, &value, user)),
        // None of these comes of one draft that is refused if it is there.
        Some(Staged::Changed(id) | Staged::Unchanged(id) | Staged::Skipped(id)) => {
            let user = tx.user(author.account, id)?;
            of_user(tx, user.ok_or_else(|| Error::not_found("user", id))?)
        }
        None => Err(Error::not_found("user", &draft.email)),
    })
}

/// That a value which is unique is another user's.
pub(super) fn taken(field: &str, value: &str, user: UserId) -> Error {
    Error::Exists { thing: "user", name: format!("{user} with the {field} {value}") }
}

/// Stages users, in a transaction that `again` has begun: what each draft
/// says is looked up, and then all is written, in few statements however many
/// drafts there are. Drafts that can't be used are left out: whoever wants all
/// or nothing rolls back.
///
/// No two drafts may have one address or external ID: the later is refused.
///
/// # Errors
/// If the database fails, or somebody else was faster; [`Error::Refused`] if no
/// administrator would be left.
pub fn stage(
    tx: &mut Tx<'_>,
    staging: &Staging<'_>,
    drafts: &[Draft],
) -> Result<Vec<Staged>, Error> {
    let mut known = Known::of(tx, staging, drafts)?;
    let wanted: Vec<_> = drafts.iter().map(|draft| known.wanted(staging, draft)).collect();
    let placements = wanted.iter().flatten().filter_map(|wanted| wanted.teams.as_ref()).flatten();
    let account = staging.author.account;
    let teams = Teams::find(tx, account, placements, staging.create_missing_teams)?;
    let mut batch = Batch { staging, teams, new: Vec::new(), revisions: Vec::new() };
    let mut staged = Vec::with_capacity(drafts.len());
    for (draft, wanted) in drafts.iter().zip(wanted) {
        staged.push(match wanted {
            Ok(wanted) => batch.take(&mut known, draft, wanted)?,
            Err(faults) => Staged::Refused(faults),
        });
    }
    batch.write(tx)?;
    Ok(staged)
}

/// What is known of the users whom drafts are about.
struct Known {
    by_email: HashMap<EmailKey, User>,
    by_external_id: HashMap<String, UserId>,
    teams: HashMap<UserId, Vec<(Team, TeamRole)>>,
    /// The addresses of the drafts before.
    seen: HashSet<EmailKey>,
}

impl Known {
    fn of(tx: &mut Tx<'_>, staging: &Staging<'_>, drafts: &[Draft]) -> Result<Self, Error> {
        let account = staging.author.account;
        let emails = drafts.iter().filter_map(|draft| draft.email.parse::<Email>().ok());
        let keys: Vec<_> = emails.map(|email| email.key().clone()).collect();
        let external = drafts.iter().filter_map(|draft| draft.external_id.as_deref());
        let external: Vec<_> = external
            .map(|text| text.trim().to_owned())
            .filter(|text| !text.is_empty() && !text.contains('\0'))
            .collect();
        if staging.if_there == IfThere::Update {
            tx.enabled_admins_for_update(account)?;
        }
        // Before the users: who is staged meanwhile by somebody else is then
        // found by their address, and is not taken for another with their ID.
        let by_external_id = tx.users_by_external_id(account, &external)?.into_iter().collect();
        let users = tx.users_by_email_for_update(account, &keys)?;
        let mut teams: HashMap<_, Vec<_>> = HashMap::new();
        if staging.if_there.compares() {
            let ids: Vec<_> = users.iter().map(|user| user.id).collect();
            for (user, team, role) in tx.teams_of_users(account, &ids)? {
                teams.entry(user).or_default().push((team, role));
            }
        }
        Ok(Self {
            by_email: users.into_iter().map(|user| (user.email.key().clone(), user)).collect(),
            by_external_id,
            teams,
            seen: HashSet::new(),
        })
    }

    /// What a draft asks for, over what is there if that is to be changed.
    fn wanted(&self, staging: &Staging<'_>, draft: &Draft) -> Result<NewUser, Vec<Fault>> {
        let email = draft.email.parse::<Email>().ok();
        let there = email.and_then(|email| self.by_email.get(email.key()));
        match there.filter(|_| staging.if_there.compares()) {
            Some(user) => read(&Edit::from(draft.clone()).of(user)),
            None => read(draft),
        }
    }
}

/// What is to be written.
struct Batch<'a> {
    staging: &'a Staging<'a>,
    teams: Teams,
    new: Vec<(User, Vec<(TeamId, TeamRole)>)>,
    revisions: Vec<Revision>,
}

impl Batch<'_> {
    fn take(&mut self, known: &mut Known, draft: &Draft, wanted: NewUser) -> Result<Staged, Error> {
        if !known.seen.insert(wanted.email.key().clone()) {
            let reason = "is the address of another user who is given here";
            return Ok(Staged::Refused(vec![Fault::new("email", &draft.email, reason)]));
        }
        let there = known.by_email.get(wanted.email.key()).cloned();
        match (&there, self.staging.if_there) {
            (Some(user), IfThere::Skip) => return Ok(Staged::Skipped(user.id)),
            (Some(user), IfThere::Refuse) => {
                let value = user.email.to_string();
                return Ok(Staged::Exists { field: "email", value, user: user.id });
            }
            (Some(_), IfThere::Keep | IfThere::Update) | (None, _) => {}
        }
        let id = match &there {
            Some(user) => user.id,
            None => random::id(UserId::new, self.staging.now)?,
        };
        if let Some(value) = &wanted.external_id
            && let Some(user) = known.by_external_id.get(value).copied().filter(|its| *its != id)
        {
            return Ok(Staged::Exists { field: "externalId", value: value.clone(), user });
        }
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
        if let (Some(external_id), Ok(_)) = (external_id, &staged) {
            known.by_external_id.insert(external_id, id);
        }
        Ok(staged.unwrap_or_else(|fault| Staged::Refused(vec![fault])))
    }

    fn create(
        &mut self,
        id: UserId,
        wanted: NewUser,
        teams: Vec<(TeamId, TeamRole)>,
    ) -> Result<Staged, Fault> {
        let NewUser { email, external_id, role, profile, status, teams: _ } = wanted;
        let now = self.staging.now;
        let asked = status.unwrap_or(UserStatus::Staged);
        let user = User {
            id,
            account: self.staging.author.account,
            email,
            external_id,
            role,
            profile,
            status: crate::domain::staging::status(UserStatus::Staged, false, asked)?,
            origin: Origin::Admin,
            created_at: now,
            updated_at: now,
            first_login_at: None,
            last_login_at: None,
            version: 1,
        };
        self.new.push((user, teams));
        Ok(Staged::Created(id))
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
            return Ok(Staged::Exists { field: "email", value, user: id });
        }
        self.revisions.push(revision);
        Ok(Staged::Changed(id))
    }

    fn write(&self, tx: &mut Tx<'_>) -> Result<(), Error> {
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
            for (team, role) in teams.iter().copied() {
                memberships.push(Membership { account, team, user: user.id, role, created_at });
                entries.extend(members::entry(author, now, team, user.id, Effect::Add(role))?);
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

fn entry(author: &Author, user: &User) -> Result<AuditEntry, Error> {
    let made = changes(None, Some(user));
    audit::entry(author, user.created_at, "user.create", user.id.as_uuid(), made)
}
