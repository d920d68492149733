//! `/scim/v2/Groups`: teams.

use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web};

use super::{
    problem::ScimProblem,
    reply,
    request::{self, Client},
};
use crate::{
    app::scim::{
        base_url,
        groups::{self, ScimGroup},
        lists::Listed,
    },
    domain::{api_key::Dialect, etag::Tag},
    http::api::{body::Body, conditional, id},
    scim::{
        compatibility::CompatibilityFixes,
        group,
        project::Projection,
        schema::{GROUP_EXTENSION, GROUPS},
        search::{self, Search},
        text,
    },
};

/// The most members that are in memory as JSON values.
const MEMBERS_AT_ONCE: usize = 1_000;

/// Appends the JSON of a group.
pub(super) fn push(out: &mut String, group: &ScimGroup, projection: &Projection, base: &str) {
    let ScimGroup { team, external_id, members } = group;
    let version = group.tag().as_ref().map(Tag::quoted);
    let piece = |members| {
        let external_id = external_id.as_deref();
        projection.of(group::to_json(team, members, external_id, base, version.as_deref()))
    };
    match members.as_deref() {
        Some(all) if all.len() > MEMBERS_AT_ONCE => {
            text::push_pieces(out, all.chunks(MEMBERS_AT_ONCE).map(|some| piece(Some(some))));
        }
        few => text::push(out, piece(few)),
    }
}

/// Builds the JSON of a group.
fn to_json(group: &ScimGroup, projection: &Projection, base: &str) -> String {
    let mut out = String::new();
    push(&mut out, group, projection, base);
    out
}

/// Parses the projection of a request. Also returns whether it includes members.
fn projection(search: &Search) -> Result<(Projection, bool), ScimProblem> {
    let projection = Projection::read(&GROUPS, &search.attributes, &search.excluded)?;
    // The roles are in an extension. Without members, they are only needed if the
    // request names them.
    let named = search.attributes.iter().any(|name| {
        let name = name.to_ascii_lowercase();
        name.starts_with(&GROUP_EXTENSION.id.to_ascii_lowercase())
    });
    let members = projection.shows("members") || named;
    Ok((projection, members))
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
    let (projection, members) = projection(&search)?;
    let (page, fixes) = request::run(client, fixes, move |app, caller, fixes| {
        let Listed { items, total, cursor } = groups::list(app, caller, &search, members, fixes)?;
        let base = base_url(app);
        let push = |out: &mut String, group: &_| push(out, group, &projection, &base);
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
    let (projection, _) = projection(&request::search(&request)?)?;
    let (body, fixes) = (request::read(body).await?, request::fixes(&client));
    let ((location, tag, view), fixes) = request::run(client, fixes, move |app, caller, fixes| {
        let group = groups::create(app, caller, &group::read(&body, fixes)?)?;
        let base = base_url(app);
        let location = format!("{base}/Groups/{}", group.team.id);
        Ok((location, group.tag(), to_json(&group, &projection, &base)))
    })
    .await?;
    let answer = reply::text(StatusCode::CREATED, view).at(&location).tagged(tag.as_ref());
    Ok(answer.with_fixes(&request, &fixes).sent())
}

pub(in crate::http) async fn get(
    client: Client,
    request: HttpRequest,
    path: web::Path<String>,
) -> Result<HttpResponse, ScimProblem> {
    let (projection, members) = projection(&request::search(&request)?)?;
    let id = id("group", &path)?;
    let work = move |app: &_, caller: &_| {
        let group = groups::get(app, caller, id, members)?;
        Ok((group.tag(), to_json(&group, &projection, &base_url(app))))
    };
    let (tag, view) = client.run(work).await?;
    Ok(reply::entity(&request, tag.as_ref(), view))
}

/// Responds with the group and its members, because a PUT names all of them.
pub(in crate::http) async fn replace(
    client: Client,
    request: HttpRequest,
    path: web::Path<String>,
    body: Body,
) -> Result<HttpResponse, ScimProblem> {
    let (projection, members) = projection(&request::search(&request)?)?;
    let (id, if_match) = (id("group", &path)?, conditional::if_match(&request)?);
    let (body, fixes) = (request::read(body).await?, request::fixes(&client));
    let ((tag, view), fixes) = request::run(client, fixes, move |app, caller, fixes| {
        groups::change(app, caller, id, &if_match, &group::read(&body, fixes)?)?;
        let group = groups::get(app, caller, id, members)?;
        Ok((group.tag(), to_json(&group, &projection, &base_url(app))))
    })
    .await?;
    let answer = reply::text(StatusCode::OK, view).tagged(tag.as_ref());
    Ok(answer.with_fixes(&request, &fixes).sent())
}

/// Responds with 204, because reading all members would cost more than changing some.
/// Returns the group if the request names attributes (RFC 7644, section 3.5.2), and to
/// a client of the dialect `STRICT` also if the group has no members.
pub(in crate::http) async fn update(
    client: Client,
    request: HttpRequest,
    path: web::Path<String>,
    body: Body,
) -> Result<HttpResponse, ScimProblem> {
    let search = request::search(&request)?;
    let named = !search.attributes.is_empty() || !search.excluded.is_empty();
    let (projection, members) = projection(&search)?;
    let (id, if_match) = (id("group", &path)?, conditional::if_match(&request)?);
    let (body, fixes) = (request::read(body).await?, request::fixes(&client));
    let (group, fixes) = request::run(client, fixes, move |app, caller, fixes| {
        let change = group::read_patch(&body, fixes)?;
        let empty = groups::change(app, caller, id, &if_match, &change)?;
        let group = match caller.dialect() {
            _ if named => Some(groups::get(app, caller, id, members)?),
            Dialect::Strict => empty,
            Dialect::Entra | Dialect::Okta => None,
        };
        Ok(group.map(|group| (group.tag(), to_json(&group, &projection, &base_url(app)))))
    })
    .await?;
    let answer = match group {
        None => reply::nothing(),
        Some((tag, view)) => reply::text(StatusCode::OK, view).tagged(tag.as_ref()),
    };
    Ok(answer.with_fixes(&request, &fixes).sent())
}

pub(in crate::http) async fn delete(
    client: Client,
    request: HttpRequest,
    path: web::Path<String>,
) -> Result<HttpResponse, ScimProblem> {
    let (id, if_match) = (id("group", &path)?, conditional::if_match(&request)?);
    client.run(move |app, caller| groups::delete(app, caller, id, &if_match)).await?;
    Ok(reply::nothing().sent())
}
