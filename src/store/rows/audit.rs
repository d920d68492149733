use std::borrow::Cow;

use diesel::prelude::*;
use serde::{Deserialize, Serialize};

use super::{json, plain, text};
use crate::{
    domain::{
        audit::{Actor, AuditEntry, Change},
        id::AuditId,
    },
    store::{
        error::{Row, StoreError},
        schema::audit_events,
        sql::{At, Id, JsonText, Str},
    },
};

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = audit_events, treat_none_as_default_value = false)]
pub(crate) struct AuditRow {
    id: Id,
    account_id: Id,
    at: At,
    actor: Str,
    actor_id: Option<Id>,
    request_id: Option<Str>,
    action: Str,
    target: Id,
    changes: JsonText,
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
        let (kind, actor_id) = kind_of(*actor);
        Ok(Self {
            id: id.as_uuid().into(),
            account_id: account.as_uuid().into(),
            at: At(*at),
            actor: kind,
            actor_id,
            request_id: text(request.as_ref()),
            action: Str::new(action),
            target: (*target).into(),
            changes: json::write(&changes)?,
        })
    }
}

impl TryFrom<AuditRow> for AuditEntry {
    type Error = StoreError;

    fn try_from(row: AuditRow) -> Result<Self, StoreError> {
        let AuditRow { id, account_id, at, actor, actor_id, request_id, action, target, changes } =
            row;
        let place = Row { table: "audit_events", id: AuditId::from(id.0) };
        let actor = actor_of(&actor, actor_id).ok_or_else(|| place.corrupt("actor is none"))?;
        let changes: Vec<ChangeJson> = json::read(&place, "changes", &changes)?;
        Ok(Self {
            id: place.id,
            account: account_id.0.into(),
            at: at.0,
            actor,
            request: plain(request_id),
            action: action.0.into(),
            target: target.0,
            changes: changes.into_iter().map(Change::from).collect(),
        })
    }
}

/// An actor as two columns hold it.
pub(super) fn kind_of(actor: Actor) -> (Str, Option<Id>) {
    (Str::new(actor.kind()), actor.id().map(Id))
}

/// The actor that two columns hold.
pub(super) fn actor_of(kind: &Str, id: Option<Id>) -> Option<Actor> {
    Some(match (kind.0.as_str(), id) {
        ("login", Some(attempt)) => Actor::Login(attempt.0.into()),
        ("command_line", None) => Actor::CommandLine,
        ("api_key", Some(key)) => Actor::ApiKey(key.0.into()),
        ("user", Some(user)) => Actor::User(user.0.into()),
        ("scim_client", Some(key)) => Actor::ScimClient(key.0.into()),
        _ => return None,
    })
}

impl From<&Change> for ChangeJson {
    fn from(change: &Change) -> Self {
        let Change { field, from, to } = change.clone();
        Self { field, from, to }
    }
}

impl From<ChangeJson> for Change {
    fn from(change: ChangeJson) -> Self {
        let ChangeJson { field, from, to } = change;
        Self { field, from, to }
    }
}
