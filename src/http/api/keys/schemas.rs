//! The schemas of API keys.

use chrono::{DateTime, Utc};
use deserr::Deserr;
use secrecy::ExposeSecret;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    app::{
        api_keys::{self, KeyRecord, NewApiKey},
        callers::Caller,
    },
    domain::{
        Timestamp,
        api_key::{ApiKey as DomainKey, Scope as DomainScope},
        field_error::FieldError,
        id::ScimClientId,
        scim_client::ScimClient,
    },
    http::api::{
        body::{self, BodyErrors, BodyField, ParsedText},
        deprecation::SpelledValue,
        enums::{Dialect, Scope},
        fields::TimestampText,
        page::page_schema,
        readable_part::UnreadableFields,
    },
};

/// A key, without its secret.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ApiKey {
    /// Never changes.
    id: Uuid,
    /// The purpose of the key.
    #[schema(example = "Payroll")]
    name: String,
    /// The first characters of the key.
    #[schema(example = "usher_Zm9v")]
    hint: String,
    /// The scopes of the key.
    scopes: Vec<Scope>,
    /// The SCIM client of the key. null without the scope `scim`.
    #[schema(required)]
    scim_client: Option<KeyScimClient>,
    /// The dialect of its SCIM client. null if it has none. To change it, update the
    /// SCIM client.
    #[schema(required)]
    dialect: Option<Dialect>,
    /// When it was created.
    created_at: DateTime<Utc>,
    /// When the key expires. null: never. A rotation sets it.
    #[schema(example = "2036-01-01T00:00:00Z")]
    expires_at: Option<DateTime<Utc>>,
    /// The entity tag of the key, as in the header `ETag`. Send it as `If-Match`.
    #[schema(example = "\"v1\"")]
    etag: String,
    /// When it was last used, to the minute. It is recorded shortly after the request.
    last_used_at: Option<DateTime<Utc>>,
}

/// The SCIM client of a key.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(in crate::http::api) struct KeyScimClient {
    /// Its ID.
    id: Uuid,
    /// Its name.
    #[schema(example = "Okta")]
    name: String,
}

/// A key that was just created.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct CreatedApiKey {
    /// The key.
    pub(super) key: ApiKey,
    /// The secret. Send it as `Authorization: Bearer …`. It is shown only once: the
    /// replayed response to the same `Idempotency-Key` does not contain it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(
        nullable = false,
        pattern = "^usher_[A-Za-z0-9_-]{43}$",
        example = "usher_Zm9vYmFyYmF6cXV4Y29yZ2VncmF1bHRnYXJwbHl3YWw"
    )]
    pub(super) secret: Option<String>,
}

page_schema!(pub(super) ApiKeyPage, ApiKey, "A page of keys.", "The keys.");

/// A new key.
#[derive(Debug, Deserr, ToSchema)]
#[schema(rename_all = "camelCase")]
#[deserr(error = BodyErrors, rename_all = camelCase, deny_unknown_fields)]
pub(super) struct ApiKeyDraft {
    /// The purpose of the key.
    #[schema(
        value_type = String,
        required = true,
        min_length = 1,
        max_length = 255,
        pattern = "^[^\\x00-\\x1F\\x7F]*[^\\x00-\\x20\\x7F][^\\x00-\\x1F\\x7F]*$",
        example = "Payroll"
    )]
    #[deserr(default)]
    name: BodyField<String>,
    /// The scopes of the key. The caller must have each of them.
    #[schema(value_type = Vec<Scope>, required = true, min_items = 1)]
    #[deserr(default)]
    scopes: BodyField<Vec<Scope>>,
    /// The SCIM client of the key. If it is null or left out and the key has the scope
    /// `scim`, a new client is created. Not supported without that scope.
    #[schema(value_type = Option<Uuid>)]
    #[deserr(default)]
    scim_client_id: Option<ParsedText<ScimClientId>>,
    /// The dialect of a new SCIM client. STRICT if it is null or left out. Not supported
    /// together with `scimClientId`, or without the scope `scim`.
    #[schema(value_type = Option<Dialect>)]
    #[deserr(default)]
    dialect: Option<SpelledValue<Dialect>>,
    /// When the key expires; never if it is null or left out. Stored to the microsecond.
    #[schema(value_type = Option<DateTime<Utc>>, example = "2036-01-01T00:00:00Z")]
    #[deserr(default)]
    expires_at: Option<ParsedText<TimestampText>>,
}

