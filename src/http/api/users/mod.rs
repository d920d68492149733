//! `/api/v1/users`: the people of an account.

pub(in crate::http) mod identities;
mod request;
mod response;
mod write;

use actix_web::{HttpRequest, HttpResponse, web};
use utoipa::OpenApi;

pub(super) use self::request::UserDraft;
pub(crate) use self::response::{User, UserIdentity};
use self::{request::UserChanges, response::UserPage, write::UserWrite};
use super::{
    auth::{Auth, scope},
    body::Body,
    conditional, deprecation, id, idempotency, page, partial_body, query,
};
use crate::{
    app::users::{self, Include, UpdateOptions},
    domain::id::UserId,
    http::{
        State, blocking,
        problem::{Parts, Problem},
    },
};

/// What this module serves, described.
#[derive(OpenApi)]
#[openapi(paths(list, create, get, replace, update, delete, identities::unlink))]
pub(super) struct Doc;

/// List users
///
/// In `filter`, `disabled` and `teams.name` take `eq`, `ne` and `pr`;
/// `identities.subject` takes `eq` and `ne`. Needs the scope `users:read`.
#[utoipa::path(
    get,
    path = "/api/v1/users",
    operation_id = "listUsers",
    tag = "users",
    params(
        query::ListParams,
        ("include" = Option<String>, Query, description = "Adds `teams`, `identities` or both, separated by commas, to each user on the page: at most 20 of each. `teamsUrl` leads to all teams. A page then has at most 100 users.", example = "teams,identities"),
    ),
    responses((status = 200, description = "A page of users.", body = UserPage)),
    extensions(("x-scope" = json!("users:read"))),
)]
pub(in crate::http) async fn list(
    state: web::Data<State>,
    auth: Auth<scope::UsersRead>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let (query, [teams, identities]) = query::list_with(&request, ["teams", "identities"]);
    let (app, include) = (state.app.clone(), Include { teams, identities });
    let page::Listed { items, next_cursor, total } =
        page::of(query, move |query| users::list(&app, &auth.caller, query, include)).await?;
    let items = items.into_iter().map(User::from).collect();
    Ok(HttpResponse::Ok().json(UserPage { items, next_cursor, total }))
}

/// Create a user
///
/// Stages a user before the first login, which keeps the values of this request.
/// Names that are left out are parsed from the e-mail address. A deleted user may
/// log in again after being created again. Needs the scope `users:write`.
#[utoipa::path(
    post,
    path = "/api/v1/users",
    operation_id = "createUser",
    tag = "users",
    request_body = UserDraft,
    responses(
        (status = 201, description = "The user was created.", body = User),
        (status = 409, description = "A user has this address or this external ID (`exists`)."),
    ),
    extensions(("x-scope" = json!("users:write"))),
)]
pub(in crate::http) async fn create(
    state: web::Data<State>,
    auth: Auth<scope::UsersWrite>,
    request: HttpRequest,
    body: Body,
) -> Result<HttpResponse, Problem> {
    let bytes = body.json().await;
    let read = |_, _, bytes| async move {
        partial_body::parse(&bytes, |draft: UserDraft, _| draft.into_write()).await
    };
    let create = |app, caller, (), write: UserWrite| async move {
        let UserWrite { patch, create_missing_teams, is_deprecated } = write;
        let create = move || users::create(&app, &caller, &patch, create_missing_teams);
        let record = blocking::run(create).await?;
        let location = format!("/api/v1/users/{}", record.user.id);
        let created = conditional::created(&record.tag(), &location, &User::from(record));
        Ok(deprecation::mark(created, is_deprecated))
    };
    idempotency::checked(&state, &auth.caller, &request, query::none(&request), bytes, read, create)
        .await
}

/// Get a user
///
/// Returns the user with their teams and identities. Needs the scope `users:read`.
#[utoipa::path(
    get,
    path = "/api/v1/users/{userId}",
    operation_id = "getUser",
    tag = "users",
    params(("userId" = Uuid, Path, description = "The user's id.")),
    responses((status = 200, description = "The user.", body = User, headers(("ETag" = String)))),
    extensions(("x-scope" = json!("users:read"))),
)]
pub(in crate::http) async fn get(
    state: web::Data<State>,
    auth: Auth<scope::UsersRead>,
    path: web::Path<String>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let ((), id) = (query::none(&request), id::<UserId>("user", &path)).all()?;
    let app = state.app.clone();
    let record = blocking::run(move || users::get(&app, &auth.caller, id)).await?;
    Ok(conditional::entity_response(&request, &record.tag(), &User::from(record)))
}

