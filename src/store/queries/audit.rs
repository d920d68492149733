use diesel::prelude::*;

use super::{Conn, Result, convert_optional};
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

/// How many names one statement asks for. SQLite takes 32,766 values at most.
const NAMES_PER_STATEMENT: usize = 1_000;

pub(crate) fn insert_audit(conn: &mut Conn, entry: &AuditEntry) -> Result<()> {
    AuditRow::try_from(entry)?.insert_into(audit_events::table).execute(conn)?;
    Ok(())
}

/// How many entries one statement writes: each is ten values, and SQLite takes
/// 32,766 at most.
const ENTRIES_PER_STATEMENT: usize = 3_000;

pub(crate) fn insert_audits(conn: &mut Conn, entries: &[AuditEntry]) -> Result<()> {
    // A statement for one is prepared once; for many, each time.
    if let [entry] = entries {
        return insert_audit(conn, entry);
    }
    for entries in entries.chunks(ENTRIES_PER_STATEMENT) {
        let rows = entries.iter().map(AuditRow::try_from).collect::<Result<Vec<_>>>()?;
        rows.insert_into(audit_events::table).execute(conn)?;
    }
    Ok(())
}

pub(crate) fn audit_entry(
    conn: &mut Conn,
    account: AccountId,
    entry: AuditId,
) -> Result<Option<AuditEntry>> {
    let found = by_id!(audit_events, account, entry);
    convert_optional(found.select(AuditRow::as_select()).get_result(conn))
}

pub(crate) fn names_of_keys(
    conn: &mut Conn,
    account: AccountId,
    keys: &[ApiKeyId],
) -> Result<Vec<(ApiKeyId, String)>> {
    let mut names = Vec::new();
    for keys in keys.chunks(NAMES_PER_STATEMENT) {
        let ids: Vec<_> = keys.iter().map(|key| UuidValue(key.as_uuid())).collect();
        let some = api_keys::table
            .filter(api_keys::account_id.eq(UuidValue(account.as_uuid())))
            .filter(api_keys::id.eq_any(ids))
            .select((api_keys::id, api_keys::name));
        let rows: Vec<(UuidValue, TextValue)> = some.load(conn)?;
        names.extend(rows.into_iter().map(|(id, name)| (id.0.into(), name.0)));
    }
    Ok(names)
}

pub(crate) fn names_of_connections(
    conn: &mut Conn,
    account: AccountId,
    connections: &[ConnectionId],
) -> Result<Vec<(ConnectionId, String)>> {
    let mut names = Vec::new();
    for some in connections.chunks(NAMES_PER_STATEMENT) {
        let ids: Vec<_> = some.iter().map(|id| UuidValue(id.as_uuid())).collect();
        let some = connections::table
            .filter(connections::account_id.eq(UuidValue(account.as_uuid())))
            .filter(connections::id.eq_any(ids))
            .select((connections::id, connections::name));
        let rows: Vec<(UuidValue, TextValue)> = some.load(conn)?;
        names.extend(rows.into_iter().map(|(id, name)| (id.0.into(), name.0)));
    }
    Ok(names)
}

pub(crate) fn names_of_users(
    conn: &mut Conn,
    account: AccountId,
    users: &[UserId],
) -> Result<Vec<(UserId, String)>> {
    let mut names = Vec::new();
    for users in users.chunks(NAMES_PER_STATEMENT) {
        let ids: Vec<_> = users.iter().map(|user| UuidValue(user.as_uuid())).collect();
        let some = users::table
            .filter(users::account_id.eq(UuidValue(account.as_uuid())))
            .filter(users::id.eq_any(ids))
            .select((users::id, users::first_name, users::last_name));
        let rows: Vec<(UuidValue, TextValue, TextValue)> = some.load(conn)?;
        names.extend(rows.into_iter().map(|(id, first, last)| {
            (id.0.into(), format!("{} {}", first.0, last.0).trim().to_owned())
        }));
    }
    Ok(names)
}
