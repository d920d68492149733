//! `/api/v1/scim-clients`: the identity providers that push users by SCIM.

mod schemas;

use actix_web::{
    HttpResponse,
    web::{self, Bytes},
};
use utoipa::OpenApi;

pub(super) use self::schemas::CompatibilityFixList;
pub(crate) use self::schemas::{CompatibilityFixCount, ScimClient};
use self::schemas::{ScimClientChanges, ScimClientDraft, ScimClientPage};
use super::{
    ApiResult,
    body::Body,
    conditional, deprecation, idempotency, page, partial_body,
    parts::{IntoPart, JoinParts},
    query,
    read_back::{CurrentResource, UnchangedFields, UpdateBody, parse_update},
};
use crate::{
    app::{callers::Caller, scim::compatibility, scim_clients},
    domain::id::ScimClientId,
    http::auth::{Authorized, scope},
};

/// The OpenAPI document of this module.
#[derive(OpenApi)]
#[openapi(paths(list, create, get, update, delete, list_fixes))]
pub(super) struct Doc;

/// List SCIM clients
///
/// Returns a page of SCIM clients. To list the keys of a client, filter `/keys` by
/// `scimClient.id eq "…"`.
#[utoipa::path(
    get,
    path = "/api/v1/scim-clients",
    operation_id = "listScimClients",
    tag = "scim-clients",
    params(query::ListParams),
    responses((status = 200, description = "A page of SCIM clients.", body = ScimClientPage)),
)]
pub(in crate::http) async fn list(auth: Authorized<scope::KeysRead>) -> ApiResult {
    page::list::<ScimClientPage, _, _>(&auth, scim_clients::list).await
}

/// Create a SCIM client
///
/// The new client has no keys. Create one at `/keys` with `scimClientId` and the scope
/// `scim`.
#[utoipa::path(
    post,
    path = "/api/v1/scim-clients",
    operation_id = "createScimClient",
    tag = "scim-clients",
    request_body = ScimClientDraft,
    responses(
        (status = 201, description = "The SCIM client was created.", body = ScimClient),
        (status = 409, description = "`exists`: another SCIM client has the name."),
    ),
)]
pub(in crate::http) async fn create(auth: Authorized<scope::KeysWrite>, body: Body) -> ApiResult {
    let bytes = body.read_json().await;
    let read = |_, bytes: Bytes| async move { partial_body::parse_values(&bytes).await };
    let create = |auth: Authorized<_>, (), draft: ScimClientDraft| async move {
        let is_deprecated = draft.is_deprecated();
        let new = draft.into();
        let client = auth.run(move |app, caller| scim_clients::create(app, caller, &new)).await?;
        let location = format!("/api/v1/scim-clients/{}", client.id);
        let created =
            conditional::created_response(&client.etag(), &location, &ScimClient::from(client));
        Ok(deprecation::mark_response(created, is_deprecated))
    };
    let parts =
        idempotency::with_key(&auth.request, query::reject_parameters(&auth.request).or_default());
    idempotency::handle_once(auth, parts, bytes, read, create).await
}

/// Get a SCIM client
///
/// Returns the client with its dialect, without its keys.
#[utoipa::path(
    get,
    path = "/api/v1/scim-clients/{scimClientId}",
    operation_id = "getScimClient",
    tag = "scim-clients",
    params(("scimClientId" = Uuid, Path, description = "The SCIM client's ID.")),
    responses((status = 200, description = "The SCIM client.", body = ScimClient)),
)]
pub(in crate::http) async fn get(auth: Authorized<scope::KeysRead>) -> ApiResult {
    let id = auth.parse_target::<ScimClientId>("SCIM client")?;
    let client = auth.run(move |app, caller| scim_clients::get(app, caller, id)).await?;
    Ok(conditional::entity_response(&auth.request, &client.etag(), &ScimClient::from(client)))
}

