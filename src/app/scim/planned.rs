//! The most frequent writes of SCIM clients, planned before they are written: see
//! [`crate::app::planned_writes`]. Each function returns `None` or `false` if nothing was
//! written, and the request needs a transaction, also to find out its errors.

use std::collections::{BTreeMap, HashMap};

use super::{
    member_locks::check_locks,
    user_views::{ScimUser, load_at_once},
};
use crate::{
    app::{
        App, Error,
        callers::Caller,
        members,
        planned_writes::MAX_CHANGES,
        users::{UserRecord, create_at_once, update_at_once},
    },
    domain::{
        etag::IfMatch,
        id::{ScimClientId, TeamId, UserId},
        membership::{DesiredMembership, MemberChange, MembershipEffect},
        team::Membership,
        user_patch::{FieldPatch, UserPatch},
    },
    scim::group::GroupInput,
    store::PlannedChange,
};

/// Creates a user. `external_id` is the client's.
pub(super) fn create_user(
    app: &App,
    caller: &Caller,
    patch: &UserPatch,
    external_id: Option<(ScimClientId, &str)>,
) -> Result<Option<ScimUser>, Error> {
    let author = &caller.author;
    if let FieldPatch::Set(manager) = &patch.manager
        && manager.parse::<UserId>().is_ok()
    {
        // Their display name would have to be read.
        return Ok(None);
    }
    let definitions = app.db.query(|tx| tx.attribute_definitions(author.account))?;
    let created = create_at_once(app, author, patch, definitions, external_id)?;
    Ok(created.map(|user| ScimUser {
        record: UserRecord::without_relations(user),
        external_id: external_id.map(|(_, text)| text.to_owned()),
        manager_name: None,
        custom_schema: None,
    }))
}

/// Changes a user who has no custom attributes by the patch that `apply` makes of the current
/// state. `apply` also returns the client's external ID of the user.
pub(super) fn change_user(
    app: &App,
    caller: &Caller,
    id: UserId,
    if_match: &IfMatch,
    apply: impl FnOnce(&ScimUser) -> Result<(UserPatch, Option<String>), Error>,
) -> Result<Option<ScimUser>, Error> {
    let current = app.db.query(|tx| load_at_once(tx, caller, id))?;
    let is_simple = |current: &ScimUser| {
        current.record.user.profile.custom.is_empty() && if_match.allows(&current.etag())
    };
    let Some(current) = current.filter(is_simple) else { return Ok(None) };
    let Ok((patch, external_id)) = apply(&current) else { return Ok(None) };
    if external_id != current.external_id {
        return Ok(None);
    }
    let ScimUser { record, external_id, manager_name, custom_schema } = current;
    let changed = update_at_once(app, &caller.author, record, &patch, app.now())?;
    Ok(changed.map(|record| ScimUser { record, external_id, manager_name, custom_schema }))
}

/// Changes some members of a group that has members before and after. Returns whether they were
/// changed.
pub(super) fn change_members(
    app: &App,
    caller: &Caller,
    team: TeamId,
    change: &GroupInput,
) -> Result<bool, Error> {
    let GroupInput {
        name: None,
        external_id: None,
        replaced_members: None,
        changed_members,
        required_members,
        removes_roles: false,
    } = change
    else {
        return Ok(false);
    };
    let ids: Vec<_> = changed_members.keys().copied().collect();
    if ids.is_empty() || ids.len() > MAX_CHANGES {
        return Ok(false);
    }
    let (author, now, account) = (&caller.author, app.now(), caller.author.account);
    let (states, has_others) = app.db.query(|tx| tx.member_states(account, team, &ids))?;
    let users: HashMap<_, _> = states.iter().map(|state| (state.id, state.user)).collect();
    let roles = states.iter().filter_map(|state| Some((state.id, state.requested_role?)));
    let roles: HashMap<_, _> = roles.collect();
    let changes = changed_members.iter();
    let changes: Vec<_> =
        changes.map(|(user, desired)| MemberChange { user: *user, desired: *desired }).collect();
    let stay = changes.iter().any(|change| change.desired != DesiredMembership::Out);
    let is_possible = states.len() == ids.len()
        && (has_others || stay)
        && required_members.iter().all(|user| roles.contains_key(user));
    let Ok(effects) = members::resolve_effects(&changes, &users, &roles) else {
        return Ok(false);
    };
    if !is_possible || check_locks(&effects, &users).is_err() {
        return Ok(false);
    }
    let versions: Vec<_> = states
        .iter()
        .map(|state| (state.id, state.version))
        .collect::<BTreeMap<_, _>>()
        .into_iter()
        .collect();
    let memberships = effects.iter().filter_map(|(user, effect)| {
        let (MembershipEffect::Add(role)
        | MembershipEffect::Change { to: role, .. }
        | MembershipEffect::Remove(role)) = *effect
        else {
            return None;
        };
        let membership = Membership {
            account,
            team,
            user: *user,
            requested_role: role,
            created_at: now,
            provenance: Some(author.provenance(now)),
        };
        Some((membership, *effect))
    });
    let memberships: Vec<_> = memberships.collect();
    let entries = effects.iter().filter_map(|(user, effect)| {
        members::build_audit_entry(author, now, team, *user, *effect).transpose()
    });
    let entries = entries.collect::<Result<Vec<_>, _>>()?;
    let change = PlannedChange::ChangeMembers { team, users: &versions, effects: &memberships };
    app.write_planned(author, change, &entries)
}
