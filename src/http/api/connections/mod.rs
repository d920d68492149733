//! `/api/v1/connections`: the identity providers of an account.

pub(in crate::http) mod certificates;
mod mapping;
mod request;
mod response;

use actix_web::{HttpRequest, HttpResponse, web};
use utoipa::OpenApi;

pub(crate) use self::response::Connection;
use self::{
    request::{ConnectionChanges, ConnectionDraft},
    response::ConnectionPage,
};
use super::{
    body::{Body, JSON, MERGE_PATCH},
    conditional, idempotency, page, parse_forced_target, parse_id, parse_target,
    partial_body::{self, UnreadableFields},
    query,
};
use crate::{
    app::{
        Error,
        callers::Caller,
        connections::{self, IDP_FIELDS, NewConnection},
    },
    domain::{field_error::FieldError, id::ConnectionId},
    http::{
        auth::{Authorized, scope},
        blocking::{self, BULK_DEADLINE},
        problem::{CombineResults, Problem},
    },
};

/// What this module serves, described.
#[derive(OpenApi)]
#[openapi(paths(
    list,
    create,
    get,
    replace,
    update,
    delete,
    certificates::add,
    certificates::remove,
    certificates::metadata
))]
pub(super) struct Doc;

/// The most bytes of a body: metadata may have 10 MiB, and is longer as JSON.
const MAX_BYTES: usize = 12 * 1024 * 1024;

/// List connections
#[utoipa::path(
    get,
    path = "/api/v1/connections",
    operation_id = "listConnections",
    tag = "connections",
    params(query::ListParams),
    responses((status = 200, description = "A page of connections.", body = ConnectionPage)),
)]
pub(in crate::http) async fn list(
    auth: Authorized<scope::ConnectionsRead>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    page::respond::<ConnectionPage, _, _>(
        auth,
        query::parse_list_query(&request)?,
        connections::list_page,
    )
    .await
}

/// Create a connection
///
/// Send the `metadata` of the identity provider, or `idpEntityId`, `ssoUrl` and
/// `certificates`. The connection is enabled unless `enabled` is false; an enabled
/// connection needs a signing certificate that can be used. `serviceProvider` of the
/// answer has the values to configure at the identity provider.
#[utoipa::path(
    post,
    path = "/api/v1/connections",
    operation_id = "createConnection",
    tag = "connections",
    request_body = ConnectionDraft,
    responses(
        (status = 201, description = "The connection was created.", body = Connection),
        (status = 409, description = "`exists`: another connection of the account has the name."),
    ),
)]
pub(in crate::http) async fn create(
    auth: Authorized<scope::ConnectionsWrite>,
    request: HttpRequest,
    body: Body,
) -> Result<HttpResponse, Problem> {
    let bytes = body.read_bytes(&[JSON], MAX_BYTES).await;
    let read = |auth, bytes| async move { parse_draft(auth, &bytes).await };
    let create = |auth: Authorized<_>, (), new| async move {
        let made = auth.run(move |app, caller| {
            let made = connections::create(app, &caller.author, new)?;
            connections::to_view(app, made)
        });
        let view = made.await?;
        let location = format!("/api/v1/connections/{}", view.connection.id);
        Ok(conditional::created_response(&view.etag(), &location, &Connection::from(view)))
    };
    let parts = idempotency::with_key(&request, query::reject_parameters(&request));
    idempotency::handle_once(auth, &request, parts, bytes, read, create).await
}

/// Get a connection
///
/// Returns the connection with its certificates and the values to configure at the
/// identity provider.
#[utoipa::path(
    get,
    path = "/api/v1/connections/{connectionId}",
    operation_id = "getConnection",
    tag = "connections",
    params(("connectionId" = Uuid, Path, description = "The connection's id.")),
    responses((status = 200, description = "The connection.", body = Connection)),
)]
pub(in crate::http) async fn get(
    auth: Authorized<scope::ConnectionsRead>,
    path: web::Path<String>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let id = parse_target::<ConnectionId>("connection", &path, &request)?;
    let view = auth.run(move |app, caller| connections::get(app, caller, id)).await?;
    Ok(conditional::entity_response(&request, &view.etag(), &Connection::from(view)))
}

