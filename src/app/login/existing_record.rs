//! The record of an existing user whom a login may change.

use std::collections::HashMap;

use crate::{
    domain::{
        connection::Connection,
        id::UserId,
        profile_field::ProfileField,
        provisioning::{ExistingMembership, ExistingRecord, ExistingTeam},
        user::User,
    },
    store::{StoreError, Tx},
};

/// Loads the record of a user. Returns `None` if the connection changes no existing users.
pub(super) fn load(
    tx: &mut Tx<'_>,
    connection: &Connection,
    user: UserId,
) -> Result<Option<Box<ExistingRecord>>, StoreError> {
    if !connection.provisioning.changes_existing_users() {
        return Ok(None);
    }
    // The user was found before, in the same transaction.
    let stale = StoreError::Stale { table: "users" };
    let user = tx.user(connection.account, user)?.ok_or(stale)?;
    let setters: HashMap<_, _> = tx
        .memberships_of_user(connection.account, user.id)?
        .into_iter()
        .filter_map(|membership| Some((membership.team, membership.provenance?.setter)))
        .collect();
    let teams = tx.teams_of(connection.account, user.id)?.into_iter().map(|(team, role)| {
        let setter = setters.get(&team.id);
        ExistingMembership {
            requested: role.requested,
            set_by_connection: setter.is_some_and(|setter| setter.is_login_through(connection.id)),
            team: ExistingTeam { id: team.id, name: team.name },
        }
    });
    let teams = teams.collect();
    let is_last_admin = is_last_admin(tx, connection, &user)?;
    Ok(Some(Box::new(ExistingRecord { user, teams, connection: connection.id, is_last_admin })))
}

/// Whether a user is the only administrator who may log in. Not looked up if the connection
/// does not change roles.
fn is_last_admin(
    tx: &mut Tx<'_>,
    connection: &Connection,
    user: &User,
) -> Result<bool, StoreError> {
    let policy = connection.provisioning.update_policy(ProfileField::Role.into());
    if !policy.changes_existing_users() || !user.is_enabled_admin() {
        return Ok(false);
    }
    Ok(tx.enabled_admins(connection.account, 2)? == [user.id])
}
