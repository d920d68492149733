use diesel::prelude::*;

use super::{Conn, Result, all};
use crate::{
    domain::{audit::AuditEntry, id::AccountId},
    store::{rows::AuditRow, schema::audit_events, sql::Id},
};

pub(crate) fn insert_audit(conn: &mut Conn, entry: &AuditEntry) -> Result<()> {
    AuditRow::try_from(entry)?.insert_into(audit_events::table).execute(conn)?;
    Ok(())
}

/// How many entries one statement writes: each is nine values, and SQLite takes
/// 32,766 at most.
const WRITTEN_AT_ONCE: usize = 3_000;

pub(crate) fn insert_audits(conn: &mut Conn, entries: &[AuditEntry]) -> Result<()> {
    for entries in entries.chunks(WRITTEN_AT_ONCE) {
        let rows = entries.iter().map(AuditRow::try_from).collect::<Result<Vec<_>>>()?;
        rows.insert_into(audit_events::table).execute(conn)?;
    }
    Ok(())
}

pub(crate) fn audit(conn: &mut Conn, account: AccountId, limit: u32) -> Result<Vec<AuditEntry>> {
    let found = audit_events::table
        .filter(audit_events::account_id.eq(Id(account.as_uuid())))
        .order((audit_events::at.desc(), audit_events::id.desc()))
        .limit(i64::from(limit));
    all(found.select(AuditRow::as_select()).load(conn))
}
