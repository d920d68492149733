//! Users and deleted users.

use super::attributes;
use crate::domain::{
    filter::ValueType::{Exact, Id, Identifier, Moment, Name},
    user::{Origin, UserStatus},
};

attributes! {
    /// The filter and sort attributes of the list of users.
    UserAttribute of "users" created CreatedAt
    with ["disabled", "teams.name", "identities.subject"]
    fields Profile values Value custom Custom
    {
        /// The ID of the user. The default order.
        Id("id", Id, unique, sortable),
        /// Whether the user may log in, and whether they have logged in.
        Status("status", Name(&UserStatus::NAMES), indexed),
        /// The mobile phone number in E.164.
        MobileE164("mobile.e164", Exact, indexed),
        /// How the user was created: by a login, an administrator, or SCIM.
        Origin("origin", Name(&Origin::NAMES)),
        /// When they were created.
        CreatedAt("createdAt", Moment, indexed, sortable),
        /// When they last changed.
        UpdatedAt("updatedAt", Moment, indexed, sortable),
        /// Their first login.
        FirstLoginAt("firstLoginAt", Moment),
        /// Their latest login.
        LastLoginAt("lastLoginAt", Moment),
        /// A team of the user. A condition is true if it is true of one of the teams.
        Team("teams.id", Id, indexed),
    }
}

attributes! {
    /// The filter and sort attributes of the list of deleted users.
    DeletedUserAttribute of "deleted users" {
        /// The ID of the user who was deleted. The default order.
        Id("id", Id, unique, sortable),
        /// The e-mail address of the user.
        Email("email", Identifier, unique, indexed),
        /// When they were deleted.
        DeletedAt("deletedAt", Moment),
    }
}
