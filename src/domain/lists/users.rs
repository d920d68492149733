//! Users, and those who were deleted.

use super::attributes;
use crate::domain::{
    filter::ValueType::{Exact, Id, Identifier, Moment, Name},
    user::{Origin, UserStatus},
};

attributes! {
    /// What the list of users can be filtered and sorted by.
    UserAttribute of "users" created CreatedAt
    with ["disabled", "teams.name", "identities.subject"]
    fields Profile values Value
    {
        /// The user's own identifier. The order unless another is asked for.
        Id("id", Id, unique, sortable),
        /// Whether they may log in, and whether they have.
        Status("status", Name(&UserStatus::NAMES), indexed),
        /// Their mobile phone number, as E.164 writes it.
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
        /// A team that they are in. They may be in several: it is the team
        /// that is asked for if one of them is.
        Team("teams.id", Id, indexed),
    }
}

attributes! {
    /// What the list of deleted users can be filtered and sorted by.
    DeletedUserAttribute of "deleted users" {
        /// The identifier of the user who was deleted. The order.
        Id("id", Id, unique, sortable),
        /// Their address.
        Email("email", Identifier, unique, indexed),
        /// When they were deleted.
        DeletedAt("deletedAt", Moment),
    }
}
