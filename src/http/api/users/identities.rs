//! `/api/v1/users/{userId}/identities/{identityId}`: the identities of a user.

use super::super::{
    ApiResult, conditional, parse_id,
    parts::{IntoPart, JoinParts},
    query,
};
use crate::{
    app::users,
    http::{
        auth::{Authorized, scope},
        problem::CombineResults,
    },
};

/// Unlink an identity from a user
///
/// Ends the user's sessions through the connection. The next login through it with the
/// user's e-mail address links a new identity, which resolves the denial
/// `IDENTITY_CONFLICT`. Verify first that it is the same person. `If-Match` takes the
/// `ETag` of the user.
#[utoipa::path(
    delete,
    path = "/api/v1/users/{userId}/identities/{identityId}",
    operation_id = "unlinkIdentity",
    tag = "users",
    params(
        ("userId" = Uuid, Path, description = "The user's ID."),
        ("identityId" = Uuid, Path, description = "The identity's ID, as in `identities` of the user."),
    ),
    responses((status = 204, description = "The identity was unlinked.")),
)]
pub(in crate::http) async fn unlink(auth: Authorized<scope::UsersWrite>) -> ApiResult {
    let (user, identity): (String, String) = auth.path();
    let ids = (parse_id("user", &user), parse_id("identity of this user", &identity)).combine();
    let query = query::reject_parameters(&auth.request).or_default();
    let if_match = conditional::parse_if_match(&auth.request).or_default();
    let unlink =
        |app: &_, caller: &_, ((), ids, if_match)| users::unlink(app, caller, ids, &if_match);
    (query, ids.into_part(), if_match).join().delete(auth, unlink).await
}
