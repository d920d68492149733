//! The names of resources, shown beside their IDs.

use std::collections::{BTreeSet, HashMap};

use crate::{
    domain::{
        audit::Actor,
        id::{AccountId, ApiKeyId, ConnectionId, ScimClientId, TeamId, UserId},
        provenance::Setter,
    },
    store::{StoreError, Tx},
};

/// A resource that has a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum NamedResource {
    Key(ApiKeyId),
    Connection(ConnectionId),
    ScimClient(ScimClientId),
    Team(TeamId),
    User(UserId),
}

impl NamedResource {
    /// The actor, if it has a name.
    pub(super) fn from_actor(actor: Actor) -> Option<Self> {
        match actor {
            Actor::ApiKey(key) => Some(Self::Key(key)),
            Actor::ScimClient(client) => Some(Self::ScimClient(client)),
            Actor::User(user) => Some(Self::User(user)),
            Actor::Login(_) | Actor::CommandLine => None,
        }
    }

    /// The setter, or the connection of its login.
    pub(super) fn from_setter(setter: Setter) -> Option<Self> {
        match setter {
            Setter::Login { connection, attempt: _ } => connection.map(Self::Connection),
            Setter::ApiKey(key) => Some(Self::Key(key)),
            Setter::ScimClient(client) => Some(Self::ScimClient(client)),
            Setter::User(user) => Some(Self::User(user)),
            Setter::CommandLine | Setter::Default => None,
        }
    }
}

/// Loads the names of the resources that still exist, with one query for each kind.
pub(super) fn load_names(
    tx: &mut Tx<'_>,
    account: AccountId,
    resources: impl Iterator<Item = NamedResource>,
) -> Result<HashMap<NamedResource, String>, StoreError> {
    let (mut keys, mut connections, mut clients) = (Vec::new(), Vec::new(), Vec::new());
    let (mut teams, mut users) = (Vec::new(), Vec::new());
    for resource in resources.collect::<BTreeSet<_>>() {
        match resource {
            NamedResource::Key(key) => keys.push(key),
            NamedResource::Connection(connection) => connections.push(connection),
            NamedResource::ScimClient(client) => clients.push(client),
            NamedResource::Team(team) => teams.push(team),
            NamedResource::User(user) => users.push(user),
        }
    }
    let keys = tx.names_of_keys(account, &keys)?.into_iter();
    let connections = tx.names_of_connections(account, &connections)?.into_iter();
    let clients = tx.scim_clients(account, &clients)?.into_iter();
    let teams = tx.existing_teams_by_id(account, &teams)?.into_iter();
    let users = tx.names_of_users(account, &users)?.into_iter();
    Ok(keys
        .map(|(key, name)| (NamedResource::Key(key), name))
        .chain(connections.map(|(id, name)| (NamedResource::Connection(id), name)))
        .chain(clients.map(|client| (NamedResource::ScimClient(client.id), client.name)))
        .chain(teams.map(|team| (NamedResource::Team(team.id), team.name.to_string())))
        .chain(users.map(|(user, name)| (NamedResource::User(user), name)))
        .collect())
}
