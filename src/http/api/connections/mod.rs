//! `/api/v1/connections`: the identity providers of an account.

mod certificate_input;
pub(in crate::http) mod certificates;
mod request;
mod response;

use actix_web::web;
use utoipa::OpenApi;

pub(crate) use self::response::Connection;
use self::{
    request::{ConnectionBody, ConnectionDraft, ConnectionFields},
    response::ConnectionPage,
};
use super::{
    ApiResult,
    body::{Body, JSON, MERGE_PATCH},
    conditional, idempotency, page, partial_body,
    parts::{IntoPart, JoinParts, Part},
    query,
    read_back::{CurrentResource, UnchangedFields, UpdateBody, parse_update},
    readable_part::UnreadableFields,
};
use crate::{
    app::{
        App, Error,
        callers::Caller,
        connections::{self, ConnectionUpdate, ConnectionView},
    },
    domain::{Timestamp, etag::IfMatch, field_error::FieldError, id::ConnectionId},
    http::{
        auth::{Authorized, scope},
        problem::Problem,
    },
};

/// The OpenAPI document of this module.
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
///
/// Returns a page of connections with their certificates and settings.
#[utoipa::path(
    get,
    path = "/api/v1/connections",
    operation_id = "listConnections",
    tag = "connections",
    params(query::ListParams),
    responses((status = 200, description = "A page of connections.", body = ConnectionPage)),
)]
pub(in crate::http) async fn list(auth: Authorized<scope::ConnectionsRead>) -> ApiResult {
    page::list::<ConnectionPage, _, _>(&auth, connections::list_page).await
}

/// Create a connection
///
/// Send the `metadata` of the identity provider, or `idpEntityId`, `ssoUrl` and `certificates`.
/// The connection is enabled unless `enabled` is false; an enabled connection needs a signing
/// certificate that can be used. `serviceProvider` of the response has the values to configure
/// at the identity provider.
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
    body: Body,
) -> ApiResult {
    let bytes = body.read_bytes(&[JSON], MAX_BYTES).await;
    let read = |auth, bytes: web::Bytes| async move {
        parse_new_or_replacement(&auth, None, &bytes, &UnchangedFields::default()).await
    };
    let create = |auth: Authorized<_>, (), new| async move {
        let created = auth.run(move |app, caller| {
            let created = connections::create(app, caller, &new)?;
            connections::to_view(app, created)
        });
        let view = created.await?;
        let location = format!("/api/v1/connections/{}", view.connection.id);
        Ok(conditional::created_response(&view.etag(), &location, &Connection::from(view)))
    };
    let parts =
        idempotency::with_key(&auth.request, query::reject_parameters(&auth.request).or_default());
    idempotency::handle_once(auth, parts, bytes, read, create).await
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
    params(("connectionId" = Uuid, Path, description = "The connection's ID.")),
    responses((status = 200, description = "The connection.", body = Connection)),
)]
pub(in crate::http) async fn get(auth: Authorized<scope::ConnectionsRead>) -> ApiResult {
    let id = auth.parse_target::<ConnectionId>("connection")?;
    let view = auth.run(move |app, caller| connections::get(app, caller, id)).await?;
    Ok(conditional::entity_response(&auth.request, &view.etag(), &Connection::from(view)))
}

/// Replace a connection
///
/// A field that is left out gets the value of a new connection. The ID and the URLs stay. The
/// body of a response can be sent back: read-only fields are accepted with their current
/// values, and so are certificates as objects. A certificate that verified one of the latest
/// logins is removed only with `force=true`.
#[utoipa::path(
    put,
    path = "/api/v1/connections/{connectionId}",
    operation_id = "replaceConnection",
    tag = "connections",
    params(
        ("connectionId" = Uuid, Path, description = "The connection's ID."),
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
    body: Body,
) -> ApiResult {
    let bytes = body.read_bytes(&[JSON], MAX_BYTES).await;
    let target = auth.parse_id::<ConnectionId>("connection").ok();
    let parse = async |bytes: &web::Bytes, unchanged: &UnchangedFields| {
        parse_new_or_replacement(&auth, target, bytes, unchanged).await
    };
    let current = async || load_current(&auth).await;
    let new = parse_update(&auth.request, bytes, parse, current).await;
    let target = auth.parse_forced_target::<ConnectionId>("connection");
    apply(auth, target, new, connections::replace).await
}

/// Parses a new connection, or all that replaces a connection.
async fn parse_new_or_replacement(
    auth: &Authorized<scope::ConnectionsWrite>,
    target: Option<ConnectionId>,
    bytes: &web::Bytes,
    unchanged: &UnchangedFields,
) -> Part<ConnectionUpdate> {
    let convert = |body: ConnectionBody, now| {
        let (new, errors) = body.into_new(now);
        (ConnectionUpdate { unchanged: unchanged.to_names(), ..new }, errors)
    };
    parse(auth, target, bytes, convert, connections::find_creation_errors).await
}

