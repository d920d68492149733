//! The stored form of plans: JSON with its own types, so that the domain's types can change
//! while old attempts stay readable.

use serde::{Deserialize, Serialize};

use super::{fallback::FallbackJson, plan_profile::ProfileJson, subject_json::SubjectJson};
use crate::{
    domain::{
        id::{AttemptId, UserId},
        provisioning::{
            AttributeChange, Decision, Denial, ExistingUserLogin, Plan, TeamAssignment, TeamChange,
            UserCreation, ValueSource, ValueWithSource,
        },
        role::TeamRole,
        user_name::UserName,
    },
    store::error::{RowRef, StoreError},
};

type PlanRow = RowRef<AttemptId>;
type ReadResult<T> = Result<T, StoreError>;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PlanJson {
    decision: DecisionJson,
    #[serde(rename = "repairs", default, skip_serializing_if = "Vec::is_empty")]
    fallbacks: Vec<FallbackJson>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum DecisionJson {
    Create(Box<UserCreationJson>),
    Claim(ExistingUserLoginJson),
    SignIn(ExistingUserLoginJson),
    Deny(DenialJson),
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct ExistingUserLoginJson {
    /// Absent if it is the user of the attempt.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    user: Option<String>,
    found_by: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    link: Option<SubjectJson>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    changes: Vec<AttributeChangeJson>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    teams: Vec<TeamChangeJson>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct AttributeChangeJson {
    field: String,
    before: Option<String>,
    after: Option<String>,
    source: SourceJson,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct TeamChangeJson {
    before: Option<String>,
    is_removal: bool,
    assignment: TeamAssignmentJson,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct UserCreationJson {
    link: Option<SubjectJson>,
    email: SourcedJson,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    external_id: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    user_name: Option<String>,
    role: SourcedJson,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    display_name: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    manager: Option<String>,
    profile: ProfileJson,
    sources: Vec<(String, SourceJson)>,
    teams: Vec<TeamAssignmentJson>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct TeamAssignmentJson {
    name: String,
    existing: Option<String>,
    /// Absent from plans that earlier releases stored, without requested roles.
    #[serde(default)]
    requested: Option<String>,
    role: SourcedJson,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct SourcedJson {
    value: String,
    source: SourceJson,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum SourceJson {
    NameId,
    Attribute(String),
    EmailAddress,
    Default,
    ConnectionDefault,
    NotReceived,
    RaisedToAccountRole,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum DenialJson {
    ConnectionDisabled,
    UserDisabled(String),
    UserDeleted(String),
    SubjectUnusable,
    EmailUnusable,
    IdentityConflict(String),
    GuardAttributeMissing(String),
}

impl PlanJson {
    /// The plan of an attempt with this user.
    pub(super) fn new(plan: &Plan, user: Option<UserId>) -> Self {
        let Plan { decision, fallbacks } = plan;
        let decision = match decision {
            Decision::Create(creation) => DecisionJson::Create(Box::new(creation.as_ref().into())),
            Decision::Claim(login) => DecisionJson::Claim(ExistingUserLoginJson::new(login, user)),
            Decision::SignIn(login) => {
                DecisionJson::SignIn(ExistingUserLoginJson::new(login, user))
            }
            Decision::Deny(denial) => DecisionJson::Deny(denial.into()),
        };
        Self { decision, fallbacks: fallbacks.iter().map(FallbackJson::from).collect() }
    }

    pub(super) fn read(self, row: &PlanRow, user: Option<UserId>) -> ReadResult<Plan> {
        let decision = match self.decision {
            DecisionJson::Create(creation) => Decision::Create(Box::new(creation.read(row)?)),
            DecisionJson::Claim(login) => Decision::Claim(login.read(row, user)?),
            DecisionJson::SignIn(login) => Decision::SignIn(login.read(row, user)?),
            DecisionJson::Deny(denial) => Decision::Deny(denial.read(row)?),
        };
        Ok(Plan { decision, fallbacks: self.fallbacks.into_iter().map(Into::into).collect() })
    }
}

impl ExistingUserLoginJson {
    fn new(login: &ExistingUserLogin, user_of_attempt: Option<UserId>) -> Self {
        let ExistingUserLogin { user, found_by, link, changes, teams } = login;
        Self {
            user: Some(*user)
                .filter(|_| user_of_attempt != Some(*user))
                .map(|user| user.to_string()),
            found_by: found_by.as_str().to_owned(),
            link: link.as_ref().map(SubjectJson::from),
            changes: changes.iter().map(AttributeChangeJson::from).collect(),
            teams: teams.iter().map(TeamChangeJson::from).collect(),
        }
    }

    fn read(self, row: &PlanRow, user_of_attempt: Option<UserId>) -> ReadResult<ExistingUserLogin> {
        let Self { user, found_by, link, changes, teams } = self;
        let user = user.map(|user| row.parse("plan", &user)).transpose()?.or(user_of_attempt);
        let changes = changes.into_iter().map(|change| change.read(row));
        let teams = teams.into_iter().map(|change| change.read(row));
        Ok(ExistingUserLogin {
            user: user.ok_or_else(|| row.corrupt("plan has no user"))?,
            found_by: row.parse("plan", &found_by)?,
            link: link.map(|link| link.read(row)).transpose()?,
            changes: changes.collect::<ReadResult<_>>()?,
            teams: teams.collect::<ReadResult<_>>()?,
        })
    }
}

impl From<&AttributeChange> for AttributeChangeJson {
    fn from(change: &AttributeChange) -> Self {
        let AttributeChange { field, before, after, source } = change.clone();
        Self { field: field.to_string(), before, after, source: (&source).into() }
    }
}

impl AttributeChangeJson {
    fn read(self, row: &PlanRow) -> ReadResult<AttributeChange> {
        let Self { field, before, after, source } = self;
        let field = row.parse("plan", &field)?;
        Ok(AttributeChange { field, before, after, source: source.into() })
    }
}

impl From<&TeamChange> for TeamChangeJson {
    fn from(change: &TeamChange) -> Self {
        let TeamChange { before, is_removal, assignment } = change;
        let before = before.map(|role| role.as_str().to_owned());
        Self { before, is_removal: *is_removal, assignment: assignment.into() }
    }
}

impl TeamChangeJson {
    fn read(self, row: &PlanRow) -> ReadResult<TeamChange> {
        let Self { before, is_removal, assignment } = self;
        let before = before.map(|role| row.parse("plan", &role)).transpose()?;
        Ok(TeamChange { before, is_removal, assignment: assignment.read(row)? })
    }
}

impl From<&UserCreation> for UserCreationJson {
    fn from(creation: &UserCreation) -> Self {
        let UserCreation {
            link,
            email,
            external_id,
            user_name,
            role,
            display_name,
            manager,
            profile,
            sources,
            teams,
        } = creation;
        let sources = sources.iter().map(|(field, source)| (field.to_string(), source.into()));
        Self {
            link: link.as_ref().map(SubjectJson::from),
            email: SourcedJson::new(email, |email| email.as_str().to_owned()),
            external_id: external_id.clone(),
            user_name: user_name.as_ref().map(ToString::to_string),
            role: SourcedJson::new(role, |role| role.as_str().to_owned()),
            display_name: display_name.clone(),
            manager: manager.clone(),
            profile: profile.into(),
            sources: sources.collect(),
            teams: teams.iter().map(TeamAssignmentJson::from).collect(),
        }
    }
}

impl UserCreationJson {
    fn read(self, row: &PlanRow) -> ReadResult<UserCreation> {
        let Self {
            link,
            email,
            external_id,
            user_name,
            role,
            display_name,
            manager,
            profile,
            sources,
            teams,
        } = self;
        let sources = sources.into_iter().map(|(field, source)| {
            let field = row.parse("plan", &field)?;
            Ok((field, source.into()))
        });
        Ok(UserCreation {
            link: link.map(|link| link.read(row)).transpose()?,
            email: email.read(row)?,
            external_id,
            user_name: user_name.as_deref().map(UserName::from_stored),
            role: role.read(row)?,
            display_name,
            manager,
            profile: profile.read(row)?,
            sources: sources.collect::<ReadResult<_>>()?,
            teams: teams.into_iter().map(|team| team.read(row)).collect::<ReadResult<_>>()?,
        })
    }
}

impl From<&TeamAssignment> for TeamAssignmentJson {
    fn from(assignment: &TeamAssignment) -> Self {
        let TeamAssignment { name, existing, requested, role } = assignment;
        Self {
            name: name.as_str().to_owned(),
            existing: existing.map(|team| team.to_string()),
            requested: Some(requested.as_str().to_owned()),
            role: SourcedJson::new(role, |role| role.as_str().to_owned()),
        }
    }
}

impl TeamAssignmentJson {
    fn read(self, row: &PlanRow) -> ReadResult<TeamAssignment> {
        let Self { name, existing, requested, role } = self;
        let role: ValueWithSource<TeamRole> = role.read(row)?;
        let requested = requested.map(|text| row.parse("plan", &text)).transpose()?;
        Ok(TeamAssignment {
            name: row.parse("plan", &name)?,
            existing: existing.map(|team| row.parse("plan", &team)).transpose()?,
            requested: requested.unwrap_or(role.value),
            role,
        })
    }
}

impl SourcedJson {
    fn new<T>(sourced: &ValueWithSource<T>, text: impl Fn(&T) -> String) -> Self {
        let ValueWithSource { value, source } = sourced;
        Self { value: text(value), source: source.into() }
    }

    fn read<T: std::str::FromStr<Err: std::fmt::Display>>(
        self,
        row: &PlanRow,
    ) -> ReadResult<ValueWithSource<T>> {
        let Self { value, source } = self;
        Ok(ValueWithSource { value: row.parse("plan", &value)?, source: source.into() })
    }
}

impl From<&ValueSource> for SourceJson {
    fn from(source: &ValueSource) -> Self {
        match source {
            ValueSource::NameId => Self::NameId,
            ValueSource::Attribute(name) => Self::Attribute(name.clone()),
            ValueSource::EmailAddress => Self::EmailAddress,
            ValueSource::Default => Self::Default,
            ValueSource::ConnectionDefault => Self::ConnectionDefault,
            ValueSource::NotReceived => Self::NotReceived,
            ValueSource::RaisedToAccountRole => Self::RaisedToAccountRole,
        }
    }
}

impl From<SourceJson> for ValueSource {
    fn from(source: SourceJson) -> Self {
        match source {
            SourceJson::NameId => Self::NameId,
            SourceJson::Attribute(name) => Self::Attribute(name),
            SourceJson::EmailAddress => Self::EmailAddress,
            SourceJson::Default => Self::Default,
            SourceJson::ConnectionDefault => Self::ConnectionDefault,
            SourceJson::NotReceived => Self::NotReceived,
            SourceJson::RaisedToAccountRole => Self::RaisedToAccountRole,
        }
    }
}

impl From<&Denial> for DenialJson {
    fn from(denial: &Denial) -> Self {
        match denial {
            Denial::ConnectionDisabled => Self::ConnectionDisabled,
            Denial::UserDisabled(user) => Self::UserDisabled(user.to_string()),
            Denial::UserDeleted(user) => Self::UserDeleted(user.to_string()),
            Denial::SubjectUnusable => Self::SubjectUnusable,
            Denial::EmailUnusable => Self::EmailUnusable,
            Denial::IdentityConflict(user) => Self::IdentityConflict(user.to_string()),
            Denial::GuardAttributeMissing { attribute } => {
                Self::GuardAttributeMissing(attribute.clone())
            }
        }
    }
}

impl DenialJson {
    fn read(self, row: &PlanRow) -> ReadResult<Denial> {
        Ok(match self {
            Self::ConnectionDisabled => Denial::ConnectionDisabled,
            Self::UserDisabled(user) => Denial::UserDisabled(row.parse("plan", &user)?),
            Self::UserDeleted(user) => Denial::UserDeleted(row.parse("plan", &user)?),
            Self::SubjectUnusable => Denial::SubjectUnusable,
            Self::EmailUnusable => Denial::EmailUnusable,
            Self::IdentityConflict(user) => Denial::IdentityConflict(row.parse("plan", &user)?),
            Self::GuardAttributeMissing(attribute) => Denial::GuardAttributeMissing { attribute },
        })
    }
}
