//! `POST /scim/v2/.search`: users and groups in one list (RFC 7644, section 3.4.3).

use actix_web::http::StatusCode;

use super::{
    request::{self, Client, ScimResult},
    resource::Resource as _,
    response,
};
use crate::{
    app::scim::{
        base_url,
        search::{self as use_case, Resource},
    },
    http::api::body::Body,
    scim::{
        projection::Projection,
        schema::{GROUPS, USERS},
        search,
    },
};

pub(in crate::http) async fn search(client: Client, body: Body) -> ScimResult {
    let (search, fixes) = request::parse_posted_search(&client, body).await?;
    let projection = |kind| Projection::parse(kind, &search.attributes, &search.excluded);
    let (user_projection, group_projection) = (projection(&USERS)?, projection(&GROUPS)?);
    let (page, fixes) = request::run_counted(&client, fixes, move |app, caller, fixes| {
        let members = group_projection.shows("members");
        let (found, total) = use_case::list(app, caller, &search, members, fixes)?;
        let base = base_url(app);
        let push = |out: &mut String, one: &Resource| match one {
            Resource::User(user) => user.push_json(out, &user_projection, &base),
            Resource::Group(group) => group.push_json(out, &group_projection, &base),
        };
        Ok(search::render_page(&found, push, Some(total), Some(search.start_index), None))
    })
    .await?;
    Ok(response::text_response(StatusCode::OK, page)
        .with_fixes(&client.request, &fixes)
        .into_response())
}
