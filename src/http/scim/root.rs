//! `POST /scim/v2/.search`: users and groups in one list (RFC 7644, section 3.4.3).

use actix_web::{HttpRequest, HttpResponse, http::StatusCode};

use super::{
    groups,
    problem::ScimProblem,
    reply,
    request::{self, Client},
    users,
};
use crate::{
    app::scim::{
        base_url,
        search::{self as use_case, Resource},
    },
    http::api::body::Body,
    scim::{
        project::Projection,
        schema::{GROUPS, USERS},
        search,
    },
};

pub(in crate::http) async fn search(
    client: Client,
    request: HttpRequest,
    body: Body,
) -> Result<HttpResponse, ScimProblem> {
    let (search, fixes) = request::posted(&client, body).await?;
    let projection = |kind| Projection::read(kind, &search.attributes, &search.excluded);
    let (of_user, of_group) = (projection(&USERS)?, projection(&GROUPS)?);
    let (page, fixes) = request::run(client, fixes, move |app, caller, fixes| {
        let members = of_group.shows("members");
        let (found, total) = use_case::list(app, caller, &search, members, fixes)?;
        let base = base_url(app);
        let push = |out: &mut String, one: &Resource| match one {
            Resource::User(user) => users::push(out, user, &of_user, &base),
            Resource::Group(group) => groups::push(out, group, &of_group, &base),
        };
        Ok(search::page(&found, push, Some(total), Some(search.start), None))
    })
    .await?;
    Ok(reply::text(StatusCode::OK, page).with_fixes(&request, &fixes).sent())
}
