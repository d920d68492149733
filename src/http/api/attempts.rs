//! `/api/v1/attempts`: login attempts with their checks and plans.

use actix_web::{
    HttpResponse,
    http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE},
};
use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::{OpenApi, ToSchema};
use uuid::Uuid;

use super::{
    ApiResult, conditional,
    page::{self, page_schema},
    plan::{Check, Outcome, Plan},
    query,
};
use crate::{
    app::attempts::{self, AttemptView},
    domain::{
        attempt::{Attempt as DomainAttempt, explain},
        etag::ETag,
        id::AttemptId,
        received_attribute::ReceivedAttribute as DomainReceived,
    },
    http::auth::{Authorized, scope},
};

/// The OpenAPI document of this module.
#[derive(OpenApi)]
#[openapi(paths(list, get, message))]
pub(super) struct Doc;

/// A summary of a login attempt.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct AttemptSummary {
    /// Never changes.
    id: Uuid,
    /// The reference that the error page shows.
    #[schema(pattern = "^[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}$", example = "7KQ3-M2XB-90FD")]
    reference: String,
    /// When the response arrived.
    at: DateTime<Utc>,
    /// The outcome of the login.
    outcome: Outcome,
    /// The reason for the outcome, in a sentence.
    explanation: String,
    /// The connection that received the message.
    connection: AttemptConnection,
    /// The user whom the login found or created. The user may have been deleted
    /// since. null if there was none.
    #[schema(required = true)]
    user: Option<AttemptUser>,
    /// The subject of the message, if its signature is valid, even if the login
    /// failed.
    #[schema(required = true)]
    subject: Option<String>,
    /// The e-mail address of the message, if its signature is valid, even if the
    /// login failed.
    #[schema(required = true)]
    email: Option<String>,
    /// Whether the message can be read.
    message_available: bool,
    /// The entity tag of the attempt, as in the header `ETag`.
    #[schema(example = "\"a26fafc8c4b5b0d5c84a47a2\"")]
    etag: String,
}

/// A login attempt with its checks and its plan.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Attempt {
    /// Never changes.
    id: Uuid,
    /// The reference that the error page shows.
    #[schema(pattern = "^[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}$", example = "7KQ3-M2XB-90FD")]
    reference: String,
    /// When the response arrived.
    at: DateTime<Utc>,
    /// The outcome of the login.
    outcome: Outcome,
    /// The reason for the outcome, in a sentence.
    explanation: String,
    /// The connection that received the message.
    connection: AttemptConnection,
    /// The user whom the login found or created. The user may have been deleted
    /// since. null if there was none.
    #[schema(required = true)]
    user: Option<AttemptUser>,
    /// The subject of the message, if its signature is valid, even if the login
    /// failed.
    #[schema(required = true)]
    subject: Option<String>,
    /// The e-mail address of the message, if its signature is valid, even if the
    /// login failed.
    #[schema(required = true)]
    email: Option<String>,
    /// Whether the message can be read.
    message_available: bool,
    /// The entity tag of the attempt, as in the header `ETag`.
    #[schema(example = "\"a26fafc8c4b5b0d5c84a47a2\"")]
    etag: String,
    /// Each check of the message, in order.
    checks: Vec<Check>,
    /// What the login did. null if a check failed.
    #[schema(required = true)]
    plan: Option<Plan>,
    /// The first 200 received attributes. null if the signature is not valid.
    #[schema(required = true)]
    received_attributes: Option<Vec<ReceivedAttribute>>,
}

/// An attribute that was received.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct ReceivedAttribute {
    /// Its `Name`. Empty if the attribute is encrypted.
    #[schema(example = "firstName")]
    name: String,
    /// Its `FriendlyName`, if there was one.
    #[schema(required = true, example = "givenName")]
    friendly_name: Option<String>,
    /// The number of its values.
    #[schema(value_type = i64, minimum = 0, example = 1)]
    value_count: usize,
    /// The values, if the plan used the attribute or the message is available; else
    /// null. If the message is not available, long values are shortened and long lists
    /// are cut.
    #[schema(required = true)]
    values: Option<Vec<String>>,
    /// Whether the attribute was encrypted individually (`EncryptedAttribute`), so that
    /// nothing else is known about it. It fails the login only if the login needs it.
    #[schema(example = false)]
    encrypted: bool,
}

/// The connection of an attempt.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct AttemptConnection {
    /// The connection's ID.
    id: Uuid,
}

/// The user of an attempt.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct AttemptUser {
    /// The user's ID.
    id: Uuid,
}

page_schema!(pub(super) AttemptPage, AttemptSummary, "A page of attempts.", "The attempts.");

