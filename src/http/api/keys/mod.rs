//! `/api/v1/keys`: API keys.

pub(in crate::http) mod rotation;
mod schemas;

use actix_web::HttpResponse;
use utoipa::OpenApi;

use self::schemas::{ApiKeyDraft, ApiKeyPage};
pub(crate) use self::{
    rotation::RotatedApiKey,
    schemas::{ApiKey, CreatedApiKey},
};
use super::{
    ApiResult,
    body::Body,
    conditional, deprecation, idempotency, page, partial_body,
    parts::IntoPart,
    query,
    scim_clients::{CompatibilityFixCount, CompatibilityFixList},
};
use crate::{
    app::{api_keys, scim::compatibility},
    domain::id::ApiKeyId,
    http::auth::{Authorized, scope},
};

/// The OpenAPI document of this module.
#[derive(OpenApi)]
#[openapi(paths(list, create, get, delete, rotation::rotate, list_fixes))]
pub(super) struct Doc;

/// List API keys
///
/// Returns a page of keys without their secrets.
#[utoipa::path(
    get,
    path = "/api/v1/keys",
    operation_id = "listKeys",
    tag = "keys",
    params(query::ListParams),
    responses((status = 200, description = "A page of keys.", body = ApiKeyPage)),
)]
pub(in crate::http) async fn list(auth: Authorized<scope::KeysRead>) -> ApiResult {
    page::list::<ApiKeyPage, _, _>(&auth, api_keys::list).await
}

/// Create an API key
///
/// Returns the secret, only once. A key can't have a scope that the caller lacks. A key
/// with the scope `scim` belongs to one SCIM client: the one in `scimClientId`, or else
/// a new one with the name of the key.
#[utoipa::path(
    post,
    path = "/api/v1/keys",
    operation_id = "createKey",
    tag = "keys",
    request_body = ApiKeyDraft,
    responses((status = 201, description = "The API key was created.", body = CreatedApiKey)),
)]
pub(in crate::http) async fn create(auth: Authorized<scope::KeysWrite>, body: Body) -> ApiResult {
    let bytes = body.read_json().await;
    let read = |Authorized { app, caller, .. }: Authorized<_>, bytes| async move {
        let convert = |draft: ApiKeyDraft, unread: &_| draft.into_new(unread, &caller, app.now());
        partial_body::parse(&bytes, convert).await
    };
    let create = |auth: Authorized<_>, (), (new, is_deprecated)| async move {
        let created = auth.run(move |app, caller| api_keys::create(app, caller, &new)).await?;
        let location = format!("/api/v1/keys/{}", created.key.key.id);
        let tag = api_keys::etag(&created.key);
        let mut body = CreatedApiKey::from(created);
        let response = conditional::created_response(&tag, &location, &body);
        body.secret = None;
        Ok(deprecation::mark_response(
            idempotency::with_replay_body(response, &body),
            is_deprecated,
        ))
    };
    let parts =
        idempotency::with_key(&auth.request, query::reject_parameters(&auth.request).or_default());
    idempotency::handle_once(auth, parts, bytes, read, create).await
}

/// Get an API key
///
/// Returns the key without its secret, which can't be read again.
#[utoipa::path(
    get,
    path = "/api/v1/keys/{keyId}",
    operation_id = "getKey",
    tag = "keys",
    params(("keyId" = Uuid, Path, description = "The key's ID.")),
    responses((status = 200, description = "The key.", body = ApiKey, headers(("ETag" = String)))),
)]
pub(in crate::http) async fn get(auth: Authorized<scope::KeysRead>) -> ApiResult {
    let id = auth.parse_target::<ApiKeyId>("key")?;
    let key = auth.run(move |app, caller| api_keys::get(app, caller, id)).await?;
    Ok(conditional::entity_response(&auth.request, &api_keys::etag(&key), &ApiKey::from(key)))
}

/// List the compatibility fixes of a key's SCIM client
///
/// The same as `/scim-clients/{scimClientId}/compatibility-fixes`; empty for a key
/// without a SCIM client.
#[utoipa::path(
    get,
    path = "/api/v1/keys/{keyId}/compatibility-fixes",
    operation_id = "listKeyCompatibilityFixes",
    tag = "keys",
    params(("keyId" = Uuid, Path, description = "The key's ID.")),
    responses((status = 200, description = "The compatibility fixes, by kind.", body = CompatibilityFixList)),
)]
pub(in crate::http) async fn list_fixes(auth: Authorized<scope::KeysRead>) -> ApiResult {
    let id = auth.parse_target::<ApiKeyId>("key")?;
    let counts = auth.run(move |app, caller| compatibility::list_by_key(app, caller, id)).await?;
    let items = counts.into_iter().map(CompatibilityFixCount::from).collect();
    Ok(HttpResponse::Ok().json(CompatibilityFixList { items }))
}

/// Delete an API key
///
/// The key is invalid at once. Its SCIM client stays with the external IDs; create a
/// new key for it. The last key that can create keys is deleted only with `force=true`.
/// A key can't delete itself.
#[utoipa::path(
    delete,
    path = "/api/v1/keys/{keyId}",
    operation_id = "deleteKey",
    tag = "keys",
    params(
        ("keyId" = Uuid, Path, description = "The key's ID."),
        ("force" = Option<bool>, Query, description = "Whether to delete the last key that can create keys."),
    ),
    responses(
        (status = 204, description = "The key was deleted."),
        (status = 409, description = "`last_key_maker`: it is the last key that can create keys. `own_key`: it is the key of this request."),
    ),
)]
pub(in crate::http) async fn delete(auth: Authorized<scope::KeysWrite>) -> ApiResult {
    let target = auth.parse_forced_target::<ApiKeyId>("key");
    let delete = |app: &_, caller: &_, (id, if_match, force)| {
        api_keys::delete(app, caller, id, &if_match, force)
    };
    target.delete(auth, delete).await
}
