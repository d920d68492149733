//! `/scim/v2/Users`.

use actix_web::{
    HttpRequest, HttpResponse,
    http::{Method, StatusCode},
    web,
};

use serde_json::Value;

use super::{
    ONE,
    asking::{self, Client},
    at,
    problem::ScimProblem,
    reply,
};
use crate::{
    app::scim::{
        Kind, Listed, Start,
        users::{self, ScimUser, Wanted},
    },
    domain::{id::UserId, lists::UserAttribute, tag::IfMatch, user::UserStatus},
    http::{
        api::{COLLECTION, body::Body, conditional, id},
        blocking,
        router::read,
    },
    scim::{
        error::ScimError,
        patch,
        project::Projection,
        repair::Repairs,
        resource,
        schema::{Object, Schema, USERS},
        search::{self, Search},
        text, user,
    },
};

/// Adds the addresses of this module.
pub(super) fn routes(scim: &mut web::ServiceConfig) {
    scim.service(at("/Users", COLLECTION).route(read().to(list)).route(web::post().to(create)))
        .service(at("/Users/.search", &[Method::POST]).route(web::post().to(search)))
        .service(
            at("/Users/{id}", ONE)
                .route(read().to(get))
                .route(web::put().to(replace))
                .route(web::patch().to(update))
                .route(web::delete().to(delete)),
        );
}

pub(super) fn whole(user: &ScimUser, base: &str) -> Object {
    let ScimUser { record, external_id } = user;
    let version = reply::version(&user.tag());
    user::shown(&record.user, &record.teams, external_id.as_deref(), base, &version)
}

/// Appends a user, as an answer shows them.
pub(super) fn push(out: &mut String, user: &ScimUser, projection: &Projection, base: &str) {
    text::push(out, projection.of(whole(user, base)));
}

/// Which attributes the answer to a request shows.
fn projection(request: &HttpRequest) -> Result<Projection, ScimProblem> {
    let Search { attributes, excluded, .. } = asking::search(request)?;
    Ok(Projection::read(&USERS, &attributes, &excluded)?)
}

/// Makes a user.
pub(super) fn make(
    client: &Client,
    body: &Value,
    repairs: &mut Repairs,
) -> Result<ScimUser, ScimProblem> {
    let object = resource::read(&USERS, body, repairs)?;
    let wanted = wanted(&object, None, repairs)?;
    Ok(users::create(&client.app, &client.caller, &wanted)?)
}

/// How a body says what a user shall be.
#[derive(Debug, Clone, Copy)]
pub(super) enum How {
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
    (how, body): (How, &Value),
    repairs: &mut Repairs,
) -> Result<ScimUser, ScimProblem> {
    let clean = repairs.clone();
    let changed = users::change(&client.app, &client.caller, id, if_match, |now| {
        // It may be tried again.
        *repairs = clean.clone();
        let object = match how {
            How::Put => put(whole(now, &client.base), body, repairs)?,
            How::Patch => patched(whole(now, &client.base), body, repairs)?,
        };
        wanted(&object, Some(now.record.user.status), repairs)
    });
    Ok(changed??)
}

/// What a PUT makes of a user. Attributes of an extension that the request names
/// neither in `schemas` nor in the body are not asserted, and stay (RFC 7644,
/// section 3.5.1).
fn put(user: Object, body: &Value, repairs: &mut Repairs) -> Result<Object, ScimError> {
    let mut object = resource::read(&USERS, body, repairs)?;
    let stays =
        |one: &&&Schema| !resource::asserts(&USERS, body, one) && !object.contains_key(one.id);
    let extensions: Vec<_> = USERS.extensions.iter().filter(stays).collect();
    for extension in extensions {
        object.extend(user.get(extension.id).map(|held| (extension.id.to_owned(), held.clone())));
    }
    Ok(object)
}

fn patched(mut user: Object, body: &Value, repairs: &mut Repairs) -> Result<Object, ScimError> {
    let follows_names = user::is_displayed_by_names(&user);
    let before = user.get("displayName").cloned();
    for operation in patch::read(body, repairs)? {
        patch::apply(&USERS, &mut user, &operation, repairs)?;
    }
    // A display name that was made of both names follows them.
    if follows_names && user.get("displayName") == before.as_ref() {
        user.remove("displayName");
    }
    Ok(user)
}

fn wanted(
    object: &Object,
    status: Option<UserStatus>,
    repairs: &mut Repairs,
) -> Result<Wanted, ScimError> {
    let user::Given { draft, external_id } = user::read(object, status, repairs)?;
    Ok(Wanted { draft, external_id })
}

