use diesel::prelude::*;

use crate::{
    domain::{id::ScimClientId, scim_client::ScimClient, text::fold},
    store::{
        error::{RowRef, StoreError},
        schema::scim_clients,
        sql::{SqlTimestamp, TextValue, UuidValue},
    },
};

#[derive(Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = scim_clients, treat_none_as_default_value = false)]
pub(crate) struct ScimClientRow {
    id: UuidValue,
    account_id: UuidValue,
    name: TextValue,
    name_key: TextValue,
    dialect: TextValue,
    created_at: SqlTimestamp,
    updated_at: SqlTimestamp,
    version: i64,
}

impl From<&ScimClient> for ScimClientRow {
    fn from(client: &ScimClient) -> Self {
        let ScimClient { id, account, name, dialect, created_at, updated_at, version } = client;
        Self {
            id: id.as_uuid().into(),
            account_id: account.as_uuid().into(),
            name: TextValue::new(name),
            name_key: TextValue(fold(name)),
            dialect: TextValue::new(dialect.as_str()),
            created_at: SqlTimestamp(*created_at),
            updated_at: SqlTimestamp(*updated_at),
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
        let row_ref = RowRef { table: "scim_clients", id: ScimClientId::from(id.0) };
        Ok(Self {
            id: row_ref.id,
            account: account_id.0.into(),
            name: name.0,
            dialect: row_ref.parse("dialect", &dialect.0)?,
            created_at: created_at.0,
            updated_at: updated_at.0,
            version,
        })
    }
}
