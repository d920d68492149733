//! `/scim/v2/Groups`: teams.

use actix_web::http::StatusCode;

use super::{
    request::{self, Client, ScimResult},
    resource::{Resource, parse_projection, show, write},
    response::{self, ResponseText},
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
    http::api::{body::Body, conditional},
    scim::{
        compatibility::CompatibilityFixes,
        group,
        projection::Projection,
        schema::{GROUPS, Object, ResourceType},
        search::SearchQuery,
        serialize::PieceTexts,
    },
};

/// The maximum number of members that are in memory as JSON or text.
const MEMBERS_PER_CHUNK: usize = 1_000;

impl Resource for ScimGroup {
    const TYPE: &'static ResourceType<'static> = &GROUPS;

    fn id(&self) -> String {
        self.team.id.to_string()
    }

    fn etag(&self) -> Option<ETag> {
        self.etag()
    }

    fn push_json(&self, out: &mut String, projection: &Projection, base: &str) {
        let version = self.etag().as_ref().map(ETag::to_quoted);
        let render = |piece| render_piece(self, piece, projection, base, version.as_deref());
        out.extend(PieceTexts::new(count_pieces(self), render));
    }

    fn into_text(self, projection: Projection, base: String) -> ResponseText {
        let version = self.etag().as_ref().map(ETag::to_quoted);
        let pieces = count_pieces(&self);
        let render =
            move |piece| render_piece(&self, piece, &projection, &base, version.as_deref());
        let texts = PieceTexts::new(pieces, render);
        match pieces {
            1 => ResponseText::Whole(texts.collect()),
            _ => ResponseText::Parts(Box::new(texts)),
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

/// The number of pieces in which a group is rendered.
fn count_pieces(group: &ScimGroup) -> usize {
    let members = group.members.as_ref().map_or(0, Vec::len);
    members.div_ceil(MEMBERS_PER_CHUNK).max(1)
}

/// The group with some of its members.
fn render_piece(
    group: &ScimGroup,
    piece: usize,
    projection: &Projection,
    base: &str,
    version: Option<&str>,
) -> Object {
    let ScimGroup { team, external_id, members } = group;
    let members = members.as_deref().map(|all| {
        let skipped = all.get(piece * MEMBERS_PER_CHUNK..);
        let rest = skipped.unwrap_or_default();
        rest.get(..MEMBERS_PER_CHUNK).unwrap_or(rest)
    });
    projection.apply(group::to_json(team, members, external_id.as_deref(), base, version))
}

/// Whether a response has members. Their roles are in the extension: without members,
/// they are only needed if the request names it.
fn needs_members(projection: &Projection) -> bool {
    projection.shows("members") || projection.names_extension()
}

pub(in crate::http) async fn create(client: Client, body: Body) -> ScimResult {
    conditional::reject_conditions(&client.request)?;
    let projection = parse_projection::<ScimGroup>(&client.request)?;
    let body = request::read_json(body).await?;
    write(client, StatusCode::CREATED, projection, move |app, caller, _, fixes| {
        groups::create(app, caller, &group::parse(&body, fixes)?).map(Some)
    })
    .await
}

pub(in crate::http) async fn get(client: Client) -> ScimResult {
    let (projection, id) =
        (parse_projection::<ScimGroup>(&client.request)?, client.parse_id("group")?);
    show(client, projection, move |app, caller, projection| {
        groups::get(app, caller, id, needs_members(projection))
    })
    .await
}

/// Responds with the group and its members, because a PUT names all of them.
pub(in crate::http) async fn replace(client: Client, body: Body) -> ScimResult {
    let projection = parse_projection::<ScimGroup>(&client.request)?;
    let (id, if_match) = (client.parse_id("group")?, conditional::parse_if_match(&client.request)?);
    let body = request::read_json(body).await?;
    write(client, StatusCode::OK, projection, move |app, caller, projection, fixes| {
        groups::change(app, caller, id, &if_match, &group::parse(&body, fixes)?)?;
        groups::get(app, caller, id, needs_members(projection)).map(Some)
    })
    .await
}

/// Responds with 204, because reading all members would cost more than changing some.
/// Returns the group if the request names attributes (RFC 7644, section 3.5.2), and to
/// a client of the dialect `STRICT` also if the group has no members.
pub(in crate::http) async fn update(client: Client, body: Body) -> ScimResult {
    let projection = parse_projection::<ScimGroup>(&client.request)?;
    let (id, if_match) = (client.parse_id("group")?, conditional::parse_if_match(&client.request)?);
    let body = request::read_json(body).await?;
    write(client, StatusCode::OK, projection, move |app, caller, projection, fixes| {
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

pub(in crate::http) async fn delete(client: Client) -> ScimResult {
    let (id, if_match) = (client.parse_id("group")?, conditional::parse_if_match(&client.request)?);
    client.run(move |app, caller| groups::delete(app, caller, id, &if_match)).await?;
    Ok(response::no_content().into_response())
}
