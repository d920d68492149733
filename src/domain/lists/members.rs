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
    /// The filter and sort attributes of the list of a team's members.
    MemberAttribute of "members" {
        /// The user. The default order.
        User("user.id", Id, unique, sortable),
        /// The effective role of the user in the team.
        Role("role", Name(&TeamRole::NAMES)),
        /// The e-mail address of the user.
        Email("user.email" | "email", Text),
    }
}

/// A member of a team, with the fields of the user that a list shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// The user.
    pub user: UserId,
    /// The e-mail address of the user.
    pub email: Email,
    /// May be empty.
    pub first_name: String,
    /// May be empty.
    pub last_name: String,
    /// The account role of the user.
    pub account_role: AccountRole,
    /// Whether they may log in, and whether they have.
    pub status: UserStatus,
    /// Their role in the team.
    pub role: MemberRole,
    /// When the user was added to the team.
    pub since: Timestamp,
}
