use diesel::prelude::*;
use uuid::Uuid;

use super::{Conn, Result};
use crate::{
    domain::{Timestamp, id::AccountId},
    store::{
        IdempotentRequest, IdempotentResponse,
        schema::idempotent_responses,
        sql::{SqlTimestamp, UuidValue},
    },
};

pub(crate) fn begin_idempotent(
    conn: &mut Conn,
    request: &IdempotentRequest,
    now: Timestamp,
    until: Timestamp,
) -> Result<bool> {
    // An expired key that is not deleted yet does not block a new request.
    let over = rows_of!(idempotent_responses, request.account)
        .filter(idempotent_responses::caller_id.eq(UuidValue(request.caller)))
        .filter(idempotent_responses::key_hash.eq(request.key_hash.to_vec()))
        .filter(idempotent_responses::expires_at.le(SqlTimestamp(now)));
    diesel::delete(over).execute(conn)?;
    let begun = (
        idempotent_responses::account_id.eq(UuidValue(request.account.as_uuid())),
        idempotent_responses::caller_id.eq(UuidValue(request.caller)),
        idempotent_responses::key_hash.eq(request.key_hash.to_vec()),
        idempotent_responses::request.eq(request.request_hash.to_vec()),
        idempotent_responses::expires_at.eq(SqlTimestamp(until)),
    );
    let added = diesel::insert_into(idempotent_responses::table)
        .values(begun)
        .on_conflict_do_nothing()
        .execute(conn)?;
    Ok(added == 1)
}

pub(crate) fn idempotent_response(
    conn: &mut Conn,
    account: AccountId,
    caller: Uuid,
    key_hash: [u8; 32],
) -> Result<Option<IdempotentResponse>> {
    let found: Option<IdempotentResponse> = idempotent_responses::table
        .find((UuidValue(account.as_uuid()), UuidValue(caller), key_hash.to_vec()))
        .select((idempotent_responses::request, idempotent_responses::response))
        .get_result(conn)
        .optional()?;
    Ok(found)
}

pub(crate) fn store_idempotent_response(
    conn: &mut Conn,
    request: &IdempotentRequest,
    response: &[u8],
    until: Timestamp,
) -> Result<()> {
    let key = (
        UuidValue(request.account.as_uuid()),
        UuidValue(request.caller),
        request.key_hash.to_vec(),
    );
    diesel::update(idempotent_responses::table.find(key))
        .set((
            idempotent_responses::response.eq(response.to_vec()),
            idempotent_responses::expires_at.eq(SqlTimestamp(until)),
        ))
        .execute(conn)?;
    Ok(())
}

pub(crate) fn release_idempotent(conn: &mut Conn, request: &IdempotentRequest) -> Result<()> {
    let key = (
        UuidValue(request.account.as_uuid()),
        UuidValue(request.caller),
        request.key_hash.to_vec(),
    );
    diesel::delete(idempotent_responses::table.find(key)).execute(conn)?;
    Ok(())
}
