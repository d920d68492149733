//! The response bodies of users.

use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::super::{
    attribute_name::UserAttributeName,
    custom_attributes,
    enums::{AccountRole, Origin, TeamRole, UserStatus},
    multi_values,
    page::page_schema,
    profile_texts,
};
use crate::{
    app::users::{RaisedRole, UserListItem, UserRecord, UserUpdate},
    domain::{
        membership::MemberRole,
        mobile::Mobile as DomainMobile,
        team::Team,
        user::{Identity, Profile, User as DomainUser, UserStatus as DomainStatus},
        user_patch::MAX_TEAMS,
    },
};

/// A user of the account.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct User {
    /// Never changes.
    id: Uuid,
    /// Unique in the account, regardless of case.
    #[schema(example = "ada.lovelace@example.com")]
    email: String,
    /// The SCIM user name. The e-mail address, unless an identity provider has set
    /// another one.
    #[schema(example = "ada.lovelace@example.com")]
    user_name: String,
    /// The ID of the user in the account's own systems. Unique in the account.
    #[schema(required, example = "4711")]
    external_id: Option<String>,
    /// May be empty.
    #[schema(example = "Ada")]
    first_name: String,
    /// May be empty.
    #[schema(example = "Lovelace")]
    last_name: String,
    /// The display name: the one that an identity provider has set by SCIM, or the first
    /// and last name. May be empty.
    #[schema(example = "Ada Lovelace")]
    display_name: String,
    #[serde(flatten)]
    #[schema(ignore)]
    profile: serde_json::Map<String, serde_json::Value>,
    /// The manager, as an identity provider sends it by SCIM.
    #[schema(required, example = "4711")]
    manager: Option<String>,
    /// The role in the account.
    role: AccountRole,
    /// The mobile phone number.
    #[schema(required)]
    mobile: Option<Mobile>,
    /// The URL of a picture. The server never fetches it.
    #[schema(required, example = "https://example.com/ada.png")]
    user_profile_image: Option<String>,
    /// Whether the user may not log in.
    disabled: bool,
    /// Whether the user may log in and has logged in.
    status: UserStatus,
    /// The attributes that logins and SCIM clients may not change.
    #[schema(example = json!(["role", "teams"]))]
    locked_attributes: Vec<UserAttributeName>,
    /// The custom attributes that have a value, by name: see `/attribute-definitions`.
    #[schema(example = json!({}))]
    attributes: serde_json::Map<String, serde_json::Value>,
    /// The first 1,000 teams of the user, sorted by name. In a list, the first 20, and
    /// only if `include` has `teams`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    teams: Option<Vec<UserTeam>>,
    /// The URL of the list of all teams, if `teams` does not have all of them.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(
        nullable = false,
        format = "uri-reference",
        example = "/api/v1/teams?filter=members.id%20eq%20%220198c5a0-7d2c-7b6e-9d60-3f1f2a6f0c11%22"
    )]
    teams_url: Option<String>,
    /// The identities of the user, the oldest first. Logins create them. In a list, the
    /// first 20, and only if `include` has `identities`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    identities: Option<Vec<UserIdentity>>,
    /// How the user was created: by a login, an administrator, or SCIM.
    origin: Origin,
    /// When the user was created.
    created_at: DateTime<Utc>,
    /// When the user last changed. Changes of teams and logins do not count.
    updated_at: DateTime<Utc>,
    /// The time of the first login.
    #[schema(required)]
    first_login_at: Option<DateTime<Utc>>,
    /// The time of the latest login, to the minute. It is recorded shortly after the login.
    #[schema(required)]
    last_login_at: Option<DateTime<Utc>>,
    /// The entity tag of the user, as in the header `ETag`. Send it as `If-Match`.
    #[schema(example = "\"v1\"")]
    etag: String,
    /// Deprecated: use `etag`. Grows by one with each change of the user, but not of teams or
    /// logins.
    #[schema(minimum = 1)]
    version: i64,
    /// Only in the response to a change: the effective team roles that the account role
    /// raised. They are lowered again with the account role.
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
    /// The number in E.164.
    #[schema(example = "+49221123123")]
    e164: String,
}

/// A team of a user.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(in crate::http::api) struct UserTeam {
    /// The team's ID.
    id: Uuid,
    /// The team's name.
    #[schema(example = "Analytical Engine")]
    name: String,
    /// The effective role in the team: the requested role, or the account role if it is
    /// higher.
    role: TeamRole,
}

/// The identity of a user at an identity provider.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct UserIdentity {
    /// The identity's ID, by which it can be unlinked.
    id: Uuid,
    /// The connection to the identity provider.
    connection_id: Uuid,
    /// The subject by which the identity provider identifies the user.
    #[schema(example = "ada.lovelace@example.com")]
    subject: String,
    /// The time of the first login through the connection.
    created_at: DateTime<Utc>,
}

/// A team role in effect that the account role raised.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(in crate::http::api) struct RaisedTeamRole {
    /// The ID of the team.
    team_id: Uuid,
    /// The effective role before the change.
    from: TeamRole,
    /// The effective role after the change.
    to: TeamRole,
}

page_schema!(pub(in crate::http::api) UserPage, User, "A page of users.", "The users.");

impl From<UserRecord> for User {
    fn from(record: UserRecord) -> Self {
        let etag = record.etag().to_quoted();
        let UserRecord { user, teams, identities } = record;
        let lists = multi_values::to_response(&user);
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
            provenance: _,
            locks,
            status,
            origin,
            created_at,
            updated_at,
            first_login_at,
            last_login_at,
            version,
        } = user;
        let Profile { first_name, last_name, texts, mobile, profile_image, values: _, custom } =
            profile;
        Self {
            id: id.as_uuid(),
            email: email.to_string(),
            user_name,
            external_id,
            first_name,
            last_name,
            display_name,
            profile: profile_texts::response_properties(texts).into_iter().chain(lists).collect(),
            manager,
            role: role.into(),
            mobile: mobile.map(Mobile::from),
            user_profile_image: profile_image,
            disabled: status == DomainStatus::Disabled,
            status: status.into(),
            locked_attributes: locks.into_iter().map(UserAttributeName).collect(),
            attributes: custom_attributes::to_response(custom),
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

/// Builds the URL that lists all teams of a user.
fn teams_url(user: Uuid) -> String {
    format!("/api/v1/teams?filter=members.id%20eq%20%22{user}%22")
}

impl From<UserListItem> for User {
    fn from(listed: UserListItem) -> Self {
        let UserListItem { record, etag: tag, include, has_more_teams } = listed;
        let user = Self::from(record);
        Self {
            etag: tag.to_quoted(),
            teams_url: (include.teams && has_more_teams).then(|| teams_url(user.id)),
            teams: user.teams.filter(|_| include.teams),
            identities: user.identities.filter(|_| include.identities),
            ..user
        }
    }
}

impl From<UserUpdate> for User {
    fn from(update: UserUpdate) -> Self {
        let UserUpdate { record, raised, changes_status: _ } = update;
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
        Self {
            id: id.as_uuid(),
            connection_id: connection.as_uuid(),
            subject: subject.text,
            created_at,
        }
    }
}

impl From<RaisedRole> for RaisedTeamRole {
    fn from(raised: RaisedRole) -> Self {
        let RaisedRole { team, from, to } = raised;
        Self { team_id: team.as_uuid(), from: from.into(), to: to.into() }
    }
}
