//! `/api/v1/users`: the people of an account.

pub(in crate::http) mod explain;
pub(in crate::http) mod identities;
mod request;
mod response;
mod write;

use actix_web::web;
use utoipa::OpenApi;

pub(crate) use self::explain::UserExplanation;
pub(super) use self::request::UserDraft;
pub(crate) use self::response::{User, UserIdentity};
use self::{request::UserChanges, response::UserPage, write::UserWrite};
use super::{
    ApiResult,
    body::Body,
    conditional, deprecation, idempotency, page, partial_body,
    parts::{IntoPart, JoinParts, Part},
    query,
    read_back::{CurrentResource, UnchangedFields, UpdateBody, parse_update},
};
use crate::{
    app::users::{self, UpdateOptions, UserExpansions},
    domain::id::UserId,
    http::{
        auth::{Authorized, scope},
        problem::Problem,
    },
};

/// The OpenAPI document of this module.
#[derive(OpenApi)]
#[openapi(paths(list, create, get, replace, update, delete, explain::get, identities::unlink))]
pub(super) struct Doc;

/// List users
///
/// Returns a page of users. In `filter`, `disabled` and `teams.name` take `eq`, `ne` and `pr`;
/// `identities.subject` takes `eq` and `ne`. Custom attributes are
/// `attributes.NAME`, sub-attributes are `attributes.NAME.SUB`. Several tests of one value
/// stand in brackets: `attributes.office[city eq "Berlin" and floor gt 3]`.
#[utoipa::path(
    get,
    path = "/api/v1/users",
    operation_id = "listUsers",
    tag = "users",
    params(
        query::ListParams,
        ("include" = Option<String>, Query, pattern = "^ *(teams|identities)? *(, *(teams|identities)? *)*$", description = "Adds `teams`, `identities` or both, separated by commas, to each user on the page: at most 20 of each. `teamsUrl` leads to all teams. A page then has at most 100 users.", example = "teams,identities"),
    ),
    responses((status = 200, description = "A page of users.", body = UserPage)),
)]
pub(in crate::http) async fn list(auth: Authorized<scope::UsersRead>) -> ApiResult {
    let (query, [teams, identities]) =
        query::parse_list_query_with(&auth.request, ["teams", "identities"]);
    let include = UserExpansions { teams, identities };
    let list = move |app: &_, caller: &_, query: &_| users::list(app, caller, query, include);
    page::respond::<UserPage, _, _>(&auth, query, list).await
}

/// Create a user
///
/// Stages a user before the first login, which keeps the values of this request. Names
/// that are left out are parsed from the e-mail address. A deleted user may log in
/// again after being created again.
#[utoipa::path(
    post,
    path = "/api/v1/users",
    operation_id = "createUser",
    tag = "users",
    request_body = UserDraft,
    responses(
        (status = 201, description = "The user was created.", body = User),
        (status = 409, description = "Another user has this e-mail address or this external ID (`exists`)."),
    ),
)]
pub(in crate::http) async fn create(auth: Authorized<scope::UsersWrite>, body: Body) -> ApiResult {
    let bytes = body.read_json().await;
    let read = |_, bytes| async move {
        partial_body::parse(&bytes, |draft: UserDraft, _| {
            draft.into_write(&UnchangedFields::default())
        })
        .await
    };
    let create = |auth: Authorized<_>, (), write: UserWrite| async move {
        let UserWrite { patch, create_missing_teams, is_deprecated } = write;
        let create =
            move |app: &_, caller: &_| users::create(app, caller, &patch, create_missing_teams);
        let record = auth.run(create).await?;
        let location = format!("/api/v1/users/{}", record.user.id);
        let created = conditional::created_response(&record.etag(), &location, &User::from(record));
        Ok(deprecation::mark_response(created, is_deprecated))
    };
    let parts =
        idempotency::with_key(&auth.request, query::reject_parameters(&auth.request).or_default());
    idempotency::handle_once(auth, parts, bytes, read, create).await
}

/// Get a user
///
/// Returns the user with their teams and identities.
#[utoipa::path(
    get,
    path = "/api/v1/users/{userId}",
    operation_id = "getUser",
    tag = "users",
    params(("userId" = Uuid, Path, description = "The user's ID.")),
    responses((status = 200, description = "The user.", body = User, headers(("ETag" = String)))),
)]
pub(in crate::http) async fn get(auth: Authorized<scope::UsersRead>) -> ApiResult {
    let id = auth.parse_target::<UserId>("user")?;
    let record = auth.run(move |app, caller| users::get(app, caller, id)).await?;
    Ok(conditional::entity_response(&auth.request, &record.etag(), &User::from(record)))
}

