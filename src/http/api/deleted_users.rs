//! `/api/v1/deleted-users`: deleted users. A login re-creates them only if the account has
//! `recreateDeleted`.

use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::{OpenApi, ToSchema};
use uuid::Uuid;

use super::{
    ApiResult, conditional,
    page::{self, page_schema},
    query,
};
use crate::{
    app::deleted_users,
    domain::{id::UserId, user::DeletedUser as DomainDeletedUser},
    http::auth::{Authorized, scope},
};

/// The OpenAPI document of this module.
#[derive(OpenApi)]
#[openapi(paths(list, get, delete))]
pub(super) struct Doc;

/// A deleted user. A login re-creates the user only if the account has `recreateDeleted`.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct DeletedUser {
    /// The ID of the user who was deleted.
    id: Uuid,
    /// The e-mail address of the user.
    #[schema(example = "ada.lovelace@example.com")]
    email: String,
    /// When the user was deleted.
    deleted_at: DateTime<Utc>,
    /// The entity tag of the deleted user, as in the header `ETag`.
    #[schema(example = "\"a26fafc8c4b5b0d5c84a47a2\"")]
    etag: String,
}

page_schema!(pub(super) DeletedUserPage, DeletedUser, "A page of deleted users.", "The deleted users.");

impl From<DomainDeletedUser> for DeletedUser {
    fn from(user: DomainDeletedUser) -> Self {
        let etag = deleted_users::etag(&user).to_quoted();
        let DomainDeletedUser { id, account: _, email, deleted_at } = user;
        Self { id: id.as_uuid(), email: email.to_string(), deleted_at, etag }
    }
}

/// List deleted users
///
/// Returns a page of deleted users. They can't log in, unless the account allows logins to
/// create deleted users again (`recreateDeleted`).
#[utoipa::path(
    get,
    path = "/api/v1/deleted-users",
    operation_id = "listDeletedUsers",
    tag = "users",
    params(query::ListParams),
    responses((status = 200, description = "A page of deleted users.", body = DeletedUserPage)),
)]
pub(in crate::http) async fn list(auth: Authorized<scope::UsersRead>) -> ApiResult {
    page::list::<DeletedUserPage, _, _>(&auth, deleted_users::list).await
}

/// Get a deleted user
///
/// Returns the e-mail address of the deleted user, and when the user was deleted.
#[utoipa::path(
    get,
    path = "/api/v1/deleted-users/{userId}",
    operation_id = "getDeletedUser",
    tag = "users",
    params(("userId" = Uuid, Path, description = "The ID of the user who was deleted.")),
    responses(
        (status = 200, description = "The deleted user.", body = DeletedUser, headers(("ETag" = String))),
    ),
)]
pub(in crate::http) async fn get(auth: Authorized<scope::UsersRead>) -> ApiResult {
    let id = auth.parse_target::<UserId>("deleted user")?;
    let user = auth.run(move |app, caller| deleted_users::get(app, caller, id)).await?;
    Ok(conditional::entity_response(
        &auth.request,
        &deleted_users::etag(&user),
        &DeletedUser::from(user),
    ))
}

/// Remove a user from the deleted users
///
/// Removes the user from the deleted users. Then the next login with the e-mail address creates
/// a new user. Creating a user with the address has the same effect.
#[utoipa::path(
    delete,
    path = "/api/v1/deleted-users/{userId}",
    operation_id = "deleteDeletedUser",
    tag = "users",
    params(("userId" = Uuid, Path, description = "The ID of the user who was deleted.")),
    responses((status = 204, description = "The user was removed from the deleted users.")),
)]
pub(in crate::http) async fn delete(auth: Authorized<scope::UsersWrite>) -> ApiResult {
    let target = auth.parse_guarded_target::<UserId>("deleted user");
    let delete =
        |app: &_, caller: &_, (id, if_match)| deleted_users::delete(app, caller, id, &if_match);
    target.delete(auth, delete).await
}
