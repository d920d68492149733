use diesel::prelude::*;

use super::{Conn, Result, convert_optional};
use crate::{
    domain::{id::ConnectionId, session::PendingRequest},
    store::{
        rows::PendingRow,
        schema::pending_requests,
        sql::{TextValue, UuidValue},
    },
};

pub(crate) fn insert_pending_request(conn: &mut Conn, request: &PendingRequest) -> Result<()> {
    PendingRow::from(request).insert_into(pending_requests::table).execute(conn)?;
    Ok(())
}

pub(crate) fn pending_request(
    conn: &mut Conn,
    connection: ConnectionId,
    id: &str,
) -> Result<Option<PendingRequest>> {
    let found = pending_requests::table
        .filter(pending_requests::id.eq(TextValue::new(id)))
        .filter(pending_requests::connection_id.eq(UuidValue(connection.as_uuid())));
    convert_optional(found.select(PendingRow::as_select()).get_result(conn))
}

pub(crate) fn take_pending_request(
    conn: &mut Conn,
    connection: ConnectionId,
    id: &str,
) -> Result<bool> {
    let taken = pending_requests::table
        .filter(pending_requests::id.eq(TextValue::new(id)))
        .filter(pending_requests::connection_id.eq(UuidValue(connection.as_uuid())));
    Ok(diesel::delete(taken).execute(conn)? == 1)
}