async fn list(client: Client, request: HttpRequest) -> Result<HttpResponse, ScimProblem> {
    let search = asking::search(&request)?;
    let repairs = Repairs::of(client.caller.dialect());
    page(client, &request, search, repairs).await
}

async fn search(
    client: Client,
    request: HttpRequest,
    body: Body,
) -> Result<HttpResponse, ScimProblem> {
    let (search, repairs) = asking::posted(&client, body).await?;
    page(client, &request, search, repairs).await
}

async fn page(
    client: Client,
    request: &HttpRequest,
    search: Search,
    repairs: Repairs,
) -> Result<HttpResponse, ScimProblem> {
    let projection = Projection::read(&USERS, &search.attributes, &search.excluded)?;
    let work = move |client: &Client, repairs: &mut Repairs| {
        let asked = asking::asked::<UserAttribute>(client, Kind::Users, &search, repairs)?;
        let Listed { items, total, cursor } =
            users::list(&client.app, &client.caller, &asked).map_err(asking::of_list)?;
        let push = |out: &mut String, user: &_| push(out, user, &projection, &client.base);
        let start = (asked.start != Start::Cursor).then_some(search.start);
        Ok(search::page(&items, push, total, start, cursor.as_deref()))
    };
    let (page, repairs) = asking::carry_on(client, repairs, work).await?;
    Ok(reply::text(StatusCode::OK, page).mended(request, &repairs).sent())
}

async fn create(
    client: Client,
    request: HttpRequest,
    body: Body,
) -> Result<HttpResponse, ScimProblem> {
    let projection = projection(&request)?;
    let body = asking::read(body).await?;
    let work = move |client: &Client, repairs: &mut Repairs| {
        let user = make(client, &body, repairs)?;
        let location = format!("{}/Users/{}", client.base, user.record.user.id);
        Ok((location, user.tag(), projection.of(whole(&user, &client.base))))
    };
    let ((location, tag, shown), repairs) = asking::carry_out(client, work).await?;
    let answer = reply::json(StatusCode::CREATED, shown).at(&location).tagged(Some(&tag));
    Ok(answer.mended(&request, &repairs).sent())
}

async fn get(
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
    let Client { caller, app, base } = client;
    let user = blocking::run(move || users::get(&app, &caller, id)).await?;
    let mut shown = String::new();
    push(&mut shown, &user, &projection, &base);
    Ok(reply::shown(&request, Some(&user.tag()), shown))
}

async fn replace(
    client: Client,
    request: HttpRequest,
    path: web::Path<String>,
    body: Body,
) -> Result<HttpResponse, ScimProblem> {
    become_as(client, request, id("user", &path)?, (How::Put, body)).await
}

async fn update(
    client: Client,
    request: HttpRequest,
    path: web::Path<String>,
    body: Body,
) -> Result<HttpResponse, ScimProblem> {
    become_as(client, request, id("user", &path)?, (How::Patch, body)).await
}

/// Makes a user what a body says, and shows them.
pub(super) async fn become_as(
    client: Client,
    request: HttpRequest,
    id: UserId,
    (how, body): (How, Body),
) -> Result<HttpResponse, ScimProblem> {
    let projection = projection(&request)?;
    let if_match = conditional::if_match(&request)?;
    let body = asking::read(body).await?;
    let work = move |client: &Client, repairs: &mut Repairs| {
        let user = change(client, id, &if_match, (how, &body), repairs)?;
        Ok((user.tag(), projection.of(whole(&user, &client.base))))
    };
    let ((tag, shown), repairs) = asking::carry_out(client, work).await?;
    let answer = reply::json(StatusCode::OK, shown).tagged(Some(&tag));
    Ok(answer.mended(&request, &repairs).sent())
}

async fn delete(
    client: Client,
    request: HttpRequest,
    path: web::Path<String>,
) -> Result<HttpResponse, ScimProblem> {
    remove(client, request, id("user", &path)?).await
}

/// Deletes a user.
pub(super) async fn remove(
    client: Client,
    request: HttpRequest,
    id: UserId,
) -> Result<HttpResponse, ScimProblem> {
    let if_match = conditional::if_match(&request)?;
    let Client { caller, app, .. } = client;
    blocking::run(move || users::delete(&app, &caller, id, &if_match)).await?;
    Ok(reply::nothing().sent())
}
