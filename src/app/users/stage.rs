//! Staging: users who are there before they log in, one or many.

use std::collections::{HashMap, HashSet};

use super::{UserRecord, again, batch::Batch, named::Teams, of_user};
use crate::{
    app::{App, Error, callers::Caller, error::Conflict},
    domain::{
        Timestamp,
        api_key::Scope,
        audit::Author,
        email::{Email, EmailKey},
        fault::Fault,
        id::UserId,
        membership::MemberRole,
        staging::{Draft, Edit, NewUser, read},
        team::Team,
        user::User,
        user_name::{UserName, UserNameKey},
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

/// A value that must be unique and is another user's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Taken {
    /// The field's name on the wire: `email`, `userName` or `externalId`.
    pub field: &'static str,
    /// Its value.
    pub value: String,
    /// Whose it is.
    pub user: UserId,
}

impl Taken {
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
    Exists(Vec<Taken>),
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
    again(app, author, |tx| match stage(tx, &staging, std::slice::from_ref(draft))?.pop() {
        // Who is in no team has nothing beside them: no identity yet either.
        Some(Staged::Created(user)) if draft.teams.as_ref().is_none_or(Vec::is_empty) => {
            Ok(UserRecord::alone(*user))
        }
        Some(Staged::Created(user)) => super::record(tx, author.account, user.id),
        Some(Staged::Refused(faults)) => Err(Error::Invalid(faults)),
        Some(Staged::Exists(values)) => Err(taken(values)),
        // None of these comes of one draft that is refused if it is there.
        Some(Staged::Changed(id) | Staged::Unchanged(id) | Staged::Skipped(id)) => {
            let user = tx.user(author.account, id)?;
            of_user(tx, user.ok_or_else(|| Error::not_found("user", id))?)
        }
        None => Err(Error::not_found("user", &draft.email)),
    })
}

/// That values which must be unique are another user's.
pub(crate) fn taken(values: Vec<Taken>) -> Error {
    let conflict = |Taken { field, value, user }| Conflict {
        thing: "user",
        field,
        value,
        id: Some(user.as_uuid()),
    };
    Error::Exists { thing: "user", conflicts: values.into_iter().map(conflict).collect() }
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
    let mut batch = Batch::of(staging, teams);
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
pub(super) struct Known {
    pub(super) by_email: HashMap<EmailKey, User>,
    pub(super) by_user_name: HashMap<String, UserId>,
    pub(super) by_external_id: HashMap<String, UserId>,
    pub(super) teams: HashMap<UserId, Vec<(Team, MemberRole)>>,
    /// The addresses of the drafts before.
    pub(super) seen: HashSet<EmailKey>,
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
        let names = keys.iter().map(UserNameKey::from);
        let own = drafts
            .iter()
            .filter_map(|draft| draft.pushed.as_ref()?.user_name.as_deref()?.parse().ok());
        let names: Vec<_> = names.chain(own.map(|name: UserName| name.key().clone())).collect();
        let by_user_name = tx.users_by_user_name(account, &names)?.into_iter().collect();
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
            by_user_name,
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