/// Replace a user
///
/// A field that is left out gets the value of a new user. Only `disabled`, `status`,
/// `lockedAttributes` and `teams` keep their values if they are left out. The role raises lower team roles for
/// as long as the user has it.
#[utoipa::path(
    put,
    path = "/api/v1/users/{userId}",
    operation_id = "replaceUser",
    tag = "users",
    params(
        ("userId" = Uuid, Path, description = "The user's ID."),
        ("force" = Option<bool>, Query, description = "Whether to give the last administrator another role or disable them."),
    ),
    request_body = UserDraft,
    responses(
        (status = 200, description = "The updated user.", body = User),
        (status = 409, description = "Another user has this e-mail address or this external ID (`exists`), or no administrator would be left (`last_admin`)."),
    ),
)]
pub(in crate::http) async fn replace(auth: Authorized<scope::UsersWrite>, body: Body) -> ApiResult {
    let parse = async |bytes: &web::Bytes, unchanged: &UnchangedFields| {
        let write = partial_body::parse(bytes, |draft: UserDraft, _| draft.into_write(unchanged));
        write.await.map(|write| {
            let patch = write.patch.into_replacement(|field| unchanged.contains(field));
            UserWrite { patch, ..write }
        })
    };
    let current = async || load_current(&auth).await;
    let write = parse_update(&auth.request, body.read_json().await, parse, current).await;
    apply(auth, write).await
}

/// Update a user
///
/// A field that is left out keeps its value. null clears a nullable field, and so does
/// its name in `clear`; `""` clears a string. The role raises lower team roles for as
/// long as the user has it. Disabling a user ends all their sessions.
#[utoipa::path(
    patch,
    path = "/api/v1/users/{userId}",
    operation_id = "updateUser",
    tag = "users",
    params(
        ("userId" = Uuid, Path, description = "The user's ID."),
        ("force" = Option<bool>, Query, description = "Whether to give the last administrator another role or disable them."),
    ),
    request_body(content = UserChanges, content_type = "application/merge-patch+json"),
    responses(
        (status = 200, description = "The updated user.", body = User),
        (status = 409, description = "Another user has this e-mail address or this external ID (`exists`), or no administrator would be left (`last_admin`)."),
    ),
)]
pub(in crate::http) async fn update(auth: Authorized<scope::UsersWrite>, body: Body) -> ApiResult {
    let parse = async |bytes: &web::Bytes, _: &UnchangedFields| {
        partial_body::parse(bytes, |changes: UserChanges, _| changes.into_write()).await
    };
    let current = async || load_current(&auth).await;
    let write = parse_update(&auth.request, body.read_merge_patch().await, parse, current).await;
    apply(auth, write).await
}

/// Loads the user of a path, to compare a body with.
async fn load_current(auth: &Authorized<scope::UsersWrite>) -> Result<CurrentResource, Problem> {
    let id = auth.parse_id::<UserId>("user")?;
    let record = auth.run(move |app, caller| users::get(app, caller, id)).await?;
    let etag = record.etag();
    Ok(CurrentResource::new("user", id, User::from(record), etag))
}

/// Applies the body of a request to a user.
async fn apply(
    auth: Authorized<scope::UsersWrite>,
    write: Part<UpdateBody<UserWrite>>,
) -> ApiResult {
    let target = auth.parse_forced_target::<UserId>("user");
    let update = async |auth: Authorized<_>, ((id, if_match, force), write): (_, UpdateBody<_>)| {
        let (write, if_match) = write.with_precondition(if_match);
        let UserWrite { patch, create_missing_teams, is_deprecated } = write;
        let options = UpdateOptions { create_missing_teams, force, respects_locks: false };
        let update =
            move |app: &_, caller: &_| users::update(app, caller, id, &if_match, &patch, options);
        let updated = auth.run(update).await?;
        // A client that sends a user back as it was read does not use the deprecated field.
        let is_deprecated = is_deprecated && updated.changes_status;
        let updated = conditional::updated_response(&updated.record.etag(), &User::from(updated));
        Ok(deprecation::mark_response(updated, is_deprecated))
    };
    (target, write).join().run(auth, update).await
}

/// Delete a user
///
/// Deletes the user with their memberships, identities and sessions. A later login with
/// the same address is denied, unless the account allows it (`recreateDeleted`) or the
/// user is removed from the deleted users. The last administrator is deleted only with
/// `force=true`.
#[utoipa::path(
    delete,
    path = "/api/v1/users/{userId}",
    operation_id = "deleteUser",
    tag = "users",
    params(
        ("userId" = Uuid, Path, description = "The user's ID."),
        ("force" = Option<bool>, Query, description = "Whether to delete the last administrator."),
    ),
    responses(
        (status = 204, description = "The user was deleted."),
        (status = 409, description = "No administrator would be left (`last_admin`)."),
    ),
)]
pub(in crate::http) async fn delete(auth: Authorized<scope::UsersWrite>) -> ApiResult {
    let target = auth.parse_forced_target::<UserId>("user");
    let delete = |app: &_, caller: &_, (id, if_match, force)| {
        users::delete(app, caller, id, &if_match, force)
    };
    target.delete(auth, delete).await
}
