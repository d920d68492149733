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
    auth::{Auth, scope},
    body::{Body, JSON, MERGE_PATCH},
    conditional, id, idempotency, page,
    partial_body::{self, Unread},
    query,
};
use crate::{
    app::{
        App, Error,
        callers::Caller,
        connections::{self, IDP_FIELDS, NewConnection},
    },
    domain::{field_error::FieldError, id::ConnectionId},
    http::{
        State, blocking,
        problem::{Parts, Problem},
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
///
/// Needs the scope `connections:read`.
#[utoipa::path(
    get,
    path = "/api/v1/connections",
    operation_id = "listConnections",
    tag = "connections",
    params(query::ListParams),
    responses((status = 200, description = "A page of connections.", body = ConnectionPage)),
    extensions(("x-scope" = json!("connections:read"))),
)]
pub(in crate::http) async fn list(
    state: web::Data<State>,
    auth: Auth<scope::ConnectionsRead>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let query = query::list(&request)?;
    let app = state.app.clone();
    let page::Listed { items, next_cursor, total } =
        page::of(query, move |query| connections::page(&app, &auth.caller, query)).await?;
    Ok(HttpResponse::Ok().json(ConnectionPage {
        items: items.into_iter().map(Connection::from).collect(),
        next_cursor,
        total,
    }))
}

/// Create a connection
///
/// Send the `metadata` of the identity provider, or `idpEntityId`, `ssoUrl` and
/// `certificates`. The connection is enabled unless `enabled` is false; an enabled
/// connection needs a signing certificate that can be used. `serviceProvider` of
/// the answer has the values to configure at the identity provider. Needs the scope
/// `connections:write`.
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
    extensions(("x-scope" = json!("connections:write"))),
)]
pub(in crate::http) async fn create(
    state: web::Data<State>,
    auth: Auth<scope::ConnectionsWrite>,
    request: HttpRequest,
    body: Body,
) -> Result<HttpResponse, Problem> {
    let bytes = body.bytes(&[JSON], MAX_BYTES).await;
    let read = |app, caller, bytes| async move { draft(&app, &caller, &bytes).await };
    let create = |app: App, caller: Caller, (), new| async move {
        let made = blocking::run(move || {
            let made = connections::create(&app, &caller.author, new)?;
            connections::to_view(&app, made)
        });
        let made = made.await?;
        let location = format!("/api/v1/connections/{}", made.connection.id);
        Ok(conditional::created(&made.tag(), &location, &Connection::from(made)))
    };
    idempotency::checked(&state, &auth.caller, &request, query::none(&request), bytes, read, create)
        .await
}

/// Get a connection
///
/// Returns the connection with its certificates and the values to configure at the
/// identity provider. Needs
/// the scope `connections:read`.
#[utoipa::path(
    get,
    path = "/api/v1/connections/{connectionId}",
    operation_id = "getConnection",
    tag = "connections",
    params(("connectionId" = Uuid, Path, description = "The connection's id.")),
    responses((status = 200, description = "The connection.", body = Connection)),
    extensions(("x-scope" = json!("connections:read"))),
)]
pub(in crate::http) async fn get(
    state: web::Data<State>,
    auth: Auth<scope::ConnectionsRead>,
    path: web::Path<String>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let ((), id) = (query::none(&request), id::<ConnectionId>("connection", &path)).all()?;
    let app = state.app.clone();
    let view = blocking::run(move || connections::get(&app, &auth.caller, id)).await?;
    Ok(conditional::entity_response(&request, &view.tag(), &Connection::from(view)))
}

/// Replace a connection
///
/// A field that is left out gets the value of a new connection; the id and the
/// addresses stay. The certificate that verified the latest login is removed only
/// with `force=true`. Needs the scope `connections:write`.
#[utoipa::path(
    put,
    path = "/api/v1/connections/{connectionId}",
    operation_id = "replaceConnection",
    tag = "connections",
    params(
        ("connectionId" = Uuid, Path, description = "The connection's id."),
        ("force" = Option<bool>, Query, description = "Whether to remove the certificate that verified the latest login."),
    ),
    request_body = ConnectionDraft,
    responses(
        (status = 200, description = "The updated connection.", body = Connection),
        (status = 409, description = "`exists`: another connection has the name. `certificate_in_use`: the certificate that verified the latest login would be removed."),
    ),
    extensions(("x-scope" = json!("connections:write"))),
)]
pub(in crate::http) async fn replace(
    state: web::Data<State>,
    auth: Auth<scope::ConnectionsWrite>,
    path: web::Path<String>,
    request: HttpRequest,
    body: Body,
) -> Result<HttpResponse, Problem> {
    let app = state.app.clone();
    let new = match body.bytes(&[JSON], MAX_BYTES).await {
        Ok(bytes) => draft(&app, &auth.caller, &bytes).await,
        Err(problem) => Err(problem),
    };
    let id = id::<ConnectionId>("connection", &path);
    let parts = (query::flags(&request, ["force"]), id, conditional::if_match(&request), new);
    let ([force], id, if_match, new) = parts.all()?;
    let view =
        blocking::run(move || connections::replace(&app, &auth.caller, id, &if_match, &new, force));
    let view = view.await?;
    Ok(conditional::changed(&view.tag(), &Connection::from(view)))
}

