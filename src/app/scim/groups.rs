//! SCIM groups, which are teams. A change reads and writes only the members that it
//! names, unless it replaces all of them.

use std::collections::HashMap;

use super::{
    lists::{ListRequest, MAX_EXTERNAL_ID_MATCHES, MEMBERSHIPS_ON_PAGE, Rows, ScimPage},
    member_locks::check_locks,
    planned, require_client,
    user_schemas::UserSchemas,
};
use crate::{
    app::{App, Error, callers::Caller, members, teams, users::locked_error},
    domain::{
        attribute_name::AttributeName,
        etag::{ETag, IfMatch},
        external_id,
        field_error::{FieldError, Reason},
        id::{ScimClientId, TeamId, UserId},
        lists::TeamAttribute,
        membership::{DesiredMembership, MemberChange, MemberRole},
        team::Team,
    },
    scim::{
        compatibility::CompatibilityFixes,
        error::ScimErrorType,
        group::{self, GroupInput, GroupMember, GroupMembers},
        search::SearchQuery,
    },
    store::{GroupView, StoreError, Tx},
};

/// A group as a client sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScimGroup {
    /// The team.
    pub team: Team,
    /// The client's external ID.
    pub external_id: Option<String>,
    /// Its members by ID, if they are requested.
    pub members: Option<Vec<GroupMember>>,
}

impl ScimGroup {
    /// The ETag of the group. `None` if its members are excluded, because then a
    /// change can't be detected.
    #[must_use]
    pub fn etag(&self) -> Option<ETag> {
        let members = self.members.as_ref()?;
        let own = [self.team.version.to_string(), self.external_id.clone().unwrap_or_default()];
        // One by one: there may be many.
        let members = members.iter().map(|GroupMember { user, role, display_name }| {
            format!("{user} {} {} {display_name}", role.effective, role.requested)
        });
        Some(ETag::from_parts(own.into_iter().chain(members)))
    }
}

/// Creates a group.
///
/// # Errors
/// [`Error::UniqueConflict`] if a group has the name; [`Error::Invalid`].
pub fn create(app: &App, caller: &Caller, group: &GroupInput) -> Result<ScimGroup, Error> {
    let (author, now) = (&caller.author, app.now());
    let name = group.name.as_ref();
    let name =
        name.ok_or_else(|| ScimErrorType::InvalidValue.with_detail("displayName is missing"))?;
    let name = &group::parse_name(name)?;
    let input = external_id::parse(group.external_id.as_ref().and_then(Option::as_deref))?;
    let client = require_client(caller, input)?;
    app.write_as(author, |tx| {
        let team = teams::insert_in(tx, author, name, now)?;
        if let Some(client) = client {
            tx.put_team_external_id(author.account, client, team.id, input)?;
        }
        change_members(tx, caller, team.id, group, now)?;
        load_view(tx, caller, team, true)
    })
}

/// Returns a group, with its members if they are requested.
///
/// # Errors
/// [`Error::NotFound`].
pub fn get(app: &App, caller: &Caller, id: TeamId, with_members: bool) -> Result<ScimGroup, Error> {
    let (account, client) = (caller.author.account, caller.scim_client_id());
    let missing = || Error::not_found("group", id);
    let view = app.db.query(|tx| tx.group_view(account, client, id, with_members))?;
    let GroupView { team, external_id, members: found, is_complete } = view.ok_or_else(missing)?;
    if !is_complete {
        return app.db.read(|tx| {
            let team = tx.team(account, id)?.ok_or_else(missing)?;
            load_view(tx, caller, team, with_members)
        });
    }
    let found = found.into_iter();
    let found =
        found.map(|(user, role, display_name)| GroupMember { user, role, display_name }).collect();
    Ok(ScimGroup { team, external_id, members: with_members.then_some(found) })
}

/// Applies all changes to a group, or none. Returns the group if it has no members, because
/// it is then complete without reading them.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::PreconditionFailed`] if `if_match` does not match;
/// [`Error::UniqueConflict`] if another group has the name; [`Error::Invalid`] for users
/// who do not exist, and roles that are not allowed; [`Error::Scim`] if a user whose role
/// changes is not a member.
pub fn change(
    app: &App,
    caller: &Caller,
    id: TeamId,
    if_match: &IfMatch,
    change: &GroupInput,
) -> Result<Option<ScimGroup>, Error> {
    if *if_match == IfMatch::Unconditional && planned::change_members(app, caller, id, change)? {
        return Ok(None);
    }
    let (author, now) = (&caller.author, app.now());
    let is_exclusive = change.name.is_some()
        || change.replaced_members.is_some()
        || *if_match != IfMatch::Unconditional;
    app.write_as(author, |tx| {
        // Member-only changes take a shared lock; only deleting the team conflicts.
        let team = match is_exclusive {
            true => tx.team_for_update(author.account, id)?,
            false => tx.team_for_share(author.account, id)?,
        };
        let team = team.ok_or_else(|| Error::not_found("group", id))?;
        check_version(tx, caller, &team, if_match)?;
        // A stored name is not validated again.
        let name = change.name.as_deref().filter(|name| *name != team.name.as_str());
        let name = name.map(group::parse_name).transpose()?;
        let team = teams::rename_in(tx, author, team, name.as_ref(), now)?;
        change_external_id(tx, caller, id, change)?;
        change_members(tx, caller, id, change, now)?;
        if !tx.has_members(author.account, id)? {
            let external_id = load_external_id(tx, caller, id)?;
            return Ok(Some(ScimGroup { team, external_id, members: Some(Vec::new()) }));
        }
        if change.removes_roles {
            let detail = Reason::new(
                "can't be removed",
                "a role for each member",
                "Replace the role of a member with another one.",
            );
            return Err(FieldError::new("memberRoles", "", detail).into());
        }
        Ok(None)
    })
}

