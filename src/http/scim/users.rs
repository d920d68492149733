//! `/scim/v2/Users`.

use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web};

use serde_json::Value;

use super::{
    problem::ScimProblem,
    reply,
    request::{self, Client},
};
use crate::{
    app::scim::{
        base_url,
        lists::Listed,
        users::{self, ScimUser},
    },
    domain::id::UserId,
    http::api::{body::Body, conditional, id},
    scim::{
        compatibility::CompatibilityFixes,
        error::ScimError,
        project::Projection,
        schema::USERS,
        search::{self, Search},
        text, user,
        user_change::UserChange,
    },
};

/// Appends the JSON of a user.
pub(super) fn push(out: &mut String, user: &ScimUser, projection: &Projection, base: &str) {
    text::push(out, projection.of(user.to_json(base)));
}

/// Parses the projection of a request.
fn projection(request: &HttpRequest) -> Result<Projection, ScimProblem> {
    let Search { attributes, excluded, .. } = request::search(request)?;
    Ok(Projection::read(&USERS, &attributes, &excluded)?)
}

pub(in crate::http) async fn list(
    client: Client,
    request: HttpRequest,
) -> Result<HttpResponse, ScimProblem> {
    let search = request::search(&request)?;
    let fixes = request::fixes(&client);
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
    let (page, fixes) = request::run(client, fixes, move |app, caller, fixes| {
        let Listed { items, total, cursor } = users::list(app, caller, &search, fixes)?;
        let base = base_url(app);
        let push = |out: &mut String, user: &_| push(out, user, &projection, &base);
        let start = search.cursor.is_none().then_some(search.start);
        Ok(search::page(&items, push, total, start, cursor.as_deref()))
    })
    .await?;
    Ok(reply::text(StatusCode::OK, page).with_fixes(request, &fixes).sent())
}

pub(in crate::http) async fn create(
    client: Client,
    request: HttpRequest,
    body: Body,
) -> Result<HttpResponse, ScimProblem> {
    conditional::none(&request)?;
    let (projection, base) = (projection(&request)?, base_url(&client.app));
    let (body, fixes) = (request::read(body).await?, request::fixes(&client));
    let (user, fixes) = request::run(client, fixes, move |app, caller, fixes| {
        users::create(app, caller, user::read_new(&body, fixes)?)
    })
    .await?;
    let location = format!("{base}/Users/{}", user.record.user.id);
    let answer = reply::json(StatusCode::CREATED, projection.of(user.to_json(&base)));
    Ok(answer.at(&location).tagged(Some(&user.tag())).with_fixes(&request, &fixes).sent())
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
    let base = base_url(&client.app);
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
    change(client, request, id("user", &path)?, body, UserChange::read_replacement).await
}

pub(in crate::http) async fn update(
    client: Client,
    request: HttpRequest,
    path: web::Path<String>,
    body: Body,
) -> Result<HttpResponse, ScimProblem> {
    change(client, request, id("user", &path)?, body, UserChange::read_patch).await
}

/// How the body of a change is read.
type ReadChange = fn(&Value, &mut CompatibilityFixes) -> Result<UserChange, ScimError>;

/// Changes a user as a body says, and shows them.
pub(super) async fn change(
    client: Client,
    request: HttpRequest,
    id: UserId,
    body: Body,
    read: ReadChange,
) -> Result<HttpResponse, ScimProblem> {
    let (projection, base) = (projection(&request)?, base_url(&client.app));
    let if_match = conditional::if_match(&request)?;
    let (body, fixes) = (request::read(body).await?, request::fixes(&client));
    let (user, fixes) = request::run(client, fixes, move |app, caller, fixes| {
        users::change(app, caller, id, &if_match, &read(&body, fixes)?, fixes)
    })
    .await?;
    let answer = reply::json(StatusCode::OK, projection.of(user.to_json(&base)));
    Ok(answer.tagged(Some(&user.tag())).with_fixes(&request, &fixes).sent())
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
