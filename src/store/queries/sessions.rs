use diesel::prelude::*;

use super::{Conn, Result, one};
use crate::{
    domain::{
        id::{AccountId, ConnectionId, SessionId, UserId},
        session::Session,
    },
    store::{rows::SessionRow, schema::sessions, sql::Id},
};

pub(crate) fn insert_session(
    conn: &mut Conn,
    session: &Session,
    token_hash: [u8; 32],
) -> Result<()> {
    SessionRow::new(session, token_hash).insert_into(sessions::table).execute(conn)?;
    Ok(())
}

pub(crate) fn session_by_hash(conn: &mut Conn, token_hash: [u8; 32]) -> Result<Option<Session>> {
    let found = sessions::table.filter(sessions::token_hash.eq(token_hash.to_vec()));
    one(found.select(SessionRow::as_select()).get_result(conn))
}

pub(crate) fn delete_session(
    conn: &mut Conn,
    account: AccountId,
    session: SessionId,
) -> Result<bool> {
    let ended = sessions::table
        .filter(sessions::account_id.eq(Id(account.as_uuid())))
        .filter(sessions::id.eq(Id(session.as_uuid())));
    Ok(diesel::delete(ended).execute(conn)? == 1)
}

pub(crate) fn end_sessions(conn: &mut Conn, account: AccountId, user: UserId) -> Result<usize> {
    let ended = sessions::table
        .filter(sessions::account_id.eq(Id(account.as_uuid())))
        .filter(sessions::user_id.eq(Id(user.as_uuid())));
    Ok(diesel::delete(ended).execute(conn)?)
}

pub(crate) fn end_sessions_through(
    conn: &mut Conn,
    account: AccountId,
    user: UserId,
    connection: ConnectionId,
) -> Result<usize> {
    let ended = sessions::table
        .filter(sessions::account_id.eq(Id(account.as_uuid())))
        .filter(sessions::user_id.eq(Id(user.as_uuid())))
        .filter(sessions::connection_id.eq(Id(connection.as_uuid())));
    Ok(diesel::delete(ended).execute(conn)?)
}
