//! `/scim/v2/Users`.

use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web};

use serde_json::Value;

use super::{
    problem::ScimProblem,
    reply,
    request::{self, Client},
};
use crate::{
    app::{
        Error,
        scim::{
            Kind, Listed, Start,
            users::{self, DesiredUser, ScimUser},
        },
    },
    domain::{etag::IfMatch, id::UserId, lists::UserAttribute},
    http::api::{body::Body, conditional, id},
    scim::{
        compatibility::CompatibilityFixes,
        error::ScimError,
        patch,
        project::Projection,
        resource,
        schema::{Object, Schema, USERS},
        search::{self, Search},
        text, user,
    },
};

pub(super) fn whole(user: &ScimUser, base: &str) -> Object {
    let ScimUser { record, external_id } = user;
    let version = reply::version(&user.tag());
    user::to_json(&record.user, &record.teams, external_id.as_deref(), base, &version)
}

/// Appends a user, as an answer shows them.
pub(super) fn push(out: &mut String, user: &ScimUser, projection: &Projection, base: &str) {
    text::push(out, projection.of(whole(user, base)));
}

/// Which attributes the answer to a request shows.
fn projection(request: &HttpRequest) -> Result<Projection, ScimProblem> {
    let Search { attributes, excluded, .. } = request::search(request)?;
    Ok(Projection::read(&USERS, &attributes, &excluded)?)
}

/// Makes a user.
pub(super) fn make(
    client: &Client,
    body: &Value,
    fixes: &mut CompatibilityFixes,
) -> Result<ScimUser, ScimProblem> {
    let object = resource::read(&USERS, body, fixes)?;
    let expected = desired(&object, None, fixes)?;
    Ok(users::create(&client.app, &client.caller, &expected)?)
}

/// How a body says what a user shall be.
#[derive(Debug, Clone, Copy)]
pub(super) enum WriteMethod {
    /// All of it: what it leaves out, the user is without.
    Put,
    /// What changes.
    Patch,
}

/// Makes a user what a body says.
pub(super) fn change(
    client: &Client,
    id: UserId,
    if_match: &IfMatch,
    (how, body): (WriteMethod, &Value),
    fixes: &mut CompatibilityFixes,
) -> Result<ScimUser, ScimProblem> {
    let clean = fixes.clone();
    let changed = users::change(&client.app, &client.caller, id, if_match, |now| {
        // It may be tried again.
        *fixes = clean.clone();
        let view = whole(now, &request::base(&client.app));
        let object = match how {
            WriteMethod::Put => put(view.clone(), body, fixes)?,
            WriteMethod::Patch => patched(view.clone(), body, fixes)?,
        };
        let is_replaced = matches!(how, WriteMethod::Put);
        let before = user::Before { user: &now.record.user, view: &view, is_replaced };
        desired(&object, Some(before), fixes)
    });
    changed?
}

/// What a PUT makes of a user. Attributes of an extension that the request names
/// neither in `schemas` nor in the body are not asserted, and stay (RFC 7644,
/// section 3.5.1).
fn put(user: Object, body: &Value, fixes: &mut CompatibilityFixes) -> Result<Object, ScimError> {
    let mut object = resource::read(&USERS, body, fixes)?;
    let stays =
        |one: &&&Schema| !resource::asserts(&USERS, body, one) && !object.contains_key(one.id);
    let extensions: Vec<_> = USERS.extensions.iter().filter(stays).collect();
    for extension in extensions {
        object.extend(
            user.get(extension.id).map(|current| (extension.id.to_owned(), current.clone())),
        );
    }
    Ok(object)
}

fn patched(
    mut user: Object,
    body: &Value,
    fixes: &mut CompatibilityFixes,
) -> Result<Object, ScimError> {
    // A display name that is both names follows them, unless an operation sets it.
    if user::is_displayed_by_names(&user) {
        user.remove("displayName");
    }
    for operation in patch::read(body, fixes)? {
        patch::apply(&USERS, &mut user, &operation, fixes)?;
    }
    Ok(user)
}

fn desired(
    object: &Object,
    before: Option<user::Before<'_>>,
    fixes: &mut CompatibilityFixes,
) -> Result<DesiredUser, ScimProblem> {
    let user::UserInput { patch, external_id, errors } = user::read(object, before, fixes)?;
    if !errors.is_empty() {
        return Err(Error::Invalid(errors).into());
    }
    Ok(DesiredUser { patch, external_id })
}

pub(in crate::http) async fn list(
    client: Client,
    request: HttpRequest,
) -> Result<HttpResponse, ScimProblem> {
    let search = request::search(&request)?;
    let fixes = CompatibilityFixes::of(client.caller.dialect());
    page(client, &request, search, fixes).await
}

