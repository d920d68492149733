//! Staging: users who are there before they log in, one or many.

use std::collections::{HashMap, HashSet};

use super::{UserRecord, batch::Batch, retry_on_conflict, team_resolver::Teams};
use crate::{
    app::{App, Error, callers::Caller, error::Conflict, random},
    domain::{
        Timestamp,
        api_key::Scope,
        audit::Author,
        email::{Email, EmailKey},
        field_error::{FieldError, Reason},
        id::{AccountId, UserId},
        import::FieldChange,
        membership::MemberRole,
        provisioning::ExistingTeam,
        role::AccountRole,
        team::{Team, TeamKey},
        user::{Profile, User, UserStatus},
        user_name::UserNameKey,
        user_patch::{Field, UserPatch},
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
    pub if_there: ExistingUserPolicy,
    /// Whether teams that are named and not there are made. Whoever asks for
    /// it needs the scope `teams:write` as well.
    pub create_missing_teams: bool,
}

/// What becomes of a user whose address is there already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExistingUserPolicy {
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

impl ExistingUserPolicy {
    /// Whether what the draft says is held against what is there.
    fn compares(self) -> bool {
        matches!(self, Self::Keep | Self::Update)
    }
}

/// A value that must be unique and is another user's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdentifierConflict {
    /// The field's name on the wire: `email`, `userName` or `externalId`.
    pub field: &'static str,
    /// Its value.
    pub value: String,
    /// Whose it is.
    pub user: UserId,
}

impl IdentifierConflict {
    /// Whether it is what an identity provider calls the user.
    pub(super) fn is_name(&self) -> bool {
        self.field != "externalId"
    }
}

/// What became of a draft.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Staged {
    /// A user was made: this one.
    Created(Box<User>),
    /// The user was there, and has changed.
    Changed(UserId),
    /// The user was there, and is as the draft says.
    Unchanged(UserId),
    /// The user was there, and was not looked at.
    Skipped(UserId),
    /// Values that must be unique are another user's: at least one.
    Exists(Vec<IdentifierConflict>),
    /// It can't be used. Nothing of it was written.
    Refused(Vec<FieldError>),
}

/// Stages a user.
///
/// # Errors
/// [`Error::Invalid`] with every fault; [`Error::Exists`] if a user has the
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
    let staging =
        Staging { author, now, if_there: ExistingUserPolicy::Refuse, create_missing_teams };
    retry_on_conflict(app, author, |tx| {
        match stage(tx, &staging, std::slice::from_ref(patch))?.pop() {
            // Who is in no team has nothing beside them: no identity yet either.
            Some(Staged::Created(user)) if patch.teams.as_ref().is_none_or(Vec::is_empty) => {
                Ok(UserRecord::alone(*user))
            }
            Some(Staged::Created(user)) => super::record(tx, author.account, user.id),
            Some(Staged::Refused(faults)) => Err(Error::Invalid(faults)),
            Some(Staged::Exists(values)) => Err(already_exists(values)),
            // None of these comes of one patch that is refused if the user exists.
            Some(Staged::Changed(id) | Staged::Unchanged(id) | Staged::Skipped(id)) => {
                super::record(tx, author.account, id)
            }
            None => Err(Error::not_found("user", "new")),
        }
    })
}

/// That values which must be unique are another user's.
pub(crate) fn already_exists(values: Vec<IdentifierConflict>) -> Error {
    let conflict = |IdentifierConflict { field, value, user }| Conflict {
        thing: "user",
        field,
        value,
        id: Some(user.as_uuid()),
    };
    Error::Exists { thing: "user", conflicts: values.into_iter().map(conflict).collect() }
}

/// Stages users, in a transaction that `again` has begun: `plan` and then
/// `Batch::write`. Drafts that can't be used are left out: a caller who wants
/// all or nothing rolls back.
///
/// # Errors
/// If the database fails, or somebody else was faster; [`Error::Refused`] if no
/// administrator would be left.
pub fn stage(
    tx: &mut Tx<'_>,
    staging: &Staging<'_>,
    patches: &[UserPatch],
) -> Result<Vec<Staged>, Error> {
    let changes = u32::try_from(patches.len()).unwrap_or(u32::MAX);
    let (planned, batch) = plan(tx, staging, patches, &mut Earlier::new(changes))?;
    batch.write(tx)?;
    Ok(planned.into_iter().map(|planned| planned.staged).collect())
}

