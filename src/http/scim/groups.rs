//! `/scim/v2/Groups`: teams.

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
            groups::{self, GroupChange, ScimGroup},
        },
    },
    domain::{
        api_key::Dialect, etag::IfMatch, id::TeamId, lists::TeamAttribute, membership::MemberChange,
    },
    http::api::{body::Body, conditional, id},
    scim::{
        compatibility::CompatibilityFixes,
        error::ScimErrorType,
        group, patch,
        project::Projection,
        resource,
        schema::{GROUP_EXTENSION, GROUPS},
        search::{self, Search},
        text,
    },
};

/// How many members are in memory as JSON values at once.
const MEMBERS_AT_ONCE: usize = 1_000;

/// Appends a group, as an answer shows it.
pub(super) fn push(out: &mut String, group: &ScimGroup, projection: &Projection, base: &str) {
    let ScimGroup { team, external_id, members } = group;
    let version = group.tag().as_ref().map(reply::version);
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

/// A group, as an answer shows it.
fn to_json(group: &ScimGroup, projection: &Projection, base: &str) -> String {
    let mut out = String::new();
    push(&mut out, group, projection, base);
    out
}

/// Which attributes the answer to a request shows, and whether members are
/// among them.
fn projection(search: &Search) -> Result<(Projection, bool), ScimProblem> {
    let projection = Projection::read(&GROUPS, &search.attributes, &search.excluded)?;
    // The roles stand in an extension of their own; without members, nobody
    // asks for them unless they are named.
    let named = search.attributes.iter().any(|name| {
        let name = name.to_ascii_lowercase();
        name.starts_with(&GROUP_EXTENSION.id.to_ascii_lowercase())
    });
    let members = projection.shows("members") || named;
    Ok((projection, members))
}

fn changed(input: group::GroupInput) -> GroupChange {
    let group::GroupInput { name, external_id, all, some, there, no_roles } = input;
    let all = all.map(|all| all.into_iter().collect());
    let some =
        some.into_iter().map(|(user, expected)| MemberChange { user, desired: expected }).collect();
    let there = there.into_iter().collect();
    GroupChange { name, external_id, all, some, there, no_roles }
}

/// Makes a group.
pub(super) fn make(
    client: &Client,
    body: &Value,
    fixes: &mut CompatibilityFixes,
) -> Result<ScimGroup, ScimProblem> {
    let object = resource::read(&GROUPS, body, fixes)?;
    let change = changed(group::read(&object)?);
    let name = change.name.clone();
    let name = name.ok_or_else(|| ScimErrorType::InvalidValue.because("displayName is missing"))?;
    Ok(groups::create(&client.app, &client.caller, &name, &change)?)
}

/// Makes a group what a body says, all of it.
pub(super) fn put(
    client: &Client,
    id: TeamId,
    if_match: &IfMatch,
    body: &Value,
    fixes: &mut CompatibilityFixes,
) -> Result<(), ScimProblem> {
    let object = resource::read(&GROUPS, body, fixes)?;
    let change = changed(group::read(&object)?);
    groups::change(&client.app, &client.caller, id, if_match, &change)?;
    Ok(())
}

/// Changes what a body says of a group. The group, if nobody is in it then.
pub(super) fn patch(
    client: &Client,
    id: TeamId,
    if_match: &IfMatch,
    body: &Value,
    fixes: &mut CompatibilityFixes,
) -> Result<Option<ScimGroup>, ScimProblem> {
    let operations = patch::read(body, fixes)?;
    let change = changed(group::patch(&operations, fixes)?);
    groups::change(&client.app, &client.caller, id, if_match, &change).map_err(
        |error| match error {
            Error::NotFound { thing: groups::MEMBER, name } => ScimErrorType::NoTarget
                .because(format!("{name} is not in the group: add them first"))
                .into(),
            other => other.into(),
        },
    )
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
    let (projection, members) = projection(&search)?;
    let work = move |client: &Client, fixes: &mut CompatibilityFixes| {
        let requested =
            request::list_request::<TeamAttribute>(client, Kind::Groups, &search, fixes)?;
        let Listed { items, total, cursor } =
            groups::list(&client.app, &client.caller, &requested, members)
                .map_err(request::of_list)?;
        let push = |out: &mut String, group: &_| {
            push(out, group, &projection, &request::base(&client.app))
        };
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
    let (projection, _) = projection(&request::search(&request)?)?;
    let body = request::read(body).await?;
    let work = move |client: &Client, fixes: &mut CompatibilityFixes| {
        let group = make(client, &body, fixes)?;
        let location = format!("{}/Groups/{}", request::base(&client.app), group.team.id);
        Ok((location, group.tag(), to_json(&group, &projection, &request::base(&client.app))))
    };
    let ((location, tag, view), fixes) = request::run(client, work).await?;
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
        Ok((group.tag(), to_json(&group, &projection, &request::base(app))))
    };
    let (tag, view) = client.run(work).await?;
    Ok(reply::entity(&request, tag.as_ref(), view))
}

/// The answer shows the group, with its members: a PUT has named them all.
pub(in crate::http) async fn replace(
    client: Client,
    request: HttpRequest,
    path: web::Path<String>,
    body: Body,
) -> Result<HttpResponse, ScimProblem> {
    let (projection, members) = projection(&request::search(&request)?)?;
    let (id, if_match) = (id("group", &path)?, conditional::if_match(&request)?);
    let body = request::read(body).await?;
    let work = move |client: &Client, fixes: &mut CompatibilityFixes| {
        put(client, id, &if_match, &body, fixes)?;
        let group = groups::get(&client.app, &client.caller, id, members)?;
        Ok((group.tag(), to_json(&group, &projection, &request::base(&client.app))))
    };
    let ((tag, view), fixes) = request::run(client, work).await?;
    let answer = reply::text(StatusCode::OK, view).tagged(tag.as_ref());
    Ok(answer.with_fixes(&request, &fixes).sent())
}

/// Answers 204, for to read all members would cost more than to change some.
/// Shows the group if attributes are asked for (RFC 7644, section 3.5.2); and to
/// a client of the dialect `STRICT` also if nobody is in it.
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
    let body = request::read(body).await?;
    let work = move |client: &Client, fixes: &mut CompatibilityFixes| {
        let empty = patch(client, id, &if_match, &body, fixes)?;
        let Client { caller, app, .. } = client;
        let group = match caller.dialect() {
            _ if named => Some(groups::get(app, caller, id, members)?),
            Dialect::Strict => empty,
            Dialect::Entra | Dialect::Okta => None,
        };
        Ok(group.map(|group| (group.tag(), to_json(&group, &projection, &request::base(app)))))
    };
    let (group, fixes) = request::run(client, work).await?;
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
