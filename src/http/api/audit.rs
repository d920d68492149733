//! `/api/v1/audit`: the audit log. It is read-only.

use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::{OpenApi, ToSchema};
use uuid::Uuid;

use super::{
    ApiResult, conditional,
    page::{self, page_schema},
    query,
};
use crate::{
    app::audit::{self, AuditView},
    domain::{
        audit::{Actor, AuditChange as DomainChange, AuditEntry as DomainEntry},
        etag::ETag,
        id::AuditId,
    },
    http::auth::{Authorized, scope},
};

/// The OpenAPI document of this module.
#[derive(OpenApi)]
#[openapi(paths(list, get))]
pub(super) struct Doc;

/// A change and who made it.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct AuditEntry {
    /// Never changes.
    id: Uuid,
    /// When the change was made.
    at: DateTime<Utc>,
    /// Who made the change.
    actor: AuditActor,
    /// The action, as `thing.verb`.
    #[schema(example = "user.update")]
    action: String,
    /// The resource that was changed.
    target: AuditTarget,
    /// The user whom the change concerns: the user that was changed, or the user of the
    /// identity or the team membership. null if there is none.
    #[schema(required)]
    user: Option<AuditUser>,
    /// The fields that changed.
    changes: Vec<AuditChange>,
    /// The ID of the request, as in the header `X-Request-Id` and in the log. null if there was
    /// no request.
    #[schema(required)]
    request_id: Option<String>,
    /// The entity tag of the entry, as in the header `ETag`.
    #[schema(example = "\"a26fafc8c4b5b0d5c84a47a2\"")]
    etag: String,
}

/// The actor of a change.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct AuditActor {
    /// The kind of actor.
    r#type: AuditActorType,
    /// The ID of the key, the user, or the login attempt. null for the command line.
    #[schema(required)]
    id: Option<Uuid>,
    /// The name of the key or the user. null if it was deleted.
    #[schema(required)]
    name: Option<String>,
}

/// `LOGIN`: a login, identified by its attempt. `COMMAND_LINE`: an operator on the
/// command line. `API_KEY`: a program with an API key. `USER`: a signed-in
/// administrator. `SCIM_CLIENT`: an identity provider that uses SCIM.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(super) enum AuditActorType {
    Login,
    CommandLine,
    ApiKey,
    User,
    ScimClient,
}

/// The resource that a change is about.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct AuditTarget {
    /// The kind of the resource: the first part of `action`.
    #[schema(example = "user")]
    r#type: String,
    /// The resource's ID. The resource may have been deleted since.
    id: Uuid,
    /// The name of the user, the team, the connection, the key or the SCIM client. null if it
    /// was deleted, and for other resources.
    #[schema(required, example = "Ada Lovelace")]
    name: Option<String>,
}

/// The user whom a change concerns.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct AuditUser {
    /// The user's ID. The user may have been deleted since.
    id: Uuid,
    /// The name of the user. null if the user was deleted.
    #[schema(required, example = "Ada Lovelace")]
    name: Option<String>,
}

/// A field before and after.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct AuditChange {
    /// The field's name.
    field: String,
    /// The value before the change, as text. null if there was none.
    #[schema(required)]
    from: Option<String>,
    /// The value after the change, as text. null if there is none.
    #[schema(required)]
    to: Option<String>,
}

page_schema!(pub(super) AuditEntryPage, AuditEntry, "A page of audit entries.", "The entries.");

impl From<AuditView> for AuditEntry {
    fn from(view: AuditView) -> Self {
        let etag = entity_tag(&view).to_quoted();
        let AuditView { entry, actor_name, target_name, user_name } = view;
        let DomainEntry { id, account: _, at, actor, request, action, target, changes } = entry;
        let kind = action.split('.').next().unwrap_or_default().to_owned();
        Self {
            id: id.as_uuid(),
            at,
            actor: AuditActor { r#type: actor.into(), id: actor.id(), name: actor_name },
            action: action.into_owned(),
            target: AuditTarget { r#type: kind, id: target.id, name: target_name },
            user: target.user.map(|user| AuditUser { id: user.as_uuid(), name: user_name }),
            changes: changes.into_iter().map(AuditChange::from).collect(),
            request_id: request,
            etag,
        }
    }
}

impl From<Actor> for AuditActorType {
    fn from(actor: Actor) -> Self {
        match actor {
            Actor::Login(_) => Self::Login,
            Actor::CommandLine => Self::CommandLine,
            Actor::ApiKey(_) => Self::ApiKey,
            Actor::User(_) => Self::User,
            Actor::ScimClient(_) => Self::ScimClient,
        }
    }
}

impl From<DomainChange> for AuditChange {
    fn from(change: DomainChange) -> Self {
        let DomainChange { field, from, to } = change;
        Self { field: field.into_owned(), from, to }
    }
}

/// List audit entries
///
/// Returns a page of entries. The newest comes first, unless `sortOrder` says otherwise.
#[utoipa::path(
    get,
    path = "/api/v1/audit",
    operation_id = "listAuditEntries",
    tag = "audit",
    params(query::ListParams),
    responses((status = 200, description = "A page of audit entries.", body = AuditEntryPage)),
)]
pub(in crate::http) async fn list(auth: Authorized<scope::AuditRead>) -> ApiResult {
    page::list::<AuditEntryPage, _, _>(&auth, audit::list).await
}

/// Get an audit entry
///
/// Audit entries can't be changed or deleted.
#[utoipa::path(
    get,
    path = "/api/v1/audit/{auditEntryId}",
    operation_id = "getAuditEntry",
    tag = "audit",
    params(("auditEntryId" = Uuid, Path, description = "The entry's ID.")),
    responses((status = 200, description = "The entry.", body = AuditEntry)),
)]
pub(in crate::http) async fn get(auth: Authorized<scope::AuditRead>) -> ApiResult {
    let id = auth.parse_target::<AuditId>("audit entry")?;
    let view = auth.run(move |app, caller| audit::get(app, caller, id)).await?;
    Ok(conditional::entity_response(&auth.request, &entity_tag(&view), &AuditEntry::from(view)))
}

/// Returns the entity tag. An entry never changes, but what it names may be renamed or
/// deleted.
fn entity_tag(view: &AuditView) -> ETag {
    let names = [&view.actor_name, &view.target_name, &view.user_name];
    ETag::from_parts(names.map(|name| name.as_deref().unwrap_or_default()))
}
