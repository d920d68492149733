use diesel::prelude::*;

use crate::{
    domain::{id::ScimClientId, scim_client::ScimClient, text::fold},
    store::{
        error::{Row, StoreError},
        schema::scim_clients,
        sql::{At, Id, Str},
    },
};

#[derive(Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = scim_clients, treat_none_as_default_value = false)]
pub(crate) struct ScimClientRow {
    id: Id,
    account_id: Id,
    name: Str,
    name_key: Str,
    dialect: Str,
    created_at: At,
    updated_at: At,
    version: i64,
}

impl From<&ScimClient> for ScimClientRow {
    fn from(client: &ScimClient) -> Self {
        let ScimClient { id, account, name, dialect, created_at, updated_at, version } = client;
        Self {
            id: id.as_uuid().into(),
            account_id: account.as_uuid().into(),
            name: Str::new(name),
            name_key: Str(fold(name)),
            dialect: Str::new(dialect.as_str()),
            created_at: At(*created_at),
            updated_at: At(*updated_at),
            version: *version,
        }
    }
}

impl TryFrom<ScimClientRow> for ScimClient {
    type Error = StoreError;

    fn try_from(row: ScimClientRow) -> Result<Self, StoreError> {
        // The key follows from the name.
        let ScimClientRow {
            id,
            account_id,
            name,
            name_key: _,
            dialect,
            created_at,
            updated_at,
            version,
        } = row;
        let place = Row { table: "scim_clients", id: ScimClientId::from(id.0) };
        Ok(Self {
            id: place.id,
            account: account_id.0.into(),
            name: name.0,
            dialect: place.parse("dialect", &dialect.0)?,
            created_at: created_at.0,
            updated_at: updated_at.0,
            version,
        })
    }
}
