//! Writes that were planned from what was read before, without a transaction. Each depends on
//! what was read: if it has changed since, nothing is written.

use diesel::prelude::*;

use super::{
    super::WRITES_TOGETHER,
    Conn, Result,
    together::{self, Part},
};
use crate::{
    domain::{
        id::{AccountId, ScimClientId, TeamId, UserId},
        membership::MembershipEffect,
        team::Membership,
        user::User,
    },
    store::{
        PlannedChange, PlannedWrite,
        error::StoreError,
        rows::{AuditRow, MembershipRow, UserRow, UserValueRow},
        schema::{
            api_keys, audit_events, deleted_users, memberships, teams, user_external_ids,
            user_values, users,
        },
        sql::{SqlTimestamp, TextValue, UuidValue},
    },
};

/// The maximum number of rows of values that one statement inserts for a new user, and that one
/// inserts or deletes for an existing one. Each is a part of the statement, and each connection
/// prepares the statements of all numbers.
const MAX_NEW_VALUES: usize = 32;
const MAX_CHANGED_VALUES: usize = 16;

pub(crate) fn write_planned(conn: &mut Conn, planned: &PlannedWrite<'_>) -> Result<()> {
    let PlannedWrite { account, key, now, change, entries } = planned;
    let account = *account;
    let valid = by_id!(api_keys, account, key)
        .filter(
            api_keys::expires_at
                .is_null()
                .or(api_keys::expires_at.gt(SqlTimestamp(*now)).assume_not_null()),
        )
        .select(api_keys::id);
    let mut parts = vec![Part::check(valid, 1)];
    match change {
        PlannedChange::Nothing => {}
        PlannedChange::CreateUser { user, external_id } => {
            create_user(&mut parts, user, *external_id)?;
        }
        PlannedChange::UpdateUser { before, after } => update_user(&mut parts, before, after)?,
        PlannedChange::ChangeMembers { team, users, effects } => {
            change_members(&mut parts, (account, *team), users, effects)?;
        }
    }
    for entry in *entries {
        let row = AuditRow::try_from(entry)?;
        parts.push(Part::change(row.insert_into(audit_events::table), Some(1)));
    }
    together::execute(conn, &parts)
}

fn create_user(
    parts: &mut Vec<Part<'_>>,
    user: &User,
    external_id: Option<(ScimClientId, &str)>,
) -> Result<()> {
    let email_key = TextValue::new(user.email.key().as_str());
    let tombstone = rows_of!(deleted_users, user.account)
        .filter(deleted_users::email_key.eq(email_key.clone()))
        .select(deleted_users::id);
    parts.push(Part::check(tombstone, 0));
    if WRITES_TOGETHER {
        // All parts see one state. One that has a user who is being deleted has no tombstone yet.
        let taken =
            rows_of!(users, user.account).filter(users::email_key.eq(email_key)).select(users::id);
        parts.push(Part::check(taken, 0));
    }
    parts.push(Part::change(UserRow::try_from(user)?.insert_into(users::table), Some(1)));
    let values = UserValueRow::from_profile(user.account, user.id, &user.profile, &[]);
    require_few(values.len(), MAX_NEW_VALUES)?;
    for row in values {
        parts.push(Part::change(row.insert_into(user_values::table), Some(1)));
    }
    if let Some((client, external_id)) = external_id {
        let row = (
            user_external_ids::account_id.eq(UuidValue(user.account.as_uuid())),
            user_external_ids::client_id.eq(UuidValue(client.as_uuid())),
            user_external_ids::user_id.eq(UuidValue(user.id.as_uuid())),
            user_external_ids::external_id.eq(TextValue::new(external_id)),
        );
        parts.push(Part::change(row.insert_into(user_external_ids::table), Some(1)));
    }
    Ok(())
}