/// What will become of a draft.
#[derive(Debug)]
pub(crate) struct Planned {
    /// What it will be.
    pub(crate) staged: Staged,
    /// The fields that will change.
    pub(crate) changes: Vec<FieldChange>,
}

/// Works out what becomes of drafts, by reading alone: in few statements
/// however many drafts there are. What is written later is guarded by what must
/// be unique and by versions, so the plan may be older than its writing: if
/// somebody else was faster, the writing fails, and the drafts are planned
/// again.
///
/// No two drafts may have one address or external ID: the later is refused.
/// `earlier` is what was planned before and is not written yet.
///
/// # Errors
/// If the database fails.
pub(crate) fn plan<'a>(
    tx: &mut Tx<'_>,
    staging: &'a Staging<'a>,
    patches: &[UserPatch],
    earlier: &mut Earlier,
) -> Result<(Vec<Planned>, Batch<'a>), Error> {
    let mut known = ExistingRecords::load(tx, staging, patches, earlier)?;
    let placements = patches.iter().filter_map(|patch| patch.teams.as_ref()).flatten();
    let account = staging.author.account;
    let create = staging.create_missing_teams;
    let teams = Teams::find(tx, account, placements, create, &earlier.teams)?;
    let mut batch = Batch::of(staging, teams);
    let mut all = Vec::with_capacity(patches.len());
    for patch in patches {
        all.push(match known.apply(staging, patch)? {
            Ok(after) => batch.take(&mut known, earlier, patch, after)?,
            Err(faults) => Planned { staged: Staged::Refused(faults), changes: Vec::new() },
        });
    }
    for Team { id, name, .. } in batch.new_teams().cloned() {
        earlier.teams.insert(name.key().clone(), ExistingTeam { id, name });
    }
    Ok((all, batch))
}

/// What was planned before and is not written yet.
#[derive(Debug)]
pub(crate) struct Earlier {
    /// The user who will have an external ID. `None`: no user will have it.
    external_ids: HashMap<String, Option<UserId>>,
    /// The teams that will be created.
    teams: HashMap<TeamKey, ExistingTeam>,
    /// The administrators who stay: of those who are there as many as matter.
    /// `None`: not looked up yet.
    admins: Option<HashSet<UserId>>,
    most_admins: u32,
}

impl Earlier {
    /// Nothing. So many users will be changed at most.
    pub(crate) fn new(changes: u32) -> Self {
        Self {
            external_ids: HashMap::new(),
            teams: HashMap::new(),
            admins: None,
            most_admins: changes.saturating_add(1),
        }
    }

    /// Notes that a user will be an administrator, or will not; whether one is
    /// left.
    pub(super) fn note_admin(&mut self, user: UserId, is_admin: bool) -> bool {
        let admins = self.admins.get_or_insert_default();
        if is_admin {
            admins.insert(user);
            return true;
        }
        if admins.len() == 1 && admins.contains(&user) {
            return false;
        }
        admins.remove(&user);
        true
    }

    /// Notes which user will have an external ID. `None`: no user will have it.
    pub(super) fn note_external_id(&mut self, external_id: &str, user: Option<UserId>) {
        self.external_ids.insert(external_id.to_owned(), user);
    }
}

/// The records that drafts are about.
pub(super) struct ExistingRecords {
    pub(super) by_email: HashMap<EmailKey, User>,
    pub(super) by_user_name: HashMap<String, UserId>,
    pub(super) by_external_id: HashMap<String, UserId>,
    pub(super) teams: HashMap<UserId, Vec<(Team, MemberRole)>>,
    /// The addresses of the drafts before.
    pub(super) seen: HashSet<EmailKey>,
}