/// Replace a connection
///
/// A field that is left out gets the value of a new connection; the id and the
/// addresses stay. A certificate that verified one of the latest logins is removed only with
/// `force=true`.
#[utoipa::path(
    put,
    path = "/api/v1/connections/{connectionId}",
    operation_id = "replaceConnection",
    tag = "connections",
    params(
        ("connectionId" = Uuid, Path, description = "The connection's id."),
        ("force" = Option<bool>, Query, description = "Whether to remove a certificate that verified one of the latest logins."),
    ),
    request_body = ConnectionDraft,
    responses(
        (status = 200, description = "The updated connection.", body = Connection),
        (status = 409, description = "`exists`: another connection has the name. `certificate_in_use`: a certificate that verified one of the latest logins would be removed."),
    ),
)]
pub(in crate::http) async fn replace(
    auth: Authorized<scope::ConnectionsWrite>,
    path: web::Path<String>,
    request: HttpRequest,
    body: Body,
) -> Result<HttpResponse, Problem> {
    let new = match body.read_bytes(&[JSON], MAX_BYTES).await {
        Ok(bytes) => parse_draft(auth.clone(), &bytes).await,
        Err(problem) => Err(problem),
    };
    let id = parse_id::<ConnectionId>("connection", &path);
    let parts =
        (query::parse_flags(&request, ["force"]), id, conditional::parse_if_match(&request), new);
    let ([force], id, if_match, new) = parts.combine()?;
    let view =
        auth.run(move |app, caller| connections::replace(app, caller, id, &if_match, &new, force));
    let view = view.await?;
    Ok(conditional::updated_response(&view.etag(), &Connection::from(view)))
}

/// Update a connection
///
/// A field that is left out keeps its value. While `enabled` is false, nobody can log
/// in through the connection; users who are signed in stay signed in. Send `metadata`
/// again to refresh the certificates and the addresses. `certificates` replaces all of
/// them; to add or remove one, use `/certificates`. The certificate that verified the
/// latest login is replaced only with `force=true`.
#[utoipa::path(
    patch,
    path = "/api/v1/connections/{connectionId}",
    operation_id = "updateConnection",
    tag = "connections",
    params(
        ("connectionId" = Uuid, Path, description = "The connection's id."),
        ("force" = Option<bool>, Query, description = "Whether to remove a certificate that verified one of the latest logins."),
    ),
    request_body(content = ConnectionChanges, content_type = "application/merge-patch+json"),
    responses(
        (status = 200, description = "The updated connection.", body = Connection),
        (status = 409, description = "`exists`: another connection has the name. `certificate_in_use`: a certificate that verified one of the latest logins would be removed."),
    ),
)]
pub(in crate::http) async fn update(
    auth: Authorized<scope::ConnectionsWrite>,
    path: web::Path<String>,
    request: HttpRequest,
    body: Body,
) -> Result<HttpResponse, Problem> {
    let id = parse_id::<ConnectionId>("connection", &path);
    let force = query::parse_flags(&request, ["force"]);
    let is_forced = matches!(force, Ok([true]));
    let parsed_id = id.as_ref().ok().copied();
    let changes = parse_changes(auth.clone(), parsed_id, is_forced, body).await;
    let parts = (force, id, conditional::parse_if_match(&request), changes);
    let ([force], id, if_match, changes) = parts.combine()?;
    let view = auth.run(move |app, caller| {
        let apply = |connection: &mut _| changes.apply(connection);
        connections::update_if_match(app, caller, id, &if_match, &changes.idp_update(force), apply)
    });
    let view = view.await?;
    Ok(conditional::updated_response(&view.etag(), &Connection::from(view)))
}

