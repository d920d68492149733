//! `/api/v1/connections/{connectionId}/preview`: previews of logins.

use std::collections::BTreeMap;

use actix_web::HttpResponse;
use deserr::{Deserr, IntoValue, Map, MergeWithError, Value, ValuePointerRef, take_cf_content};
use serde::Serialize;
use utoipa::{
    OpenApi, PartialSchema, ToSchema,
    openapi::{ArrayBuilder, ObjectBuilder, RefOr, Schema, schema::Type},
};
use uuid::Uuid;

use super::{
    ApiResult,
    body::{self, Body, BodyErrors, ParsedText},
    conditional,
    enums::{AccountRole, UserStatus},
    parts::{IntoPart, JoinParts},
    plan::{Check, Outcome, Plan},
    query,
};
use crate::{
    app::{
        self,
        preview::{self, PreviewSource},
    },
    domain::{
        attributes::{Attribute, Attributes},
        field_error::{FieldError, Reason},
        id::{AttemptId, ConnectionId},
        provisioning::Subject,
        user::User,
    },
    http::auth::{Authorized, scope},
};

/// The most attributes, and the most values of one attribute. No message can contain
/// more.
const MAX_ATTRIBUTES: usize = 3_000;

/// The OpenAPI document of this module.
#[derive(OpenApi)]
#[openapi(paths(create))]
pub(super) struct Doc;

/// The login to preview. Send exactly one of `samlResponse`, `assertion` and
/// `attemptId`.
#[derive(Debug, Deserr, ToSchema)]
#[schema(rename_all = "camelCase")]
#[deserr(error = BodyErrors, rename_all = camelCase, deny_unknown_fields)]
pub(super) struct PreviewRequest {
    /// Previews the login of a SAML response: the form field `SAMLResponse`, base64 of
    /// XML. null counts as left out.
    #[schema(format = "saml-response")]
    #[deserr(default)]
    saml_response: Option<String>,
    /// Previews the login of an assertion with these values, in a valid message. null
    /// counts as left out.
    #[deserr(default)]
    assertion: Option<PreviewAssertion>,
    /// Previews the login of an attempt on this connection. Its message is checked again
    /// by the current rules, and must still be available. null counts as left out.
    #[schema(value_type = Option<Uuid>)]
    #[deserr(default)]
    attempt_id: Option<ParsedText<AttemptId>>,
}

/// The subject and attributes of an assertion.
#[derive(Debug, Deserr, ToSchema)]
#[schema(rename_all = "camelCase")]
#[deserr(error = BodyErrors, rename_all = camelCase, deny_unknown_fields)]
pub(super) struct PreviewAssertion {
    /// The `NameID`. May be left out if the connection names a subject
    /// attribute.
    #[schema(example = "ada@example.com", required = false)]
    #[deserr(default)]
    name_id: String,
    /// The `Format` of the `NameID`, a URI. If null or left out, the `NameID` has no
    /// `Format`.
    #[schema(example = "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress")]
    #[deserr(default)]
    name_id_format: Option<String>,
    /// Each attribute by its name, with its values.
    #[schema(schema_with = attributes_schema, required = false)]
    #[deserr(default)]
    attributes: AttributeValues,
}

/// The values of each attribute.
#[derive(Debug, Default)]
struct AttributeValues(BTreeMap<String, Vec<String>>);

/// Implemented by hand, because deserr drops the errors of map entries.
impl Deserr<BodyErrors> for AttributeValues {
    fn deserialize_from_value<V: IntoValue>(
        value: Value<V>,
        location: ValuePointerRef<'_>,
    ) -> Result<Self, BodyErrors> {
        let map = match value {
            Value::Map(map) => map,
            other => {
                return Err(BodyErrors::from_value(other, Reason::must_be("an object"), location));
            }
        };
        let (mut values, mut errors) = (BTreeMap::new(), None);
        for (name, value) in map.into_iter() {
            let place = location.push_key(&name);
            match Vec::deserialize_from_value(value.into_value(), place) {
                Ok(attribute_values) => drop(values.insert(name, attribute_values)),
                Err(more) => errors = Some(take_cf_content(BodyErrors::merge(errors, more, place))),
            }
        }
        errors.map_or(Ok(Self(values)), Err)
    }
}

fn attributes_schema() -> impl Into<RefOr<Schema>> {
    let values = ArrayBuilder::new().items(String::schema()).max_items(Some(MAX_ATTRIBUTES));
    ObjectBuilder::new()
        .schema_type(Type::Object)
        .description(Some("Each attribute by its name, with its values."))
        .additional_properties(Some(values))
        .max_properties(Some(MAX_ATTRIBUTES))
        .examples([serde_json::json!({"role": ["USER"], "teamName": ["Engines"]})])
}

/// The preview of a login.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Preview {
    /// How the login would end.
    outcome: Outcome,
    /// How the login would end if no check had failed. null if no check failed, or if
    /// the message can't be read.
    #[schema(required = true)]
    would_be: Option<Outcome>,
    /// The reason for the outcome, in a sentence.
    explanation: String,
    /// The subject of the message. null if the message can't be read.
    #[schema(required = true)]
    subject: Option<String>,
    /// The e-mail address of the login. null if there is none.
    #[schema(required = true)]
    email: Option<String>,
    /// The existing user of the login, with the current values. null if there is none.
    #[schema(required = true)]
    user: Option<PreviewUser>,
    /// Each check of the message, in order. Empty for the preview of an assertion, which
    /// has no message.
    checks: Vec<Check>,
    /// What the login would do if no check had failed. null if the message can't be
    /// read: its signature is not valid, or it has no assertion.
    #[schema(required = true)]
    plan: Option<Plan>,
}

