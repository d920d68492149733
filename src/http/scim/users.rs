//! `/scim/v2/Users`.

use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web};

use super::{
    problem::ScimProblem,
    request::{self, Client},
    resource::{Resource, parse_projection, show, write},
    response,
};
use crate::{
    app::{
        App, Error,
        callers::Caller,
        scim::{
            lists::ScimPage,
            users::{self, ChangeMethod, ScimUser},
        },
    },
    domain::{etag::ETag, id::UserId},
    http::api::{body::Body, conditional, parse_id},
    scim::{
        compatibility::CompatibilityFixes,
        projection::Projection,
        schema::{ResourceType, USERS},
        search::SearchQuery,
        serialize,
    },
};

impl Resource for ScimUser {
    const TYPE: &'static ResourceType<'static> = &USERS;

    fn id(&self) -> String {
        self.record.user.id.to_string()
    }

    fn etag(&self) -> Option<ETag> {
        Some(self.etag())
    }

    fn push_json(&self, out: &mut String, projection: &Projection, base: &str) {
        serialize::push_object(out, projection.apply(self.to_json(base)));
    }

    fn list(
        app: &App,
        caller: &Caller,
        search: &SearchQuery,
        _: &Projection,
        fixes: &mut CompatibilityFixes,
    ) -> Result<ScimPage<Self>, Error> {
        users::list(app, caller, search, fixes)
    }
}

pub(in crate::http) async fn create(
    client: Client,
    request: HttpRequest,
    body: Body,
) -> Result<HttpResponse, ScimProblem> {
    conditional::reject_conditions(&request)?;
    let projection = parse_projection::<ScimUser>(&request)?;
    let body = request::read_json(body).await?;
    write(client, &request, StatusCode::CREATED, projection, move |app, caller, _, fixes| {
        users::create(app, caller, &body, fixes).map(Some)
    })
    .await
}

pub(in crate::http) async fn get(
    client: Client,
    request: HttpRequest,
    path: web::Path<String>,
) -> Result<HttpResponse, ScimProblem> {
    show_user(client, request, parse_id("user", &path)?).await
}

/// Shows a user.
pub(super) async fn show_user(
    client: Client,
    request: HttpRequest,
    id: UserId,
) -> Result<HttpResponse, ScimProblem> {
    let projection = parse_projection::<ScimUser>(&request)?;
    show(client, &request, projection, move |app, caller, _| users::get(app, caller, id)).await
}

pub(in crate::http) async fn replace(
    client: Client,
    request: HttpRequest,
    path: web::Path<String>,
    body: Body,
) -> Result<HttpResponse, ScimProblem> {
    change_user(client, request, parse_id("user", &path)?, body, ChangeMethod::Put).await
}

pub(in crate::http) async fn update(
    client: Client,
    request: HttpRequest,
    path: web::Path<String>,
    body: Body,
) -> Result<HttpResponse, ScimProblem> {
    change_user(client, request, parse_id("user", &path)?, body, ChangeMethod::Patch).await
}

/// Changes a user as a body says, and shows them.
pub(super) async fn change_user(
    client: Client,
    request: HttpRequest,
    id: UserId,
    body: Body,
    method: ChangeMethod,
) -> Result<HttpResponse, ScimProblem> {
    let projection = parse_projection::<ScimUser>(&request)?;
    let if_match = conditional::parse_if_match(&request)?;
    let body = request::read_json(body).await?;
    write(client, &request, StatusCode::OK, projection, move |app, caller, _, fixes| {
        users::change(app, caller, id, &if_match, (method, &body), fixes).map(Some)
    })
    .await
}

pub(in crate::http) async fn delete(
    client: Client,
    request: HttpRequest,
    path: web::Path<String>,
) -> Result<HttpResponse, ScimProblem> {
    delete_user(client, request, parse_id("user", &path)?).await
}

/// Deletes a user.
pub(in crate::http) async fn delete_user(
    client: Client,
    request: HttpRequest,
    id: UserId,
) -> Result<HttpResponse, ScimProblem> {
    let if_match = conditional::parse_if_match(&request)?;
    client.run(move |app, caller| users::delete(app, caller, id, &if_match)).await?;
    Ok(response::no_content().into_response())
}
