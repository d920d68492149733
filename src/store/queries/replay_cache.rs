use diesel::prelude::*;
use sha2::{Digest, Sha256};

use super::{Conn, Result};
use crate::{
    domain::{
        Timestamp,
        id::{AccountId, ConnectionId},
    },
    store::{
        schema::seen_assertions as replay_cache,
        sql::{SqlTimestamp, UuidValue},
    },
};

pub(crate) fn remember_assertion(
    conn: &mut Conn,
    account: AccountId,
    connection: ConnectionId,
    assertion_id: &str,
    until: Timestamp,
    now: Timestamp,
) -> Result<bool> {
    remember(conn, account, connection, assertion_hash(assertion_id), until, now)
}

pub(crate) fn remember_request(
    conn: &mut Conn,
    account: AccountId,
    connection: ConnectionId,
    request_id: &str,
    until: Timestamp,
    now: Timestamp,
) -> Result<bool> {
    remember(conn, account, connection, request_hash(request_id), until, now)
}

/// What is remembered of an assertion.
pub(super) fn assertion_hash(id: &str) -> Vec<u8> {
    Sha256::digest(id).to_vec()
}

/// What is remembered of a request.
pub(super) fn request_hash(id: &str) -> Vec<u8> {
    // No assertion has an ID with this character, because XML does not allow it.
    Sha256::digest(format!("\0{id}")).to_vec()
}

/// Remembers the hash of an ID that may be used once on its connection.
fn remember(
    conn: &mut Conn,
    account: AccountId,
    connection: ConnectionId,
    hash: Vec<u8>,
    until: Timestamp,
    now: Timestamp,
) -> Result<bool> {
    let remembered = diesel::insert_into(replay_cache::table)
        .values((
            replay_cache::hash.eq(&hash),
            replay_cache::connection_id.eq(UuidValue(connection.as_uuid())),
            replay_cache::account_id.eq(UuidValue(account.as_uuid())),
            replay_cache::expires_at.eq(SqlTimestamp(until)),
        ))
        .on_conflict((replay_cache::hash, replay_cache::connection_id))
        .do_nothing()
        .execute(conn)?;
    if remembered == 1 {
        return Ok(true);
    }
    // A row whose time is over counts as not there, whether it was swept or not. Here it
    // comes to that only rarely.
    let over = replay_cache::table
        .filter(replay_cache::hash.eq(hash))
        .filter(replay_cache::connection_id.eq(UuidValue(connection.as_uuid())))
        .filter(replay_cache::expires_at.lt(SqlTimestamp(now)));
    let renewed =
        diesel::update(over).set(replay_cache::expires_at.eq(SqlTimestamp(until))).execute(conn)?;
    Ok(renewed == 1)
}

pub(crate) fn is_remembered(
    conn: &mut Conn,
    account: AccountId,
    connection: ConnectionId,
    assertion_id: &str,
    now: Timestamp,
) -> Result<bool> {
    let found = replay_cache::table
        .filter(replay_cache::hash.eq(assertion_hash(assertion_id)))
        .filter(replay_cache::connection_id.eq(UuidValue(connection.as_uuid())))
        .filter(replay_cache::account_id.eq(UuidValue(account.as_uuid())))
        .filter(replay_cache::expires_at.ge(SqlTimestamp(now)));
    Ok(found.count().get_result::<i64>(conn)? > 0)
}