/// The user of a login.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct PreviewUser {
    /// Never changes.
    id: Uuid,
    /// The e-mail address of the user.
    email: String,
    /// The user's first name.
    first_name: String,
    /// The user's last name. May be empty.
    last_name: String,
    /// The role in the account.
    role: AccountRole,
    /// Whether the user may log in and has logged in.
    status: UserStatus,
}

impl From<User> for PreviewUser {
    fn from(user: User) -> Self {
        let User { id, email, role, profile, status, .. } = user;
        Self {
            id: id.as_uuid(),
            email: email.to_string(),
            first_name: profile.first_name,
            last_name: profile.last_name,
            role: role.into(),
            status: status.into(),
        }
    }
}

impl From<preview::Preview> for Preview {
    fn from(preview: preview::Preview) -> Self {
        let explanation = preview.explanation();
        let preview::Preview { outcome, would_be, checks, subject, email, plan, user } = preview;
        Self {
            outcome: (&outcome).into(),
            would_be: would_be.as_ref().map(Outcome::from),
            explanation,
            subject,
            email,
            user: user.map(PreviewUser::from),
            checks: checks.iter().flat_map(|checks| checks.iter()).map(Check::from).collect(),
            plan: plan.map(Plan::from),
        }
    }
}

impl TryFrom<PreviewRequest> for PreviewSource {
    type Error = app::Error;

    fn try_from(request: PreviewRequest) -> Result<Self, app::Error> {
        let PreviewRequest { saml_response, assertion, attempt_id } = request;
        match (saml_response, assertion, attempt_id) {
            (Some(posted), None, None) => Ok(Self::Message(posted)),
            (None, Some(assertion), None) => assertion.try_into(),
            (None, None, Some(ParsedText(attempt))) => Ok(Self::Attempt(attempt)),
            (message, assertion, attempt) => {
                let presence = [
                    ("samlResponse", message.is_some()),
                    ("assertion", assertion.is_some()),
                    ("attemptId", attempt.is_some()),
                ];
                Err(app::Error::Invalid(exactly_one_errors(&presence)))
            }
        }
    }
}

impl TryFrom<PreviewAssertion> for PreviewSource {
    type Error = app::Error;

    fn try_from(assertion: PreviewAssertion) -> Result<Self, app::Error> {
        let PreviewAssertion { name_id, name_id_format, attributes: AttributeValues(attributes) } =
            assertion;
        let place = "assertion/attributes";
        let too_many = |noun: &str| {
            FieldError::new(place, "", format!("must have at most {MAX_ATTRIBUTES} {noun}"))
        };
        if attributes.len() > MAX_ATTRIBUTES {
            return Err(too_many("attributes").into());
        }
        if attributes.values().any(|values| values.len() > MAX_ATTRIBUTES) {
            return Err(too_many("values of one attribute").into());
        }
        let attributes = attributes.into_iter();
        let attributes =
            attributes.map(|(name, values)| Attribute { name, friendly_name: None, values });
        Ok(Self::Person {
            subject: Subject { name_id, format: name_id_format },
            attributes: Attributes::new(attributes.collect()),
        })
    }
}

/// The errors of a request that does not have exactly one of the fields.
fn exactly_one_errors(presence: &[(&'static str, bool)]) -> Vec<FieldError> {
    let names = "samlResponse, assertion and attemptId";
    let mut present = presence.iter().filter(|(_, input)| *input);
    let Some((first, _)) = present.next() else {
        let reason =
            Reason::required(format!("exactly one of {names}"), format!("Add one of {names}."));
        return vec![FieldError::new("samlResponse", "", reason)];
    };
    let extra_error = |(name, _): &(&'static str, bool)| {
        let reason = Reason::new(
            format!("can't be combined with {first}"),
            format!("exactly one of {names}"),
            "Leave one of the two out.",
        );
        FieldError::new(*name, "", reason)
    };
    present.map(extra_error).collect()
}

/// Preview a login
///
/// Returns what a login through the connection would do now: each check of the message, and the
/// plan with every field, team and fallback. Nothing is written and no user is signed in. An
/// unused message can still be used. The checks of the pending request and of `RelayState` need
/// a browser and are NOT_RUN.
#[utoipa::path(
    post,
    path = "/api/v1/connections/{connectionId}/preview",
    operation_id = "previewLogin",
    tag = "previews",
    params(("connectionId" = Uuid, Path, description = "The connection's ID.")),
    request_body(
        content = PreviewRequest,
        content_type = "application/json",
        example = json!({"assertion": {
            "nameId": "emmy.noether@example.com",
            "attributes": {"role": ["USER"], "teamName": ["Symmetry"]},
        }}),
    ),
    responses((status = 200, description = "The preview.", body = Preview)),
)]
pub(in crate::http) async fn create(
    auth: Authorized<scope::AttemptsRead>,
    body: Body,
) -> ApiResult {
    let login_source = body
        .read_json()
        .await
        .and_then(|bytes| Ok(PreviewSource::try_from(body::parse::<PreviewRequest>(&bytes)?)?));
    let parts = (
        query::reject_parameters(&auth.request).or_default(),
        auth.parse_id::<ConnectionId>("connection").into_part(),
        conditional::reject_conditions(&auth.request).or_default(),
        login_source.into_part(),
    );
    let preview = async |auth: Authorized<_>, ((), id, (), login_source)| {
        let preview = move |app: &_, caller: &_| preview::preview(app, caller, id, &login_source);
        Ok(HttpResponse::Ok().json(Preview::from(auth.run(preview).await?)))
    };
    parts.join().run(auth, preview).await
}