/// Update a connection
///
/// A field that is left out keeps its value. While `enabled` is false, nobody can log
/// in through the connection; users who are signed in stay signed in. Send `metadata`
/// again to refresh the certificates and the addresses. `certificates` replaces all
/// of them; to add or remove one, use `/certificates`. The certificate that verified
/// the latest login is replaced only with `force=true`. Needs the scope
/// `connections:write`.
#[utoipa::path(
    patch,
    path = "/api/v1/connections/{connectionId}",
    operation_id = "updateConnection",
    tag = "connections",
    params(
        ("connectionId" = Uuid, Path, description = "The connection's id."),
        ("force" = Option<bool>, Query, description = "Whether to remove the certificate that verified the latest login."),
    ),
    request_body(content = ConnectionChanges, content_type = "application/merge-patch+json"),
    responses(
        (status = 200, description = "The updated connection.", body = Connection),
        (status = 409, description = "`exists`: another connection has the name. `certificate_in_use`: the certificate that verified the latest login would be removed."),
    ),
    extensions(("x-scope" = json!("connections:write"))),
)]
pub(in crate::http) async fn update(
    state: web::Data<State>,
    auth: Auth<scope::ConnectionsWrite>,
    path: web::Path<String>,
    request: HttpRequest,
    body: Body,
) -> Result<HttpResponse, Problem> {
    let id = id::<ConnectionId>("connection", &path);
    let force = query::flags(&request, ["force"]);
    let is_forced = matches!(force, Ok([true]));
    let known = id.as_ref().ok().copied();
    let changes = changes(&state.app, &auth.caller, known, is_forced, body).await;
    let parts = (force, id, conditional::if_match(&request), changes);
    let ([force], id, if_match, changes) = parts.all()?;
    let app = state.app.clone();
    let view = blocking::run(move || {
        let apply = |connection: &mut _| changes.apply(connection);
        connections::change(&app, &auth.caller, id, &if_match, &changes.update(force), apply)
    });
    let view = view.await?;
    Ok(conditional::changed(&view.tag(), &Connection::from(view)))
}

/// Delete a connection
///
/// Deletes the connection with its identities, sessions and attempts. The users
/// stay. A connection that has identities is deleted only with `force=true`.
/// Needs the scope `connections:write`.
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
    extensions(("x-scope" = json!("connections:write"))),
)]
pub(in crate::http) async fn delete(
    state: web::Data<State>,
    auth: Auth<scope::ConnectionsWrite>,
    path: web::Path<String>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let ([force], id, if_match) = (
        query::flags(&request, ["force"]),
        id::<ConnectionId>("connection", &path),
        conditional::if_match(&request),
    )
        .all()?;
    let app = state.app.clone();
    let gone = move || connections::delete(&app, &auth.caller.author, id, &if_match, force);
    // Its attempts go as well, however many they are.
    blocking::run_within(blocking::DEADLINE_OF_MANY, gone).await??;
    Ok(HttpResponse::NoContent().finish())
}

/// Parses the changes of a connection.
async fn changes(
    app: &App,
    caller: &Caller,
    id: Option<ConnectionId>,
    force: bool,
    body: Body,
) -> Result<ConnectionChanges, Problem> {
    let bytes = body.bytes(&[MERGE_PATCH, JSON], MAX_BYTES).await?;
    let (app, author) = (app.clone(), caller.author.clone());
    let convert = |mut changes: ConnectionChanges, unread: Unread| async move {
        let errors = changes.clear_fields();
        // The rules are about a stored connection. The write checks whole bodies.
        let Some(id) = id.filter(|_| !unread.is_empty()) else { return Ok((changes, errors)) };
        blocking::run(move || {
            let apply = |connection: &mut _| {
                changes.apply(connection);
                disable_unread(&mut connection.enabled, &unread);
            };
            let update = changes.update(force);
            let rules = connections::update_errors(&app, &author, id, &update, apply)?;
            let errors = errors.into_iter().chain(without_unread_idp(rules, &unread)).collect();
            Ok::<_, Error>((changes, errors))
        })
        .await
    };
    partial_body::parse_with(&bytes, convert).await
}

/// Parses a new connection.
async fn draft(app: &App, caller: &Caller, bytes: &web::Bytes) -> Result<NewConnection, Problem> {
    let (app, author) = (app.clone(), caller.author.clone());
    let convert = |draft: ConnectionDraft, unread: Unread| async move {
        let (mut new, mut errors) = draft.into_new();
        if unread.is_empty() && errors.is_empty() {
            return Ok((new, errors));
        }
        disable_unread(&mut new.enabled, &unread);
        blocking::run(move || {
            let mut rules = connections::creation_errors(&app, &author, new.clone())?;
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
fn disable_unread(enabled: &mut bool, unread: &Unread) {
    *enabled &= !unread.contains("enabled");
}

/// The fields of an identity provider are checked together: if one of them can't
/// be read, the others have no errors.
fn without_unread_idp(mut errors: Vec<FieldError>, unread: &Unread) -> Vec<FieldError> {
    if IDP_FIELDS.iter().any(|field| unread.contains(field)) {
        errors.retain(|error| {
            let field = error.field.split('/').next().unwrap_or_default();
            !IDP_FIELDS.contains(&field)
        });
    }
    errors
}
