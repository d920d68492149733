use diesel::prelude::*;

use super::{
    Column, Condition, Conn, ListSource, PositionRow, Result, Rows, ScanQuery, Sql, column,
    count_filter, count_rows, in_table, load_position, load_rows, nullable, position,
    position_columns,
};
use crate::{
    domain::{
        api_key::ApiKey,
        connection::{Connection, SamlPolicy},
        id::AccountId,
        lists::{ConnectionAttribute, IndexScan, KeyAttribute, PagePosition, ScimClientAttribute},
        scim_client::ScimClient,
    },
    store::{
        rows::{ApiKeyRow, ConnectionRow, ScimClientRow},
        schema::{api_keys, connections, scim_clients},
        sql::{Uuid, UuidValue},
    },
};

impl ListSource for ConnectionAttribute {
    in_table!(connections, ConnectionRow => Connection);

    fn bytes(connection: &Connection) -> usize {
        let SamlPolicy { relay_states, authn_contexts, .. } = &connection.saml;
        let certificates = connection.idp.certificates.iter();
        let mapping = connection.provisioning.mapping.values();
        let texts = relay_states.iter().chain(authn_contexts).chain(mapping);
        let certificates = certificates.map(Vec::len);
        texts.map(String::len).sum::<usize>().saturating_add(certificates.sum())
    }

    fn column(self) -> Column<connections::table> {
        match self {
            Self::Id => column!(Id, connections::id),
            Self::Name => column!(Text, connections::name_key),
            Self::Enabled => column!(Bool, connections::enabled),
            Self::IdpEntityId => column!(Text, connections::idp_entity_id),
        }
    }
}

impl ListSource for KeyAttribute {
    in_table!(api_keys, ApiKeyRow => ApiKey);

    fn bytes(key: &ApiKey) -> usize {
        key.name.len()
    }

    fn column(self) -> Column<api_keys::table> {
        match self {
            Self::Id => column!(Id, api_keys::id),
            Self::Name => column!(Text, api_keys::name_key),
            Self::ScimClient => nullable!(Id, api_keys::scim_client_id),
            Self::ExpiresAt => nullable!(Moment, api_keys::expires_at),
            Self::LastUsedAt => nullable!(Moment, api_keys::last_used_at),
            Self::CreatedAt => column!(Moment, api_keys::created_at),
        }
    }
}

impl ListSource for ScimClientAttribute {
    in_table!(scim_clients, ScimClientRow => ScimClient);

    fn bytes(client: &ScimClient) -> usize {
        client.name.len()
    }

    fn column(self) -> Column<scim_clients::table> {
        match self {
            Self::Id => column!(Id, scim_clients::id),
            Self::Name => column!(Text, scim_clients::name_key),
            Self::Dialect => column!(Text, scim_clients::dialect),
            Self::CreatedAt => column!(Moment, scim_clients::created_at),
        }
    }
}
