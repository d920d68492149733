//! Teams: create, list, rename and delete.

use super::{
    App, Error, audit,
    callers::Caller,
    listing::{self, ListPage, ListQuery},
    members, random,
};
use crate::{
    domain::{
        Timestamp,
        audit::{AuditAction, AuditChange, Author},
        audited_field::AuditedField,
        etag::{ETag, IfMatch},
        id::{AccountId, TeamId},
        membership::MembershipEffect,
        team::{Team, TeamName},
    },
    store::Tx,
};

/// The number of audit entries of a deleted team that are in memory at once.
const AUDIT_ENTRIES_AT_ONCE: usize = 1_000;

/// Creates a team without members.
///
/// # Errors
/// [`Error::UniqueConflict`] if a team has the name, regardless of case.
pub fn create(app: &App, caller: &Caller, name: &TeamName) -> Result<Team, Error> {
    let (now, author) = (app.now(), &caller.author);
    app.write_as(author, |tx| insert_in(tx, author, name, now))
}

/// Creates a team in a transaction.
pub(super) fn insert_in(
    tx: &mut Tx<'_>,
    author: &Author,
    name: &TeamName,
    now: Timestamp,
) -> Result<Team, Error> {
    let id = random::generate_id(TeamId::new, now)?;
    let team = Team::new(id, author.account, name.clone(), author.origin(), now);
    check_name_is_free(tx, &team)?;
    tx.insert_team(&team).map_err(|error| Error::from_name_index(error, "team", name))?;
    audit_creation(tx, author, &team)?;
    Ok(team)
}

/// Records the creation of a team in the audit log.
pub(super) fn audit_creation(tx: &mut Tx<'_>, author: &Author, team: &Team) -> Result<(), Error> {
    let changes = vec![AuditChange::added(AuditedField::NAME, team.name.as_str())];
    audit::record(tx, author, team.created_at, AuditAction::TeamCreate, team.id, changes)
}

/// The teams of the caller's account.
///
/// # Errors
/// [`Error::Invalid`] with every error of the query.
pub fn list(app: &App, caller: &Caller, query: &ListQuery) -> Result<ListPage<Team>, Error> {
    listing::list(query, |listing| {
        app.db.read(|tx| tx.list_teams(caller.author.account, listing).map_err(Error::from))
    })
}

/// A team of the caller's account.
///
/// # Errors
/// [`Error::NotFound`] if there is none.
pub fn get(app: &App, caller: &Caller, id: TeamId) -> Result<Team, Error> {
    let found = app.db.read(|tx| tx.team(caller.author.account, id).map_err(Error::from))?;
    found.ok_or_else(|| Error::not_found("team", id))
}

/// The team of the caller's account with this ID or name.
///
/// # Errors
/// [`Error::NotFound`] if there is none.
pub fn find_by_id_or_name(app: &App, caller: &Caller, name: &str) -> Result<Team, Error> {
    let account = caller.author.account;
    let missing = || Error::not_found("team", name);
    app.db.read(|tx| {
        if let Ok(id) = name.trim().parse::<TeamId>()
            && let Some(team) = tx.team(account, id)?
        {
            return Ok(team);
        }
        let name: TeamName = name.parse().map_err(|_| missing())?;
        let existing = tx.existing_teams(account, std::slice::from_ref(name.key()))?.pop();
        let id = existing.ok_or_else(missing)?.id;
        tx.team(account, id)?.ok_or_else(missing)
    })
}

/// Renames a team. `None` or its current name changes nothing.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::PreconditionFailed`] if its ETag does not match;
/// [`Error::UniqueConflict`] if another team has the name.
pub fn rename(
    app: &App,
    caller: &Caller,
    id: TeamId,
    if_match: &IfMatch,
    name: Option<&TeamName>,
) -> Result<Team, Error> {
    let (now, author) = (app.now(), &caller.author);
    app.write_as(&caller.author, |tx| {
        let before = load_for_update(tx, author.account, id)?;
        check_version(&before, if_match)?;
        rename_in(tx, author, before, name, now)
    })
}

