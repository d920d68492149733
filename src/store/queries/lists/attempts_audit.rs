use diesel::prelude::*;

use super::{
    Column, Condition, Conn, ListSource, PositionRow, Result, Rows, ScanQuery, Sql, column,
    count_filter, count_rows, in_table, load_position, load_rows, nullable, position,
    position_columns, text_bytes,
};
use crate::{
    domain::{
        attempt::Attempt,
        audit::AuditEntry,
        id::AccountId,
        lists::{AttemptAttribute, AuditAttribute, IndexScan, PagePosition},
    },
    store::{
        rows::{AttemptRow, AuditRow},
        schema::{attempts, audit_events},
        sql::{Uuid, UuidValue},
    },
};

impl ListSource for AttemptAttribute {
    in_table!(attempts, AttemptRow => Attempt);

    fn bytes(attempt: &Attempt) -> usize {
        // A list shows only the failed checks.
        let failed = attempt.checks.failed();
        let failed = failed.map(|check| check.expected.len().saturating_add(check.actual.len()));
        text_bytes([&attempt.subject, &attempt.email]).saturating_add(failed.sum())
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

impl ListSource for AuditAttribute {
    in_table!(audit_events, AuditRow => AuditEntry);

    fn bytes(entry: &AuditEntry) -> usize {
        entry.changes.iter().map(|change| text_bytes([&change.from, &change.to])).sum()
    }

    fn column(self) -> Column<audit_events::table> {
        match self {
            Self::Id => column!(Id, audit_events::id),
            Self::At => column!(Moment, audit_events::at),
            Self::ActorType => column!(Text, audit_events::actor),
            Self::ActorId => nullable!(Id, audit_events::actor_id),
            Self::Action => column!(Text, audit_events::action),
            Self::Target => column!(Id, audit_events::target),
            Self::User => nullable!(Id, audit_events::user_id),
            Self::RequestId => nullable!(Text, audit_events::request_id),
        }
    }
}
