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
    remember(conn, account, connection, assertion_id, until, now)
}

pub(crate) fn remember_request(
    conn: &mut Conn,
    account: AccountId,
    connection: ConnectionId,
    request_id: &str,
    until: Timestamp,
    now: Timestamp,
) -> Result<bool> {
    // No assertion has an ID with this character, because XML does not allow it.
    remember(conn, account, connection, &format!("\0{request_id}"), until, now)
}

/// Remembers an ID that may be used once on its connection.
fn remember(
    conn: &mut Conn,
    account: AccountId,
    connection: ConnectionId,
    id: &str,
    until: Timestamp,
    now: Timestamp,
) -> Result<bool> {
    let hash = Sha256::digest(id).to_vec();
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
    // A row whose time is over counts as not there, whether it was swept or
    // not. A statement of its own, because diesel prepares one that updates
    // again each time, and here it comes to that only rarely.
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
        .filter(replay_cache::hash.eq(Sha256::digest(assertion_id).to_vec()))
        .filter(replay_cache::connection_id.eq(UuidValue(connection.as_uuid())))
        .filter(replay_cache::account_id.eq(UuidValue(account.as_uuid())))
        .filter(replay_cache::expires_at.ge(SqlTimestamp(now)));
    Ok(found.count().get_result::<i64>(conn)? > 0)
}
