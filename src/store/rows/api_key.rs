use chrono::TimeDelta;
use diesel::prelude::*;

use super::{
    json,
    row::{row, stored_as},
};
use crate::{
    domain::{
        api_key::{ApiKey, Scope, Scopes},
        text::fold,
    },
    store::{
        error::{RowRef, StoreError},
        schema::api_keys,
        sql::{JsonText, SqlTimestamp, TextValue, UuidValue},
    },
};

row! {
    /// A key without its hash, which is never read.
    ApiKeyRow in api_keys by id {
        id: UuidValue = id,
        account_id: UuidValue = account,
        name: TextValue = name,
        hint: TextValue = hint,
        scopes: JsonText = scopes,
        scim_client_id: Option<UuidValue> = scim_client,
        created_at: SqlTimestamp = created_at,
        expires_at: Option<SqlTimestamp> = expires_at,
        lifetime_seconds: Option<i64> = lifetime,
        last_used_at: Option<SqlTimestamp> = last_used_at,
    }
    derived |key| { name_key: TextValue = TextValue(fold(&key.name)), }
    ApiKey {
        id, account, name, hint, scopes, scim_client, created_at, expires_at, lifetime,
        last_used_at,
    }
}

stored_as! {
    Scopes as JsonText:
        |scopes| json::write(&scopes.iter().map(Scope::as_str).collect::<Vec<_>>())?,
        |stored, row_ref, column| {
            let names: Vec<String> = json::read(row_ref, column, &stored)?;
            let scopes = names.iter().map(|name| row_ref.parse(column, name));
            scopes.collect::<Result<_, StoreError>>()?
        };
    TimeDelta as i64:
        |lifetime| lifetime.num_seconds().max(1),
        |seconds, row_ref, column| TimeDelta::try_seconds(seconds)
            .ok_or_else(|| row_ref.corrupt(format_args!("{column} is out of range")))?;
}
