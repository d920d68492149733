use diesel::prelude::*;

use super::{Conn, Result, convert_optional, convert_rows, prepared::change_rows};
use crate::{
    domain::{
        Timestamp,
        api_key::ApiKey,
        id::{AccountId, ApiKeyId, ScimClientId},
        scim_client::ScimClient,
    },
    store::{
        rows::{ApiKeyRow, ScimClientRow},
        schema::{api_keys, scim_clients},
        sql::{SqlTimestamp, UuidValue},
    },
};

queries! { api_keys, ApiKeyRow, ApiKey, ApiKeyId:
    find api_key;
    find_for_update api_key_for_update;
    delete delete_api_key;
}

pub(crate) fn insert_api_key(conn: &mut Conn, key: &ApiKey, hash: [u8; 32]) -> Result<()> {
    let row = (ApiKeyRow::try_from(key)?, api_keys::hash.eq(hash.to_vec()));
    row.insert_into(api_keys::table).execute(conn)?;
    Ok(())
}

pub(crate) fn api_key_by_hash(
    conn: &mut Conn,
    hash: [u8; 32],
) -> Result<Option<(ApiKey, Option<ScimClient>)>> {
    let found: Option<(ApiKeyRow, Option<ScimClientRow>)> = api_keys::table
        .left_join(scim_clients::table)
        .filter(api_keys::hash.eq(hash.to_vec()))
        .select((ApiKeyRow::as_select(), Option::<ScimClientRow>::as_select()))
        .get_result(conn)
        .optional()?;
    let read = |(key, client): (ApiKeyRow, Option<ScimClientRow>)| {
        Ok((key.try_into()?, client.map(ScimClient::try_from).transpose()?))
    };
    found.map(read).transpose()
}

pub(crate) fn api_keys_of_client(
    conn: &mut Conn,
    account: AccountId,
    client: ScimClientId,
) -> Result<Vec<ApiKey>> {
    let found = rows_of!(api_keys, account)
        .filter(api_keys::scim_client_id.eq(UuidValue(client.as_uuid())))
        .order(api_keys::id);
    convert_rows(found.select(ApiKeyRow::as_select()).load(conn))
}

pub(crate) fn set_api_key_end(
    conn: &mut Conn,
    account: AccountId,
    key: ApiKeyId,
    expires_at: Timestamp,
) -> Result<()> {
    let ending = by_id!(api_keys, account, key);
    diesel::update(ending).set(api_keys::expires_at.eq(SqlTimestamp(expires_at))).execute(conn)?;
    Ok(())
}

pub(crate) fn api_keys_for_update(conn: &mut Conn, account: AccountId) -> Result<Vec<ApiKey>> {
    let found = rows_of!(api_keys, account).order(api_keys::id);
    convert_rows(locked!(found.select(ApiKeyRow::as_select())).load(conn))
}

pub(crate) fn record_use(
    conn: &mut Conn,
    account: AccountId,
    key: ApiKeyId,
    now: Timestamp,
) -> Result<()> {
    let used = by_id!(api_keys, account, key).filter(is_due!(api_keys::last_used_at, now));
    let update = diesel::update(used).set(api_keys::last_used_at.eq(SqlTimestamp(now)));
    change_rows(conn, update)?;
    Ok(())
}
