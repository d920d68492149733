use diesel::prelude::*;

use super::{
    Column, Conn, ListRequest, Listed, PlaceRow, Result, Rows, Sql, Test, column, count, in_table,
    nullable, page, place, place_in, position, rows, texts,
};
use crate::{
    domain::{
        attempt::Attempt,
        audit::AuditEntry,
        id::AccountId,
        lists::{AttemptAttribute, AuditAttribute, IndexScan, Listing, Page, Position},
    },
    store::{
        rows::{AttemptRow, AuditRow},
        schema::{attempts, audit_events},
        sql::{Id, Uuid},
    },
};

pub(crate) fn list_attempts(
    conn: &mut Conn,
    account: AccountId,
    listing: &Listing<AttemptAttribute>,
) -> Result<Page<Attempt>> {
    page(conn, account, listing)
}

pub(crate) fn list_audit(
    conn: &mut Conn,
    account: AccountId,
    listing: &Listing<AuditAttribute>,
) -> Result<Page<AuditEntry>> {
    page(conn, account, listing)
}

impl Listed for AttemptAttribute {
    in_table!(attempts, AttemptRow => Attempt);

    fn bytes(attempt: &Attempt) -> usize {
        // A list shows only the failed checks.
        let failed = attempt.checks.failed();
        let failed = failed.map(|check| check.expected.len().saturating_add(check.actual.len()));
        texts([&attempt.subject, &attempt.email]).saturating_add(failed.sum())
    }

    fn column(self) -> Column<attempts::table> {
        match self {
            Self::Id => column!(Id, attempts::id),
            Self::Reference => column!(Text, attempts::reference),
            Self::At => column!(Moment, attempts::at),
            Self::Outcome => column!(Text, attempts::outcome),
            Self::Connection => column!(Id, attempts::connection_id),
            Self::User => nullable!(Id, attempts::user_id),
            Self::Email => nullable!(Text, attempts::email_key),
            Self::Subject => nullable!(Text, attempts::subject),
        }
    }
}

impl Listed for AuditAttribute {
    in_table!(audit_events, AuditRow => AuditEntry);

    fn bytes(entry: &AuditEntry) -> usize {
        entry.changes.iter().map(|change| texts([&change.from, &change.to])).sum()
    }

    fn column(self) -> Column<audit_events::table> {
        match self {
            Self::Id => column!(Id, audit_events::id),
            Self::At => column!(Moment, audit_events::at),
            Self::ActorType => column!(Text, audit_events::actor),
            Self::ActorId => nullable!(Id, audit_events::actor_id),
            Self::Action => column!(Text, audit_events::action),
            Self::Target => column!(Id, audit_events::target),
            Self::RequestId => nullable!(Text, audit_events::request_id),
        }
    }
}
