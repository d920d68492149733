//! `/scim/v2/Groups`: teams.

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
            groups::{self, ScimGroup},
            lists::ScimPage,
        },
    },
    domain::{api_key::Dialect, etag::ETag},
    http::api::{body::Body, conditional, parse_id},
    scim::{
        compatibility::CompatibilityFixes,
        group,
        projection::Projection,
        schema::{GROUPS, ResourceType},
        search::SearchQuery,
        serialize,
    },
};

/// The maximum number of members that are in memory as JSON values.
const MEMBERS_PER_CHUNK: usize = 1_000;

impl Resource for ScimGroup {
    const TYPE: &'static ResourceType = &GROUPS;

    fn id(&self) -> String {
        self.team.id.to_string()
    }

    fn etag(&self) -> Option<ETag> {
        self.etag()
    }

    fn push_json(&self, out: &mut String, projection: &Projection, base: &str) {
        let Self { team, external_id, members } = self;
        let version = self.etag().as_ref().map(ETag::to_quoted);
        let render_part = |members| {
            let external_id = external_id.as_deref();
            projection.apply(group::to_json(team, members, external_id, base, version.as_deref()))
        };
        match members.as_deref() {
            Some(all) if all.len() > MEMBERS_PER_CHUNK => {
                serialize::push_pieces(
                    out,
                    all.chunks(MEMBERS_PER_CHUNK).map(|some| render_part(Some(some))),
                );
            }
            few => serialize::push_object(out, render_part(few)),
        }
    }

    fn list(
        app: &App,
        caller: &Caller,
        search: &SearchQuery,
        projection: &Projection,
        fixes: &mut CompatibilityFixes,
    ) -> Result<ScimPage<Self>, Error> {
        groups::list(app, caller, search, needs_members(projection), fixes)
    }
}

/// Whether a response has members. Their roles are in the extension: without members,
/// they are only needed if the request names it.
fn needs_members(projection: &Projection) -> bool {
    projection.shows("members") || projection.names_extension()
}

pub(in crate::http) async fn create(
    client: Client,
    request: HttpRequest,
    body: Body,
) -> Result<HttpResponse, ScimProblem> {
    conditional::reject_conditions(&request)?;
    let projection = parse_projection::<ScimGroup>(&request)?;
    let body = request::read_json(body).await?;
    write(client, &request, StatusCode::CREATED, projection, move |app, caller, _, fixes| {
        groups::create(app, caller, &group::parse(&body, fixes)?).map(Some)
    })
    .await
}

pub(in crate::http) async fn get(
    client: Client,
    request: HttpRequest,
    path: web::Path<String>,
) -> Result<HttpResponse, ScimProblem> {
    let (projection, id) = (parse_projection::<ScimGroup>(&request)?, parse_id("group", &path)?);
    show(client, &request, projection, move |app, caller, projection| {
        groups::get(app, caller, id, needs_members(projection))
    })
    .await
}

/// Responds with the group and its members, because a PUT names all of them.
pub(in crate::http) async fn replace(
    client: Client,
    request: HttpRequest,
    path: web::Path<String>,
    body: Body,
) -> Result<HttpResponse, ScimProblem> {
    let projection = parse_projection::<ScimGroup>(&request)?;
    let (id, if_match) = (parse_id("group", &path)?, conditional::parse_if_match(&request)?);
    let body = request::read_json(body).await?;
    write(client, &request, StatusCode::OK, projection, move |app, caller, projection, fixes| {
        groups::change(app, caller, id, &if_match, &group::parse(&body, fixes)?)?;
        groups::get(app, caller, id, needs_members(projection)).map(Some)
    })
    .await
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
    let projection = parse_projection::<ScimGroup>(&request)?;
    let (id, if_match) = (parse_id("group", &path)?, conditional::parse_if_match(&request)?);
    let body = request::read_json(body).await?;
    write(client, &request, StatusCode::OK, projection, move |app, caller, projection, fixes| {
        let change = group::read_patch(&body, fixes)?;
        let empty_group = groups::change(app, caller, id, &if_match, &change)?;
        match caller.dialect() {
            _ if projection.is_requested() => {
                groups::get(app, caller, id, needs_members(projection)).map(Some)
            }
            Dialect::Strict => Ok(empty_group),
            Dialect::Entra | Dialect::Okta => Ok(None),
        }
    })
    .await
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
