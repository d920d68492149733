//! The memberships that an administrator has locked.

use std::collections::HashMap;

use crate::{
    app::{Error, users::locked_error},
    domain::{
        attribute_name::AttributeName,
        id::UserId,
        membership::{MembershipEffect, MembershipUser},
    },
};

/// Rejects a change to the teams of a user whose teams are locked.
pub(super) fn check_locks(
    effects: &[(UserId, MembershipEffect)],
    users: &HashMap<UserId, MembershipUser>,
) -> Result<(), Error> {
    let is_locked = |user: &UserId| users.get(user).is_some_and(|user| user.has_locked_teams);
    let mut changed = effects.iter().filter(|(_, effect)| *effect != MembershipEffect::Nothing);
    match changed.find(|(user, _)| is_locked(user)) {
        Some((user, _)) => Err(locked_error(*user, AttributeName::TEAMS)),
        None => Ok(()),
    }
}
