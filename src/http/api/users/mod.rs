//! `/api/v1/users`: the people of an account.

mod identities;
mod request;
mod response;

use std::future::ready;

use actix_web::{HttpRequest, HttpResponse, http::Method, web};
use utoipa::OpenApi;

pub(super) use self::request::UserDraft;
pub(crate) use self::response::{User, UserIdentity};
use self::{
    request::{UserChanges, legible},
    response::UserPage,
};
use super::{
    COLLECTION, at,
    auth::{Auth, scope},
    body::Body,
    conditional, deprecation, id, idempotency, page, partial_body, query,
};
use crate::{
    app::{
        App, Error,
        callers::Caller,
        users::{self, Include, UpdateOptions},
    },
    domain::{
        id::UserId,
        staging::{self, Draft},
    },
    http::{
        State, blocking,
        problem::{Parts, Problem},
        router::read,
    },
};

/// What this module serves, described.
#[derive(OpenApi)]
#[openapi(paths(list, create, get, replace, update, delete, identities::unlink))]
pub(super) struct Doc;

const ONE: &[Method] = &[Method::GET, Method::HEAD, Method::PUT, Method::PATCH, Method::DELETE];

const IDENTITY: &[Method] = &[Method::DELETE];

/// Adds the addresses of this module.
pub(super) fn routes(api: &mut web::ServiceConfig) {
    api.service(at("/users", COLLECTION).route(read().to(list)).route(web::post().to(create)))
        .service(
            at("/users/{userId}", ONE)
                .route(read().to(get))
                .route(web::put().to(replace))
                .route(web::patch().to(update))
                .route(web::delete().to(delete)),
        )
        .service(
            at("/users/{userId}/identities/{identityId}", IDENTITY)
                .route(web::delete().to(identities::unlink)),
        );
}

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
pub(super) async fn list(
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
pub(super) async fn create(
    state: web::Data<State>,
    auth: Auth<scope::UsersWrite>,
    request: HttpRequest,
    body: Body,
) -> Result<HttpResponse, Problem> {
    let bytes = body.json().await;
    let read = |_, _, bytes| async move { draft(&bytes).await };
    let create = |app, caller, (), (draft, missing, is_deprecated)| async move {
        let made = move || users::create(&app, &caller, &draft, missing);
        let record = blocking::run(made).await?;
        let location = format!("/api/v1/users/{}", record.user.id);
        let made = conditional::created(&record.tag(), &location, &User::from(record));
        Ok(deprecation::mark(made, is_deprecated))
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
pub(super) async fn get(
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
pub(super) async fn replace(
    state: web::Data<State>,
    auth: Auth<scope::UsersWrite>,
    path: web::Path<String>,
    request: HttpRequest,
    body: Body,
) -> Result<HttpResponse, Problem> {
    let draft = match body.json().await {
        Ok(bytes) => draft(&bytes).await,
        Err(problem) => Err(problem),
    };
    let parts = (
        query::flags(&request, ["force"]),
        id::<UserId>("user", &path),
        conditional::if_match(&request),
        draft,
    );
    let ([force], id, if_match, draft) = parts.all()?;
    let (draft, create_missing_teams, is_deprecated) = draft;
    let app = state.app.clone();
    let how = UpdateOptions { create_missing_teams, force };
    let work = move || users::replace(&app, &auth.caller, id, &if_match, &draft, how);
    let changed = blocking::run(work).await?;
    let changed = conditional::changed(&changed.record.tag(), &User::from(changed));
    Ok(deprecation::mark(changed, is_deprecated))
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
pub(super) async fn update(
    state: web::Data<State>,
    auth: Auth<scope::UsersWrite>,
    path: web::Path<String>,
    request: HttpRequest,
    body: Body,
) -> Result<HttpResponse, Problem> {
    let id = id::<UserId>("user", &path);
    let changes = changes(&state.app, &auth.caller, id.as_ref().ok().copied(), body).await;
    let parts = (query::flags(&request, ["force"]), id, conditional::if_match(&request), changes);
    let ([force], id, if_match, changes) = parts.all()?;
    let is_deprecated = changes.is_deprecated();
    let (edit, create_missing_teams) = changes.into_command();
    let app = state.app.clone();
    let how = UpdateOptions { create_missing_teams, force };
    let work = move || users::update(&app, &auth.caller, id, &if_match, &edit, how);
    let changed = blocking::run(work).await?;
    let changed = conditional::changed(&changed.record.tag(), &User::from(changed));
    Ok(deprecation::mark(changed, is_deprecated))
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
pub(super) async fn delete(
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

/// Reads what shall change of a user, with the fields to clear.
async fn changes(
    app: &App,
    caller: &Caller,
    id: Option<UserId>,
    body: Body,
) -> Result<UserChanges, Problem> {
    let bytes = body.merge_patch().await?;
    let (app, caller) = (app.clone(), caller.clone());
    let rules = |rest: partial_body::PartialBody| async move {
        // The rules are about a user: without an id, there is none.
        let Some(id) = id else { return Ok(Vec::new()) };
        blocking::run(move || users::faults(&app, &caller, id, &legible(&rest))).await
    };
    let changes = partial_body::read::<UserChanges, _>(&bytes, rules).await?;
    Ok(changes.with_cleared().map_err(Error::Invalid)?)
}

/// Reads a user as they shall be, whether missing teams are made, and whether
/// the request uses what is deprecated.
async fn draft(bytes: &web::Bytes) -> Result<(Draft, bool, bool), Problem> {
    let rules = |rest: partial_body::PartialBody| {
        let read = staging::read(&legible(&rest).over(Draft::default()));
        ready(Ok(read.err().unwrap_or_default()))
    };
    let draft = partial_body::read::<UserDraft, _>(bytes, rules).await?;
    let (faults, is_deprecated) = (draft.contradictions(), draft.is_deprecated());
    if !faults.is_empty() {
        return Err(Error::Invalid(faults).into());
    }
    let (draft, missing) = draft.into_command();
    Ok((draft, missing, is_deprecated))
}
