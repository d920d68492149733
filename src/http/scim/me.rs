//! `/scim/v2/Me`: the signed-in user (RFC 7644, section 3.11). It needs the session of
//! an administrator, because an API key is not a user.

use super::{
    problem::ScimProblem,
    request::{Client, ScimResult},
    users,
};
use crate::{
    app::{Error, callers::Credential, scim::users::ChangeMethod},
    domain::id::UserId,
    http::api::body::Body,
};

fn session_user(client: &Client) -> Result<UserId, ScimProblem> {
    match &client.caller.credential {
        Credential::Session(signed_in) => Ok(signed_in.user.id),
        Credential::Key(proven) => Err(Error::not_found("user of the key", proven.key.id).into()),
        Credential::CommandLine => Err(Error::not_found("user of", "the command line").into()),
    }
}

pub(in crate::http) async fn get(client: Client) -> ScimResult {
    let id = session_user(&client)?;
    users::show_user(client, id).await
}

pub(in crate::http) async fn replace(client: Client, body: Body) -> ScimResult {
    let id = session_user(&client)?;
    users::change_user(client, id, body, ChangeMethod::Put).await
}

pub(in crate::http) async fn update(client: Client, body: Body) -> ScimResult {
    let id = session_user(&client)?;
    users::change_user(client, id, body, ChangeMethod::Patch).await
}

pub(in crate::http) async fn delete(client: Client) -> ScimResult {
    let id = session_user(&client)?;
    users::delete_user(client, id).await
}