/// Update a connection
///
/// A field that is left out keeps its value. While `enabled` is false, logins through the
/// connection are denied. Users who are signed in stay signed in. Send `metadata` again to
/// refresh the certificates and the URLs. `certificates` replaces all of them; to add or remove
/// one, use `/certificates`. A certificate that verified one of the latest logins is removed
/// only with `force=true`.
#[utoipa::path(
    patch,
    path = "/api/v1/connections/{connectionId}",
    operation_id = "updateConnection",
    tag = "connections",
    params(
        ("connectionId" = Uuid, Path, description = "The connection's ID."),
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
    body: Body,
) -> ApiResult {
    let bytes = body.read_bytes(&[MERGE_PATCH, JSON], MAX_BYTES).await;
    let target = auth.parse_id::<ConnectionId>("connection").ok();
    let parse = async |bytes: &web::Bytes, _: &UnchangedFields| {
        let find_errors = move |app: &App, caller: &Caller, update: &ConnectionUpdate| {
            connections::find_update_errors(app, caller, target, update)
        };
        parse(&auth, target, bytes, ConnectionBody::into_update, find_errors).await
    };
    let current = async || load_current(&auth).await;
    let update = parse_update(&auth.request, bytes, parse, current).await;
    let target = auth.parse_forced_target::<ConnectionId>("connection");
    apply(auth, target, update, connections::update_if_match).await
}

/// Applies the body of a request to a connection, by a use case.
async fn apply(
    auth: Authorized<scope::ConnectionsWrite>,
    target: Part<(ConnectionId, IfMatch, bool)>,
    update: Part<UpdateBody<ConnectionUpdate>>,
    use_case: fn(
        &App,
        &Caller,
        ConnectionId,
        &IfMatch,
        &ConnectionUpdate,
    ) -> Result<ConnectionView, Error>,
) -> ApiResult {
    let apply = async |auth: Authorized<_>, ((id, if_match, force), update): (_, UpdateBody<_>)| {
        let (update, if_match) = update.with_precondition(if_match);
        let update = ConnectionUpdate { force, ..update };
        let apply = move |app: &_, caller: &_| use_case(app, caller, id, &if_match, &update);
        let view = auth.run(apply).await?;
        Ok(conditional::updated_response(&view.etag(), &Connection::from(view)))
    };
    (target, update).join().run(auth, apply).await
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
        ("connectionId" = Uuid, Path, description = "The connection's ID."),
        ("force" = Option<bool>, Query, description = "Whether to delete a connection that has identities."),
    ),
    responses(
        (status = 204, description = "The connection was deleted."),
        (status = 409, description = "`in_use`: the connection has identities."),
    ),
)]
pub(in crate::http) async fn delete(auth: Authorized<scope::ConnectionsWrite>) -> ApiResult {
    let target = auth.parse_forced_target::<ConnectionId>("connection");
    let delete = |app: &_, caller: &_, (id, if_match, force)| {
        connections::delete(app, caller, id, &if_match, force)
    };
    target.delete(auth, delete).await
}

/// Loads the connection of a path, to compare a body with.
async fn load_current(
    auth: &Authorized<scope::ConnectionsWrite>,
) -> Result<CurrentResource, Problem> {
    let id = auth.parse_id::<ConnectionId>("connection")?;
    let view = auth.run(move |app, caller| connections::get(app, caller, id)).await?;
    let etag = view.etag();
    Ok(CurrentResource::new("connection", id, Connection::from(view), etag))
}

/// Parses a body that writes the connection `target`, or a new one, by `convert`. `find_errors` returns what
/// breaks a rule, as far as it can be read.
async fn parse(
    auth: &Authorized<scope::ConnectionsWrite>,
    target: Option<ConnectionId>,
    bytes: &web::Bytes,
    convert: impl FnOnce(ConnectionBody, Timestamp) -> (ConnectionUpdate, Vec<FieldError>),
    find_errors: impl FnOnce(&App, &Caller, &ConnectionUpdate) -> Result<Vec<FieldError>, Error>
    + Send
    + 'static,
) -> Part<ConnectionUpdate> {
    let convert = |body: ConnectionBody, unread: UnreadableFields| async move {
        let (mut update, mut errors) = convert(body, auth.app.now());
        // A connection that is not enabled needs no certificate. If it can't be read
        // whether it is, it is not.
        if unread.contains("enabled") {
            update.patch.enabled = Some(false);
        }
        let find_errors = move |app: &App, caller: &Caller| {
            let rules = find_errors(app, caller, &update)?;
            errors.extend(without_dependent_errors(rules, &unread));
            if !errors.is_empty() || !unread.is_empty() {
                errors.extend(connections::find_taken_name(app, caller, target, &update)?);
            }
            Ok((update, errors))
        };
        auth.run(find_errors).await
    };
    partial_body::parse_with(bytes, convert).await.with_checked_values()
}

/// Removes the errors that arise only because another field can't be read.
fn without_dependent_errors(
    mut errors: Vec<FieldError>,
    unread: &UnreadableFields,
) -> Vec<FieldError> {
    const DEPENDENT: [(&str, &[&str]); 3] = [
        ("metadata", &["metadataEntityId", "idpEntityId", "ssoUrl", "certificates"]),
        ("metadataEntityId", &["metadata"]),
        ("certificates", &["certificates"]),
    ];
    for (_, dependent) in DEPENDENT.iter().filter(|(field, _)| unread.contains(field)) {
        errors.retain(|error| !dependent.contains(&&*error.field));
    }
    errors
}