pub(in crate::http) async fn search(
    client: Client,
    request: HttpRequest,
    body: Body,
) -> Result<HttpResponse, ScimProblem> {
    let (search, fixes) = request::posted(&client, body).await?;
    page(client, &request, search, fixes).await
}

async fn page(
    client: Client,
    request: &HttpRequest,
    search: Search,
    fixes: CompatibilityFixes,
) -> Result<HttpResponse, ScimProblem> {
    let projection = Projection::read(&USERS, &search.attributes, &search.excluded)?;
    let work = move |client: &Client, fixes: &mut CompatibilityFixes| {
        let requested =
            request::list_request::<UserAttribute>(client, Kind::Users, &search, fixes)?;
        let Listed { items, total, cursor } =
            users::list(&client.app, &client.caller, &requested).map_err(request::of_list)?;
        let push =
            |out: &mut String, user: &_| push(out, user, &projection, &request::base(&client.app));
        let start = (requested.start != Start::Cursor).then_some(search.start);
        Ok(search::page(&items, push, total, start, cursor.as_deref()))
    };
    let (page, fixes) = request::run_with(client, fixes, work).await?;
    Ok(reply::text(StatusCode::OK, page).with_fixes(request, &fixes).sent())
}

pub(in crate::http) async fn create(
    client: Client,
    request: HttpRequest,
    body: Body,
) -> Result<HttpResponse, ScimProblem> {
    conditional::none(&request)?;
    let projection = projection(&request)?;
    let body = request::read(body).await?;
    let work = move |client: &Client, fixes: &mut CompatibilityFixes| {
        let user = make(client, &body, fixes)?;
        let location = format!("{}/Users/{}", request::base(&client.app), user.record.user.id);
        Ok((location, user.tag(), projection.of(whole(&user, &request::base(&client.app)))))
    };
    let ((location, tag, view), fixes) = request::run(client, work).await?;
    let answer = reply::json(StatusCode::CREATED, view).at(&location).tagged(Some(&tag));
    Ok(answer.with_fixes(&request, &fixes).sent())
}

pub(in crate::http) async fn get(
    client: Client,
    request: HttpRequest,
    path: web::Path<String>,
) -> Result<HttpResponse, ScimProblem> {
    show(client, request, id("user", &path)?).await
}

/// Shows a user.
pub(super) async fn show(
    client: Client,
    request: HttpRequest,
    id: UserId,
) -> Result<HttpResponse, ScimProblem> {
    let projection = projection(&request)?;
    let base = request::base(&client.app);
    let user = client.run(move |app, caller| users::get(app, caller, id)).await?;
    let mut view = String::new();
    push(&mut view, &user, &projection, &base);
    Ok(reply::entity(&request, Some(&user.tag()), view))
}

pub(in crate::http) async fn replace(
    client: Client,
    request: HttpRequest,
    path: web::Path<String>,
    body: Body,
) -> Result<HttpResponse, ScimProblem> {
    become_as(client, request, id("user", &path)?, (WriteMethod::Put, body)).await
}

pub(in crate::http) async fn update(
    client: Client,
    request: HttpRequest,
    path: web::Path<String>,
    body: Body,
) -> Result<HttpResponse, ScimProblem> {
    become_as(client, request, id("user", &path)?, (WriteMethod::Patch, body)).await
}

/// Makes a user what a body says, and shows them.
pub(super) async fn become_as(
    client: Client,
    request: HttpRequest,
    id: UserId,
    (how, body): (WriteMethod, Body),
) -> Result<HttpResponse, ScimProblem> {
    let projection = projection(&request)?;
    let if_match = conditional::if_match(&request)?;
    let body = request::read(body).await?;
    let work = move |client: &Client, fixes: &mut CompatibilityFixes| {
        let user = change(client, id, &if_match, (how, &body), fixes)?;
        Ok((user.tag(), projection.of(whole(&user, &request::base(&client.app)))))
    };
    let ((tag, view), fixes) = request::run(client, work).await?;
    let answer = reply::json(StatusCode::OK, view).tagged(Some(&tag));
    Ok(answer.with_fixes(&request, &fixes).sent())
}

pub(in crate::http) async fn delete(
    client: Client,
    request: HttpRequest,
    path: web::Path<String>,
) -> Result<HttpResponse, ScimProblem> {
    remove(client, request, id("user", &path)?).await
}

/// Deletes a user.
pub(in crate::http) async fn remove(
    client: Client,
    request: HttpRequest,
    id: UserId,
) -> Result<HttpResponse, ScimProblem> {
    let if_match = conditional::if_match(&request)?;
    client.run(move |app, caller| users::delete(app, caller, id, &if_match)).await?;
    Ok(reply::nothing().sent())
}
