//! `/scim/v2/Groups`: teams.

use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web};

use super::{
    problem::ScimProblem,
    request::{self, Client},
    response,
};
use crate::{
    app::scim::{
        base_url,
        groups::{self, ScimGroup},
        lists::Listed,
    },
    domain::{api_key::Dialect, etag::ETag},
    http::api::{body::Body, conditional, parse_id},
    scim::{
        compatibility::CompatibilityFixes,
        group,
        projection::Projection,
        schema::{GROUP_EXTENSION, GROUPS},
        search::{self, SearchQuery},
        text,
    },
};

/// The most members that are in memory as JSON values.
const MEMBERS_PER_CHUNK: usize = 1_000;

/// Appends the JSON of a group.
pub(super) fn push_json(out: &mut String, group: &ScimGroup, projection: &Projection, base: &str) {
    let ScimGroup { team, external_id, members } = group;
    let version = group.etag().as_ref().map(ETag::to_quoted);
    let render_part = |members| {
        let external_id = external_id.as_deref();
        projection.apply(group::to_json(team, members, external_id, base, version.as_deref()))
    };
    match members.as_deref() {
        Some(all) if all.len() > MEMBERS_PER_CHUNK => {
            text::push_pieces(
                out,
                all.chunks(MEMBERS_PER_CHUNK).map(|some| render_part(Some(some))),
            );
        }
        few => text::push_object(out, render_part(few)),
    }
}

/// Builds the JSON of a group.
fn to_json(group: &ScimGroup, projection: &Projection, base: &str) -> String {
    let mut out = String::new();
    push_json(&mut out, group, projection, base);
    out
}

/// Parses the projection of a request. Also returns whether it includes members.
fn parse_projection(search: &SearchQuery) -> Result<(Projection, bool), ScimProblem> {
    let projection = Projection::parse(&GROUPS, &search.attributes, &search.excluded)?;
    // The roles are in an extension. Without members, they are only needed if the
    // request names them.
    let names_extension = search.attributes.iter().any(|name| {
        let name = name.to_ascii_lowercase();
        name.starts_with(&GROUP_EXTENSION.id.to_ascii_lowercase())
    });
    let members = projection.shows("members") || names_extension;
    Ok((projection, members))
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
    let (projection, members) = parse_projection(&search)?;
    let (page, fixes) = request::run_counted(client, fixes, move |app, caller, fixes| {
        let Listed { items, total, cursor } = groups::list(app, caller, &search, members, fixes)?;
        let base = base_url(app);
        let push = |out: &mut String, group: &_| push_json(out, group, &projection, &base);
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
    let (projection, _) = parse_projection(&request::parse_search(&request)?)?;
    let (body, fixes) = (request::read_json(body).await?, request::fixes(&client));
    let ((location, tag, view), fixes) =
        request::run_counted(client, fixes, move |app, caller, fixes| {
            let group = groups::create(app, caller, &group::parse(&body, fixes)?)?;
            let base = base_url(app);
            let location = format!("{base}/Groups/{}", group.team.id);
            Ok((location, group.etag(), to_json(&group, &projection, &base)))
        })
        .await?;
    let answer = response::text_response(StatusCode::CREATED, view)
        .with_location(&location)
        .with_etag(tag.as_ref());
    Ok(answer.with_fixes(&request, &fixes).into_response())
}

pub(in crate::http) async fn get(
    client: Client,
    request: HttpRequest,
    path: web::Path<String>,
) -> Result<HttpResponse, ScimProblem> {
    let (projection, members) = parse_projection(&request::parse_search(&request)?)?;
    let id = parse_id("group", &path)?;
    let work = move |app: &_, caller: &_| {
        let group = groups::get(app, caller, id, members)?;
        Ok((group.etag(), to_json(&group, &projection, &base_url(app))))
    };
    let (tag, view) = client.run(work).await?;
    Ok(response::entity_response(&request, tag.as_ref(), view))
}

/// Responds with the group and its members, because a PUT names all of them.
pub(in crate::http) async fn replace(
    client: Client,
    request: HttpRequest,
    path: web::Path<String>,
    body: Body,
) -> Result<HttpResponse, ScimProblem> {
    let (projection, members) = parse_projection(&request::parse_search(&request)?)?;
    let (id, if_match) = (parse_id("group", &path)?, conditional::parse_if_match(&request)?);
    let (body, fixes) = (request::read_json(body).await?, request::fixes(&client));
    let ((tag, view), fixes) = request::run_counted(client, fixes, move |app, caller, fixes| {
        groups::change(app, caller, id, &if_match, &group::parse(&body, fixes)?)?;
        let group = groups::get(app, caller, id, members)?;
        Ok((group.etag(), to_json(&group, &projection, &base_url(app))))
    })
    .await?;
    let answer = response::text_response(StatusCode::OK, view).with_etag(tag.as_ref());
    Ok(answer.with_fixes(&request, &fixes).into_response())
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
    let search = request::parse_search(&request)?;
    let has_projection = !search.attributes.is_empty() || !search.excluded.is_empty();
    let (projection, members) = parse_projection(&search)?;
    let (id, if_match) = (parse_id("group", &path)?, conditional::parse_if_match(&request)?);
    let (body, fixes) = (request::read_json(body).await?, request::fixes(&client));
    let (group, fixes) = request::run_counted(client, fixes, move |app, caller, fixes| {
        let change = group::read_patch(&body, fixes)?;
        let empty_group = groups::change(app, caller, id, &if_match, &change)?;
        let group = match caller.dialect() {
            _ if has_projection => Some(groups::get(app, caller, id, members)?),
            Dialect::Strict => empty_group,
            Dialect::Entra | Dialect::Okta => None,
        };
        Ok(group.map(|group| (group.etag(), to_json(&group, &projection, &base_url(app)))))
    })
    .await?;
    let answer = match group {
        None => response::no_content(),
        Some((tag, view)) => response::text_response(StatusCode::OK, view).with_etag(tag.as_ref()),
    };
    Ok(answer.with_fixes(&request, &fixes).into_response())
}

pub(in crate::http) async fn delete(
    client: Client,
    request: HttpRequest,
    path: web::Path<String>,
) -> Result<HttpResponse, ScimProblem> {
    let (id, if_match) = (parse_id("group", &path)?, conditional::parse_if_match(&request)?);
    client.run(move |app, caller| groups::delete(app, caller, id, &if_match)).await?;
    Ok(response::no_content().into_response())
}