/// Replace a user
///
/// A field that is left out gets the value of a new user. Only `disabled`, `status`
/// and `teams` keep their values if they are left out. The role raises lower team
/// roles for as long as the user has it. Needs the scope `users:write`.
#[utoipa::path(
    put,
    path = "/api/v1/users/{userId}",
    operation_id = "replaceUser",
    tag = "users",
    params(
        ("userId" = Uuid, Path, description = "The user's id."),
        ("force" = Option<bool>, Query, description = "Whether to change the last administrator to another role or disable them."),
    ),
    request_body = UserDraft,
    responses(
        (status = 200, description = "The updated user.", body = User),
        (status = 409, description = "Another user has this address or this external ID (`exists`), or no administrator would be left (`last_admin`)."),
    ),
    extensions(("x-scope" = json!("users:write"))),
)]
pub(in crate::http) async fn replace(
    state: web::Data<State>,
    auth: Auth<scope::UsersWrite>,
    path: web::Path<String>,
    request: HttpRequest,
    body: Body,
) -> Result<HttpResponse, Problem> {
    let write = match body.json().await {
        Ok(bytes) => partial_body::parse(&bytes, |draft: UserDraft, _| draft.into_write()).await,
        Err(problem) => Err(problem),
    };
    let write = write.map(|write| UserWrite { patch: write.patch.replacing(), ..write });
    apply(&state, auth, &path, &request, write).await
}

/// Update a user
///
/// A field that is left out keeps its value. null clears a nullable field, and so
/// does its name in `clear`; `""` clears a text. The role raises lower team roles
/// for as long as the user has it. Disabling a user ends all their sessions. Needs
/// the scope `users:write`.
#[utoipa::path(
    patch,
    path = "/api/v1/users/{userId}",
    operation_id = "updateUser",
    tag = "users",
    params(
        ("userId" = Uuid, Path, description = "The user's id."),
        ("force" = Option<bool>, Query, description = "Whether to change the last administrator to another role or disable them."),
    ),
    request_body(content = UserChanges, content_type = "application/merge-patch+json"),
    responses(
        (status = 200, description = "The updated user.", body = User),
        (status = 409, description = "Another user has this address or this external ID (`exists`), or no administrator would be left (`last_admin`)."),
    ),
    extensions(("x-scope" = json!("users:write"))),
)]
pub(in crate::http) async fn update(
    state: web::Data<State>,
    auth: Auth<scope::UsersWrite>,
    path: web::Path<String>,
    request: HttpRequest,
    body: Body,
) -> Result<HttpResponse, Problem> {
    let write = match body.merge_patch().await {
        Ok(bytes) => {
            partial_body::parse(&bytes, |changes: UserChanges, _| changes.into_write()).await
        }
        Err(problem) => Err(problem),
    };
    apply(&state, auth, &path, &request, write).await
}

/// Applies the body of a request to a user.
async fn apply(
    state: &State,
    auth: Auth<scope::UsersWrite>,
    path: &str,
    request: &HttpRequest,
    write: Result<UserWrite, Problem>,
) -> Result<HttpResponse, Problem> {
    let parts = (
        query::flags(request, ["force"]),
        id::<UserId>("user", path),
        conditional::if_match(request),
        write,
    );
    let ([force], id, if_match, write) = parts.all()?;
    let UserWrite { patch, create_missing_teams, is_deprecated } = write;
    let app = state.app.clone();
    let options = UpdateOptions { create_missing_teams, force };
    let update = move || users::update(&app, &auth.caller, id, &if_match, &patch, options);
    let updated = blocking::run(update).await?;
    let updated = conditional::changed(&updated.record.tag(), &User::from(updated));
    Ok(deprecation::mark(updated, is_deprecated))
}

/// Delete a user
///
/// Deletes the user with their memberships, identities and sessions. A later login
/// with the same address is denied, unless the account allows it
/// (`recreateDeleted`) or the user is removed from the deleted users. The last
/// administrator is deleted only with `force=true`. Needs the scope `users:write`.
#[utoipa::path(
    delete,
    path = "/api/v1/users/{userId}",
    operation_id = "deleteUser",
    tag = "users",
    params(
        ("userId" = Uuid, Path, description = "The user's id."),
        ("force" = Option<bool>, Query, description = "Whether to delete the last administrator."),
    ),
    responses(
        (status = 204, description = "The user was deleted."),
        (status = 409, description = "No administrator would be left (`last_admin`)."),
    ),
    extensions(("x-scope" = json!("users:write"))),
)]
pub(in crate::http) async fn delete(
    state: web::Data<State>,
    auth: Auth<scope::UsersWrite>,
    path: web::Path<String>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let ([force], id, if_match) = (
        query::flags(&request, ["force"]),
        id::<UserId>("user", &path),
        conditional::if_match(&request),
    )
        .all()?;
    let app = state.app.clone();
    blocking::run(move || users::delete(&app, &auth.caller, id, &if_match, force)).await?;
    Ok(HttpResponse::NoContent().finish())
}
