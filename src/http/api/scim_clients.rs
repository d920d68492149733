//! `/api/v1/scim-clients`: the identity providers that push users by SCIM.

use std::str::FromStr;

use actix_web::{HttpRequest, HttpResponse, http::Method, web};
use chrono::{DateTime, Utc};
use deserr::{Deserr, ValuePointerRef};
use serde::Serialize;
use utoipa::{OpenApi, ToSchema};
use uuid::Uuid;

use super::{
    COLLECTION, at,
    auth::{Auth, scope},
    body::{self, Body, Faults, Given, Parsed},
    conditional, id, once, page, query,
    wire::Dialect,
};
use crate::{
    app::{
        scim::repairs,
        scim_clients::{self, NewScimClient},
    },
    domain::{
        id::ScimClientId,
        repair::Counted,
        scim_client::ScimClient as DomainClient,
        text::{TextFault, line},
    },
    http::{State, blocking, problem::Problem, router::read},
};

/// What this module serves, described.
#[derive(OpenApi)]
#[openapi(paths(list, create, get, update, delete, repairs))]
pub(super) struct Doc;

const ONE: &[Method] = &[Method::GET, Method::HEAD, Method::PATCH, Method::DELETE];

/// Adds the addresses of this module.
pub(super) fn routes(api: &mut web::ServiceConfig) {
    api.service(
        at("/scim-clients", COLLECTION).route(read().to(list)).route(web::post().to(create)),
    )
    .service(
        at("/scim-clients/{scimClientId}", ONE)
            .route(read().to(get))
            .route(web::patch().to(update))
            .route(web::delete().to(delete)),
    )
    .service(
        at("/scim-clients/{scimClientId}/repairs", &[Method::GET, Method::HEAD])
            .route(read().to(repairs)),
    );
}

/// An identity provider that pushes users and groups by SCIM.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ScimClient {
    /// Never changes.
    id: Uuid,
    /// Unique in the account, regardless of case.
    name: String,
    /// How it speaks SCIM.
    dialect: Dialect,
    /// When it was created.
    created_at: DateTime<Utc>,
    /// When its name or its dialect last changed.
    updated_at: DateTime<Utc>,
    /// The state of what is shown, as the header `ETag` has it: send it as
    /// `If-Match`.
    #[schema(example = "\"v1\"")]
    etag: String,
}

/// A page of SCIM clients.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct ScimClientPage {
    /// The SCIM clients.
    items: Vec<ScimClient>,
    /// Leads to the next page; absent on the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    next_cursor: Option<String>,
    /// How many there are, if that was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, value_type = Option<i64>, minimum = 0)]
    total: Option<u64>,
}

/// What is needed for a SCIM client.
#[derive(Debug, Deserr, ToSchema)]
#[schema(rename_all = "camelCase")]
#[deserr(error = Faults, rename_all = camelCase, deny_unknown_fields = no_field)]
pub(super) struct ScimClientDraft {
    /// Unique in the account, regardless of case. White space around it is
    /// dropped.
    #[schema(
        value_type = String,
        min_length = 1,
        max_length = 255,
        pattern = "^[^\\x00-\\x1F\\x7F]*[^\\x00-\\x20\\x7F][^\\x00-\\x1F\\x7F]*$"
    )]
    name: Parsed<ClientName>,
    /// How it speaks SCIM; STRICT if left out.
    #[schema(value_type = Dialect, required = false)]
    #[deserr(default)]
    dialect: Given<Dialect>,
}

/// What changes of a SCIM client.
#[derive(Debug, Deserr, ToSchema)]
#[schema(rename_all = "camelCase")]
#[deserr(error = Faults, rename_all = camelCase, deny_unknown_fields = no_field)]
pub(super) struct ScimClientChanges {
    /// Unique in the account, regardless of case. White space around it is
    /// dropped.
    #[schema(
        value_type = String,
        required = false,
        min_length = 1,
        max_length = 255,
        pattern = "^[^\\x00-\\x1F\\x7F]*[^\\x00-\\x20\\x7F][^\\x00-\\x1F\\x7F]*$"
    )]
    #[deserr(default)]
    name: Given<Parsed<ClientName>>,
    /// How it speaks SCIM, from its next request on.
    #[schema(value_type = Dialect, required = false)]
    #[deserr(default)]
    dialect: Given<Dialect>,
}