impl From<&AttemptView> for AttemptSummary {
    fn from(AttemptView { attempt, has_message }: &AttemptView) -> Self {
        let DomainAttempt {
            id,
            account: _,
            connection,
            reference,
            at,
            outcome,
            user,
            subject,
            email,
            checks,
            plan,
            received: _,
        } = attempt;
        Self {
            id: id.as_uuid(),
            reference: reference.to_string(),
            at: *at,
            outcome: outcome.into(),
            explanation: explain(*outcome, Some(checks), plan.as_ref()),
            connection: AttemptConnection { id: connection.as_uuid() },
            user: user.map(|user| AttemptUser { id: user.as_uuid() }),
            subject: subject.clone(),
            email: email.clone(),
            message_available: *has_message,
            etag: entity_tag(*has_message).to_quoted(),
        }
    }
}

impl From<AttemptView> for AttemptSummary {
    fn from(view: AttemptView) -> Self {
        Self::from(&view)
    }
}

impl From<AttemptView> for Attempt {
    fn from(view: AttemptView) -> Self {
        let AttemptSummary {
            id,
            reference,
            at,
            outcome,
            explanation,
            connection,
            user,
            subject,
            email,
            message_available,
            etag,
        } = AttemptSummary::from(&view);
        let DomainAttempt { checks, plan, received, .. } = view.attempt;
        Self {
            id,
            reference,
            at,
            outcome,
            explanation,
            connection,
            user,
            subject,
            email,
            message_available,
            etag,
            checks: checks.iter().map(Check::from).collect(),
            plan: plan.map(Plan::from),
            received_attributes: received
                .map(|attributes| attributes.into_iter().map(ReceivedAttribute::from).collect()),
        }
    }
}

impl From<DomainReceived> for ReceivedAttribute {
    fn from(attribute: DomainReceived) -> Self {
        let DomainReceived { name, friendly_name, value_count, values, is_encrypted } = attribute;
        Self { name, friendly_name, value_count, values, encrypted: is_encrypted }
    }
}

/// List login attempts
///
/// Returns a page of attempts. The newest comes first, unless `sortOrder` says otherwise. To find the
/// attempt that a person quotes, filter by `reference eq "7KQ3-M2XB-90FD"`.
#[utoipa::path(
    get,
    path = "/api/v1/attempts",
    operation_id = "listAttempts",
    tag = "attempts",
    params(query::ListParams),
    responses((status = 200, description = "A page of attempts.", body = AttemptPage)),
)]
pub(in crate::http) async fn list(auth: Authorized<scope::AttemptsRead>) -> ApiResult {
    page::list::<AttemptPage, _, _>(&auth, attempts::list_page).await
}

/// Get a login attempt
///
/// Returns each check of the message, the received attributes, and the plan that was
/// applied.
#[utoipa::path(
    get,
    path = "/api/v1/attempts/{attemptId}",
    operation_id = "getAttempt",
    tag = "attempts",
    params(("attemptId" = Uuid, Path, description = "The attempt's ID.")),
    responses(
        (status = 200, description = "The attempt.", body = Attempt, headers(
            ("ETag" = String, description = "The state of the attempt."),
        )),
    ),
)]
pub(in crate::http) async fn get(auth: Authorized<scope::AttemptsRead>) -> ApiResult {
    let id = auth.parse_target::<AttemptId>("attempt")?;
    let view = auth.run(move |app, caller| attempts::get(app, caller, id)).await?;
    Ok(conditional::entity_response(
        &auth.request,
        &entity_tag(view.has_message),
        &Attempt::from(view),
    ))
}

/// Returns the entity tag. An attempt changes only when its message is deleted.
fn entity_tag(has_message: bool) -> ETag {
    ETag::from_parts([has_message])
}

/// Get the message of a login attempt
///
/// Returns the SAML response as it was posted, decoded from base64. It is retained for
/// `keepMessagesHours` of the connection. After that, the response is 404.
#[utoipa::path(
    get,
    path = "/api/v1/attempts/{attemptId}/message",
    operation_id = "getAttemptMessage",
    tag = "attempts",
    params(("attemptId" = Uuid, Path, description = "The attempt's ID.")),
    responses(
        (status = 200, description = "The message.", body = String, content_type = "application/xml", headers(
            ("Content-Disposition" = String, description = "The suggested file name."),
        )),
    ),
)]
pub(in crate::http) async fn message(auth: Authorized<scope::AttemptsRead>) -> ApiResult {
    let id = auth.parse_target::<AttemptId>("attempt")?;
    let (attempt, xml) =
        auth.run(move |app, caller| attempts::read_message(app, caller, id)).await?;
    let file = format!("attachment; filename=\"{}.xml\"", attempt.reference);
    Ok(HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, "application/xml"))
        // An attacker may have written it. A browser must save it, not show it.
        .insert_header((CONTENT_DISPOSITION, file))
        .insert_header((CACHE_CONTROL, "no-store"))
        .body(xml))
}
