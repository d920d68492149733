//! Users: stage, list, update and delete.

mod admins;
mod batch;
mod change;
mod custom_attributes;
mod delete;
mod diff;
mod existing_records;
mod explain;
mod filter;
mod locks;
mod lookup;
mod planned;
mod sessions;
mod stage;
mod staging_options;
mod team_resolver;
mod unlink;

use std::collections::HashMap;

pub use self::{
    change::{RaisedRole, UpdateOptions, UserUpdate, update},
    delete::delete,
    explain::{ConnectionPolicy, NamedProvenance, UserExplanation, ValueExplanation, explain},
    lookup::find_by_identifier,
    sessions::{end_sessions, list_sessions},
    stage::{create, stage},
    staging_options::{ExistingUserPolicy, IdentifierConflict, StagingOptions, StagingOutcome},
    unlink::{UnlinkedIdentity, unlink},
};
pub(crate) use batch::Batch;
pub(crate) use change::{apply_update, load_for_update};
pub(crate) use custom_attributes::lock_planned_definitions;
pub(crate) use delete::delete_in;
pub(crate) use diff::{UserDiff, diff_users};
pub(crate) use existing_records::PendingChanges;
pub(crate) use locks::locked_error;
pub(crate) use planned::{create_at_once, update_at_once};
pub(crate) use stage::{create_in, plan};
pub(crate) use staging_options::PlannedUser;

use super::{
    App, Error,
    attribute_visibility::retain_visible,
    callers::Caller,
    listing::{self, ListPage, ListQuery},
};
use crate::{
    domain::{
        custom_attribute::Visibility,
        etag::{ETag, IfMatch},
        id::{AccountId, UserId},
        lists::Page,
        membership::MemberRole,
        team::Team,
        user::{Identity, User},
    },
    store::{StoreError, Tx},
};

/// A user with their teams and identities.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserRecord {
    /// The user.
    pub user: User,
    /// Their teams with the role in each, by name.
    pub teams: Vec<(Team, MemberRole)>,
    /// Their identities, the oldest first.
    pub identities: Vec<Identity>,
}

impl UserRecord {
    /// A user without teams and identities.
    pub(crate) fn without_relations(user: User) -> Self {
        Self { user, teams: Vec::new(), identities: Vec::new() }
    }

    /// Replaces the user, and computes the effective team roles for their account
    /// role.
    fn with_user(self, user: User) -> Self {
        let Self { user: _, teams, identities } = self;
        let role = |role: MemberRole| MemberRole::new(role.requested, user.role);
        let teams =
            teams.into_iter().map(|(team, current_role)| (team, role(current_role))).collect();
        Self { user, teams, identities }
    }

    /// The ETag of everything that the API returns of the user. It changes with the visibility
    /// of their custom attributes, so those that are not visible must be removed before.
    #[must_use]
    pub fn etag(&self) -> ETag {
        let Self { user, teams, identities } = self;
        let login = user.last_login_at.map_or(0, |at| at.timestamp_micros());
        let mut parts = vec![user.version.to_string(), login.to_string()];
        for (team, role) in teams {
            let MemberRole { requested, effective } = role;
            parts.push(format!("{} {} {effective} {requested}", team.id, team.version));
        }
        parts.extend(identities.iter().map(|identity| identity.id.to_string()));
        parts.extend(user.profile.custom.keys().map(ToString::to_string));
        ETag::from_parts(parts)
    }
}

/// Which expansions of a user a list has.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct UserExpansions {
    /// Their teams.
    pub teams: bool,
    /// Their identities.
    pub identities: bool,
}

/// A user on a list, with the first of their teams and identities.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserListItem {
    /// The user.
    pub record: UserRecord,
    /// The ETag of the full user, as a GET of the user returns it.
    pub etag: ETag,
    /// Which expansions the record has.
    pub include: UserExpansions,
    /// Whether the user is in more teams than the record has.
    pub has_more_teams: bool,
}

/// The maximum number of teams, and of identities, of a user on a list.
pub const MAX_EXPANDED: usize = 20;

/// The maximum number of users on a page of a list with expansions.
const MAX_COUNT_EXPANDED: u32 = 100;

/// The number of users that are read at once with their teams and identities.
pub(crate) const CHUNK_SIZE: usize = 50;

