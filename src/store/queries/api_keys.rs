use diesel::prelude::*;

use super::{Conn, Result, all, one};
use crate::{
    domain::{
        Timestamp,
        api_key::ApiKey,
        id::{AccountId, ApiKeyId},
    },
    store::{
        rows::ApiKeyRow,
        schema::api_keys,
        sql::{At, Id},
    },
};

pub(crate) fn insert_api_key(conn: &mut Conn, key: &ApiKey, hash: [u8; 32]) -> Result<()> {
    let row = (ApiKeyRow::try_from(key)?, api_keys::hash.eq(hash.to_vec()));
    row.insert_into(api_keys::table).execute(conn)?;
    Ok(())
}

pub(crate) fn api_key_by_hash(conn: &mut Conn, hash: [u8; 32]) -> Result<Option<ApiKey>> {
    let found = api_keys::table.filter(api_keys::hash.eq(hash.to_vec()));
    one(found.select(ApiKeyRow::as_select()).get_result(conn))
}

pub(crate) fn api_key(
    conn: &mut Conn,
    account: AccountId,
    key: ApiKeyId,
) -> Result<Option<ApiKey>> {
    let found = api_keys::table
        .filter(api_keys::account_id.eq(Id(account.as_uuid())))
        .filter(api_keys::id.eq(Id(key.as_uuid())));
    one(found.select(ApiKeyRow::as_select()).get_result(conn))
}

pub(crate) fn api_keys_for_update(conn: &mut Conn, account: AccountId) -> Result<Vec<ApiKey>> {
    let found =
        api_keys::table.filter(api_keys::account_id.eq(Id(account.as_uuid()))).order(api_keys::id);
    all(locked!(found.select(ApiKeyRow::as_select())).load(conn))
}

pub(crate) fn delete_api_key(conn: &mut Conn, account: AccountId, key: ApiKeyId) -> Result<bool> {
    let gone = api_keys::table
        .filter(api_keys::account_id.eq(Id(account.as_uuid())))
        .filter(api_keys::id.eq(Id(key.as_uuid())));
    Ok(diesel::delete(gone).execute(conn)? == 1)
}

pub(crate) fn record_use(
    conn: &mut Conn,
    account: AccountId,
    key: ApiKeyId,
    now: Timestamp,
) -> Result<()> {
    let used = api_keys::table
        .filter(api_keys::account_id.eq(Id(account.as_uuid())))
        .filter(api_keys::id.eq(Id(key.as_uuid())));
    diesel::update(used).set(api_keys::last_used_at.eq(At(now))).execute(conn)?;
    Ok(())
}