impl From<KeyRecord> for ApiKey {
    fn from(record: KeyRecord) -> Self {
        let etag = api_keys::etag(&record).to_quoted();
        let KeyRecord { key, scim_client: client } = record;
        let DomainKey {
            id,
            account: _,
            name,
            hint,
            scopes,
            scim_client: _,
            created_at,
            expires_at,
            lifetime: _,
            last_used_at,
        } = key;
        Self {
            id: id.as_uuid(),
            name,
            hint,
            scopes: scopes.iter().map(Scope::from).collect(),
            dialect: client.as_ref().map(|client| client.dialect.into()),
            scim_client: client.map(KeyScimClient::from),
            etag,
            created_at,
            expires_at,
            last_used_at,
        }
    }
}

impl From<api_keys::CreatedApiKey> for CreatedApiKey {
    /// With its secret.
    fn from(created: api_keys::CreatedApiKey) -> Self {
        let api_keys::CreatedApiKey { key, text } = created;
        Self { key: key.into(), secret: Some(text.expose_secret().to_owned()) }
    }
}

impl From<ScimClient> for KeyScimClient {
    fn from(client: ScimClient) -> Self {
        Self { id: client.id.as_uuid(), name: client.name }
    }
}

impl ApiKeyDraft {
    /// Returns the key and whether the request uses a deprecated value, and
    /// everything that breaks a rule.
    pub(super) fn into_new(
        self,
        unread: &UnreadableFields,
        caller: &Caller,
        now: Timestamp,
    ) -> ((NewApiKey, bool), Vec<FieldError>) {
        let Self { name, scopes, scim_client_id, dialect, expires_at } = self;
        let is_deprecated = dialect.is_some_and(|dialect| dialect.is_old);
        let missing =
            [("name", name == BodyField::Absent), ("scopes", scopes == BodyField::Absent)];
        let missing = missing.into_iter().filter(|(_, is_missing)| *is_missing);
        let mut errors: Vec<_> = missing.map(|(field, _)| body::missing(field)).collect();
        let scopes = scopes.into_option().unwrap_or_default();
        let is_whole = !unread.contains("scopes");
        let has_client = scim_client_id.is_some() || dialect.is_some();
        // A scope that can't be read may be the one that the SCIM client needs.
        let scim = caller.scopes.contains(DomainScope::Scim).then_some(DomainScope::Scim);
        let scim = scim.filter(|_| !is_whole && has_client);
        let is_known = is_whole || scim.is_some();
        let new = NewApiKey {
            name: name.into_option().unwrap_or_default(),
            // Without a scope that can be read, nothing is wrong with the scopes.
            scopes: match scopes.is_empty() && !is_whole {
                true => caller.scopes.clone(),
                false => scopes.into_iter().map(DomainScope::from).chain(scim).collect(),
            },
            scim_client: scim_client_id.filter(|_| is_known).map(|ParsedText(id)| id),
            dialect: dialect.filter(|_| is_known).map(|dialect| dialect.value.into()),
            expires_at: expires_at.map(|ParsedText(TimestampText(until))| until),
        };
        let rules = api_keys::validate(caller, &new, now);
        let is_missing = |rule: &FieldError| errors.iter().any(|error| error.field == rule.field);
        let rules: Vec<_> = rules.into_iter().filter(|rule| !is_missing(rule)).collect();
        errors.extend(rules);
        ((new, is_deprecated), errors)
    }
}
