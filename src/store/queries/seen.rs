use diesel::prelude::*;
use sha2::{Digest, Sha256};

use super::{Conn, Result};
use crate::{
    domain::{
        Timestamp,
        id::{AccountId, ConnectionId},
    },
    store::{
        schema::seen_assertions as seen,
        sql::{At, Id},
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
    let hash = Sha256::digest(assertion_id).to_vec();
    let remembered = diesel::insert_into(seen::table)
        .values((
            seen::hash.eq(&hash),
            seen::connection_id.eq(Id(connection.as_uuid())),
            seen::account_id.eq(Id(account.as_uuid())),
            seen::expires_at.eq(At(until)),
        ))
        .on_conflict((seen::hash, seen::connection_id))
        .do_nothing()
        .execute(conn)?;
    if remembered == 1 {
        return Ok(true);
    }
    // A row whose time is over counts as not there, whether it was swept or
    // not. A statement of its own, because diesel prepares one that updates
    // again each time, and here it comes to that only rarely.
    let over = seen::table
        .filter(seen::hash.eq(hash))
        .filter(seen::connection_id.eq(Id(connection.as_uuid())))
        .filter(seen::expires_at.lt(At(now)));
    let renewed = diesel::update(over).set(seen::expires_at.eq(At(until))).execute(conn)?;
    Ok(renewed == 1)
}

pub(crate) fn is_remembered(
    conn: &mut Conn,
    account: AccountId,
    connection: ConnectionId,
    assertion_id: &str,
    now: Timestamp,
) -> Result<bool> {
    let found = seen::table
        .filter(seen::hash.eq(Sha256::digest(assertion_id).to_vec()))
        .filter(seen::connection_id.eq(Id(connection.as_uuid())))
        .filter(seen::account_id.eq(Id(account.as_uuid())))
        .filter(seen::expires_at.ge(At(now)));
    Ok(found.count().get_result::<i64>(conn)? > 0)
}
