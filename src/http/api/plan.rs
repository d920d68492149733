//! The checks and the plan of a login, as attempts and previews show them.

mod codes;

use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

pub(super) use self::codes::Outcome;
use self::codes::{
    CheckResult, DenialCode, FallbackReason, FoundBy, PlanDecision, PlanSourceKind, PlanTeamChange,
};
use super::enums::TeamRole;
use crate::domain::{
    check::Check as DomainCheck,
    provisioning::{
        AttributeChange, Decision as DomainDecision, Denial, Plan as DomainPlan, PlannedField,
        TeamAssignment, TeamChange, ValueFallback, ValueSource,
    },
    subject::SubjectKey,
};

/// One named test of a SAML response.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Check {
    /// The name of the check. Its meaning never changes.
    #[schema(example = "conditions.audience")]
    id: &'static str,
    /// How the check ended.
    result: CheckResult,
    /// What was expected, in words. Empty if the check was not run.
    expected: String,
    /// What was received, in words, shortened.
    actual: String,
}

/// What a login does, with every field and team that it changes.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Plan {
    /// The decision. It determines which of the other fields have values.
    decision: PlanDecision,
    /// The existing user who is signed in or denied. null if the login creates a user,
    /// or if there is none.
    #[schema(required = true)]
    user: Option<PlanUser>,
    /// The identity that the login links to the user, by which later logins find the
    /// user. null if it links none.
    #[schema(required = true)]
    identity: Option<PlanIdentity>,
    /// Each field that the login sets: all fields of a user whom it creates; of an
    /// existing user, those that the update policies of the connection change.
    fields: Vec<PlanField>,
    /// Each team to which the user is added, in which their role changes, or which they
    /// leave.
    teams: Vec<PlanTeam>,
    /// Each value that could not be used, with its replacement.
    fallbacks: Vec<PlanFallback>,
    /// Why the login is denied. null unless the decision is DENY.
    #[schema(required = true)]
    denial: Option<PlanDenial>,
}

/// An existing user.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct PlanUser {
    /// The user's ID.
    id: Uuid,
    /// How the user was found. null if the login is denied.
    #[schema(required = true)]
    found_by: Option<FoundBy>,
}

/// A new identity: a link between a connection and a user.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct PlanIdentity {
    /// The subject by which the connection identifies the user.
    subject: String,
}

/// A field that a login sets.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct PlanField {
    /// The field, such as `email`, `department`, `mobileNumber`, `role` or
    /// `attributes.shoeSize`.
    #[schema(example = "department")]
    name: String,
    /// Its value; a mobile number in E.164. null if the login removes it.
    #[schema(required = true)]
    value: Option<String>,
    /// The value before the login. null if there was none, as of a new user.
    #[schema(required = true)]
    before: Option<String>,
    /// Where the value comes from.
    source: PlanSource,
}

/// Where a value comes from.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct PlanSource {
    /// The kind of source.
    kind: PlanSourceKind,
    /// The name of the received attribute. null for other kinds of sources.
    #[schema(required = true)]
    attribute: Option<String>,
}

/// A team with the membership that a login adds, changes or removes.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct PlanTeam {
    /// The team's name.
    name: String,
    /// The team's ID. null if the login creates the team.
    #[schema(required = true)]
    id: Option<Uuid>,
    /// The effective role of the user in the team.
    role: TeamRole,
    /// The requested role, which is stored. It becomes effective if the account role is
    /// lowered later.
    requested_role: TeamRole,
    /// Whether the login creates the team.
    created: bool,
    /// What happens to the membership.
    change: PlanTeamChange,
    /// The requested role before the login. null if the user was not in the team.
    #[schema(required = true)]
    before: Option<TeamRole>,
    /// Where the role comes from.
    source: PlanSource,
}

/// A value that could not be used.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct PlanFallback {
    /// The name of the received attribute.
    attribute: String,
    /// The value as it was received, shortened.
    value: String,
    /// The reason why it could not be used.
    reason: FallbackReason,
    /// The reason in words: the continuation of a sentence that begins with the value.
    #[schema(example = "is not a role that the field accepts")]
    detail: String,
    /// The replacement. null if there is none.
    #[schema(required = true)]
    used: Option<String>,
}

/// Why the login is denied.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct PlanDenial {
    /// The rule.
    code: DenialCode,
    /// The same in words.
    detail: String,
    /// The missing attribute. null unless the code is `GUARD_ATTRIBUTE_MISSING`.
    #[schema(required = true)]
    attribute: Option<String>,
}