/// Renames a team that was loaded for update.
pub(super) fn rename_in(
    tx: &mut Tx<'_>,
    author: &Author,
    before: Team,
    name: Option<&TeamName>,
    now: Timestamp,
) -> Result<Team, Error> {
    let Some(name) = name.filter(|name| **name != before.name) else { return Ok(before) };
    let fields = |name: &TeamName| [(AuditedField::NAME, Some(name.to_string()))];
    let changes = AuditChange::diff(&fields(&before.name), &fields(name));
    let version = before.version + 1;
    let after = Team { name: name.clone(), updated_at: now, version, ..before };
    check_name_is_free(tx, &after)?;
    tx.update_team(&after).map_err(|error| Error::from_name_index(error, "team", name))?;
    audit::record(tx, author, now, AuditAction::TeamUpdate, after.id, changes)?;
    Ok(after)
}

/// Deletes a team. The users who were members remain. Each gets an audit entry.
///
/// # Errors
/// [`Error::NotFound`] if there is none; [`Error::PreconditionFailed`] if it has changed
/// since the caller read it.
pub fn delete(app: &App, caller: &Caller, id: TeamId, if_match: &IfMatch) -> Result<(), Error> {
    let (now, author) = (app.now(), &caller.author);
    app.write_long_as(&caller.author, |tx| {
        let team = load_for_update(tx, author.account, id)?;
        check_version(&team, if_match)?;
        delete_in(tx, author, &team, now)
    })
}

/// Deletes a team that was loaded for an update.
pub(super) fn delete_in(
    tx: &mut Tx<'_>,
    author: &Author,
    team: &Team,
    now: Timestamp,
) -> Result<(), Error> {
    audit_removed_members(tx, author, team, now)?;
    let members = tx.delete_team(author.account, team.id)?;
    let changes = vec![
        AuditChange::removed(AuditedField::NAME, team.name.as_str()),
        AuditChange::removed(AuditedField::MEMBERS, &members),
    ];
    audit::record(tx, author, now, AuditAction::TeamDelete, team.id, changes)
}

/// Writes an audit entry for each member of a team that is about to be deleted, so that the
/// history of each user has it, with the name of the team.
fn audit_removed_members(
    tx: &mut Tx<'_>,
    author: &Author,
    team: &Team,
    now: Timestamp,
) -> Result<(), Error> {
    for members in tx.all_members(author.account, team.id)?.chunks(AUDIT_ENTRIES_AT_ONCE) {
        let entries = members.iter().filter_map(|(user, role)| {
            let removal = MembershipEffect::Remove(role.requested);
            let entry =
                members::build_audit_entry(author, now, team.id, *user, removal).transpose();
            entry.map(|entry| {
                let mut entry = entry?;
                entry.changes.push(AuditChange::removed(AuditedField::TEAM, team.name.as_str()));
                Ok(entry)
            })
        });
        tx.insert_audits(&entries.collect::<Result<Vec<_>, Error>>()?)?;
    }
    Ok(())
}

/// Loads a team, and locks it until the transaction ends.
pub(super) fn load_for_update(
    tx: &mut Tx<'_>,
    account: AccountId,
    id: TeamId,
) -> Result<Team, Error> {
    tx.team_for_update(account, id)?.ok_or_else(|| Error::not_found("team", id))
}

/// The ETag of a team, which does not cover its members.
#[must_use]
pub fn etag(team: &Team) -> ETag {
    ETag::from_version(team.version)
}

fn check_version(team: &Team, if_match: &IfMatch) -> Result<(), Error> {
    Error::check_match(if_match, &etag(team), "team", team.id)
}

/// Checks that no other team has the same name.
///
/// # Errors
/// [`Error::UniqueConflict`] if another has it.
fn check_name_is_free(tx: &mut Tx<'_>, team: &Team) -> Result<(), Error> {
    let same = tx.existing_teams(team.account, std::slice::from_ref(team.name.key()))?;
    match same.into_iter().find(|other| other.id != team.id) {
        Some(other) => {
            Err(Error::unique_conflict("team", "name", &team.name, Some(other.id.as_uuid())))
        }
        None => Ok(()),
    }
}
