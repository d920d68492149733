use diesel::prelude::*;

use super::{Conn, Result, convert_optional, convert_rows};
use crate::{
    domain::{
        Timestamp,
        id::{AccountId, ConnectionId, SessionId, UserId},
        session::{OpeningResponse, Session},
    },
    store::{
        error::RowRef,
        rows::{OpenedSessionRow, SessionRow},
        schema::sessions,
        sql::{SqlTimestamp, TextValue, UuidValue},
    },
};

queries! { sessions, SessionRow, Session, SessionId:
    delete delete_session;
}

pub(crate) fn insert_session(
    conn: &mut Conn,
    session: &Session,
    token_hash: [u8; 32],
    opened_by: &OpeningResponse,
) -> Result<()> {
    let row = OpenedSessionRow::new(session, token_hash, opened_by)?;
    row.insert_into(sessions::table).execute(conn)?;
    Ok(())
}

type ResponseSessionRow = (UuidValue, Vec<u8>, Option<TextValue>);

pub(crate) fn session_of_response(
    conn: &mut Conn,
    connection: ConnectionId,
    response_hash: [u8; 32],
    now: Timestamp,
) -> Result<Option<([u8; 32], String)>> {
    let found = sessions::table
        .filter(sessions::response_hash.eq(response_hash.to_vec()))
        .filter(sessions::connection_id.eq(UuidValue(connection.as_uuid())))
        .filter(sessions::expires_at.gt(SqlTimestamp(now)))
        .select((sessions::id, sessions::token_hash, sessions::go_to));
    let row: Option<ResponseSessionRow> = found.first(conn).optional()?;
    let Some((id, token_hash, redirect_to)) = row else { return Ok(None) };
    let row_ref = RowRef { table: "sessions", id: SessionId::from(id.0) };
    let token_hash = row_ref.hash("token_hash", &token_hash)?;
    let redirect_to = redirect_to.ok_or_else(|| row_ref.corrupt("go_to is missing"))?.0;
    Ok(Some((token_hash, redirect_to)))
}

pub(crate) fn session_by_hash(conn: &mut Conn, token_hash: [u8; 32]) -> Result<Option<Session>> {
    let found = sessions::table.filter(sessions::token_hash.eq(token_hash.to_vec()));
    convert_optional(found.select(SessionRow::as_select()).get_result(conn))
}

pub(crate) fn sessions_of(
    conn: &mut Conn,
    account: AccountId,
    user: UserId,
    now: Timestamp,
) -> Result<Vec<Session>> {
    let found = rows_of!(sessions, account)
        .filter(sessions::user_id.eq(UuidValue(user.as_uuid())))
        .filter(sessions::expires_at.gt(SqlTimestamp(now)))
        .order((sessions::created_at.desc(), sessions::id.desc()));
    convert_rows(found.select(SessionRow::as_select()).load(conn))
}

pub(crate) fn end_sessions(conn: &mut Conn, account: AccountId, user: UserId) -> Result<usize> {
    let ended = rows_of!(sessions, account).filter(sessions::user_id.eq(UuidValue(user.as_uuid())));
    Ok(diesel::delete(ended).execute(conn)?)
}

pub(crate) fn end_sessions_through(
    conn: &mut Conn,
    account: AccountId,
    user: UserId,
    connection: ConnectionId,
) -> Result<usize> {
    let ended = rows_of!(sessions, account)
        .filter(sessions::user_id.eq(UuidValue(user.as_uuid())))
        .filter(sessions::connection_id.eq(UuidValue(connection.as_uuid())));
    Ok(diesel::delete(ended).execute(conn)?)
}