impl From<&DomainCheck> for Check {
    fn from(check: &DomainCheck) -> Self {
        let DomainCheck { id, result, expected, actual } = check;
        Self {
            id: id.as_str(),
            result: result.into(),
            expected: expected.clone(),
            actual: actual.clone(),
        }
    }
}

impl From<DomainPlan> for Plan {
    fn from(plan: DomainPlan) -> Self {
        let DomainPlan { decision, fallbacks } = plan;
        let base = Self {
            decision: PlanDecision::from(&decision),
            user: decision.user().map(|user| PlanUser { id: user.as_uuid(), found_by: None }),
            identity: None,
            fields: Vec::new(),
            teams: Vec::new(),
            fallbacks: fallbacks.into_iter().map(PlanFallback::from).collect(),
            denial: None,
        };
        let identity =
            |link: Option<SubjectKey>| link.map(|key| PlanIdentity { subject: key.text });
        match decision {
            DomainDecision::Create(creation) => Self {
                fields: creation.fields().into_iter().map(PlanField::from).collect(),
                teams: creation.teams.iter().map(PlanTeam::from).collect(),
                identity: identity(creation.link),
                ..base
            },
            DomainDecision::Claim(entry) | DomainDecision::SignIn(entry) => {
                let found_by = Some((&entry.found_by).into());
                Self {
                    user: Some(PlanUser { id: entry.user.as_uuid(), found_by }),
                    identity: identity(entry.link),
                    fields: entry.changes.into_iter().map(PlanField::from).collect(),
                    teams: entry.teams.iter().map(PlanTeam::from).collect(),
                    ..base
                }
            }
            DomainDecision::Deny(denial) => Self { denial: Some(denial.into()), ..base },
        }
    }
}

impl From<PlannedField<'_>> for PlanField {
    fn from(field: PlannedField<'_>) -> Self {
        let PlannedField { name, value, source } = field;
        Self { name, value: Some(value.into_owned()), before: None, source: source.into() }
    }
}

impl From<AttributeChange> for PlanField {
    fn from(change: AttributeChange) -> Self {
        let AttributeChange { field, before, after, source } = change;
        Self { name: field.to_string(), value: after, before, source: (&source).into() }
    }
}

impl From<&ValueSource> for PlanSource {
    fn from(source: &ValueSource) -> Self {
        let attribute = match source {
            ValueSource::Attribute(name) => Some(name.clone()),
            ValueSource::NameId
            | ValueSource::EmailAddress
            | ValueSource::Default
            | ValueSource::ConnectionDefault
            | ValueSource::NotReceived
            | ValueSource::RaisedToAccountRole => None,
        };
        Self { kind: source.into(), attribute }
    }
}

impl From<&TeamAssignment> for PlanTeam {
    fn from(assignment: &TeamAssignment) -> Self {
        let TeamAssignment { name, existing, requested, role } = assignment;
        Self {
            name: name.to_string(),
            id: existing.map(|team| team.as_uuid()),
            role: role.value.into(),
            requested_role: (*requested).into(),
            created: existing.is_none(),
            change: PlanTeamChange::Add,
            before: None,
            source: (&role.source).into(),
        }
    }
}

impl From<&TeamChange> for PlanTeam {
    fn from(change: &TeamChange) -> Self {
        Self {
            change: change.into(),
            before: change.before.map(TeamRole::from),
            ..Self::from(&change.assignment)
        }
    }
}

impl From<ValueFallback> for PlanFallback {
    fn from(fallback: ValueFallback) -> Self {
        let ValueFallback { attribute, value, reason, used } = fallback;
        Self { attribute, value, reason: (&reason).into(), detail: reason.to_string(), used }
    }
}

impl From<Denial> for PlanDenial {
    fn from(denial: Denial) -> Self {
        let (code, detail) = (DenialCode::from(&denial), denial.to_string());
        let attribute = match denial {
            Denial::GuardAttributeMissing { attribute } => Some(attribute),
            Denial::ConnectionDisabled
            | Denial::UserDisabled(_)
            | Denial::UserDeleted(_)
            | Denial::SubjectUnusable
            | Denial::EmailUnusable
            | Denial::IdentityConflict(_) => None,
        };
        Self { code, detail, attribute }
    }
}
