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

pub(crate) fn audit(conn: &mut Conn, account: AccountId, limit: u32) -> Result<Vec<AuditEntry>> {
    let found = audit_events::table
        .filter(audit_events::account_id.eq(Id(account.as_uuid())))
        .order((audit_events::at.desc(), audit_events::id.desc()))
        .limit(i64::from(limit));
    all(found.select(AuditRow::as_select()).load(conn))
}
