//! The members of one team.

use super::attributes;
use crate::domain::{
    Timestamp,
    email::Email,
    filter::ValueType::{Id, Name, Text},
    id::UserId,
    membership::MemberRole,
    role::{AccountRole, TeamRole},
    user::UserStatus,
};

attributes! {
    /// What the list of a team's members can be filtered and sorted by.
    MemberAttribute of "members" {
        /// The user who is the member. The order.
        User("user.id", Id, unique, sortable),
        /// Their role in the team that is in effect.
        Role("role", Name(&TeamRole::NAMES)),
        /// Their address.
        Email("user.email" | "email", Text),
    }
}

/// A member of a team, with what a list shows of the user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// The user.
    pub user: UserId,
    /// Their address.
    pub email: Email,
    /// May be empty.
    pub first_name: String,
    /// May be empty.
    pub last_name: String,
    /// What they are in the account.
    pub account_role: AccountRole,
    /// Whether they may log in, and whether they have.
    pub status: UserStatus,
    /// Their role in the team.
    pub role: MemberRole,
    /// Since when they are in it.
    pub since: Timestamp,
}
