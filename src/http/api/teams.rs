//! `/api/v1/teams`: named groups of users.

use actix_web::web;
use chrono::{DateTime, Utc};
use deserr::{Deserr, ValuePointerRef};
use serde::Serialize;
use utoipa::{OpenApi, ToSchema};
use uuid::Uuid;

use super::{
    ApiResult,
    body::{self, Body, BodyErrors, BodyField, ParsedText},
    conditional,
    enums::Origin,
    idempotency,
    page::{self, page_schema},
    partial_body,
    parts::{IntoPart, JoinParts, Part},
    query,
    read_back::{CurrentResource, UnchangedFields, UpdateBody, parse_update},
};
use crate::{
    app::teams,
    domain::{
        id::TeamId,
        team::{Team as DomainTeam, TeamName},
    },
    http::{
        auth::{Authorized, scope},
        problem::Problem,
    },
};

/// The OpenAPI document of this module.
#[derive(OpenApi)]
#[openapi(paths(list, create, get, replace, update, delete))]
pub(super) struct Doc;

/// A team. Its members are listed at `/members`.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Team {
    /// Never changes.
    id: Uuid,
    /// Unique in the account, regardless of case.
    name: String,
    /// How it was created: by a login, an administrator, or SCIM.
    origin: Origin,
    /// When it was created.
    created_at: DateTime<Utc>,
    /// When the team itself last changed. Changes of members do not count.
    updated_at: DateTime<Utc>,
    /// The entity tag of the team, as in the header `ETag`. Send it as `If-Match`.
    #[schema(example = "\"v1\"")]
    etag: String,
    /// Deprecated: use `etag`. Grows by one with each change of the team itself.
    #[schema(minimum = 1)]
    version: i64,
}

page_schema!(pub(super) TeamPage, Team, "A page of teams.", "The teams.");

/// A new team. Add its members one by one, or many at once.
#[derive(Debug, Deserr, ToSchema)]
#[schema(rename_all = "camelCase")]
#[deserr(error = BodyErrors, rename_all = camelCase, deny_unknown_fields = unknown_field)]
pub(super) struct TeamDraft {
    /// Unique in the account, regardless of case. White space around it is dropped.
    #[schema(
        value_type = String,
        min_length = 1,
        max_length = 255,
        pattern = "^[^\\x00-\\x1F\\x7F]*[^\\x00-\\x20\\x7F][^\\x00-\\x1F\\x7F]*$"
    )]
    name: ParsedText<TeamName>,
}

/// Changes to a team.
#[derive(Debug, Deserr, ToSchema)]
#[schema(rename_all = "camelCase")]
#[deserr(error = BodyErrors, rename_all = camelCase, deny_unknown_fields = unknown_field)]
pub(super) struct TeamChanges {
    /// Unique in the account, regardless of case. White space around it is dropped.
    #[schema(
        value_type = String,
        required = false,
        min_length = 1,
        max_length = 255,
        pattern = "^[^\\x00-\\x1F\\x7F]*[^\\x00-\\x20\\x7F][^\\x00-\\x1F\\x7F]*$"
    )]
    #[deserr(default)]
    name: BodyField<ParsedText<TeamName>>,
}

/// The error of an unknown field. A field that only responses have is read-only.
fn unknown_field(key: &str, accepted: &[&str], location: ValuePointerRef<'_>) -> BodyErrors {
    const READ_ONLY: [&str; 6] = ["etag", "id", "origin", "createdAt", "updatedAt", "version"];
    body::unknown_field_error(&READ_ONLY, key, accepted, location)
}

impl From<DomainTeam> for Team {
    fn from(team: DomainTeam) -> Self {
        let etag = teams::etag(&team).to_quoted();
        let DomainTeam { id, account: _, name, origin, created_at, updated_at, version } = team;
        Self {
            id: id.as_uuid(),
            name: name.to_string(),
            origin: origin.into(),
            created_at,
            updated_at,
            etag,
            version,
        }
    }
}

/// List teams
///
/// Returns a page of teams. To list the teams of a user, filter by `members.id eq "…"`.
#[utoipa::path(
    get,
    path = "/api/v1/teams",
    operation_id = "listTeams",
    tag = "teams",
    params(query::ListParams),
    responses((status = 200, description = "A page of teams.", body = TeamPage)),
)]
pub(in crate::http) async fn list(auth: Authorized<scope::TeamsRead>) -> ApiResult {
    page::list::<TeamPage, _, _>(&auth, teams::list).await
}

/// Create a team
///
/// The new team has no members.
#[utoipa::path(
    post,
    path = "/api/v1/teams",
    operation_id = "createTeam",
    tag = "teams",
    request_body = TeamDraft,
    responses(
        (status = 201, description = "The team was created.", body = Team),
        (status = 409, description = "Another team has this name (`exists`)."),
    ),
)]
pub(in crate::http) async fn create(auth: Authorized<scope::TeamsWrite>, body: Body) -> ApiResult {
    let bytes = body.read_json().await;
    let read = |_, bytes: web::Bytes| async move { partial_body::parse_values(&bytes).await };
    let create = |auth: Authorized<_>, (), TeamDraft { name: ParsedText(name) }| async move {
        let team = auth.run(move |app, caller| teams::create(app, caller, &name)).await?;
        let location = format!("/api/v1/teams/{}", team.id);
        Ok(conditional::created_response(&teams::etag(&team), &location, &Team::from(team)))
    };
    let parts =
        idempotency::with_key(&auth.request, query::reject_parameters(&auth.request).or_default());
    idempotency::handle_once(auth, parts, bytes, read, create).await
}

