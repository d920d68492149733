use chrono::TimeDelta;
use diesel::prelude::*;

use super::{into_timestamp, json};
use crate::{
    domain::{
        api_key::{ApiKey, Scope},
        id::ApiKeyId,
        text::fold,
    },
    store::{
        error::{RowRef, StoreError},
        schema::api_keys,
        sql::{JsonText, SqlTimestamp, TextValue, UuidValue},
    },
};

/// A key without its hash, which is never read.
#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = api_keys, treat_none_as_default_value = false)]
pub(crate) struct ApiKeyRow {
    id: UuidValue,
    account_id: UuidValue,
    name: TextValue,
    hint: TextValue,
    scopes: JsonText,
    scim_client_id: Option<UuidValue>,
    created_at: SqlTimestamp,
    expires_at: Option<SqlTimestamp>,
    lifetime_seconds: Option<i64>,
    last_used_at: Option<SqlTimestamp>,
    name_key: TextValue,
}

impl TryFrom<&ApiKey> for ApiKeyRow {
    type Error = StoreError;

    fn try_from(key: &ApiKey) -> Result<Self, StoreError> {
        let ApiKey {
            id,
            account,
            name,
            hint,
            scopes,
            scim_client,
            created_at,
            expires_at,
            lifetime,
            last_used_at,
        } = key;
        let scopes: Vec<_> = scopes.iter().map(Scope::as_str).collect();
        Ok(Self {
            id: id.as_uuid().into(),
            account_id: account.as_uuid().into(),
            name: TextValue::new(name),
            hint: TextValue::new(hint),
            scopes: json::write(&scopes)?,
            scim_client_id: scim_client.map(|client| client.as_uuid().into()),
            created_at: SqlTimestamp(*created_at),
            expires_at: expires_at.map(SqlTimestamp),
            lifetime_seconds: lifetime.map(|lifetime| lifetime.num_seconds().max(1)),
            last_used_at: last_used_at.map(SqlTimestamp),
            name_key: TextValue(fold(name)),
        })
    }
}

impl TryFrom<ApiKeyRow> for ApiKey {
    type Error = StoreError;

    fn try_from(row: ApiKeyRow) -> Result<Self, StoreError> {
        let ApiKeyRow {
            id,
            account_id,
            name,
            hint,
            scopes,
            scim_client_id,
            created_at,
            expires_at,
            lifetime_seconds,
            last_used_at,
            name_key: _,
        } = row;
        let row_ref = RowRef { table: "api_keys", id: ApiKeyId::from(id.0) };
        let names: Vec<String> = json::read(&row_ref, "scopes", &scopes)?;
        let scopes = names.iter().map(|name| row_ref.parse("scopes", name));
        let lifetime = lifetime_seconds.map(|seconds| {
            let read = TimeDelta::try_seconds(seconds);
            read.ok_or_else(|| row_ref.corrupt("lifetime_seconds is out of range"))
        });
        Ok(Self {
            id: row_ref.id,
            account: account_id.0.into(),
            name: name.0,
            hint: hint.0,
            scopes: scopes.collect::<Result<_, StoreError>>()?,
            scim_client: scim_client_id.map(|id| id.0.into()),
            created_at: created_at.0,
            expires_at: into_timestamp(expires_at),
            lifetime: lifetime.transpose()?,
            last_used_at: into_timestamp(last_used_at),
        })
    }
}
