//! Teams.

use super::attributes;
use crate::domain::{
    filter::ValueType::{Id, Moment, Name, Text},
    user::Origin,
};

attributes! {
    /// The filter and sort attributes of the list of teams.
    TeamAttribute of "teams" created CreatedAt {
        /// The ID of the team. The default order.
        Id("id", Id, unique, sortable),
        /// Its name.
        Name("name", Text, unique, indexed, sortable),
        /// A member. A condition is true if it is true of one of the members.
        Member("members.id", Id),
        /// How it was created.
        Origin("origin", Name(&Origin::NAMES)),
        /// When it was created.
        CreatedAt("createdAt", Moment, indexed, sortable),
        /// When it last changed. Changes of members do not count.
        UpdatedAt("updatedAt", Moment, indexed, sortable),
    }
}
