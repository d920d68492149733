//! `/api/v1/account`: the account that the caller administers.

use actix_web::web;
use chrono::{DateTime, Utc};
use deserr::{Deserr, ValuePointerRef};
use serde::Serialize;
use utoipa::{OpenApi, ToSchema};
use uuid::Uuid;

use super::{
    ApiResult,
    body::{self, Body, BodyErrors, BodyField, ParsedText},
    conditional,
    enums::named,
    fields::{LineValue, TextValue},
    partial_body,
    parts::{IntoPart, JoinParts},
    query,
    read_back::{CurrentResource, UnchangedFields, UpdateBody, parse_update},
};
use crate::{
    app::accounts,
    domain::{
        account::Account as DomainAccount, field_error::FieldError, field_patch::FieldPatch,
        text::MAX_CHARS,
    },
    http::auth::{Authorized, scope},
};

/// The OpenAPI document of this module.
#[derive(OpenApi)]
#[openapi(paths(get, update))]
pub(super) struct Doc;

/// An account.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Account {
    /// Never changes.
    id: Uuid,
    /// The name of the account in URLs. Never changes.
    slug: String,
    /// The display name, as on the sign-in page.
    name: String,
    /// The contact for people who can't log in, on the error page: an e-mail address, a URL, or
    /// a short text.
    #[schema(required)]
    contact: Option<String>,
    /// Whether a login may create a deleted user again. If not, a deleted user can't
    /// log in until an administrator allows it.
    recreate_deleted: bool,
    /// When it was created.
    created_at: DateTime<Utc>,
    /// When it last changed.
    updated_at: DateTime<Utc>,
    /// The entity tag of the account, as in the header `ETag`. Send it as
    /// `If-Match`.
    #[schema(example = "\"v1\"")]
    etag: String,
    /// Deprecated: use `etag`. Grows by one with each change.
    #[schema(minimum = 1)]
    version: i64,
}

/// Changes to an account.
#[derive(Debug, Deserr, ToSchema)]
#[schema(rename_all = "camelCase")]
#[deserr(error = BodyErrors, rename_all = camelCase, deny_unknown_fields = unknown_field)]
pub(super) struct AccountChanges {
    /// The display name, as on the sign-in page. White space around it is dropped.
    #[schema(
        value_type = String,
        required = false,
        min_length = 1,
        max_length = 255,
        pattern = "^[^\\x00-\\x1F\\x7F]*[^\\x00-\\x20\\x7F][^\\x00-\\x1F\\x7F]*$"
    )]
    #[deserr(default)]
    name: BodyField<ParsedText<LineValue>>,
    /// The contact for people who can't log in. null or an empty string clears it.
    #[schema(
        value_type = Option<String>,
        max_length = 255,
        pattern = "^[^\\x00-\\x1F\\x7F]*$"
    )]
    #[deserr(default)]
    contact: FieldPatch<ParsedText<TextValue<MAX_CHARS>>>,
    /// Whether a login may create a deleted user again.
    #[schema(value_type = bool, required = false)]
    #[deserr(default)]
    recreate_deleted: BodyField<bool>,
    /// The names of fields to clear, for clients that can't send null. A field can't be both
    /// set and cleared in one request.
    #[schema(value_type = Vec<ClearableAccountField>, required = false, example = json!([]))]
    #[deserr(default)]
    clear: BodyField<Vec<ClearableAccountField>>,
}

named! {
    /// A field of an account that can be cleared.
    ClearableAccountField {
        Contact = "contact",
    }
}

impl AccountChanges {
    /// The changes, with each field of `clear` set to null, and the errors of fields that
    /// are set as well.
    fn into_cleared(mut self) -> (Self, Vec<FieldError>) {
        let clear = std::mem::take(&mut self.clear);
        let errors = body::clear_fields(clear, |ClearableAccountField::Contact| {
            ("contact", self.contact.clear())
        });
        (self, errors)
    }
}

fn unknown_field(key: &str, accepted: &[&str], location: ValuePointerRef<'_>) -> BodyErrors {
    body::unknown_field_error(
        &["id", "slug", "createdAt", "updatedAt", "etag", "version"],
        key,
        accepted,
        location,
    )
}

impl From<DomainAccount> for Account {
    fn from(account: DomainAccount) -> Self {
        let etag = accounts::etag(&account).to_quoted();
        let DomainAccount {
            id,
            slug,
            name,
            contact,
            recreate_deleted,
            created_at,
            updated_at,
            version,
        } = account;
        let id = id.as_uuid();
        Self { id, slug, name, contact, recreate_deleted, created_at, updated_at, etag, version }
    }
}

impl From<AccountChanges> for accounts::AccountChanges {
    fn from(changes: AccountChanges) -> Self {
        let AccountChanges { name, contact, recreate_deleted, clear: _ } = changes;
        Self {
            name: name.into_option().map(|ParsedText(LineValue(name))| name),
            contact: match contact {
                FieldPatch::Keep => None,
                FieldPatch::Clear => Some(None),
                FieldPatch::Set(ParsedText(TextValue(contact))) => Some(contact),
            },
            recreate_deleted: recreate_deleted.into_option(),
        }
    }
}

/// Get the account
///
/// Returns the account of the key or the session.
#[utoipa::path(
    get,
    path = "/api/v1/account",
    operation_id = "getAccount",
    tag = "account",
    responses((status = 200, description = "The account.", body = Account, headers(("ETag" = String)))),
)]
pub(in crate::http) async fn get(auth: Authorized<scope::AccountRead>) -> ApiResult {
    query::reject_parameters(&auth.request)?;
    let account = auth.run(accounts::get).await?;
    Ok(conditional::entity_response(
        &auth.request,
        &accounts::etag(&account),
        &Account::from(account),
    ))
}

/// Update the account
///
/// A field that is left out keeps its value.
#[utoipa::path(
    patch,
    path = "/api/v1/account",
    operation_id = "updateAccount",
    tag = "account",
    request_body(content = AccountChanges, content_type = "application/merge-patch+json"),
    responses((status = 200, description = "The updated account.", body = Account)),
)]
pub(in crate::http) async fn update(
    auth: Authorized<scope::AccountWrite>,
    body: Body,
) -> ApiResult {
    let parse = async |bytes: &web::Bytes, _: &UnchangedFields| {
        partial_body::parse(bytes, |changes: AccountChanges, _| changes.into_cleared()).await
    };
    let current = async || {
        let account = auth.run(accounts::get).await?;
        let (id, etag) = (account.id, accounts::etag(&account));
        Ok(CurrentResource::new("account", id, Account::from(account), etag))
    };
    let bytes = body.read_merge_patch().await;
    let changes = parse_update(&auth.request, bytes, parse, current).await;
    let query = query::reject_parameters(&auth.request).or_default();
    let parts = (query, conditional::parse_if_match(&auth.request).or_default(), changes).join();
    let update = async |auth: Authorized<_>, ((), if_match, changes): ((), _, UpdateBody<_>)| {
        let (changes, if_match) = changes.with_precondition(if_match);
        let changes: accounts::AccountChanges = AccountChanges::into(changes);
        let update = move |app: &_, caller: &_| accounts::update(app, caller, &if_match, &changes);
        let account = auth.run(update).await?;
        Ok(conditional::updated_response(&accounts::etag(&account), &Account::from(account)))
    };
    parts.run(auth, update).await
}
