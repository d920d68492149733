//! `/api/v1/users/{userId}/explain`: who set each value of a user, and who can change it.

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::json;
use utoipa::ToSchema;
use uuid::Uuid;

use super::super::{
    ApiResult, attribute_name::UserAttributeName, conditional, enums::UpdatePolicy,
};
use crate::{
    app::users::{
        self, ConnectionPolicy as DomainPolicy, NamedProvenance,
        UserExplanation as DomainExplanation, ValueExplanation,
    },
    domain::{
        etag::ETag,
        id::UserId,
        provenance::{Provenance, Setter},
    },
    http::auth::{Authorized, scope},
};

/// Who set each value of a user, and who can change it.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct UserExplanation {
    /// The user's ID.
    user_id: Uuid,
    /// The attributes that have a value, by name, and then the memberships, by the name of
    /// the team. Values of lists that follow from another attribute are left out.
    values: Vec<ExplainedValue>,
    /// The entity tag of the explanation, as in the header `ETag`.
    #[schema(example = "\"a26fafc8c4b5b0d5c84a47a2\"")]
    etag: String,
}

/// A value of a user: an attribute, or a membership.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct ExplainedValue {
    /// The attribute. `teams`: a membership.
    attribute: UserAttributeName,
    /// The type of the values of a list, such as `work`: each type of RFC 7643 has a setter of
    /// its own. null for other attributes, and for the values of a list that have another
    /// type or none.
    #[schema(required, example = "work")]
    value_type: Option<&'static str>,
    /// The team of a membership. null for an attribute.
    #[schema(required)]
    team: Option<ExplainedTeam>,
    /// The value as text: a mobile number in E.164, a list as JSON, and the requested role
    /// of a membership.
    #[schema(example = "Engines")]
    value: String,
    /// Who set the value. null if it was set by a release that kept no record.
    #[schema(required)]
    set_by: Option<ValueSetter>,
    /// Whether logins and SCIM clients may not change it: see `lockedAttributes` of the
    /// user.
    locked: bool,
    /// When logins through each connection set it. Empty if no login sets it.
    update_policies: Vec<ConnectionPolicy>,
    /// Who can change it, in a sentence.
    #[schema(
        example = "An administrator or a SCIM client can change it. A login sets it only for the user that it creates."
    )]
    changeable_by: String,
}

/// The team of a membership.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ExplainedTeam {
    /// The team's ID.
    id: Uuid,
    /// The team's name.
    #[schema(example = "Analytical Engine")]
    name: String,
}

/// Who set a value, when, and by which request.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct ValueSetter {
    /// The kind of setter.
    r#type: ValueSetterType,
    /// The ID of the connection, the SCIM client, the API key or the user. null for the command
    /// line and for defaults.
    #[schema(required)]
    id: Option<Uuid>,
    /// The name of the connection, the SCIM client, the API key or the user. null if it
    /// was deleted.
    #[schema(required, example = "Staff")]
    name: Option<String>,
    /// Whether an import set the value.
    imported: bool,
    /// When the value was set.
    at: DateTime<Utc>,
    /// The attempt of a login.
    #[schema(required)]
    attempt_id: Option<Uuid>,
    /// The ID of the request, as in the header `X-Request-Id` and in the log. null if there was
    /// no request, and for logins.
    #[schema(required)]
    request_id: Option<String>,
}

/// `LOGIN`: a login, identified by its connection. `SCIM_CLIENT`: an identity provider that
/// uses SCIM. `API_KEY`: a program with an API key. `USER`: a signed-in administrator.
/// `COMMAND_LINE`: an operator on the command line. `DEFAULT`: set by default, such as a name
/// that was parsed from the e-mail address.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(super) enum ValueSetterType {
    Login,
    ScimClient,
    ApiKey,
    User,
    CommandLine,
    Default,
}

/// When logins through a connection set an attribute.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct ConnectionPolicy {
    /// The connection's ID.
    connection_id: Uuid,
    /// The connection's name.
    #[schema(example = "Staff")]
    connection_name: String,
    /// The policy.
    policy: UpdatePolicy,
}

impl From<DomainExplanation> for UserExplanation {
    fn from(explanation: DomainExplanation) -> Self {
        let DomainExplanation { user, values } = explanation;
        let values = values.into_iter().map(ExplainedValue::from).collect();
        let mut view = Self { user_id: user.as_uuid(), values, etag: String::new() };
        view.etag = view.entity_tag().to_quoted();
        view
    }
}

impl UserExplanation {
    /// The entity tag of everything else.
    fn entity_tag(&self) -> ETag {
        let Self { user_id, values, etag: _ } = self;
        ETag::from_parts([json!([user_id, values])])
    }
}

impl From<ValueExplanation> for ExplainedValue {
    fn from(explanation: ValueExplanation) -> Self {
        let ValueExplanation { name, team, value, set_by, is_locked, policies, access } =
            explanation;
        let team =
            team.map(|(id, name)| ExplainedTeam { id: id.as_uuid(), name: name.to_string() });
        Self {
            attribute: UserAttributeName(name.attribute),
            value_type: name.value_type,
            team,
            value,
            set_by: set_by.map(ValueSetter::from),
            locked: is_locked,
            update_policies: policies.into_iter().map(ConnectionPolicy::from).collect(),
            changeable_by: access,
        }
    }
}

impl From<NamedProvenance> for ValueSetter {
    fn from(record: NamedProvenance) -> Self {
        let NamedProvenance { provenance, name } = record;
        let Provenance { setter, is_import: imported, at, request: request_id } = provenance;
        let (r#type, id) = match setter {
            Setter::Login { connection, attempt: _ } => {
                (ValueSetterType::Login, connection.map(|id| id.as_uuid()))
            }
            Setter::ScimClient(client) => (ValueSetterType::ScimClient, Some(client.as_uuid())),
            Setter::ApiKey(key) => (ValueSetterType::ApiKey, Some(key.as_uuid())),
            Setter::User(user) => (ValueSetterType::User, Some(user.as_uuid())),
            Setter::CommandLine => (ValueSetterType::CommandLine, None),
            Setter::Default => (ValueSetterType::Default, None),
        };
        let attempt_id = match setter {
            Setter::Login { attempt, .. } => Some(attempt.as_uuid()),
            _ => None,
        };
        Self { r#type, id, name, imported, at, attempt_id, request_id }
    }
}

impl From<DomainPolicy> for ConnectionPolicy {
    fn from(policy: DomainPolicy) -> Self {
        let DomainPolicy { connection, name, policy } = policy;
        Self { connection_id: connection.as_uuid(), connection_name: name, policy: policy.into() }
    }
}

/// Explain a user
///
/// Returns each value of the user with who set it, when, and by which login or request;
/// whether it is locked; and who can change it.
#[utoipa::path(
    get,
    path = "/api/v1/users/{userId}/explain",
    operation_id = "explainUser",
    tag = "users",
    params(("userId" = Uuid, Path, description = "The user's ID.")),
    responses((status = 200, description = "The explanation.", body = UserExplanation, headers(("ETag" = String)))),
)]
pub(in crate::http) async fn get(auth: Authorized<scope::UsersRead>) -> ApiResult {
    let id = auth.parse_target::<UserId>("user")?;
    let explanation = auth.run(move |app, caller| users::explain(app, caller, id)).await?;
    let view = UserExplanation::from(explanation);
    Ok(conditional::entity_response(&auth.request, &view.entity_tag(), &view))
}