/// Delete a connection
///
/// Deletes the connection with its identities, sessions and attempts. The users stay. A
/// connection that has identities is deleted only with `force=true`.
#[utoipa::path(
    delete,
    path = "/api/v1/connections/{connectionId}",
    operation_id = "deleteConnection",
    tag = "connections",
    params(
        ("connectionId" = Uuid, Path, description = "The connection's id."),
        ("force" = Option<bool>, Query, description = "Whether to delete a connection that has identities."),
    ),
    responses(
        (status = 204, description = "The connection was deleted."),
        (status = 409, description = "`in_use`: the connection has identities."),
    ),
)]
pub(in crate::http) async fn delete(
    auth: Authorized<scope::ConnectionsWrite>,
    path: web::Path<String>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let (id, if_match, force) = parse_forced_target::<ConnectionId>("connection", &path, &request)?;
    let delete = move |app: &_, caller: &Caller| {
        connections::delete(app, &caller.author, id, &if_match, force)
    };
    // All attempts of the connection are deleted too.
    auth.run_within(BULK_DEADLINE, delete).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Parses the changes of a connection.
async fn parse_changes<R>(
    auth: Authorized<R>,
    id: Option<ConnectionId>,
    force: bool,
    body: Body,
) -> Result<ConnectionChanges, Problem> {
    let bytes = body.read_bytes(&[MERGE_PATCH, JSON], MAX_BYTES).await?;
    let Authorized { app, caller, .. } = auth;
    let convert = |mut changes: ConnectionChanges, unread: UnreadableFields| async move {
        let errors = changes.clear_fields();
        // The rules are about a stored connection. The write checks whole bodies.
        let Some(id) = id.filter(|_| !unread.is_empty()) else { return Ok((changes, errors)) };
        blocking::run(move || {
            let apply = |connection: &mut _| {
                changes.apply(connection);
                disable_unread(&mut connection.enabled, &unread);
            };
            let update = changes.idp_update(force);
            let rules = connections::update_errors(&app, &caller.author, id, &update, apply)?;
            let errors = errors.into_iter().chain(without_unread_idp(rules, &unread)).collect();
            Ok::<_, Error>((changes, errors))
        })
        .await
    };
    partial_body::parse_with(&bytes, convert).await
}

/// Parses a new connection.
async fn parse_draft<R>(auth: Authorized<R>, bytes: &web::Bytes) -> Result<NewConnection, Problem> {
    let Authorized { app, caller, .. } = auth;
    let convert = |draft: ConnectionDraft, unread: UnreadableFields| async move {
        let (mut new, mut errors) = draft.into_new();
        if unread.is_empty() && errors.is_empty() {
            return Ok((new, errors));
        }
        disable_unread(&mut new.enabled, &unread);
        blocking::run(move || {
            let mut rules = connections::creation_errors(&app, &caller.author, new.clone())?;
            rules.retain(|rule| errors.iter().all(|error| error.field != rule.field));
            errors.extend(without_unread_idp(rules, &unread));
            Ok::<_, Error>((new, errors))
        })
        .await
    };
    partial_body::parse_with(bytes, convert).await
}

/// A connection that is not enabled needs no certificate. If it can't be read
/// whether it is, it is not.
fn disable_unread(enabled: &mut bool, unread: &UnreadableFields) {
    *enabled &= !unread.contains("enabled");
}

/// The fields of an identity provider are checked together: if one of them can't
/// be read, the others have no errors.
fn without_unread_idp(mut errors: Vec<FieldError>, unread: &UnreadableFields) -> Vec<FieldError> {
    if IDP_FIELDS.iter().any(|field| unread.contains(field)) {
        errors.retain(|error| {
            let field = error.field.split('/').next().unwrap_or_default();
            !IDP_FIELDS.contains(&field)
        });
    }
    errors
}
