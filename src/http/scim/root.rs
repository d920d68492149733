//! `POST /scim/v2/.search`: users and groups in one list (RFC 7644, section
//! 3.4.3), the users first.

use actix_web::{HttpRequest, HttpResponse, http::StatusCode};

use super::{
    groups,
    problem::ScimProblem,
    reply,
    request::{self, Client},
    users,
};
use crate::{
    app::scim::{self, Kind, ListRequest, Start, groups::ScimGroup, users::ScimUser},
    domain::lists::{TeamAttribute, UserAttribute},
    http::api::body::Body,
    scim::{
        compatibility::CompatibilityFixes,
        error::ScimErrorType,
        project::Projection,
        schema::{GROUPS, USERS},
        search::{self, Search, Searched},
    },
};

pub(in crate::http) async fn search(
    client: Client,
    request: HttpRequest,
    body: Body,
) -> Result<HttpResponse, ScimProblem> {
    let (search, fixes) = request::posted(&client, body).await?;
    if search.sort_by.is_some() || search.cursor.is_some() {
        let detail =
            "over all resources there is no order and no cursor: search each kind by itself";
        return Err(ScimErrorType::InvalidValue.because(detail).into());
    }
    let work =
        move |client: &Client, fixes: &mut CompatibilityFixes| search_all(client, &search, fixes);
    let (page, fixes) = request::run_with(client, fixes, work).await?;
    Ok(reply::text(StatusCode::OK, page).with_fixes(&request, &fixes).sent())
}

fn search_all(
    client: &Client,
    search: &Search,
    fixes: &mut CompatibilityFixes,
) -> Result<String, ScimProblem> {
    let projection = |kind| Projection::read(kind, &search.attributes, &search.excluded);
    let of_users = search_one::<UserAttribute>(client, Kind::Users, search, fixes)?;
    let of_groups = search_one::<TeamAttribute>(client, Kind::Groups, search, fixes)?;
    if of_users.is_none() && of_groups.is_none() {
        let detail = "neither users nor groups have what the filter asks for";
        return Err(ScimErrorType::InvalidFilter.because(detail).into());
    }
    let (of_user, of_group) = (projection(&USERS)?, projection(&GROUPS)?);
    let (mut behind, mut left) = (search.start - 1, search.count);
    let (mut found, mut total) = (Vec::new(), 0);
    if let Some(request) = of_users {
        let request = ListRequest { start: Start::Behind(behind), count: left, ..request };
        let listed = scim::users::list(&client.app, &client.caller, &request)?;
        found.extend(listed.items.into_iter().map(Box::new).map(Found::User));
        total += listed.total.unwrap_or_default();
        let view = u32::try_from(found.len()).unwrap_or(u32::MAX);
        // Groups follow behind the last user alone.
        let is_last = behind + u64::from(view) >= total;
        left = if is_last { left.saturating_sub(view) } else { 0 };
        behind = behind.saturating_sub(total);
    }
    if let Some(request) = of_groups {
        let members = of_group.shows("members");
        let request = ListRequest { start: Start::Behind(behind), count: left, ..request };
        let listed = scim::groups::list(&client.app, &client.caller, &request, members)?;
        found.extend(listed.items.into_iter().map(Found::Group));
        total += listed.total.unwrap_or_default();
    }
    let push = |out: &mut String, one: &Found| match one {
        Found::User(user) => users::push(out, user, &of_user, &request::base(&client.app)),
        Found::Group(group) => groups::push(out, group, &of_group, &request::base(&client.app)),
    };
    Ok(search::page(&found, push, Some(total), Some(search.start), None))
}

/// What is on the list.
enum Found {
    User(Box<ScimUser>),
    Group(ScimGroup),
}

/// What is asked of one kind of resources. Of a kind that does not have the
/// attributes of the filter, none meets it.
fn search_one<A: Searched>(
    client: &Client,
    of: Kind,
    search: &Search,
    fixes: &mut CompatibilityFixes,
) -> Result<Option<ListRequest<A>>, ScimProblem> {
    let filter = search::filter::<A>(search, fixes)?;
    match filter.is_none_or(|filter| search::knows::<A>(&filter)) {
        true => request::list_request(client, of, search, fixes).map(Some),
        false => Ok(None),
    }
}
