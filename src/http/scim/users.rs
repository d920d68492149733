//! `/scim/v2/Users`.

use actix_web::http::StatusCode;

use super::{
    request::{self, Client, ScimResult},
    resource::{Resource, parse_projection, show, write},
    response,
};
use crate::{
    app::{
        App, Error,
        callers::Caller,
        scim::{
            lists::ScimPage,
            users::{self, ChangeMethod, ScimUser},
        },
    },
    domain::{etag::ETag, id::UserId},
    http::api::{body::Body, conditional},
    scim::{
        compatibility::CompatibilityFixes,
        projection::Projection,
        schema::{ResourceType, USERS},
        search::SearchQuery,
        serialize,
    },
};

impl Resource for ScimUser {
    const TYPE: &'static ResourceType<'static> = &USERS;

    fn id(&self) -> String {
        self.record.user.id.to_string()
    }

    fn etag(&self) -> Option<ETag> {
        Some(self.etag())
    }

    fn push_json(&self, out: &mut String, projection: &Projection, base: &str) {
        serialize::push_object(out, projection.apply(self.to_json(base)));
    }

    fn list(
        app: &App,
        caller: &Caller,
        search: &SearchQuery,
        _: &Projection,
        fixes: &mut CompatibilityFixes,
    ) -> Result<ScimPage<Self>, Error> {
        users::list(app, caller, search, fixes)
    }
}

pub(in crate::http) async fn create(client: Client, body: Body) -> ScimResult {
    conditional::reject_conditions(&client.request)?;
    let projection = parse_projection::<ScimUser>(&client.request)?;
    let body = request::read_json(body).await?;
    write(client, StatusCode::CREATED, projection, move |app, caller, _, fixes| {
        users::create(app, caller, &body, fixes).map(Some)
    })
    .await
}

pub(in crate::http) async fn get(client: Client) -> ScimResult {
    let id = client.parse_id("user")?;
    show_user(client, id).await
}

/// Shows a user.
pub(super) async fn show_user(client: Client, id: UserId) -> ScimResult {
    let projection = parse_projection::<ScimUser>(&client.request)?;
    show(client, projection, move |app, caller, _| users::get(app, caller, id)).await
}

pub(in crate::http) async fn replace(client: Client, body: Body) -> ScimResult {
    let id = client.parse_id("user")?;
    change_user(client, id, body, ChangeMethod::Put).await
}

pub(in crate::http) async fn update(client: Client, body: Body) -> ScimResult {
    let id = client.parse_id("user")?;
    change_user(client, id, body, ChangeMethod::Patch).await
}

/// Changes a user as a body says, and shows them.
pub(super) async fn change_user(
    client: Client,
    id: UserId,
    body: Body,
    method: ChangeMethod,
) -> ScimResult {
    let projection = parse_projection::<ScimUser>(&client.request)?;
    let if_match = conditional::parse_if_match(&client.request)?;
    let body = request::read_json(body).await?;
    write(client, StatusCode::OK, projection, move |app, caller, _, fixes| {
        users::change(app, caller, id, &if_match, (method, &body), fixes).map(Some)
    })
    .await
}

pub(in crate::http) async fn delete(client: Client) -> ScimResult {
    let id = client.parse_id("user")?;
    delete_user(client, id).await
}

/// Deletes a user.
pub(in crate::http) async fn delete_user(client: Client, id: UserId) -> ScimResult {
    let if_match = conditional::parse_if_match(&client.request)?;
    client.run(move |app, caller| users::delete(app, caller, id, &if_match)).await?;
    Ok(response::no_content().into_response())
}
