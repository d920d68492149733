//! `/api/v1/keys`: keys for programs.

use std::future::ready;

use actix_web::{HttpRequest, HttpResponse, http::Method, web};
use chrono::{DateTime, Utc};
use deserr::Deserr;
use secrecy::ExposeSecret;
use serde::Serialize;
use serde_json::Value;
use utoipa::{OpenApi, ToSchema};
use uuid::Uuid;

use super::{
    COLLECTION, at,
    auth::{Auth, scope},
    body::{Body, Faults, Parsed},
    conditional,
    given::Moment,
    id,
    judged::{self, Rest},
    once, page, query,
    wire::{Dialect, Scope},
};
use crate::{
    app::{
        api_keys::{self, NewApiKey},
        scim::repairs,
    },
    domain::{
        api_key::{ApiKey as DomainKey, Dialect as DomainDialect, Scope as DomainScope, Scopes},
        id::ApiKeyId,
        repair::Counted,
    },
    http::{State, blocking, problem::Problem, router::read},
};

/// What this module serves, described.
#[derive(OpenApi)]
#[openapi(paths(list, create, get, delete, repairs))]
pub(super) struct Doc;

/// Adds the addresses of this module.
pub(super) fn routes(api: &mut web::ServiceConfig) {
    api.service(at("/keys", COLLECTION).route(read().to(list)).route(web::post().to(create)))
        .service(
            at("/keys/{keyId}", &[Method::GET, Method::HEAD, Method::DELETE])
                .route(read().to(get))
                .route(web::delete().to(delete)),
        )
        .service(
            at("/keys/{keyId}/repairs", &[Method::GET, Method::HEAD]).route(read().to(repairs)),
        );
}

/// A key, without its secret.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct ApiKey {
    /// Never changes.
    id: Uuid,
    /// What it is for.
    #[schema(example = "Payroll")]
    name: String,
    /// How the key begins.
    #[schema(example = "usher_Zm9v")]
    hint: String,
    /// What it lets its holder do.
    scopes: Vec<Scope>,
    /// How its holder speaks SCIM; null, if that was not said and they may not.
    #[schema(required)]
    dialect: Option<Dialect>,
    /// When it was made.
    created_at: DateTime<Utc>,
    /// From when on it lets nobody in; never, if null.
    #[schema(example = "2036-01-01T00:00:00Z")]
    expires_at: Option<DateTime<Utc>>,
    /// The state of what is shown, as the header `ETag` has it: send it as
    /// `If-Match`.
    #[schema(example = "\"v1\"")]
    etag: String,
    /// When it was last used, to the minute.
    last_used_at: Option<DateTime<Utc>>,
}

/// A key that was just made.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct MadeApiKey {
    /// The key.
    key: ApiKey,
    /// What its holder sends as `Authorization: Bearer …`. Shown this once: it is
    /// missing in the answer to the same request, sent again with its
    /// `Idempotency-Key`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(
        nullable = false,
        pattern = "^usher_[A-Za-z0-9_-]{43}$",
        example = "usher_Zm9vYmFyYmF6cXV4Y29yZ2VncmF1bHRnYXJwbHl3YWw"
    )]
    secret: Option<String>,
}

/// What was mended in requests of a SCIM client, instead of refused.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct RepairList {
    /// Each kind that there was.
    #[schema(max_items = 9)]
    items: Vec<CountedRepair>,
}

/// In how many requests of a SCIM client something was mended.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct CountedRepair {
    /// What, as the header `Usher-Scim-Repairs` names it.
    #[schema(example = "operation-case")]
    repair: &'static str,
    /// In how many requests.
    #[schema(minimum = 1, example = 17)]
    times: u64,
    /// When the last of them came.
    last_at: DateTime<Utc>,
}

/// A page of keys.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct ApiKeyPage {
    /// The keys.
    items: Vec<ApiKey>,
    /// Leads to the next page; absent on the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "eyJhZnRlciI6IlBheXJvbGwifQ")]
    next_cursor: Option<String>,
    /// How many there are, if that was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = 1)]
    total: Option<u64>,
}

