use std::borrow::Cow;

use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{
    json,
    row::{row, stored_as},
};
use crate::{
    domain::audit::{Actor, AuditChange, AuditEntry, AuditTarget},
    store::{
        error::{RowRef, StoreError},
        schema::audit_events,
        sql::{JsonText, SqlTimestamp, TextValue, UuidValue},
    },
};

row! {
    AuditRow in audit_events by id {
        id: UuidValue = id,
        account_id: UuidValue = account,
        at: SqlTimestamp = at,
        request_id: Option<TextValue> = request,
        action: TextValue = action,
        target: UuidValue = target,
        changes: JsonText = changes,
        user_id: Option<UuidValue> = user,
    }
    derived |entry| {
        actor: TextValue = TextValue::new(entry.actor.kind()),
        actor_id: Option<UuidValue> = entry.actor.id().map(UuidValue),
    }
    read |row, row_ref| {
        let actor = read_actor(&row_ref, &row.actor, row.actor_id)?;
    }
    AuditEntry {
        id, account, at, actor, request, action, target: AuditTarget { id: target, user }, changes,
    }
}

/// A change as it is stored.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct ChangeJson {
    field: Cow<'static, str>,
    from: Option<String>,
    to: Option<String>,
}

stored_as! {
    Vec<AuditChange> as JsonText:
        |changes| json::write(&changes.iter().map(ChangeJson::from).collect::<Vec<_>>())?,
        |stored, row_ref, column| {
            let changes: Vec<ChangeJson> = json::read(row_ref, column, &stored)?;
            changes.into_iter().map(AuditChange::from).collect()
        };
}

/// Reads the two columns of an actor.
pub(super) fn read_actor(
    row_ref: &RowRef<Uuid>,
    kind: &TextValue,
    id: Option<UuidValue>,
) -> Result<Actor, StoreError> {
    Ok(match (kind.0.as_str(), id) {
        ("login", Some(attempt)) => Actor::Login(attempt.0.into()),
        ("command_line", None) => Actor::CommandLine,
        ("api_key", Some(key)) => Actor::ApiKey(key.0.into()),
        ("user", Some(user)) => Actor::User(user.0.into()),
        ("scim_client", Some(key)) => Actor::ScimClient(key.0.into()),
        _ => return Err(row_ref.corrupt("actor is none")),
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
