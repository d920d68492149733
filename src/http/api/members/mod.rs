//! `/api/v1/teams/{teamId}/members`: the members of a team.

mod schemas;

use actix_web::{HttpResponse, web};
use utoipa::OpenApi;

pub(crate) use self::schemas::TeamMember;
use self::schemas::{TeamMemberBatch, TeamMemberBatchResult, TeamMemberDraft, TeamMemberPage};
use super::{
    ApiResult,
    body::{Body, JSON},
    conditional,
    fields::BoundedVec,
    idempotency, page, parse_id, partial_body,
    parts::{IntoPart, JoinParts},
    query,
    read_back::{CurrentResource, UnchangedFields, UpdateBody, parse_update},
};
use crate::{
    app::members,
    domain::{
        id::{TeamId, UserId},
        lists::MemberAttribute,
        membership::MemberChange,
    },
    http::{
        auth::{Authorized, scope},
        problem::{CombineResults, Problem},
    },
};

/// The OpenAPI document of this module.
#[derive(OpenApi)]
#[openapi(paths(list, change, get, put, remove))]
pub(super) struct Doc;

/// The maximum number of bytes of a batch: enough for the most operations with white
/// space.
const BATCH_BYTES: usize = 4 * 1024 * 1024;

/// List the members of a team
///
/// Returns a page of members. `role` is the effective role in the team.
#[utoipa::path(
    get,
    path = "/api/v1/teams/{teamId}/members",
    operation_id = "listTeamMembers",
    tag = "teams",
    params(("teamId" = Uuid, Path, description = "The team's ID."), query::ListParams),
    responses((status = 200, description = "A page of members.", body = TeamMemberPage)),
)]
pub(in crate::http) async fn list(auth: Authorized<scope::TeamsRead>) -> ApiResult {
    let list_query = page::parse_checked_list_query::<MemberAttribute>(&auth.request);
    let (query, team) = (list_query, auth.parse_id::<TeamId>("team")).combine()?;
    let list = move |app: &_, caller: &_, query: &_| members::list(app, caller, team, query);
    page::respond::<TeamMemberPage, _, _>(&auth, query, list).await
}

/// Update many members of a team
///
/// Applies all operations, or none if one fails. An operation that changes nothing is
/// counted as unchanged.
#[utoipa::path(
    post,
    path = "/api/v1/teams/{teamId}/members/batch",
    operation_id = "batchTeamMembers",
    tag = "teams",
    params(("teamId" = Uuid, Path, description = "The team's ID.")),
    request_body = TeamMemberBatch,
    responses((status = 200, description = "All operations were applied.", body = TeamMemberBatchResult)),
    extensions(("x-idempotent" = json!(true))),
)]
pub(in crate::http) async fn change(auth: Authorized<scope::TeamsWrite>, body: Body) -> ApiResult {
    let query = query::reject_parameters(&auth.request).or_default();
    let parts = (query, auth.parse_id::<TeamId>("team").into_part()).join();
    let bytes = body.read_bytes(&[JSON], BATCH_BYTES).await;
    let read = |_, bytes: web::Bytes| async move { partial_body::parse_values(&bytes).await };
    let change = |auth: Authorized<_>, ((), team), batch: TeamMemberBatch| async move {
        let TeamMemberBatch { operations: BoundedVec(operations) } = batch;
        let changes: Vec<_> = operations.into_iter().map(MemberChange::from).collect();
        let change = move |app: &_, caller: &_| members::change(app, caller, team, &changes);
        let counts = auth.run(change).await?;
        Ok(HttpResponse::Ok().json(TeamMemberBatchResult::from(counts)))
    };
    let parts = idempotency::with_key(&auth.request, parts);
    idempotency::handle_once(auth, parts, bytes, read, change).await
}

