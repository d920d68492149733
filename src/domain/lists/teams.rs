//! Teams.

use super::attributes;
use crate::domain::{
    filter::ValueType::{Id, Moment, Name, Text},
    user::Origin,
};

attributes! {
    /// What the list of teams can be filtered and sorted by.
    TeamAttribute of "teams" created CreatedAt {
        /// The team's own identifier. The order unless another is asked for.
        Id("id", Id, unique, sortable),
        /// Its name.
        Name("name", Text, unique, indexed, sortable),
        /// A user who is in it. There may be several: it is the user that is asked
        /// for if one of them is.
        Member("members.id", Id),
        /// How it was created.
        Origin("origin", Name(&Origin::NAMES)),
        /// When it was created.
        CreatedAt("createdAt", Moment, indexed, sortable),
        /// When it last changed; its members aside.
        UpdatedAt("updatedAt", Moment, indexed, sortable),
    }
}
