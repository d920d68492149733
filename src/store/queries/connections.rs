use diesel::prelude::*;

use super::{Conn, Result, all, one};
use crate::{
    domain::{
        connection::Connection,
        id::{AccountId, ConnectionId},
    },
    store::{
        error::StoreError,
        rows::ConnectionRow,
        schema::{connections, identities},
        sql::Id,
    },
};

pub(crate) fn insert_connection(conn: &mut Conn, connection: &Connection) -> Result<()> {
    ConnectionRow::try_from(connection)?.insert_into(connections::table).execute(conn)?;
    Ok(())
}

pub(crate) fn connection(conn: &mut Conn, connection: ConnectionId) -> Result<Option<Connection>> {
    let found = connections::table.filter(connections::id.eq(Id(connection.as_uuid())));
    one(found.select(ConnectionRow::as_select()).get_result(conn))
}

pub(crate) fn connection_of(
    conn: &mut Conn,
    account: AccountId,
    connection: ConnectionId,
) -> Result<Option<Connection>> {
    let found = connections::table
        .filter(connections::account_id.eq(Id(account.as_uuid())))
        .filter(connections::id.eq(Id(connection.as_uuid())));
    one(found.select(ConnectionRow::as_select()).get_result(conn))
}

pub(crate) fn connections(conn: &mut Conn, account: AccountId) -> Result<Vec<Connection>> {
    let found = connections::table
        .filter(connections::account_id.eq(Id(account.as_uuid())))
        .order((connections::name, connections::id));
    all(found.select(ConnectionRow::as_select()).load(conn))
}

pub(crate) fn connection_for_update(
    conn: &mut Conn,
    account: AccountId,
    connection: ConnectionId,
) -> Result<Option<Connection>> {
    let found = connections::table
        .filter(connections::account_id.eq(Id(account.as_uuid())))
        .filter(connections::id.eq(Id(connection.as_uuid())));
    one(locked!(found.select(ConnectionRow::as_select())).get_result(conn))
}

pub(crate) fn update_connection(conn: &mut Conn, connection: &Connection) -> Result<()> {
    let stored = connections::table
        .filter(connections::account_id.eq(Id(connection.account.as_uuid())))
        .filter(connections::id.eq(Id(connection.id.as_uuid())))
        .filter(connections::version.eq(connection.version.saturating_sub(1)));
    let row = ConnectionRow::try_from(connection)?;
    match diesel::update(stored).set(row).execute(conn)? {
        0 => Err(StoreError::Stale { table: "connections" }),
        _ => Ok(()),
    }
}

pub(crate) fn count_identities(
    conn: &mut Conn,
    account: AccountId,
    connection: ConnectionId,
) -> Result<u64> {
    let known = identities::table
        .filter(identities::account_id.eq(Id(account.as_uuid())))
        .filter(identities::connection_id.eq(Id(connection.as_uuid())));
    let count: i64 = known.count().get_result(conn)?;
    Ok(count.unsigned_abs())
}

pub(crate) fn delete_connection(
    conn: &mut Conn,
    account: AccountId,
    connection: ConnectionId,
) -> Result<bool> {
    let gone = connections::table
        .filter(connections::account_id.eq(Id(account.as_uuid())))
        .filter(connections::id.eq(Id(connection.as_uuid())));
    Ok(diesel::delete(gone).execute(conn)? == 1)
}