/// Get a team
///
/// Returns the team without its members, which `/teams/{teamId}/members` lists.
#[utoipa::path(
    get,
    path = "/api/v1/teams/{teamId}",
    operation_id = "getTeam",
    tag = "teams",
    params(("teamId" = Uuid, Path, description = "The team's ID.")),
    responses((status = 200, description = "The team.", body = Team)),
)]
pub(in crate::http) async fn get(auth: Authorized<scope::TeamsRead>) -> ApiResult {
    let id = auth.parse_target::<TeamId>("team")?;
    let team = auth.run(move |app, caller| teams::get(app, caller, id)).await?;
    Ok(conditional::entity_response(&auth.request, &teams::etag(&team), &Team::from(team)))
}

/// Replace a team
///
/// Replaces the name. The members stay.
#[utoipa::path(
    put,
    path = "/api/v1/teams/{teamId}",
    operation_id = "replaceTeam",
    tag = "teams",
    params(("teamId" = Uuid, Path, description = "The team's ID.")),
    request_body = TeamDraft,
    responses(
        (status = 200, description = "The updated team.", body = Team),
        (status = 409, description = "Another team has this name (`exists`)."),
    ),
)]
pub(in crate::http) async fn replace(auth: Authorized<scope::TeamsWrite>, body: Body) -> ApiResult {
    let parse = async |bytes: &web::Bytes, unchanged: &UnchangedFields| {
        if unchanged.contains("name") {
            return parse_changes(bytes).await;
        }
        let draft = partial_body::parse_values(bytes).await;
        draft.map(|TeamDraft { name: ParsedText(name) }| Some(name))
    };
    let current = async || load_current(&auth).await;
    let name = parse_update(&auth.request, body.read_json().await, parse, current).await;
    rename(auth, name).await
}

/// Update a team
///
/// A field that is left out keeps its value.
#[utoipa::path(
    patch,
    path = "/api/v1/teams/{teamId}",
    operation_id = "updateTeam",
    tag = "teams",
    params(("teamId" = Uuid, Path, description = "The team's ID.")),
    request_body(content = TeamChanges, content_type = "application/merge-patch+json"),
    responses(
        (status = 200, description = "The updated team.", body = Team),
        (status = 409, description = "Another team has this name (`exists`)."),
    ),
)]
pub(in crate::http) async fn update(auth: Authorized<scope::TeamsWrite>, body: Body) -> ApiResult {
    let parse = async |bytes: &web::Bytes, _: &UnchangedFields| parse_changes(bytes).await;
    let current = async || load_current(&auth).await;
    let name = parse_update(&auth.request, body.read_merge_patch().await, parse, current).await;
    rename(auth, name).await
}

/// Parses the changes of a team. Returns the name if it changes.
async fn parse_changes(bytes: &web::Bytes) -> Part<Option<TeamName>> {
    let changes = partial_body::parse_values(bytes).await;
    changes.map(|TeamChanges { name }| name.into_option().map(|ParsedText(name)| name))
}

/// Loads the team of a path, to compare a body with.
async fn load_current(auth: &Authorized<scope::TeamsWrite>) -> Result<CurrentResource, Problem> {
    let id = auth.parse_id::<TeamId>("team")?;
    let team = auth.run(move |app, caller| teams::get(app, caller, id)).await?;
    let etag = teams::etag(&team);
    Ok(CurrentResource::new("team", id, Team::from(team), etag))
}

async fn rename(
    auth: Authorized<scope::TeamsWrite>,
    name: Part<UpdateBody<Option<TeamName>>>,
) -> ApiResult {
    let target = auth.parse_guarded_target::<TeamId>("team");
    let rename = async |auth: Authorized<_>, ((id, if_match), name): (_, UpdateBody<_>)| {
        let (name, if_match) = name.with_precondition(if_match);
        let rename = move |app: &_, caller: &_| {
            teams::rename(app, caller, id, &if_match, Option::as_ref(&name))
        };
        let team = auth.run(rename).await?;
        Ok(conditional::updated_response(&teams::etag(&team), &Team::from(team)))
    };
    (target, name).join().run(auth, rename).await
}

/// Delete a team
///
/// Its members stay users of the account.
#[utoipa::path(
    delete,
    path = "/api/v1/teams/{teamId}",
    operation_id = "deleteTeam",
    tag = "teams",
    params(("teamId" = Uuid, Path, description = "The team's ID.")),
    responses((status = 204, description = "The team was deleted.")),
)]
pub(in crate::http) async fn delete(auth: Authorized<scope::TeamsWrite>) -> ApiResult {
    let target = auth.parse_guarded_target::<TeamId>("team");
    target
        .delete(auth, |app, caller, (id, if_match)| teams::delete(app, caller, id, &if_match))
        .await
}