/// A name, as the domain reads it.
#[derive(Debug)]
struct ClientName(String);

/// What was mended in requests of a SCIM client, instead of refused.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct RepairList {
    /// Each kind that there was.
    #[schema(max_items = 13)]
    pub(super) items: Vec<CountedRepair>,
}

/// In how many requests of a SCIM client something was mended.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct CountedRepair {
    /// What, as the header `Usher-Scim-Repairs` names it.
    #[schema(example = "operation-case")]
    repair: &'static str,
    /// In how many requests.
    #[schema(minimum = 1, example = 17)]
    times: u64,
    /// When the last of them came.
    last_at: DateTime<Utc>,
}

fn no_field(key: &str, accepted: &[&str], location: ValuePointerRef<'_>) -> Faults {
    body::unknown(&["id", "createdAt", "updatedAt", "etag"], key, accepted, location)
}

impl FromStr for ClientName {
    type Err = TextFault;

    fn from_str(text: &str) -> Result<Self, TextFault> {
        line(text).map(|name| Self(name.to_owned()))
    }
}

impl From<DomainClient> for ScimClient {
    fn from(client: DomainClient) -> Self {
        let etag = client.tag().quoted();
        // The tag says the version.
        let DomainClient { id, account: _, name, dialect, created_at, updated_at, version: _ } =
            client;
        Self { id: id.as_uuid(), name, dialect: dialect.into(), created_at, updated_at, etag }
    }
}

impl From<ScimClientDraft> for NewScimClient {
    fn from(draft: ScimClientDraft) -> Self {
        let ScimClientDraft { name: Parsed(ClientName(name)), dialect } = draft;
        Self { name, dialect: dialect.into_option().unwrap_or(Dialect::Strict).into() }
    }
}

impl From<ScimClientChanges> for scim_clients::ScimClientChanges {
    fn from(changes: ScimClientChanges) -> Self {
        let ScimClientChanges { name, dialect } = changes;
        Self {
            name: name.into_option().map(|Parsed(ClientName(name))| name),
            dialect: dialect.into_option().map(Into::into),
        }
    }
}

impl From<Counted> for CountedRepair {
    fn from(counted: Counted) -> Self {
        let Counted { repair, times, last_at } = counted;
        Self { repair: repair.as_str(), times, last_at }
    }
}

/// List the SCIM clients
///
/// The attributes of `filter` are `id`, `name`, `dialect` and `createdAt`. The
/// keys of a client are those of `/keys` with the filter `scimClient.id eq "…"`.
/// Needs the scope `keys:read`.
#[utoipa::path(
    get,
    path = "/api/v1/scim-clients",
    operation_id = "listScimClients",
    tag = "scim-clients",
    params(query::ListParams),
    responses((status = 200, description = "A page of SCIM clients.", body = ScimClientPage)),
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
        page::of(query, move |query| scim_clients::list(&app, &auth.caller.author, query)).await?;
    Ok(HttpResponse::Ok().json(ScimClientPage {
        items: items.into_iter().map(ScimClient::from).collect(),
        next_cursor,
        total,
    }))
}

/// Create a SCIM client
///
/// It has no keys at first: make one at `/keys` with `scimClientId` and the scope
/// `scim`. Needs the scope `keys:write`.
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
        let new: NewScimClient = body::read::<ScimClientDraft>(&bytes)?.into();
        let create = move || scim_clients::create(&app, &caller.author, &new);
        let client = blocking::run(create).await?;
        let location = format!("/api/v1/scim-clients/{}", client.id);
        Ok(conditional::created(&client.tag(), &location, &ScimClient::from(client)))
    })
    .await
}

