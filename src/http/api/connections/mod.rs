//! `/api/v1/connections`: the identity providers of an account.

pub(in crate::http) mod certificates;
mod request;
mod response;

use actix_web::{HttpRequest, HttpResponse, web};
use utoipa::OpenApi;

pub(crate) use self::response::Connection;
use self::{
    request::{ConnectionBody, ConnectionDraft, ConnectionFields},
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
        App, Error,
        callers::Caller,
        connections::{self, ConnectionUpdate, IDP_FIELDS},
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

/// The maximum number of bytes of a body: metadata may have 10 MiB, and is longer as
/// JSON.
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
    let read = |auth, bytes: web::Bytes| async move {
        let convert = |body: ConnectionBody| body.into_new(false);
        parse(auth, &bytes, convert, connections::find_creation_errors).await
    };
    let create = |auth: Authorized<_>, (), new| async move {
        let made = auth.run(move |app, caller| {
            let made = connections::create(app, caller, &new)?;
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
    let force = query::parse_flags(&request, ["force"]);
    let is_forced = matches!(force, Ok([true]));
    let convert = |body: ConnectionBody| body.into_new(is_forced);
    let find_errors = connections::find_creation_errors;
    let new = match body.read_bytes(&[JSON], MAX_BYTES).await {
        Ok(bytes) => parse(auth.clone(), &bytes, convert, find_errors).await,
        Err(problem) => Err(problem),
    };
    let id = parse_id::<ConnectionId>("connection", &path);
    let parts = (force, id, conditional::parse_if_match(&request), new);
    let (_, id, if_match, new) = parts.combine()?;
    let view = auth.run(move |app, caller| connections::replace(app, caller, id, &if_match, &new));
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
    request_body(content = ConnectionFields, content_type = "application/merge-patch+json"),
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
    let force = query::parse_flags(&request, ["force"]);
    let is_forced = matches!(force, Ok([true]));
    let convert = |body: ConnectionBody| body.into_update(is_forced);
    let find_errors = connections::find_update_errors;
    let update = match body.read_bytes(&[MERGE_PATCH, JSON], MAX_BYTES).await {
        Ok(bytes) => parse(auth.clone(), &bytes, convert, find_errors).await,
        Err(problem) => Err(problem),
    };
    let id = parse_id::<ConnectionId>("connection", &path);
    let parts = (force, id, conditional::parse_if_match(&request), update);
    let (_, id, if_match, update) = parts.combine()?;
    let view = auth
        .run(move |app, caller| connections::update_if_match(app, caller, id, &if_match, &update));
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
    let delete =
        move |app: &_, caller: &Caller| connections::delete(app, caller, id, &if_match, force);
    // All attempts of the connection are deleted too.
    auth.run_within(BULK_DEADLINE, delete).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Parses a body that writes a connection, by `convert`. If a value can't be read,
/// `find_errors` returns what is wrong with the rest.
async fn parse<R>(
    auth: Authorized<R>,
    bytes: &web::Bytes,
    convert: impl FnOnce(ConnectionBody) -> (ConnectionUpdate, Vec<FieldError>),
    find_errors: fn(&App, &ConnectionUpdate) -> Vec<FieldError>,
) -> Result<ConnectionUpdate, Problem> {
    let convert = |body: ConnectionBody, unread: UnreadableFields| async move {
        let (mut update, mut errors) = convert(body);
        if unread.is_empty() && errors.is_empty() {
            return Ok((update, errors));
        }
        // A connection that is not enabled needs no certificate. If it can't be read
        // whether it is, it is not.
        if unread.contains("enabled") {
            update.patch.enabled = Some(false);
        }
        let find_errors = move || {
            let rules = find_errors(&auth.app, &update);
            errors.extend(without_unread_idp(rules, &unread));
            Ok::<_, Error>((update, errors))
        };
        blocking::run(find_errors).await
    };
    partial_body::parse_with(bytes, convert).await
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