/// Sets the client's ID of a group. A stored ID is not validated again.
fn change_external_id(
    tx: &mut Tx<'_>,
    caller: &Caller,
    id: TeamId,
    change: &GroupInput,
) -> Result<(), Error> {
    let Some(input) = &change.external_id else { return Ok(()) };
    if *input == load_external_id(tx, caller, id)? {
        return Ok(());
    }
    let input = external_id::parse(input.as_deref())?;
    if let Some(client) = require_client(caller, input)? {
        tx.put_team_external_id(caller.author.account, client, id, input)?;
    }
    Ok(())
}

/// Deletes a group. The users who were members remain.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::PreconditionFailed`] if `if_match` does not match;
/// [`Error::Scim`] if an administrator has locked the teams of a member.
pub fn delete(app: &App, caller: &Caller, id: TeamId, if_match: &IfMatch) -> Result<(), Error> {
    let (author, now) = (&caller.author, app.now());
    app.write_long_as(author, |tx| {
        let team = teams::load_for_update(tx, author.account, id)?;
        check_version(tx, caller, &team, if_match)?;
        if let Some(user) = tx.member_with_locked_teams(author.account, id)? {
            return Err(locked_error(user, AttributeName::TEAMS));
        }
        teams::delete_in(tx, author, &team, now)
    })
}

/// Checks the precondition of a change of a group.
fn check_version(
    tx: &mut Tx<'_>,
    caller: &Caller,
    team: &Team,
    if_match: &IfMatch,
) -> Result<(), Error> {
    if matches!(if_match, IfMatch::Unconditional | IfMatch::Any) {
        return Ok(());
    }
    let current = load_view(tx, caller, team.clone(), true)?;
    if current.etag().is_some_and(|tag| if_match.allows(&tag)) {
        return Ok(());
    }
    Err(Error::precondition("group", team.id, if_match))
}

/// A page of the groups of the caller's account.
///
/// # Errors
/// [`Error::Scim`] for a query that can't be answered.
pub fn list(
    app: &App,
    caller: &Caller,
    search: &SearchQuery,
    with_members: bool,
    fixes: &mut CompatibilityFixes,
) -> Result<ScimPage<ScimGroup>, Error> {
    app.db.read(|tx| {
        let request = list_request(tx, caller, search, fixes)?;
        list_in(tx, caller, &request, with_members)
    })
}

/// Resolves a query over the list.
pub(super) fn list_request(
    tx: &mut Tx<'_>,
    caller: &Caller,
    search: &SearchQuery,
    fixes: &mut CompatibilityFixes,
) -> Result<ListRequest<TeamAttribute>, Error> {
    let schemas = UserSchemas::default();
    ListRequest::new(tx, caller, search, &schemas, fixes, |tx, client, external_id| {
        let found = tx.teams_by_scim_external_id(client, external_id, MAX_EXTERNAL_ID_MATCHES)?;
        Ok(found.into_iter().map(TeamId::as_uuid).collect())
    })
}

pub(super) fn list_in(
    tx: &mut Tx<'_>,
    caller: &Caller,
    request: &ListRequest<TeamAttribute>,
    with_members: bool,
) -> Result<ScimPage<ScimGroup>, Error> {
    let (account, page, position) = (caller.author.account, Tx::list_teams, Tx::list_teams_at);
    let rows = Rows { tx, account, page, position, text_bytes: |team| team.name.as_str().len() };
    rows.list(request, |tx, teams| load_page_groups(tx, caller, teams, with_members))
}

/// Loads the groups of teams with their members, as far as they fit on one page.
fn load_page_groups(
    tx: &mut Tx<'_>,
    caller: &Caller,
    teams: Vec<Team>,
    with_members: bool,
) -> Result<Vec<ScimGroup>, StoreError> {
    let (mut found, mut memberships) = (Vec::with_capacity(teams.len()), 0);
    for group in load_views(tx, caller, teams)? {
        if memberships >= MEMBERSHIPS_ON_PAGE {
            break;
        }
        let group = load_members(tx, group, with_members)?;
        memberships += group.members.as_ref().map_or(0, Vec::len);
        found.push(group);
    }
    Ok(found)
}

