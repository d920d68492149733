//! The schemas of SCIM clients.

use std::str::FromStr;

use chrono::{DateTime, Utc};
use deserr::{Deserr, ValuePointerRef};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    app::scim_clients::{self, NewScimClient},
    domain::{
        api_key::Dialect as DomainDialect,
        compatibility_fix::FixCount,
        scim_client::ScimClient as DomainClient,
        text::{TextError, parse_line},
    },
    http::api::{
        body::{self, BodyErrors, BodyField, ParsedText},
        deprecation::SpelledValue,
        enums::Dialect,
        page::page_schema,
    },
};

/// An identity provider that pushes users and groups by SCIM.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ScimClient {
    /// Never changes.
    id: Uuid,
    /// Unique in the account, regardless of case.
    name: String,
    /// The SCIM dialect of the client.
    dialect: Dialect,
    /// When it was created.
    created_at: DateTime<Utc>,
    /// When its name or its dialect last changed.
    updated_at: DateTime<Utc>,
    /// The entity tag of the client, as in the header `ETag`. Send it as `If-Match`.
    #[schema(example = "\"v1\"")]
    etag: String,
}

page_schema!(pub(super) ScimClientPage, ScimClient, "A page of SCIM clients.", "The SCIM clients.");

/// A new SCIM client.
#[derive(Debug, Deserr, ToSchema)]
#[schema(rename_all = "camelCase")]
#[deserr(error = BodyErrors, rename_all = camelCase, deny_unknown_fields = unknown_field)]
pub(super) struct ScimClientDraft {
    /// Unique in the account, regardless of case. White space around it is
    /// dropped.
    #[schema(
        value_type = String,
        min_length = 1,
        max_length = 255,
        pattern = "^[^\\x00-\\x1F\\x7F]*[^\\x00-\\x20\\x7F][^\\x00-\\x1F\\x7F]*$"
    )]
    name: ParsedText<ScimClientName>,
    /// The SCIM dialect of the client. STRICT by default.
    #[schema(value_type = Dialect, required = false)]
    #[deserr(default)]
    dialect: BodyField<SpelledValue<Dialect>>,
}

/// Changes to a SCIM client.
#[derive(Debug, Deserr, ToSchema)]
#[schema(rename_all = "camelCase")]
#[deserr(error = BodyErrors, rename_all = camelCase, deny_unknown_fields = unknown_field)]
pub(super) struct ScimClientChanges {
    /// Unique in the account, regardless of case. White space around it is
    /// dropped.
    #[schema(
        value_type = String,
        required = false,
        min_length = 1,
        max_length = 255,
        pattern = "^[^\\x00-\\x1F\\x7F]*[^\\x00-\\x20\\x7F][^\\x00-\\x1F\\x7F]*$"
    )]
    #[deserr(default)]
    name: BodyField<ParsedText<ScimClientName>>,
    /// The SCIM dialect of the client, from its next request on.
    #[schema(value_type = Dialect, required = false)]
    #[deserr(default)]
    dialect: BodyField<SpelledValue<Dialect>>,
}

/// The name of a SCIM client.
#[derive(Debug)]
struct ScimClientName(String);

/// The compatibility fixes of requests of a SCIM client.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(in crate::http::api) struct CompatibilityFixList {
    /// The fixes, by kind.
    #[schema(max_items = 13)]
    pub(in crate::http::api) items: Vec<CompatibilityFixCount>,
}

/// The number of requests of a SCIM client that needed a compatibility fix.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct CompatibilityFixCount {
    /// The kind of fix, as in the header `Usher-Compatibility-Fixes`.
    #[schema(example = "operation-case")]
    fix: &'static str,
    /// The number of requests.
    #[schema(minimum = 1, example = 17)]
    times: u64,
    /// The time of the latest request.
    last_at: DateTime<Utc>,
}

fn unknown_field(key: &str, accepted: &[&str], location: ValuePointerRef<'_>) -> BodyErrors {
    body::unknown_field_error(&["id", "createdAt", "updatedAt", "etag"], key, accepted, location)
}

impl FromStr for ScimClientName {
    type Err = TextError;

    fn from_str(text: &str) -> Result<Self, TextError> {
        parse_line(text).map(|name| Self(name.to_owned()))
    }
}

impl From<DomainClient> for ScimClient {
    fn from(client: DomainClient) -> Self {
        let etag = client.etag().to_quoted();
        // The version is in the entity tag.
        let DomainClient { id, account: _, name, dialect, created_at, updated_at, version: _ } =
            client;
        Self { id: id.as_uuid(), name, dialect: dialect.into(), created_at, updated_at, etag }
    }
}

impl ScimClientDraft {
    /// Whether the request uses what is deprecated.
    pub(super) fn is_deprecated(&self) -> bool {
        self.dialect.is_old()
    }
}

impl ScimClientChanges {
    /// Whether the request uses what is deprecated.
    pub(super) fn is_deprecated(&self) -> bool {
        self.dialect.is_old()
    }
}

impl From<ScimClientDraft> for NewScimClient {
    fn from(draft: ScimClientDraft) -> Self {
        let ScimClientDraft { name: ParsedText(ScimClientName(name)), dialect } = draft;
        let dialect = dialect.into_option().map_or(DomainDialect::Strict, |it| it.value.into());
        Self { name, dialect }
    }
}

impl From<ScimClientChanges> for scim_clients::ScimClientChanges {
    fn from(changes: ScimClientChanges) -> Self {
        let ScimClientChanges { name, dialect } = changes;
        Self {
            name: name.into_option().map(|ParsedText(ScimClientName(name))| name),
            dialect: dialect.into_option().map(|dialect| dialect.value.into()),
        }
    }
}

impl From<FixCount> for CompatibilityFixCount {
    fn from(count: FixCount) -> Self {
        let FixCount { fix, request_count, last_at } = count;
        Self { fix: fix.as_str(), times: request_count, last_at }
    }
}
