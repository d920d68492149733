use std::borrow::Cow;

use diesel::prelude::*;
use serde::{Deserialize, Serialize};

use super::{into_string, json, text_value};
use crate::{
    domain::{
        audit::{Actor, AuditChange, AuditEntry, AuditTarget},
        id::AuditId,
    },
    store::{
        error::{RowRef, StoreError},
        schema::audit_events,
        sql::{JsonText, SqlTimestamp, TextValue, UuidValue},
    },
};

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = audit_events, treat_none_as_default_value = false)]
pub(crate) struct AuditRow {
    id: UuidValue,
    account_id: UuidValue,
    at: SqlTimestamp,
    actor: TextValue,
    actor_id: Option<UuidValue>,
    request_id: Option<TextValue>,
    action: TextValue,
    target: UuidValue,
    changes: JsonText,
    user_id: Option<UuidValue>,
}

/// A change as it is stored.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct ChangeJson {
    field: Cow<'static, str>,
    from: Option<String>,
    to: Option<String>,
}

impl TryFrom<&AuditEntry> for AuditRow {
    type Error = StoreError;

    fn try_from(entry: &AuditEntry) -> Result<Self, StoreError> {
        let AuditEntry { id, account, at, actor, request, action, target, changes } = entry;
        let changes: Vec<_> = changes.iter().map(ChangeJson::from).collect();
        let (kind, actor_id) = actor_columns(*actor);
        Ok(Self {
            id: id.as_uuid().into(),
            account_id: account.as_uuid().into(),
            at: SqlTimestamp(*at),
            actor: kind,
            actor_id,
            request_id: text_value(request.as_ref()),
            action: TextValue::new(action),
            target: target.id.into(),
            changes: json::write(&changes)?,
            user_id: target.user.map(|user| UuidValue(user.as_uuid())),
        })
    }
}

impl TryFrom<AuditRow> for AuditEntry {
    type Error = StoreError;

    fn try_from(row: AuditRow) -> Result<Self, StoreError> {
        let AuditRow {
            id,
            account_id,
            at,
            actor,
            actor_id,
            request_id,
            action,
            target,
            changes,
            user_id,
        } = row;
        let row_ref = RowRef { table: "audit_events", id: AuditId::from(id.0) };
        let actor = read_actor(&actor, actor_id).ok_or_else(|| row_ref.corrupt("actor is none"))?;
        let changes: Vec<ChangeJson> = json::read(&row_ref, "changes", &changes)?;
        Ok(Self {
            id: row_ref.id,
            account: account_id.0.into(),
            at: at.0,
            actor,
            request: into_string(request_id),
            action: action.0.into(),
            target: AuditTarget { id: target.0, user: user_id.map(|user| user.0.into()) },
            changes: changes.into_iter().map(AuditChange::from).collect(),
        })
    }
}

/// An actor as two columns hold it.
pub(super) fn actor_columns(actor: Actor) -> (TextValue, Option<UuidValue>) {
    (TextValue::new(actor.kind()), actor.id().map(UuidValue))
}

/// The actor that two columns hold.
pub(super) fn read_actor(kind: &TextValue, id: Option<UuidValue>) -> Option<Actor> {
    Some(match (kind.0.as_str(), id) {
        ("login", Some(attempt)) => Actor::Login(attempt.0.into()),
        ("command_line", None) => Actor::CommandLine,
        ("api_key", Some(key)) => Actor::ApiKey(key.0.into()),
        ("user", Some(user)) => Actor::User(user.0.into()),
        ("scim_client", Some(key)) => Actor::ScimClient(key.0.into()),
        _ => return None,
    })
}

impl From<&AuditChange> for ChangeJson {
    fn from(change: &AuditChange) -> Self {
        let AuditChange { field, from, to } = change.clone();
        Self { field, from, to }
    }
}

impl From<ChangeJson> for AuditChange {
    fn from(change: ChangeJson) -> Self {
        let ChangeJson { field, from, to } = change;
        // Earlier releases wrote `mobile/number`.
        let field = if field.contains('/') { field.replace('/', ".").into() } else { field };
        Self { field, from, to }
    }
}
