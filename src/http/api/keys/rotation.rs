//! `/api/v1/keys/{keyId}/rotate`.

use actix_web::{HttpResponse, web::Bytes};
use deserr::{Deserr, IntoValue, Value, ValuePointerRef};
use serde::Serialize;
use utoipa::ToSchema;

use super::schemas::{ApiKey, CreatedApiKey};
use crate::{
    app::api_keys,
    domain::{
        id::ApiKeyId,
        key_rotation::{DEFAULT_OVERLAP_SECONDS, MAX_OVERLAP_SECONDS, RotationOverlap},
    },
    http::{
        api::{
            ApiResult,
            body::{self, Body, BodyErrors},
            conditional, idempotency, partial_body,
            parts::{IntoPart, JoinParts},
            query,
        },
        auth::{Authorized, scope},
    },
};

/// Options of a rotation.
#[derive(Debug, Deserr, ToSchema)]
#[schema(rename_all = "camelCase")]
#[deserr(error = BodyErrors, rename_all = camelCase, deny_unknown_fields = unknown)]
pub(in crate::http::api) struct ApiKeyRotation {
    /// For how many seconds the old key stays valid: 7 days by default, at most
    /// 30 days. 0 ends it at once.
    #[schema(
        value_type = u32,
        required = false,
        minimum = 0,
        maximum = 2592000,
        default = 604800,
        example = 604800
    )]
    #[deserr(default)]
    overlap: OverlapSeconds,
}

/// The overlap, as a number of seconds.
#[derive(Debug, Default)]
struct OverlapSeconds(RotationOverlap);

/// A key that was rotated: the new key, and the old one.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RotatedApiKey {
    /// The new key: with the name, the scopes, the SCIM client and the lifetime of
    /// the old one.
    key: ApiKey,
    /// The secret of the new key. Send it as `Authorization: Bearer …`. It is shown only
    /// once: the replayed response to the same `Idempotency-Key` does not contain it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(
        nullable = false,
        pattern = "^usher_[A-Za-z0-9_-]{43}$",
        example = "usher_Zm9vYmFyYmF6cXV4Y29yZ2VncmF1bHRnYXJwbHl3YWw"
    )]
    secret: Option<String>,
    /// The old key. It is valid until its `expiresAt`.
    old_key: ApiKey,
}

const _: () = assert!(MAX_OVERLAP_SECONDS == 2_592_000 && DEFAULT_OVERLAP_SECONDS == 604_800);

impl Deserr<BodyErrors> for OverlapSeconds {
    fn deserialize_from_value<V: IntoValue>(
        value: Value<V>,
        location: ValuePointerRef<'_>,
    ) -> Result<Self, BodyErrors> {
        let seconds = match &value {
            Value::Integer(input) => Some(*input),
            // 1.0 is a whole number as well (JSON Schema, section 6.1.1).
            Value::Float(input) => parse_whole_number(*input),
            _ => None,
        };
        seconds
            .and_then(|seconds| RotationOverlap::from_seconds(seconds).ok())
            .map(Self)
            .ok_or_else(|| {
                let reason =
                    format!("must be a whole number of seconds from 0 to {MAX_OVERLAP_SECONDS}");
                BodyErrors::from_value(value, reason, location)
            })
    }
}

/// A whole number that no overlap exceeds.
fn parse_whole_number(number: f64) -> Option<u64> {
    let is_valid =
        number.fract() == 0.0 && (0.0..=f64::from(MAX_OVERLAP_SECONDS)).contains(&number);
    is_valid.then(|| format!("{number:.0}").parse().ok()).flatten()
}

fn unknown(key: &str, accepted: &[&str], location: ValuePointerRef<'_>) -> BodyErrors {
    body::unknown_field_error(&[], key, accepted, location)
}

/// Rotate an API key
///
/// Creates a key with the name, scopes, SCIM client (and so the external IDs) and
/// lifetime of this one. Only this response has its secret. The old key expires after the
/// `overlap`, and never later than before. A key may rotate itself. The new key can't
/// have a scope that the caller lacks, or outlive the caller's key. Each rotation of a
/// valid key creates one more key. The body may be left out.
#[utoipa::path(
    post,
    path = "/api/v1/keys/{keyId}/rotate",
    operation_id = "rotateKey",
    tag = "keys",
    params(("keyId" = Uuid, Path, description = "The ID of the key to rotate.")),
    request_body = Option<ApiKeyRotation>,
    responses(
        (status = 201, description = "The new key was created, and the old key expires.", body = RotatedApiKey, headers(
            ("ETag" = String, description = "The state of the new key."),
        )),
        (status = 409, description = "`already_expired`: the key has expired."),
        (status = 412, description = "`changed`: the key to rotate does not match `If-Match`."),
    ),
    extensions(("x-guarded" = json!(true))),
)]
pub(in crate::http) async fn rotate(auth: Authorized<scope::KeysWrite>, body: Body) -> ApiResult {
    let query = query::reject_parameters(&auth.request).or_default();
    let parts = (query, auth.parse_id::<ApiKeyId>("key").into_part()).join();
    let bytes = body.read_optional_json().await;
    let read = |_, bytes: Bytes| async move { partial_body::parse_values(&bytes).await };
    let rotate = |auth: Authorized<_>, (((), id), if_match), rotation: ApiKeyRotation| async move {
        let ApiKeyRotation { overlap: OverlapSeconds(overlap) } = rotation;
        let rotate =
            move |app: &_, caller: &_| api_keys::rotate(app, caller, id, &if_match, overlap);
        Ok(rotated_response(auth.run(rotate).await?))
    };
    let parts = idempotency::with_key_and_precondition(&auth.request, parts);
    idempotency::handle_once(auth, parts, bytes, read, rotate).await
}

impl From<api_keys::RotatedApiKey> for RotatedApiKey {
    /// With the secret of the new key.
    fn from(rotated: api_keys::RotatedApiKey) -> Self {
        let api_keys::RotatedApiKey { new, old } = rotated;
        let CreatedApiKey { key, secret } = new.into();
        Self { key, secret, old_key: old.into() }
    }
}

fn rotated_response(rotated: api_keys::RotatedApiKey) -> HttpResponse {
    let location = format!("/api/v1/keys/{}", rotated.new.key.key.id);
    let tag = api_keys::etag(&rotated.new.key);
    let mut body = RotatedApiKey::from(rotated);
    let response = conditional::created_response(&tag, &location, &body);
    body.secret = None;
    idempotency::with_replay_body(response, &body)
}