/// What is needed for a key.
#[derive(Debug, Deserr, ToSchema)]
#[schema(rename_all = "camelCase")]
#[deserr(error = Faults, rename_all = camelCase, deny_unknown_fields)]
pub(super) struct ApiKeyDraft {
    /// What it is for.
    #[schema(
        min_length = 1,
        max_length = 255,
        pattern = "^[^\\x00-\\x1F\\x7F]*[^\\x00-\\x20\\x7F][^\\x00-\\x1F\\x7F]*$",
        example = "Payroll"
    )]
    name: String,
    /// What it lets its holder do; nothing that its maker may not do.
    #[schema(min_items = 1)]
    scopes: Vec<Scope>,
    /// How its holder speaks SCIM. Left out: strict, with the scope `scim`.
    #[deserr(default)]
    dialect: Option<Dialect>,
    /// From when on it lets nobody in; never, if left out.
    #[schema(value_type = Option<DateTime<Utc>>, example = "2036-01-01T00:00:00Z")]
    #[deserr(default)]
    expires_at: Option<Parsed<Moment>>,
}

impl From<DomainKey> for ApiKey {
    fn from(key: DomainKey) -> Self {
        let etag = api_keys::tag(&key).quoted();
        let DomainKey {
            id,
            account: _,
            name,
            hint,
            scopes,
            dialect,
            created_at,
            expires_at,
            last_used_at,
        } = key;
        Self {
            id: id.as_uuid(),
            name,
            hint,
            scopes: scopes.iter().map(Scope::from).collect(),
            dialect: dialect.map(Dialect::from),
            etag,
            created_at,
            expires_at,
            last_used_at,
        }
    }
}

impl From<Counted> for CountedRepair {
    fn from(counted: Counted) -> Self {
        let Counted { repair, times, last_at } = counted;
        Self { repair: repair.as_str(), times, last_at }
    }
}

impl From<ApiKeyDraft> for NewApiKey {
    fn from(draft: ApiKeyDraft) -> Self {
        let ApiKeyDraft { name, scopes, dialect, expires_at } = draft;
        Self {
            name,
            scopes: scopes.into_iter().map(DomainScope::from).collect(),
            dialect: dialect.map(DomainDialect::from),
            expires_at: expires_at.map(|Parsed(Moment(until))| until),
        }
    }
}

/// What is left of a body that can't be read as a whole. If it names no scope
/// that there is, which is said of each, nothing is wrong with `others`.
fn legible(rest: &Rest, others: &Scopes) -> NewApiKey {
    let given = rest.value("/scopes").and_then(Value::as_array);
    let known = given.into_iter().flatten().filter_map(|scope| scope.as_str()?.parse().ok());
    let scopes: Scopes = known.collect();
    let unknown = rest.lacks("scopes") && scopes.is_empty();
    NewApiKey {
        name: rest.text("/name").unwrap_or_default(),
        scopes: if unknown { others.clone() } else { scopes },
        dialect: rest.text("/dialect").and_then(|name| name.parse().ok()),
        expires_at: rest.text("/expiresAt").and_then(|until| {
            let Moment(until) = until.parse().ok()?;
            Some(until)
        }),
    }
}

/// List the keys
///
/// The attributes of `filter` are `id`, `name`, `createdAt`, `expiresAt` and
/// `lastUsedAt`. Needs the scope `keys:read`.
#[utoipa::path(
    get,
    path = "/api/v1/keys",
    operation_id = "listKeys",
    tag = "keys",
    params(query::ListParams),
    responses((status = 200, description = "A page of keys.", body = ApiKeyPage)),
    extensions(("x-scope" = json!("keys:read"))),
)]
pub(super) async fn list(
    state: web::Data<State>,
    auth: Auth<scope::KeysRead>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let query = query::list(&request)?;
    let app = state.app.clone();
    let page::Listed { items, next_cursor, total } =
        page::of(query, move |query| api_keys::list(&app, &auth.caller.author, query)).await?;
    Ok(HttpResponse::Ok().json(ApiKeyPage {
        items: items.into_iter().map(ApiKey::from).collect(),
        next_cursor,
        total,
    }))
}

