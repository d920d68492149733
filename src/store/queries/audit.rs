use diesel::prelude::*;

use super::{Conn, Result, convert_optional, load_by_ids, prepared::insert_rows};
use crate::{
    domain::{
        audit::AuditEntry,
        id::{AccountId, ApiKeyId, AuditId, ConnectionId, UserId},
    },
    store::{
        rows::AuditRow,
        schema::{api_keys, audit_events, connections, users},
        sql::{TextValue, UuidValue},
    },
};

queries! { audit_events, AuditRow, AuditEntry, AuditId:
    insert insert_audit;
    find audit_entry;
}

/// How many entries one statement writes: each is ten values, and SQLite takes
/// 32,766 at most.
const ENTRIES_PER_STATEMENT: usize = 3_000;

pub(crate) fn insert_audits(conn: &mut Conn, entries: &[AuditEntry]) -> Result<()> {
    for entries in entries.chunks(ENTRIES_PER_STATEMENT) {
        let rows = entries.iter().map(AuditRow::try_from).collect::<Result<Vec<_>>>()?;
        insert_rows!(audit_events, rows.as_slice(), conn)?;
    }
    Ok(())
}

pub(crate) fn names_of_keys(
    conn: &mut Conn,
    account: AccountId,
    keys: &[ApiKeyId],
) -> Result<Vec<(ApiKeyId, String)>> {
    let rows: Vec<(UuidValue, TextValue)> = load_by_ids(keys, |ids| {
        let found = rows_of!(api_keys, account).filter(api_keys::id.eq_any(ids));
        found.select((api_keys::id, api_keys::name)).load(conn)
    })?;
    Ok(rows.into_iter().map(|(id, name)| (id.0.into(), name.0)).collect())
}

pub(crate) fn names_of_connections(
    conn: &mut Conn,
    account: AccountId,
    connections: &[ConnectionId],
) -> Result<Vec<(ConnectionId, String)>> {
    let rows: Vec<(UuidValue, TextValue)> = load_by_ids(connections, |ids| {
        let found = rows_of!(connections, account).filter(connections::id.eq_any(ids));
        found.select((connections::id, connections::name)).load(conn)
    })?;
    Ok(rows.into_iter().map(|(id, name)| (id.0.into(), name.0)).collect())
}

pub(crate) fn names_of_users(
    conn: &mut Conn,
    account: AccountId,
    users: &[UserId],
) -> Result<Vec<(UserId, String)>> {
    let rows: Vec<(UuidValue, TextValue, TextValue)> = load_by_ids(users, |ids| {
        let found = rows_of!(users, account).filter(users::id.eq_any(ids));
        found.select((users::id, users::first_name, users::last_name)).load(conn)
    })?;
    let name = |first: &str, last: &str| format!("{first} {last}").trim().to_owned();
    Ok(rows.into_iter().map(|(id, first, last)| (id.0.into(), name(&first.0, &last.0))).collect())
}
