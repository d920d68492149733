use diesel::prelude::*;

use super::{json, moment};
use crate::{
    domain::{
        api_key::{ApiKey, Dialect, Scope},
        id::ApiKeyId,
    },
    store::{
        error::{Row, StoreError},
        schema::api_keys,
        sql::{At, Id, JsonText, Str},
    },
};

/// A key without its hash, which nobody reads back.
#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = api_keys, treat_none_as_default_value = false)]
pub(crate) struct ApiKeyRow {
    id: Id,
    account_id: Id,
    name: Str,
    hint: Str,
    scopes: JsonText,
    dialect: Option<Str>,
    created_at: At,
    expires_at: Option<At>,
    last_used_at: Option<At>,
}

/// The name of a dialect in the database, which is older than that on the wire.
fn stored_name(dialect: Dialect) -> &'static str {
    match dialect {
        Dialect::Strict => "strict",
        Dialect::Entra => "entra",
        Dialect::Okta => "okta",
    }
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
            dialect,
            created_at,
            expires_at,
            last_used_at,
        } = key;
        let scopes: Vec<_> = scopes.iter().map(Scope::as_str).collect();
        Ok(Self {
            id: id.as_uuid().into(),
            account_id: account.as_uuid().into(),
            name: Str::new(name),
            hint: Str::new(hint),
            scopes: json::write(&scopes)?,
            dialect: dialect.map(|dialect| Str::new(stored_name(dialect))),
            created_at: At(*created_at),
            expires_at: expires_at.map(At),
            last_used_at: last_used_at.map(At),
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
            dialect,
            created_at,
            expires_at,
            last_used_at,
        } = row;
        let place = Row { table: "api_keys", id: ApiKeyId::from(id.0) };
        let names: Vec<String> = json::read(&place, "scopes", &scopes)?;
        let scopes = names.iter().map(|name| place.parse("scopes", name));
        let dialect = dialect.map(|name| place.parse("dialect", &name.0)).transpose()?;
        Ok(Self {
            id: place.id,
            account: account_id.0.into(),
            name: name.0,
            hint: hint.0,
            scopes: scopes.collect::<Result<_, StoreError>>()?,
            dialect,
            created_at: created_at.0,
            expires_at: moment(expires_at),
            last_used_at: moment(last_used_at),
        })
    }
}