/// Make a key
///
/// The answer shows the key's secret, this once. A key can't be given more
/// than its maker may do. Needs the scope `keys:write`.
#[utoipa::path(
    post,
    path = "/api/v1/keys",
    operation_id = "createKey",
    tag = "keys",
    request_body = ApiKeyDraft,
    responses((status = 201, description = "The key was made.", body = MadeApiKey)),
    extensions(("x-scope" = json!("keys:write"))),
)]
pub(super) async fn create(
    state: web::Data<State>,
    auth: Auth<scope::KeysWrite>,
    request: HttpRequest,
    body: Body,
) -> Result<HttpResponse, Problem> {
    query::none(&request)?;
    let bytes = body.json().await?;
    once::once(&state.app, &auth.caller, &request, bytes, |app, caller, bytes| async move {
        let rules = |rest: Rest| {
            ready(Ok(api_keys::faults(&caller, &legible(&rest, &caller.scopes), app.now())))
        };
        let new = judged::read::<ApiKeyDraft, _>(&bytes, rules).await?.into();
        let made = blocking::run(move || api_keys::create(&app, &caller, &new)).await?;
        let location = format!("/api/v1/keys/{}", made.key.id);
        let tag = api_keys::tag(&made.key);
        let secret = made.text.expose_secret().to_owned();
        let mut body = MadeApiKey { key: made.key.into(), secret: Some(secret) };
        let mut response = conditional::created(&tag, &location, &body);
        body.secret = None;
        let replayed = serde_json::to_vec(&body).unwrap_or_default();
        response.extensions_mut().insert(once::ReplayedBody(replayed));
        Ok(response)
    })
    .await
}

/// Get a key
///
/// Without its secret, which nobody can read again. Needs the scope
/// `keys:read`.
#[utoipa::path(
    get,
    path = "/api/v1/keys/{keyId}",
    operation_id = "getKey",
    tag = "keys",
    params(("keyId" = Uuid, Path, description = "The key's id.")),
    responses((status = 200, description = "The key.", body = ApiKey, headers(("ETag" = String)))),
    extensions(("x-scope" = json!("keys:read"))),
)]
pub(super) async fn get(
    state: web::Data<State>,
    auth: Auth<scope::KeysRead>,
    path: web::Path<String>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    query::none(&request)?;
    let id: ApiKeyId = id("key", &path)?;
    let app = state.app.clone();
    let key = blocking::run(move || api_keys::get(&app, &auth.caller, id)).await?;
    Ok(conditional::shown(&request, &api_keys::tag(&key), &ApiKey::from(key)))
}

/// List what was mended for a key
///
/// What of its SCIM requests was mended instead of refused, as its dialect
/// allows, and in how many of them. Needs the scope `keys:read`.
#[utoipa::path(
    get,
    path = "/api/v1/keys/{keyId}/repairs",
    operation_id = "listKeyRepairs",
    tag = "keys",
    params(("keyId" = Uuid, Path, description = "The key's id.")),
    responses((status = 200, description = "What was mended.", body = RepairList)),
    extensions(("x-scope" = json!("keys:read"))),
)]
pub(super) async fn repairs(
    state: web::Data<State>,
    auth: Auth<scope::KeysRead>,
    path: web::Path<String>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    query::none(&request)?;
    let id: ApiKeyId = id("key", &path)?;
    let app = state.app.clone();
    let counted = blocking::run(move || repairs::list(&app, &auth.caller, id)).await?;
    let items = counted.into_iter().map(CountedRepair::from).collect();
    Ok(HttpResponse::Ok().json(RepairList { items }))
}

/// Delete a key
///
/// It lets nobody in from now on. The last key that may make keys is deleted
/// only with `force=true`. A key can't delete itself. Needs the scope `keys:write`.
#[utoipa::path(
    delete,
    path = "/api/v1/keys/{keyId}",
    operation_id = "deleteKey",
    tag = "keys",
    params(
        ("keyId" = Uuid, Path, description = "The key's id."),
        ("force" = Option<bool>, Query, description = "Whether the last key that may make keys may go as well."),
    ),
    responses(
        (status = 204, description = "The key is gone."),
        (status = 409, description = "`last_key_maker`: it is the last key that may make keys. `own_key`: it is the key of this request."),
    ),
    extensions(("x-scope" = json!("keys:write"))),
)]
pub(super) async fn delete(
    state: web::Data<State>,
    auth: Auth<scope::KeysWrite>,
    path: web::Path<String>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let [force] = query::flags(&request, ["force"])?;
    let if_match = conditional::if_match(&request)?;
    let id: ApiKeyId = id("key", &path)?;
    let app = state.app.clone();
    blocking::run(move || api_keys::delete(&app, &auth.caller.author, id, &if_match, force))
        .await?;
    Ok(HttpResponse::NoContent().finish())
}