fn update_user(parts: &mut Vec<Part<'_>>, before: &User, after: &User) -> Result<()> {
    // The version does not count logins, nor external IDs that another user takes.
    let last_login_at = before.last_login_at.map(SqlTimestamp);
    let external_id = before.external_id.as_deref().map(TextValue::new);
    let stored = by_id!(users, before.account, before.id)
        .filter(users::version.eq(before.version))
        .filter(same_as!(users::last_login_at, last_login_at))
        .filter(same_as!(users::external_id, external_id));
    parts.push(Part::change(diesel::update(stored).set(UserRow::try_from(after)?), Some(1)));
    let rows = |user: &User| UserValueRow::from_profile(user.account, user.id, &user.profile, &[]);
    let (before, after) = (rows(before), rows(after));
    let removed = before.iter().filter(|row| after.iter().all(|other| other.key() != row.key()));
    let removed: Vec<_> = removed.map(UserValueRow::key).collect();
    let changed: Vec<_> = after.iter().filter(|row| !before.contains(row)).cloned().collect();
    require_few(removed.len() + changed.len(), MAX_CHANGED_VALUES)?;
    for (user, field, place) in removed {
        let removed = user_values::table
            .filter(user_values::user_id.eq(*user))
            .filter(user_values::field.eq(field.clone()))
            .filter(user_values::place.eq(*place));
        parts.push(Part::change(diesel::delete(removed), None));
    }
    for row in changed {
        let changes = row.clone();
        let upsert = row
            .insert_into(user_values::table)
            .on_conflict((user_values::user_id, user_values::field, user_values::place))
            .do_update()
            .set(changes);
        parts.push(Part::change(upsert, Some(1)));
    }
    Ok(())
}

/// Fails with [`StoreError::Stale`] if there are more rows than one statement may write.
fn require_few(rows: usize, maximum: usize) -> Result<()> {
    match rows <= maximum {
        true => Ok(()),
        false => Err(StoreError::Stale { table: "user_values" }),
    }
}

fn change_members(
    parts: &mut Vec<Part<'_>>,
    (account, team): (AccountId, TeamId),
    users: &[(UserId, i64)],
    effects: &[(Membership, MembershipEffect)],
) -> Result<()> {
    // As other changes of members do, this prevents changes of the team and of the users.
    let stored = by_id!(teams, account, team).select(teams::id);
    parts.push(Part::check(share_lock!(stored), 1));
    for (user, version) in users {
        let stored =
            by_id!(users, account, user).filter(users::version.eq(*version)).select(users::id);
        parts.push(Part::check(locked_but_for_references!(stored), 1));
    }
    // In the order of their kinds, so that fewer texts have to be prepared.
    let mut effects: Vec<_> = effects.iter().collect();
    effects.sort_by_key(|(_, effect)| match effect {
        MembershipEffect::Add(_) => 0,
        MembershipEffect::Change { .. } => 1,
        MembershipEffect::Remove(_) => 2,
        MembershipEffect::Nothing => 3,
    });
    for (membership, effect) in effects {
        let row = MembershipRow::try_from(membership)?;
        let stored = |role: &str| {
            rows_of!(memberships, account)
                .filter(memberships::team_id.eq(UuidValue(team.as_uuid())))
                .filter(memberships::user_id.eq(UuidValue(membership.user.as_uuid())))
                .filter(memberships::requested_role.eq(TextValue::new(role)))
        };
        parts.push(match effect {
            MembershipEffect::Nothing => continue,
            MembershipEffect::Add(_) => Part::change(row.insert_into(memberships::table), Some(1)),
            MembershipEffect::Change { from, .. } => {
                let (requested_role, provenance) = row.into_changes();
                let update = diesel::update(stored(from.as_str())).set((
                    memberships::requested_role.eq(requested_role),
                    memberships::provenance.eq(provenance),
                ));
                Part::change(update, Some(1))
            }
            MembershipEffect::Remove(role) => {
                Part::change(diesel::delete(stored(role.as_str())), Some(1))
            }
        });
    }
    Ok(())
}