/// The users of the caller's account.
///
/// # Errors
/// [`Error::Invalid`] with every error of the query.
pub fn list(
    app: &App,
    caller: &Caller,
    query: &ListQuery,
    include: UserExpansions,
) -> Result<ListPage<UserListItem>, Error> {
    let account = caller.author.account;
    let resolved = match query.filter {
        Some(_) => app.db.read(|tx| filter::resolve(tx, account, query))?,
        None => query.clone(),
    };
    let page = listing::list(&resolved, |listing| {
        let mut listing = listing.clone();
        if include != UserExpansions::default() {
            listing.count = listing.count.min(MAX_COUNT_EXPANDED);
        }
        app.db.read(|tx| {
            let Page { mut items, next, total } = tx.list_users(account, &listing)?;
            retain_visible(tx, account, items.iter_mut(), Visibility::includes_admins)?;
            let mut listed = Vec::with_capacity(items.len());
            for users in items.chunks(CHUNK_SIZE) {
                let records = load_records(tx, account, users.to_vec())?;
                listed.extend(records.into_iter().map(|record| UserListItem::new(record, include)));
            }
            Ok(Page { items: listed, next, total })
        })
    });
    page.map_err(|error| filter::with_sent_filter(query, error))
}

impl UserListItem {
    fn new(mut record: UserRecord, include: UserExpansions) -> Self {
        let tag = record.etag();
        let limit = |desired: bool| if desired { MAX_EXPANDED } else { 0 };
        let has_more_teams = record.teams.len() > limit(include.teams);
        record.teams.truncate(limit(include.teams));
        record.identities.truncate(limit(include.identities));
        Self { record, etag: tag, include, has_more_teams }
    }
}

/// A user of the caller's account.
///
/// # Errors
/// [`Error::NotFound`] if there is none.
pub fn get(app: &App, caller: &Caller, id: UserId) -> Result<UserRecord, Error> {
    app.usage.flush_login(caller.author.account, id);
    app.db.read(|tx| {
        let record = load_record(tx, caller.author.account, id)?;
        to_visible(tx, record)
    })
}

/// The record as the admin API shows it.
fn to_visible(tx: &mut Tx<'_>, mut record: UserRecord) -> Result<UserRecord, Error> {
    let account = record.user.account;
    let user = std::iter::once(&mut record.user);
    retain_visible(tx, account, user, Visibility::includes_admins)?;
    Ok(record)
}

/// Whether the record as it is shown matches a condition.
pub(crate) fn is_match(
    tx: &mut Tx<'_>,
    record: &UserRecord,
    if_match: &IfMatch,
    etag: impl FnOnce(&UserRecord) -> ETag,
) -> Result<bool, Error> {
    if *if_match == IfMatch::Unconditional {
        return Ok(true);
    }
    let visible = to_visible(tx, record.clone())?;
    Ok(if_match.allows(&etag(&visible)))
}

/// A user as they are now.
pub(crate) fn load_record(
    tx: &mut Tx<'_>,
    account: AccountId,
    id: UserId,
) -> Result<UserRecord, Error> {
    let user = tx.user(account, id)?.ok_or_else(|| Error::not_found("user", id))?;
    to_record(tx, user)
}

fn to_record(tx: &mut Tx<'_>, user: User) -> Result<UserRecord, Error> {
    let (account, id) = (user.account, user.id);
    let record = load_records(tx, account, vec![user])?.pop();
    record.ok_or_else(|| Error::not_found("user", id))
}

/// Loads the teams and identities of users, with two queries.
pub(crate) fn load_records(
    tx: &mut Tx<'_>,
    account: AccountId,
    users: Vec<User>,
) -> Result<Vec<UserRecord>, StoreError> {
    let ids: Vec<_> = users.iter().map(|user| user.id).collect();
    let mut teams: HashMap<UserId, Vec<(Team, MemberRole)>> = HashMap::new();
    for (user, team, role) in tx.teams_of_users(account, &ids)? {
        teams.entry(user).or_default().push((team, role));
    }
    let mut identities: HashMap<UserId, Vec<Identity>> = HashMap::new();
    for identity in tx.identities_of_users(account, &ids)? {
        identities.entry(identity.user).or_default().push(identity);
    }
    let record = |user: User| UserRecord {
        teams: teams.remove(&user.id).unwrap_or_default(),
        identities: identities.remove(&user.id).unwrap_or_default(),
        user,
    };
    Ok(users.into_iter().map(record).collect())
}
