use diesel::prelude::*;

use super::{Conn, Result, one};
use crate::{
    domain::{
        audit::AuditEntry,
        id::{AccountId, ApiKeyId, AuditId, UserId},
    },
    store::{
        rows::AuditRow,
        schema::{api_keys, audit_events, users},
        sql::{Id, Str},
    },
};

/// How many names one statement asks for. SQLite takes 32,766 values at most.
const NAMES_AT_ONCE: usize = 1_000;

pub(crate) fn insert_audit(conn: &mut Conn, entry: &AuditEntry) -> Result<()> {
    AuditRow::try_from(entry)?.insert_into(audit_events::table).execute(conn)?;
    Ok(())
}

/// How many entries one statement writes: each is nine values, and SQLite takes
/// 32,766 at most.
const WRITTEN_AT_ONCE: usize = 3_000;

pub(crate) fn insert_audits(conn: &mut Conn, entries: &[AuditEntry]) -> Result<()> {
    // A statement for one is prepared once; for many, each time.
    if let [entry] = entries {
        return insert_audit(conn, entry);
    }
    for entries in entries.chunks(WRITTEN_AT_ONCE) {
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
    let found = audit_events::table
        .filter(audit_events::account_id.eq(Id(account.as_uuid())))
        .filter(audit_events::id.eq(Id(entry.as_uuid())));
    one(found.select(AuditRow::as_select()).get_result(conn))
}

pub(crate) fn names_of_keys(
    conn: &mut Conn,
    account: AccountId,
    keys: &[ApiKeyId],
) -> Result<Vec<(ApiKeyId, String)>> {
    let mut names = Vec::new();
    for keys in keys.chunks(NAMES_AT_ONCE) {
        let ids: Vec<_> = keys.iter().map(|key| Id(key.as_uuid())).collect();
        let some = api_keys::table
            .filter(api_keys::account_id.eq(Id(account.as_uuid())))
            .filter(api_keys::id.eq_any(ids))
            .select((api_keys::id, api_keys::name));
        let rows: Vec<(Id, Str)> = some.load(conn)?;
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
    for users in users.chunks(NAMES_AT_ONCE) {
        let ids: Vec<_> = users.iter().map(|user| Id(user.as_uuid())).collect();
        let some = users::table
            .filter(users::account_id.eq(Id(account.as_uuid())))
            .filter(users::id.eq_any(ids))
            .select((users::id, users::first_name, users::last_name));
        let rows: Vec<(Id, Str, Str)> = some.load(conn)?;
        names.extend(rows.into_iter().map(|(id, first, last)| {
            (id.0.into(), format!("{} {}", first.0, last.0).trim().to_owned())
        }));
    }
    Ok(names)
}
