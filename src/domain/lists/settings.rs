//! What an administrator sets up. There are few of each.

use super::attributes;
use crate::domain::filter::Kind::{Bool, Exact, Id, Moment, Text};

attributes! {
    /// What the list of connections can be filtered and sorted by.
    ConnectionAttribute of "connections" {
        /// The connection's own identifier. The order.
        Id("id", Id, unique, sortable),
        /// Its name for people.
        Name("name", Text),
        /// Whether anybody may log in through it.
        Enabled("enabled", Bool),
        /// What the identity provider calls itself.
        IdpEntityId("idpEntityId", Exact),
    }
}

attributes! {
    /// What the list of API keys can be filtered and sorted by.
    KeyAttribute of "keys" {
        /// The key's own identifier. The order.
        Id("id", Id, unique, sortable),
        /// What it is for. No key of it is kept: it is compared to the letter.
        Name("name", Exact),
        /// From when on it lets nobody in.
        ExpiresAt("expiresAt", Moment),
        /// When it was last used.
        LastUsedAt("lastUsedAt", Moment),
        /// When it was made.
        CreatedAt("createdAt", Moment, indexed, sortable),
    }
}
