//! Connections, API keys and SCIM clients. An account has few of each.

use super::attributes;
use crate::domain::{
    api_key::Dialect,
    filter::ValueType::{Bool, Exact, Id, Moment, Name, Text},
};

attributes! {
    /// The filter and sort attributes of the list of connections.
    ConnectionAttribute of "connections" {
        /// The ID of the connection. The default order.
        Id("id", Id, unique, sortable),
        /// Its name for people.
        Name("name", Text),
        /// Whether logins through it are allowed.
        Enabled("enabled", Bool),
        /// The entity ID of the identity provider.
        IdpEntityId("idpEntityId", Exact),
    }
}

attributes! {
    /// The filter and sort attributes of the list of API keys.
    KeyAttribute of "keys" created CreatedAt {
        /// The ID of the key. The default order.
        Id("id", Id, unique, sortable),
        /// Its name.
        Name("name", Text),
        /// The SCIM client of the key.
        ScimClient("scimClient.id", Id, indexed),
        /// When it expires.
        ExpiresAt("expiresAt", Moment),
        /// When it was last used.
        LastUsedAt("lastUsedAt", Moment),
        /// When it was created.
        CreatedAt("createdAt", Moment, indexed, sortable),
    }
}

attributes! {
    /// The filter and sort attributes of the list of SCIM clients.
    ScimClientAttribute of "SCIM clients" created CreatedAt {
        /// The ID of the client. The default order.
        Id("id", Id, unique, sortable),
        /// Its name.
        Name("name", Text, unique, indexed, sortable),
        /// Its SCIM dialect.
        Dialect("dialect", Name(&Dialect::NAMES)),
        /// When it was created.
        CreatedAt("createdAt", Moment, indexed, sortable),
    }
}
