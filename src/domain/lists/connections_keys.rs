//! What an administrator sets up. There are few of each.

use super::attributes;
use crate::domain::{
    api_key::Dialect,
    filter::ValueType::{Bool, Exact, Id, Moment, Name, Text},
};

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
    KeyAttribute of "keys" created CreatedAt {
        /// The key's own identifier. The order.
        Id("id", Id, unique, sortable),
        /// What it is for.
        Name("name", Text),
        /// The SCIM client that it is a key of.
        ScimClient("scimClient.id", Id, indexed),
        /// From when on it lets nobody in.
        ExpiresAt("expiresAt", Moment),
        /// When it was last used.
        LastUsedAt("lastUsedAt", Moment),
        /// When it was made.
        CreatedAt("createdAt", Moment, indexed, sortable),
    }
}

attributes! {
    /// What the list of SCIM clients can be filtered and sorted by.
    ScimClientAttribute of "SCIM clients" created CreatedAt {
        /// The client's own identifier. The order unless another is asked for.
        Id("id", Id, unique, sortable),
        /// Its name.
        Name("name", Text, unique, indexed, sortable),
        /// How it speaks SCIM.
        Dialect("dialect", Name(&Dialect::NAMES)),
        /// When it was created.
        CreatedAt("createdAt", Moment, indexed, sortable),
    }
}
