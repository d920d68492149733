//! Users as answers show them.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::super::{
    enums::{AccountRole, Origin, TeamRole, UserStatus},
    profile_texts,
};
use crate::{
    app::users::{ListedUser, RaisedRole, UserRecord, UserUpdate},
    domain::{
        membership::MemberRole,
        mobile::Mobile as DomainMobile,
        team::Team,
        user::{Identity, Profile, User as DomainUser, UserStatus as DomainStatus},
        user_patch::MAX_TEAMS,
    },
};

/// A person in the account.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct User {
    /// Never changes.
    id: Uuid,
    /// Unique in the account, regardless of case.
    #[schema(example = "ada.lovelace@example.com")]
    email: String,
    /// What an identity provider calls them by SCIM; their address, if none calls
    /// them anything else.
    #[schema(example = "ada.lovelace@example.com")]
    user_name: String,
    /// What the account itself calls them; unique in the account.
    #[schema(required, example = "4711")]
    external_id: Option<String>,
    /// May be empty.
    #[schema(example = "Ada")]
    first_name: String,
    /// May be empty.
    #[schema(example = "Lovelace")]
    last_name: String,
    /// How they are shown: as an identity provider has said by SCIM, else by both
    /// names. May be empty.
    #[schema(example = "Ada Lovelace")]
    display_name: String,
    #[serde(flatten)]
    #[schema(ignore)]
    texts: BTreeMap<&'static str, Option<String>>,
    /// The manager, as an identity provider sends it by SCIM.
    #[schema(required, example = "4711")]
    manager: Option<String>,
    /// The role in the account.
    role: AccountRole,
    /// The mobile phone number.
    #[schema(required)]
    mobile: Option<Mobile>,
    /// Address of a picture. The server never fetches it.
    #[schema(required, example = "https://example.com/ada.png")]
    user_profile_image: Option<String>,
    /// Whether they may not log in.
    disabled: bool,
    /// Whether they may log in, and whether they have.
    status: UserStatus,
    /// The teams that they are in, by name: the first 1,000. On a list only if
    /// `include` has `teams`: then the first 20.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    teams: Option<Vec<UserTeam>>,
    /// The list of all their teams, if `teams` does not have all of them.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(
        nullable = false,
        format = "uri-reference",
        example = "/api/v1/teams?filter=members.id%20eq%20%220198c5a0-7d2c-7b6e-9d60-3f1f2a6f0c11%22"
    )]
    teams_url: Option<String>,
    /// What identity providers call them, the oldest first. A login makes
    /// these. On a list only if `include` has `identities`: then the first 20.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    identities: Option<Vec<UserIdentity>>,
    /// How the user was created: by a login, an administrator, or SCIM.
    origin: Origin,
    /// When the user was created.
    created_at: DateTime<Utc>,
    /// When they last changed; their teams and logins aside.
    updated_at: DateTime<Utc>,
    /// Their first login.
    #[schema(required)]
    first_login_at: Option<DateTime<Utc>>,
    /// Their latest login.
    #[schema(required)]
    last_login_at: Option<DateTime<Utc>>,
    /// The state of what is shown, as the header `ETag` has it: send it as
    /// `If-Match`.
    #[schema(example = "\"v1\"")]
    etag: String,
    /// Deprecated: use `etag`. Grows by one with each change of the user; their teams and
    /// logins aside.
    #[schema(minimum = 1)]
    version: i64,
    /// In the answer to a change: the team roles in effect that the account role
    /// raised. A lower account role takes them back.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    raised_team_roles: Option<Vec<RaisedTeamRole>>,
}

/// A mobile number.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(in crate::http::api) struct Mobile {
    /// ISO 3166-1 alpha-2.
    #[schema(example = "DE")]
    region_code: String,
    /// The number as it was sent.
    #[schema(example = "0221 123123")]
    number: String,
    /// The number as a machine dials it.
    #[schema(example = "+49221123123")]
    e164: String,
}

/// A team that a user is in.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(in crate::http::api) struct UserTeam {
    /// The team's id.
    id: Uuid,
    /// The team's name.
    #[schema(example = "Analytical Engine")]
    name: String,
    /// The user's role in it that is in effect: the one that was requested, or
    /// the account role if that is higher.
    role: TeamRole,
}

