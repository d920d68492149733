//! `/scim/v2/Users`.

use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web};

use serde_json::Value;

use super::{
    problem::ScimProblem,
    request::{self, Client},
    response,
};
use crate::{
    app::scim::{
        base_url,
        lists::Listed,
        users::{self, ScimUser},
    },
    domain::id::UserId,
    http::api::{body::Body, conditional, parse_id},
    scim::{
        compatibility::CompatibilityFixes,
        error::ScimError,
        projection::Projection,
        schema::USERS,
        search::{self, SearchQuery},
        text, user,
        user_change::UserChange,
    },
};

/// Appends the JSON of a user.
pub(super) fn push_json(out: &mut String, user: &ScimUser, projection: &Projection, base: &str) {
    text::push_object(out, projection.apply(user.to_json(base)));
}

/// Parses the projection of a request.
fn parse_projection(request: &HttpRequest) -> Result<Projection, ScimProblem> {
    let SearchQuery { attributes, excluded, .. } = request::parse_search(request)?;
    Ok(Projection::parse(&USERS, &attributes, &excluded)?)
}

pub(in crate::http) async fn list(
    client: Client,
    request: HttpRequest,
) -> Result<HttpResponse, ScimProblem> {
    let search = request::parse_search(&request)?;
    let fixes = request::fixes(&client);
    list_page(client, &request, search, fixes).await
}

pub(in crate::http) async fn search(
    client: Client,
    request: HttpRequest,
    body: Body,
) -> Result<HttpResponse, ScimProblem> {
    let (search, fixes) = request::parse_posted_search(&client, body).await?;
    list_page(client, &request, search, fixes).await
}

async fn list_page(
    client: Client,
    request: &HttpRequest,
    search: SearchQuery,
    fixes: CompatibilityFixes,
) -> Result<HttpResponse, ScimProblem> {
    let projection = Projection::parse(&USERS, &search.attributes, &search.excluded)?;
    let (page, fixes) = request::run_counted(client, fixes, move |app, caller, fixes| {
        let Listed { items, total, cursor } = users::list(app, caller, &search, fixes)?;
        let base = base_url(app);
        let push = |out: &mut String, user: &_| push_json(out, user, &projection, &base);
        let start = search.cursor.is_none().then_some(search.start_index);
        Ok(search::render_page(&items, push, total, start, cursor.as_deref()))
    })
    .await?;
    Ok(response::text_response(StatusCode::OK, page).with_fixes(request, &fixes).into_response())
}

pub(in crate::http) async fn create(
    client: Client,
    request: HttpRequest,
    body: Body,
) -> Result<HttpResponse, ScimProblem> {
    conditional::reject_conditions(&request)?;
    let (projection, base) = (parse_projection(&request)?, base_url(&client.app));
    let (body, fixes) = (request::read_json(body).await?, request::fixes(&client));
    let (user, fixes) = request::run_counted(client, fixes, move |app, caller, fixes| {
        users::create(app, caller, user::read_new(&body, fixes)?)
    })
    .await?;
    let location = format!("{base}/Users/{}", user.record.user.id);
    let answer =
        response::json_response(StatusCode::CREATED, projection.apply(user.to_json(&base)));
    Ok(answer
        .with_location(&location)
        .with_etag(Some(&user.etag()))
        .with_fixes(&request, &fixes)
        .into_response())
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
    let projection = parse_projection(&request)?;
    let base = base_url(&client.app);
    let user = client.run(move |app, caller| users::get(app, caller, id)).await?;
    let mut view = String::new();
    push_json(&mut view, &user, &projection, &base);
    Ok(response::entity_response(&request, Some(&user.etag()), view))
}

pub(in crate::http) async fn replace(
    client: Client,
    request: HttpRequest,
    path: web::Path<String>,
    body: Body,
) -> Result<HttpResponse, ScimProblem> {
    change_user(client, request, parse_id("user", &path)?, body, UserChange::read_replacement).await
}

pub(in crate::http) async fn update(
    client: Client,
    request: HttpRequest,
    path: web::Path<String>,
    body: Body,
) -> Result<HttpResponse, ScimProblem> {
    change_user(client, request, parse_id("user", &path)?, body, UserChange::read_patch).await
}

/// How the body of a change is read.
type ReadChange = fn(&Value, &mut CompatibilityFixes) -> Result<UserChange, ScimError>;

/// Changes a user as a body says, and shows them.
pub(super) async fn change_user(
    client: Client,
    request: HttpRequest,
    id: UserId,
    body: Body,
    read: ReadChange,
) -> Result<HttpResponse, ScimProblem> {
    let (projection, base) = (parse_projection(&request)?, base_url(&client.app));
    let if_match = conditional::parse_if_match(&request)?;
    let (body, fixes) = (request::read_json(body).await?, request::fixes(&client));
    let (user, fixes) = request::run_counted(client, fixes, move |app, caller, fixes| {
        users::change(app, caller, id, &if_match, &read(&body, fixes)?, fixes)
    })
    .await?;
    let answer = response::json_response(StatusCode::OK, projection.apply(user.to_json(&base)));
    Ok(answer.with_etag(Some(&user.etag())).with_fixes(&request, &fixes).into_response())
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