/// Get a member of a team
///
/// Returns the membership with its effective role. If the user is not in the team, the
/// response is 404.
#[utoipa::path(
    get,
    path = "/api/v1/teams/{teamId}/members/{userId}",
    operation_id = "getTeamMember",
    tag = "teams",
    params(
        ("teamId" = Uuid, Path, description = "The team's ID."),
        ("userId" = Uuid, Path, description = "The user's ID."),
    ),
    responses((status = 200, description = "The member.", body = TeamMember)),
)]
pub(in crate::http) async fn get(auth: Authorized<scope::TeamsRead>) -> ApiResult {
    let ((), (team, user)) =
        (query::reject_parameters(&auth.request), parse_ids(&auth)).combine()?;
    let member = auth.run(move |app, caller| members::get(app, caller, team, user)).await?;
    Ok(conditional::entity_response(
        &auth.request,
        &members::etag(&member),
        &TeamMember::from(member),
    ))
}

/// Add a user to a team
///
/// Sets the role of a user who is in the team already. With `If-None-Match: *`, the response
/// for such a user is 412 (`already_exists`), and nothing changes.
#[utoipa::path(
    put,
    path = "/api/v1/teams/{teamId}/members/{userId}",
    operation_id = "putTeamMember",
    tag = "teams",
    params(
        ("teamId" = Uuid, Path, description = "The team's ID."),
        ("userId" = Uuid, Path, description = "The user's ID."),
        ("If-None-Match" = Option<String>, Header, description = "Send `*` to only add the user. If the user is in the team already, nothing changes and the response is 412 (`already_exists`).", example = "*"),
    ),
    request_body = TeamMemberDraft,
    responses(
        (status = 200, description = "The role of the member was updated.", body = TeamMember),
        (status = 201, description = "The user was added to the team.", body = TeamMember),
    ),
)]
pub(in crate::http) async fn put(auth: Authorized<scope::TeamsWrite>, body: Body) -> ApiResult {
    let parse =
        async |bytes: &web::Bytes, _: &UnchangedFields| partial_body::parse_values(bytes).await;
    let current = async || {
        let (team, user) = parse_ids(&auth)?;
        let member = auth.run(move |app, caller| members::get(app, caller, team, user));
        let member = member.await?;
        let etag = members::etag(&member);
        Ok(CurrentResource::new("member", user, TeamMember::from(member), etag))
    };
    let draft = parse_update(&auth.request, body.read_json().await, parse, current).await;
    let parts = (
        query::reject_parameters(&auth.request).or_default(),
        parse_ids(&auth).into_part(),
        conditional::parse_upsert_precondition(&auth.request).or_default(),
        draft,
    );
    let put = async |auth: Authorized<_>, ((), ids, if_match, draft): (_, _, _, UpdateBody<_>)| {
        let (TeamMemberDraft { role }, if_match) = draft.with_precondition(if_match);
        let put = move |app: &_, caller: &_| members::put(app, caller, ids, &if_match, role.into());
        let (member, came) = auth.run(put).await?;
        let (tag, (team, user)) = (members::etag(&member), ids);
        let member = TeamMember::from(member);
        let location = format!("/api/v1/teams/{team}/members/{user}");
        Ok(match came {
            true => conditional::created_response(&tag, &location, &member),
            false => conditional::updated_response(&tag, &member),
        })
    };
    parts.join().run(auth, put).await
}

/// Remove a user from a team
///
/// The user stays in the account. If the user is not in the team, nothing changes.
#[utoipa::path(
    delete,
    path = "/api/v1/teams/{teamId}/members/{userId}",
    operation_id = "removeTeamMember",
    tag = "teams",
    params(
        ("teamId" = Uuid, Path, description = "The team's ID."),
        ("userId" = Uuid, Path, description = "The user's ID."),
    ),
    responses((status = 204, description = "The user is not, or no longer, a member of the team.")),
)]
pub(in crate::http) async fn remove(auth: Authorized<scope::TeamsWrite>) -> ApiResult {
    let parts = (
        query::reject_parameters(&auth.request).or_default(),
        parse_ids(&auth).into_part(),
        conditional::parse_if_match(&auth.request).or_default(),
    );
    let remove =
        |app: &_, caller: &_, ((), ids, if_match)| members::remove(app, caller, ids, &if_match);
    parts.join().delete(auth, remove).await
}

/// The team and the user in an address.
fn parse_ids<R: 'static>(auth: &Authorized<R>) -> Result<(TeamId, UserId), Problem> {
    let (team, user): (String, String) = auth.path();
    (parse_id("team", &team), parse_id("member", &user)).combine()
}