/// Get a SCIM client
///
/// Needs the scope `keys:read`.
#[utoipa::path(
    get,
    path = "/api/v1/scim-clients/{scimClientId}",
    operation_id = "getScimClient",
    tag = "scim-clients",
    params(("scimClientId" = Uuid, Path, description = "The SCIM client's id.")),
    responses((status = 200, description = "The SCIM client.", body = ScimClient)),
    extensions(("x-scope" = json!("keys:read"))),
)]
pub(super) async fn get(
    state: web::Data<State>,
    auth: Auth<scope::KeysRead>,
    path: web::Path<String>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    query::none(&request)?;
    let id: ScimClientId = id("SCIM client", &path)?;
    let app = state.app.clone();
    let client = blocking::run(move || scim_clients::get(&app, &auth.caller, id)).await?;
    Ok(conditional::shown(&request, &client.tag(), &ScimClient::from(client)))
}

/// Change a SCIM client
///
/// Only the fields that are given change. Needs the scope `keys:write`.
#[utoipa::path(
    patch,
    path = "/api/v1/scim-clients/{scimClientId}",
    operation_id = "updateScimClient",
    tag = "scim-clients",
    params(("scimClientId" = Uuid, Path, description = "The SCIM client's id.")),
    request_body(content = ScimClientChanges, content_type = "application/merge-patch+json"),
    responses(
        (status = 200, description = "The SCIM client, changed.", body = ScimClient),
        (status = 409, description = "`exists`: another SCIM client has the name."),
    ),
    extensions(("x-scope" = json!("keys:write"))),
)]
pub(super) async fn update(
    state: web::Data<State>,
    auth: Auth<scope::KeysWrite>,
    path: web::Path<String>,
    request: HttpRequest,
    body: Body,
) -> Result<HttpResponse, Problem> {
    query::none(&request)?;
    let id: ScimClientId = id("SCIM client", &path)?;
    let bytes = body.merge_patch().await?;
    let changes = body::read::<ScimClientChanges>(&bytes)?.into();
    let if_match = conditional::if_match(&request)?;
    let app = state.app.clone();
    let update = move || scim_clients::update(&app, &auth.caller.author, id, &if_match, &changes);
    let client = blocking::run(update).await?;
    Ok(conditional::changed(&client.tag(), &ScimClient::from(client)))
}

/// Delete a SCIM client
///
/// Its keys and its external IDs are deleted with it. The users and teams stay.
/// A client with keys that are valid is deleted only with `force=true`. A key
/// can't delete its own client. Needs the scope `keys:write`.
#[utoipa::path(
    delete,
    path = "/api/v1/scim-clients/{scimClientId}",
    operation_id = "deleteScimClient",
    tag = "scim-clients",
    params(
        ("scimClientId" = Uuid, Path, description = "The SCIM client's id."),
        ("force" = Option<bool>, Query, description = "Whether to delete a client with keys that are valid."),
    ),
    responses(
        (status = 204, description = "The SCIM client is deleted."),
        (status = 409, description = "`in_use`: keys of it are valid. `own_key`: the key of this request is one of them."),
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
    let id: ScimClientId = id("SCIM client", &path)?;
    let if_match = conditional::if_match(&request)?;
    let app = state.app.clone();
    let delete = move || scim_clients::delete(&app, &auth.caller.author, id, &if_match, force);
    // Its external IDs are deleted as well, however many they are.
    blocking::run_within(blocking::DEADLINE_OF_MANY, delete).await??;
    Ok(HttpResponse::NoContent().finish())
}

/// List the repairs of a SCIM client
///
/// What in its requests was mended instead of refused, as its dialect allows, and
/// in how many of them. Needs the scope `keys:read`.
#[utoipa::path(
    get,
    path = "/api/v1/scim-clients/{scimClientId}/repairs",
    operation_id = "listScimClientRepairs",
    tag = "scim-clients",
    params(("scimClientId" = Uuid, Path, description = "The SCIM client's id.")),
    responses((status = 200, description = "The repairs, by kind.", body = RepairList)),
    extensions(("x-scope" = json!("keys:read"))),
)]
pub(super) async fn repairs(
    state: web::Data<State>,
    auth: Auth<scope::KeysRead>,
    path: web::Path<String>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    query::none(&request)?;
    let id: ScimClientId = id("SCIM client", &path)?;
    let app = state.app.clone();
    let counted = blocking::run(move || repairs::list(&app, &auth.caller.author, id)).await?;
    let items = counted.into_iter().map(CountedRepair::from).collect();
    Ok(HttpResponse::Ok().json(RepairList { items }))
}