impl ExistingRecords {
    fn load(
        tx: &mut Tx<'_>,
        staging: &Staging<'_>,
        patches: &[UserPatch],
        earlier: &mut Earlier,
    ) -> Result<Self, Error> {
        let account = staging.author.account;
        let emails = patches.iter().filter_map(|patch| patch.email.as_ref());
        let keys: Vec<_> = emails.map(|email| email.key().clone()).collect();
        if staging.if_there == ExistingUserPolicy::Update && earlier.admins.is_none() {
            let admins = tx.enabled_admins(account, earlier.most_admins)?;
            earlier.admins = Some(admins.into_iter().collect());
        }
        let by_external_id = by_external_id(tx, account, patches, earlier)?;
        let names = keys.iter().map(UserNameKey::from);
        let own = patches.iter().filter_map(|patch| match &patch.user_name {
            Field::Set(name) => Some(name.key().clone()),
            Field::Keep | Field::Clear => None,
        });
        let names: Vec<_> = names.chain(own).collect();
        let by_user_name = tx.users_by_user_name(account, &names)?.into_iter().collect();
        let users = tx.users_with_email(account, &keys)?;
        let mut teams: HashMap<_, Vec<_>> = HashMap::new();
        if staging.if_there.compares() {
            let ids: Vec<_> = users.iter().map(|user| user.id).collect();
            for (user, team, role) in tx.teams_of_users(account, &ids)? {
                teams.entry(user).or_default().push((team, role));
            }
        }
        Ok(Self {
            by_email: users.into_iter().map(|user| (user.email.key().clone(), user)).collect(),
            by_user_name,
            by_external_id,
            teams,
            seen: HashSet::new(),
        })
    }

    /// Returns the user after a patch: of the stored user if they are to be
    /// compared, or else of a new one. A user who is skipped is not looked at.
    fn apply(
        &self,
        staging: &Staging<'_>,
        patch: &UserPatch,
    ) -> Result<Result<User, Vec<FieldError>>, Error> {
        let Some(email) = &patch.email else {
            return Ok(Err(vec![FieldError::new(
                "email",
                "",
                Reason::required("an e-mail address", "Add the address."),
            )]));
        };
        Ok(match (self.by_email.get(email.key()), staging.if_there) {
            (Some(user), ExistingUserPolicy::Skip) => Ok(user.clone()),
            (Some(user), policy) if policy.compares() => patch.clone().apply(user.clone()),
            _ => patch.clone().replacing().apply(new_user(staging, email.clone())?),
        })
    }
}

/// A new user, with the defaults.
fn new_user(staging: &Staging<'_>, email: Email) -> Result<User, Error> {
    let Staging { author, now, .. } = *staging;
    Ok(User {
        id: random::id(UserId::new, now)?,
        account: author.account,
        email,
        user_name: None,
        display_name: None,
        manager: None,
        external_id: None,
        role: AccountRole::Stakeholder,
        profile: Profile::default(),
        status: UserStatus::Staged,
        origin: author.origin(),
        created_at: now,
        updated_at: now,
        first_login_at: None,
        last_login_at: None,
        version: 1,
    })
}

/// Who has the external IDs of drafts. Looked up before the users: a user who
/// is staged meanwhile by somebody else is then found by their address, and is
/// not taken for another with their ID.
fn by_external_id(
    tx: &mut Tx<'_>,
    account: AccountId,
    patches: &[UserPatch],
    earlier: &Earlier,
) -> Result<HashMap<String, UserId>, Error> {
    let ids: Vec<_> = patches
        .iter()
        .filter_map(|patch| match &patch.external_id {
            Field::Set(id) => Some(id.clone()),
            Field::Keep | Field::Clear => None,
        })
        .collect();
    let mut found: HashMap<_, _> = tx.users_by_external_id(account, &ids)?.into_iter().collect();
    for id in ids {
        match earlier.external_ids.get(&id) {
            Some(Some(user)) => drop(found.insert(id, *user)),
            Some(None) => drop(found.remove(&id)),
            None => {}
        }
    }
    Ok(found)
}
