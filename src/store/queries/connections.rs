use diesel::prelude::*;

use super::{Conn, Result, convert_optional};
use crate::{
    domain::{
        connection::{Connection, RenamedConnection},
        id::{AccountId, ConnectionId},
        text::fold,
        unique_name::make_unique,
    },
    store::{
        error::StoreError,
        rows::ConnectionRow,
        schema::{attempts, connections, identities, sessions},
        sql::{TextValue, UuidValue},
    },
};

pub(crate) fn insert_connection(conn: &mut Conn, connection: &Connection) -> Result<()> {
    ConnectionRow::try_from(connection)?.insert_into(connections::table).execute(conn)?;
    Ok(())
}

pub(crate) fn connection(conn: &mut Conn, connection: ConnectionId) -> Result<Option<Connection>> {
    let found = connections::table.filter(connections::id.eq(UuidValue(connection.as_uuid())));
    convert_optional(found.select(ConnectionRow::as_select()).get_result(conn))
}

pub(crate) fn connection_of(
    conn: &mut Conn,
    account: AccountId,
    connection: ConnectionId,
) -> Result<Option<Connection>> {
    let found = by_id!(connections, account, connection);
    convert_optional(found.select(ConnectionRow::as_select()).get_result(conn))
}

pub(crate) fn connection_for_update(
    conn: &mut Conn,
    account: AccountId,
    connection: ConnectionId,
) -> Result<Option<Connection>> {
    let found = by_id!(connections, account, connection);
    convert_optional(locked!(found.select(ConnectionRow::as_select())).get_result(conn))
}

pub(crate) fn update_connection(conn: &mut Conn, connection: &Connection) -> Result<()> {
    let stored = connections::table
        .filter(connections::account_id.eq(UuidValue(connection.account.as_uuid())))
        .filter(connections::id.eq(UuidValue(connection.id.as_uuid())))
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
        .filter(identities::account_id.eq(UuidValue(account.as_uuid())))
        .filter(identities::connection_id.eq(UuidValue(connection.as_uuid())));
    let count: i64 = known.count().get_result(conn)?;
    Ok(count.unsigned_abs())
}

pub(crate) fn delete_connection(
    conn: &mut Conn,
    account: AccountId,
    connection: ConnectionId,
) -> Result<bool> {
    let gone = by_id!(connections, account, connection);
    Ok(diesel::delete(gone).execute(conn)? == 1)
}

pub(crate) fn connection_by_name(
    conn: &mut Conn,
    account: AccountId,
    name: &str,
) -> Result<Option<Connection>> {
    let found = connections::table
        .filter(connections::account_id.eq(UuidValue(account.as_uuid())))
        .filter(connections::name_key.eq(TextValue(fold(name))));
    convert_optional(found.select(ConnectionRow::as_select()).get_result(conn))
}

pub(crate) fn count_logins(
    conn: &mut Conn,
    account: AccountId,
    connection: ConnectionId,
) -> Result<(u64, u64)> {
    let sessions: i64 = sessions::table
        .filter(sessions::account_id.eq(UuidValue(account.as_uuid())))
        .filter(sessions::connection_id.eq(UuidValue(connection.as_uuid())))
        .count()
        .get_result(conn)?;
    let attempts: i64 = attempts::table
        .filter(attempts::account_id.eq(UuidValue(account.as_uuid())))
        .filter(attempts::connection_id.eq(UuidValue(connection.as_uuid())))
        .count()
        .get_result(conn)?;
    Ok((sessions.unsigned_abs(), attempts.unsigned_abs()))
}

/// Computes the keys of all names. Renames connections whose names are not unique.
pub(crate) fn fill_connection_keys(conn: &mut Conn) -> Result<Vec<RenamedConnection>> {
    // A new key may be the old one of another connection.
    diesel::update(connections::table)
        .set(connections::name_key.eq(TextValue::new("")))
        .execute(conn)?;
    let rows: Vec<(UuidValue, UuidValue, TextValue)> = connections::table
        .order((connections::account_id, connections::created_at, connections::id))
        .select((connections::account_id, connections::id, connections::name))
        .load(conn)?;
    let mut renamed = Vec::new();
    for account in rows.chunk_by(|one, next| one.0 == next.0) {
        let names = account.iter().map(|(_, _, TextValue(name))| name.as_str()).collect::<Vec<_>>();
        for ((account, id, TextValue(before)), after) in account.iter().zip(make_unique(&names)) {
            let name_key = connections::name_key.eq(TextValue(fold(&after)));
            let row = connections::table.find(*id);
            diesel::update(row)
                .set((connections::name.eq(TextValue::new(&after)), name_key))
                .execute(conn)?;
            if *before != after {
                let (account, id) = (account.0.into(), id.0.into());
                renamed.push(RenamedConnection { account, id, from: before.clone(), to: after });
            }
        }
    }
    Ok(renamed)
}