fn load_view(
    tx: &mut Tx<'_>,
    caller: &Caller,
    team: Team,
    with_members: bool,
) -> Result<ScimGroup, Error> {
    let id = team.id;
    let group =
        load_views(tx, caller, vec![team])?.pop().ok_or_else(|| Error::not_found("group", id))?;
    Ok(load_members(tx, group, with_members)?)
}

fn load_members(
    tx: &mut Tx<'_>,
    group: ScimGroup,
    with_members: bool,
) -> Result<ScimGroup, StoreError> {
    if !with_members {
        return Ok(group);
    }
    let (account, team) = (group.team.account, group.team.id);
    let members = tx.all_members(account, team)?;
    let ids: Vec<_> = members.iter().map(|(user, _)| *user).collect();
    let mut names: HashMap<_, _> = tx.display_names(account, &ids)?.into_iter().collect();
    let members = members.into_iter().map(|(user, role)| {
        let display_name = names.remove(&user).unwrap_or_default();
        GroupMember { user, role, display_name }
    });
    Ok(ScimGroup { members: Some(members.collect()), ..group })
}

/// The client's external ID of a group.
fn load_external_id(
    tx: &mut Tx<'_>,
    caller: &Caller,
    id: TeamId,
) -> Result<Option<String>, StoreError> {
    let Some(client) = caller.scim_client_id() else { return Ok(None) };
    Ok(tx.team_external_ids(client, &[id])?.pop().map(|(_, text)| text))
}

fn load_views(
    tx: &mut Tx<'_>,
    caller: &Caller,
    teams: Vec<Team>,
) -> Result<Vec<ScimGroup>, StoreError> {
    let ids: Vec<_> = teams.iter().map(|team| team.id).collect();
    let load = |tx: &mut Tx<'_>, client: ScimClientId| tx.team_external_ids(client, &ids);
    let mut external_ids: HashMap<_, _> = match caller.scim_client_id() {
        Some(client) => load(tx, client)?.into_iter().collect(),
        None => HashMap::new(),
    };
    let to_group =
        |team: Team| ScimGroup { external_id: external_ids.remove(&team.id), team, members: None };
    Ok(teams.into_iter().map(to_group).collect())
}

/// Returns the changes from the current members of a team to the desired ones.
///
/// A list that repeats an effective role changes nothing: a client that sends back a
/// group must not turn a role that the account role implies into a requested role.
fn diff_members(current: &[(UserId, MemberRole)], all: &GroupMembers) -> Vec<MemberChange> {
    let current: HashMap<_, _> = current.iter().copied().collect();
    let removed = current.keys().filter(|user| !all.contains_key(user));
    let removed = removed.map(|user| MemberChange { user: *user, desired: DesiredMembership::Out });
    let stay = all.iter().map(|(user, role)| {
        let in_effect = current.get(user).map(|role| role.effective);
        let role = role.filter(|role| Some(*role) != in_effect);
        MemberChange { user: *user, desired: DesiredMembership::In(role) }
    });
    removed.chain(stay).collect()
}

/// Changes the members of a team whose row is locked.
fn change_members(
    tx: &mut Tx<'_>,
    caller: &Caller,
    team: TeamId,
    change: &GroupInput,
    now: crate::domain::Timestamp,
) -> Result<(), Error> {
    let author = &caller.author;
    let mut changes: Vec<MemberChange> = Vec::new();
    if let Some(all) = &change.replaced_members {
        changes.extend(diff_members(&tx.all_members(author.account, team)?, all));
    }
    let some = change.changed_members.iter();
    changes.extend(some.map(|(user, desired)| MemberChange { user: *user, desired: *desired }));
    if changes.is_empty() {
        return Ok(());
    }
    // Always in the same order, to prevent deadlocks.
    changes.sort_unstable_by_key(|change| change.user);
    let users: Vec<_> = changes.iter().map(|change| change.user).collect();
    let found: HashMap<_, _> =
        tx.membership_users_for_update(author.account, &users)?.into_iter().collect();
    // A deleted user is not a member of any team.
    changes.retain(|change| {
        change.desired != DesiredMembership::Out || found.contains_key(&change.user)
    });
    let team_roles: HashMap<_, _> =
        tx.requested_roles(author.account, team, &users)?.into_iter().collect();
    if let Some(absent) = change.required_members.iter().find(|user| !team_roles.contains_key(user))
    {
        let detail = format!("{absent} is not in the group: add them first");
        return Err(ScimErrorType::NoTarget.with_detail(detail).into());
    }
    let effects = members::resolve_effects(&changes, &found, &team_roles);
    let effects = effects.map_err(Error::Invalid)?;
    check_locks(&effects, &found)?;
    members::write(tx, author, now, team, &effects)?;
    Ok(())
}