/// What an identity provider calls a user.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct UserIdentity {
    /// The identity's id, by which it can be unlinked.
    id: Uuid,
    /// The connection to the identity provider.
    connection_id: Uuid,
    /// What it calls the user.
    #[schema(example = "ada.lovelace@example.com")]
    subject: String,
    /// Since when: the user's first login through the connection.
    created_at: DateTime<Utc>,
}

/// A team role in effect that the account role raised.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(in crate::http::api) struct RaisedTeamRole {
    /// In which team.
    team_id: Uuid,
    /// The role in effect before.
    from: TeamRole,
    /// The role in effect now.
    to: TeamRole,
}

/// A page of users.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(in crate::http::api) struct UserPage {
    /// The users.
    pub(super) items: Vec<User>,
    /// Leads to the next page; absent on the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub(super) next_cursor: Option<String>,
    /// The number of items that meet the filter, if `total` is true.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, value_type = Option<i64>, minimum = 0)]
    pub(super) total: Option<u64>,
}

impl From<UserRecord> for User {
    fn from(record: UserRecord) -> Self {
        let etag = record.tag().quoted();
        let UserRecord { user, teams, identities } = record;
        let user_name = user.user_name().to_owned();
        let display_name = user.display_name();
        let DomainUser {
            id,
            account: _,
            email,
            user_name: _,
            display_name: _,
            manager,
            external_id,
            role,
            profile,
            status,
            origin,
            created_at,
            updated_at,
            first_login_at,
            last_login_at,
            version,
        } = user;
        let Profile { first_name, last_name, texts, mobile, profile_image } = profile;
        Self {
            id: id.as_uuid(),
            email: email.to_string(),
            user_name,
            external_id,
            first_name,
            last_name,
            display_name,
            texts: profile_texts::in_answer(texts),
            manager,
            role: role.into(),
            mobile: mobile.map(Mobile::from),
            user_profile_image: profile_image,
            disabled: status == DomainStatus::Disabled,
            status: status.into(),
            teams_url: (teams.len() > MAX_TEAMS).then(|| teams_url(id.as_uuid())),
            teams: Some(teams.into_iter().take(MAX_TEAMS).map(UserTeam::from).collect()),
            identities: Some(identities.into_iter().map(UserIdentity::from).collect()),
            origin: origin.into(),
            created_at,
            updated_at,
            first_login_at,
            last_login_at,
            etag,
            version,
            raised_team_roles: None,
        }
    }
}

/// Where all teams of a user are listed.
fn teams_url(user: Uuid) -> String {
    format!("/api/v1/teams?filter=members.id%20eq%20%22{user}%22")
}

impl From<ListedUser> for User {
    fn from(listed: ListedUser) -> Self {
        let ListedUser { record, tag, include, has_more_teams, has_more_identities: _ } = listed;
        let user = Self::from(record);
        Self {
            etag: tag.quoted(),
            teams_url: (include.teams && has_more_teams).then(|| teams_url(user.id)),
            teams: user.teams.filter(|_| include.teams),
            identities: user.identities.filter(|_| include.identities),
            ..user
        }
    }
}

impl From<UserUpdate> for User {
    fn from(changed: UserUpdate) -> Self {
        let UserUpdate { record, raised } = changed;
        let raised = raised.into_iter().map(RaisedTeamRole::from).collect();
        Self { raised_team_roles: Some(raised), ..Self::from(record) }
    }
}

impl From<DomainMobile> for Mobile {
    fn from(mobile: DomainMobile) -> Self {
        let DomainMobile { region, number, e164 } = mobile;
        Self { region_code: region, number, e164 }
    }
}

impl From<(Team, MemberRole)> for UserTeam {
    fn from((team, role): (Team, MemberRole)) -> Self {
        Self { id: team.id.as_uuid(), name: team.name.to_string(), role: role.effective.into() }
    }
}

impl From<Identity> for UserIdentity {
    fn from(identity: Identity) -> Self {
        let Identity { id, account: _, connection, subject, user: _, created_at } = identity;
        Self { id: id.as_uuid(), connection_id: connection.as_uuid(), subject, created_at }
    }
}

impl From<RaisedRole> for RaisedTeamRole {
    fn from(raised: RaisedRole) -> Self {
        let RaisedRole { team, from, to } = raised;
        Self { team_id: team.as_uuid(), from: from.into(), to: to.into() }
    }
}