/// Update a SCIM client
///
/// A field that is left out keeps its value.
#[utoipa::path(
    patch,
    path = "/api/v1/scim-clients/{scimClientId}",
    operation_id = "updateScimClient",
    tag = "scim-clients",
    params(("scimClientId" = Uuid, Path, description = "The SCIM client's ID.")),
    request_body(content = ScimClientChanges, content_type = "application/merge-patch+json"),
    responses(
        (status = 200, description = "The updated SCIM client.", body = ScimClient),
        (status = 409, description = "`exists`: another SCIM client has the name."),
    ),
)]
pub(in crate::http) async fn update(auth: Authorized<scope::KeysWrite>, body: Body) -> ApiResult {
    let target = auth.parse_guarded_target::<ScimClientId>("SCIM client");
    let parse =
        async |bytes: &web::Bytes, _: &UnchangedFields| partial_body::parse_values(bytes).await;
    let current = async || {
        let id = auth.parse_id::<ScimClientId>("SCIM client")?;
        let client = auth.run(move |app, caller| scim_clients::get(app, caller, id));
        let client = client.await?;
        let etag = client.etag();
        Ok(CurrentResource::new("SCIM client", id, ScimClient::from(client), etag))
    };
    let bytes = body.read_merge_patch().await;
    let changes = parse_update(&auth.request, bytes, parse, current).await;
    let update = async |auth: Authorized<_>, ((id, if_match), changes): (_, UpdateBody<_>)| {
        let (changes, if_match) = changes.with_precondition(if_match);
        let is_deprecated = ScimClientChanges::is_deprecated(&changes);
        let changes = changes.into();
        let update = move |app: &_, caller: &Caller| {
            scim_clients::update(app, caller, id, &if_match, &changes)
        };
        let client = auth.run(update).await?;
        let changed = conditional::updated_response(&client.etag(), &ScimClient::from(client));
        Ok(deprecation::mark_response(changed, is_deprecated))
    };
    (target, changes).join().run(auth, update).await
}

/// Delete a SCIM client
///
/// Deletes the client with its keys and its external IDs. The users and teams stay. A
/// client with valid keys is deleted only with `force=true`. A key can't delete its own
/// client.
#[utoipa::path(
    delete,
    path = "/api/v1/scim-clients/{scimClientId}",
    operation_id = "deleteScimClient",
    tag = "scim-clients",
    params(
        ("scimClientId" = Uuid, Path, description = "The SCIM client's ID."),
        ("force" = Option<bool>, Query, description = "Whether to delete a client with keys that are valid."),
    ),
    responses(
        (status = 204, description = "The SCIM client was deleted."),
        (status = 409, description = "`in_use`: the client has valid keys. `own_key`: the key of this request is one of them."),
    ),
)]
pub(in crate::http) async fn delete(auth: Authorized<scope::KeysWrite>) -> ApiResult {
    let target = auth.parse_forced_target::<ScimClientId>("SCIM client");
    let delete = |app: &_, caller: &_, (id, if_match, force)| {
        scim_clients::delete(app, caller, id, &if_match, force)
    };
    target.delete(auth, delete).await
}

/// List the compatibility fixes of a SCIM client
///
/// Returns what its dialect accepted in requests that do not conform to SCIM, with the
/// number of requests.
#[utoipa::path(
    get,
    path = "/api/v1/scim-clients/{scimClientId}/compatibility-fixes",
    operation_id = "listScimClientCompatibilityFixes",
    tag = "scim-clients",
    params(("scimClientId" = Uuid, Path, description = "The SCIM client's ID.")),
    responses((status = 200, description = "The compatibility fixes, by kind.", body = CompatibilityFixList)),
)]
pub(in crate::http) async fn list_fixes(auth: Authorized<scope::KeysRead>) -> ApiResult {
    let id = auth.parse_target::<ScimClientId>("SCIM client")?;
    let counts = auth.run(move |app, caller| compatibility::list(app, caller, id)).await?;
    let items = counts.into_iter().map(CompatibilityFixCount::from).collect();
    Ok(HttpResponse::Ok().json(CompatibilityFixList { items }))
}
