use diesel::{dsl::sql, prelude::*};

use super::{
    super::attempts::read_rows, Column, Condition, Conn, ListSource, PositionRow, Result,
    RowPredicate, Rows, ScanQuery, Sql, Value, column, condition::join_any, count_filter,
    count_rows, in_table, load_position, load_rows, nullable, position, position_columns,
    text_bytes,
};
use crate::{
    domain::{
        attempt::Attempt,
        audit::{AuditAction, AuditEntry},
        audited_field::{MOBILE, MOBILE_PARTS, TEAMS},
        id::AccountId,
        lists::{AttemptAttribute, AuditAttribute, IndexScan, PagePosition},
    },
    store::{
        rows::{AttemptRow, AuditRow},
        schema::{attempts, audit_events},
        sql::{Text, TextValue, Uuid, UuidValue},
    },
};

impl ListSource for AttemptAttribute {
    in_table!(attempts, AttemptRow => Attempt, read_rows);

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
            Self::ChangedField => {
                Column { value: Value::Elements(changes_field), is_present: None }
            }
            Self::RequestId => nullable!(Text, audit_events::request_id),
        }
    }
}

/// Whether an entry changes a field, or any field. The JSON of the changes is searched as
/// text: quotation marks in values are escaped there. PostgreSQL writes a space after each
/// colon.
fn changes_field(field: Option<&str>) -> RowPredicate<audit_events::table> {
    let changes = || sql::<Text>("CAST(audit_events.changes AS text)");
    let Some(field) = field else { return Box::new(changes().ne(TextValue::new("[]"))) };
    let parts = match field {
        TEAMS => return is_membership(),
        MOBILE => MOBILE_PARTS.to_vec(),
        field => vec![field],
    };
    // Earlier releases wrote `mobile/number`.
    let legacy = parts.iter().filter(|name| name.contains('.')).map(|name| name.replace('.', "/"));
    let names: Vec<_> = parts.iter().map(|&name| name.to_owned()).chain(legacy).collect();
    let texts = names.into_iter().flat_map(|name| {
        let name = serde_json::Value::from(name);
        [format!("\"field\":{name}"), format!("\"field\": {name}")]
    });
    join_any(texts.map(|part| -> RowPredicate<_> { Box::new(contains!(changes(), &part)) }))
}

/// Whether an entry is about a membership.
fn is_membership() -> RowPredicate<audit_events::table> {
    let actions =
        [AuditAction::TeamMemberAdd, AuditAction::TeamMemberChange, AuditAction::TeamMemberRemove];
    join_any(actions.map(|action| -> RowPredicate<_> {
        Box::new(audit_events::action.eq(TextValue::new(action.as_str())))
    }))
}
