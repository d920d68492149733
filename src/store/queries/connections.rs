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
        rows::ConnectionRow,
        schema::{accounts, attempts, connections, identities, sessions},
        sql::{TextValue, UuidValue},
    },
};

queries! { connections, ConnectionRow, Connection, ConnectionId:
    insert insert_connection;
    update update_connection;
    delete delete_connection;
    find connection_of;
    find_for_update connection_for_update;
    find_by_name connection_by_name;
}

pub(crate) fn connection(conn: &mut Conn, connection: ConnectionId) -> Result<Option<Connection>> {
    let found = connections::table.filter(connections::id.eq(UuidValue(connection.as_uuid())));
    convert_optional(found.select(ConnectionRow::as_select()).get_result(conn))
}

pub(crate) fn connection_with_account(
    conn: &mut Conn,
    connection: ConnectionId,
) -> Result<Option<(Connection, String)>> {
    let found: Option<(ConnectionRow, TextValue)> = connections::table
        .inner_join(accounts::table.on(accounts::id.eq(connections::account_id)))
        .filter(connections::id.eq(UuidValue(connection.as_uuid())))
        .select((ConnectionRow::as_select(), accounts::slug))
        .get_result(conn)
        .optional()?;
    found.map(|(connection, slug)| Ok((connection.try_into()?, slug.0))).transpose()
}

pub(crate) fn count_identities(
    conn: &mut Conn,
    account: AccountId,
    connection: ConnectionId,
) -> Result<u64> {
    let known = rows_of!(identities, account)
        .filter(identities::connection_id.eq(UuidValue(connection.as_uuid())));
    let count: i64 = known.count().get_result(conn)?;
    Ok(count.unsigned_abs())
}

pub(crate) fn count_logins(
    conn: &mut Conn,
    account: AccountId,
    connection: ConnectionId,
) -> Result<(u64, u64)> {
    let sessions: i64 = rows_of!(sessions, account)
        .filter(sessions::connection_id.eq(UuidValue(connection.as_uuid())))
        .count()
        .get_result(conn)?;
    let attempts: i64 = rows_of!(attempts, account)
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
