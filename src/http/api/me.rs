//! `/api/v1/me`: the caller.

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::json;
use utoipa::{OpenApi, ToSchema};
use uuid::Uuid;

use super::{
    ApiResult, conditional,
    enums::{AccountRole, Scope},
    query,
};
use crate::{
    app::{
        accounts,
        callers::{Caller as DomainCaller, Credential},
    },
    domain::{account::Account, api_key::ApiKey, etag::ETag, user::User},
    http::auth::{Authorized, scope},
};

/// The OpenAPI document of this module.
#[derive(OpenApi)]
#[openapi(paths(get))]
pub(super) struct Doc;

/// The caller of the API: a key or a signed-in administrator.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Caller {
    /// The kind of the caller.
    kind: CallerKind,
    /// The key. null for a session.
    #[schema(required)]
    key: Option<CallerKey>,
    /// The signed-in administrator. null for a key.
    #[schema(required)]
    user: Option<CallerUser>,
    /// The account of the caller.
    account: CallerAccount,
    /// The scopes of the caller.
    scopes: Vec<Scope>,
    /// The entity tag of the caller, as in the header `ETag`.
    #[schema(example = "\"a26fafc8c4b5b0d5c84a47a2\"")]
    etag: String,
}

/// `API_KEY`: a program with a key. `USER`: an administrator who is signed in.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(super) enum CallerKind {
    ApiKey,
    User,
}

/// The key of a caller.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct CallerKey {
    /// The key's ID.
    id: Uuid,
    /// The purpose of the key.
    name: String,
    /// When the key expires. null: never.
    #[schema(required)]
    expires_at: Option<DateTime<Utc>>,
}

/// The user of the session.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct CallerUser {
    /// The user's ID.
    id: Uuid,
    /// The user's e-mail address.
    email: String,
    /// The user's first name.
    first_name: String,
    /// The user's last name.
    last_name: String,
    /// The role in the account.
    role: AccountRole,
}

/// The account of a caller.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct CallerAccount {
    /// The account's ID.
    id: Uuid,
    /// The name of the account in URLs.
    slug: String,
    /// The display name.
    name: String,
}

impl Caller {
    fn new(caller: &DomainCaller, account: Account) -> Self {
        let (kind, key, user) = match &caller.credential {
            Credential::Key(proven) => (CallerKind::ApiKey, Some((&proven.key).into()), None),
            Credential::Session(session) => (CallerKind::User, None, Some((&session.user).into())),
            // No request comes from the command line.
            Credential::CommandLine => (CallerKind::ApiKey, None, None),
        };
        let Account { id, slug, name, .. } = account;
        let account = CallerAccount { id: id.as_uuid(), slug, name };
        let scopes = caller.scopes.iter().map(Scope::from).collect();
        let mut caller = Self { kind, key, user, account, scopes, etag: String::new() };
        caller.etag = caller.entity_tag().to_quoted();
        caller
    }

    /// The entity tag of everything else.
    fn entity_tag(&self) -> ETag {
        let Self { kind, key, user, account, scopes, etag: _ } = self;
        ETag::from_parts([json!([kind, key, user, account, scopes])])
    }
}

impl From<&ApiKey> for CallerKey {
    fn from(key: &ApiKey) -> Self {
        Self { id: key.id.as_uuid(), name: key.name.clone(), expires_at: key.expires_at }
    }
}

impl From<&User> for CallerUser {
    fn from(user: &User) -> Self {
        Self {
            id: user.id.as_uuid(),
            email: user.email.to_string(),
            first_name: user.profile.first_name.clone(),
            last_name: user.profile.last_name.clone(),
            role: user.role.into(),
        }
    }
}

/// Get the caller
///
/// Returns the key, or the user of the session, with its account and scopes.
#[utoipa::path(
    get,
    path = "/api/v1/me",
    operation_id = "getMe",
    tag = "me",
    responses((status = 200, description = "The caller.", body = Caller, headers(("ETag" = String)))),
)]
pub(in crate::http) async fn get(auth: Authorized<scope::NoScope>) -> ApiResult {
    query::reject_parameters(&auth.request)?;
    let caller =
        auth.run(|app, caller| Ok(Caller::new(caller, accounts::get(app, caller)?))).await?;
    Ok(conditional::entity_response(&auth.request, &caller.entity_tag(), &caller))
}
