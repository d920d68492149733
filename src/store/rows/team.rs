use diesel::prelude::*;

use super::user::{ORIGINS, stored_email};
use crate::{
    domain::{
        id::{TeamId, UserId},
        lists::Member,
        membership::MemberRole,
        provisioning::ExistingTeam,
        team::{Membership, Team, TeamName},
        user::{Origin, UserStatus},
    },
    store::{
        error::{Row, StoreError},
        schema::{memberships, teams, users},
        sql::{At, Id, Str},
    },
};

#[derive(Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = teams, treat_none_as_default_value = false)]
pub(crate) struct TeamRow {
    id: Id,
    account_id: Id,
    name: Str,
    name_key: Str,
    origin: Str,
    created_at: At,
    updated_at: At,
    version: i64,
}

impl From<&Team> for TeamRow {
    fn from(team: &Team) -> Self {
        let Team { id, account, name, origin, created_at, updated_at, version } = team;
        Self {
            id: id.as_uuid().into(),
            account_id: account.as_uuid().into(),
            name: Str::new(name.as_str()),
            name_key: Str::new(name.key().as_str()),
            origin: Str::new(origin.as_str()),
            created_at: At(*created_at),
            updated_at: At(*updated_at),
            version: *version,
        }
    }
}

impl TryFrom<TeamRow> for Team {
    type Error = StoreError;

    fn try_from(row: TeamRow) -> Result<Self, StoreError> {
        // The key follows from the name.
        let TeamRow { id, account_id, name, name_key: _, origin, created_at, updated_at, version } =
            row;
        let place = Row { table: "teams", id: TeamId::from(id.0) };
        Ok(Self {
            id: place.id,
            account: account_id.0.into(),
            name: TeamName::from_stored(&name.0),
            origin: place.name("origin", &origin.0, &ORIGINS, Origin::as_str)?,
            created_at: created_at.0,
            updated_at: updated_at.0,
            version,
        })
    }
}

#[derive(Queryable)]
pub(crate) struct KnownTeamRow {
    id: Id,
    name: Str,
}

impl TryFrom<KnownTeamRow> for ExistingTeam {
    type Error = StoreError;

    fn try_from(row: KnownTeamRow) -> Result<Self, StoreError> {
        let KnownTeamRow { id, name } = row;
        let place = Row { table: "teams", id: TeamId::from(id.0) };
        Ok(Self { id: place.id, name: TeamName::from_stored(&name.0) })
    }
}

#[derive(Insertable)]
#[diesel(table_name = memberships, treat_none_as_default_value = false)]
pub(crate) struct MembershipRow {
    account_id: Id,
    team_id: Id,
    user_id: Id,
    requested_role: Str,
    created_at: At,
}

impl From<&Membership> for MembershipRow {
    fn from(membership: &Membership) -> Self {
        let Membership { account, team, user, requested_role, created_at } = membership;
        Self {
            account_id: account.as_uuid().into(),
            team_id: team.as_uuid().into(),
            user_id: user.as_uuid().into(),
            requested_role: Str::new(requested_role.as_str()),
            created_at: At(*created_at),
        }
    }
}

/// A membership, as a list of members shows it.
#[derive(Queryable, Selectable)]
#[diesel(table_name = memberships)]
pub(crate) struct MemberRow {
    pub(crate) user_id: Id,
    requested_role: Str,
    created_at: At,
}

/// A user, as a list of members shows them.
#[derive(Queryable, Selectable)]
#[diesel(table_name = users)]
pub(crate) struct MemberUserRow {
    pub(crate) id: Id,
    email: Str,
    first_name: Str,
    last_name: Str,
    role: Str,
    status: Str,
}

/// The two as one.
pub(crate) fn read_member(member: MemberRow, user: MemberUserRow) -> Result<Member, StoreError> {
    let MemberRow { user_id, requested_role, created_at } = member;
    let MemberUserRow { id, email, first_name, last_name, role: account_role, status } = user;
    let membership = Row { table: "memberships", id: UserId::from(user_id.0) };
    let place = Row { table: "users", id: UserId::from(id.0) };
    let account_role = place.parse("role", &account_role.0)?;
    let requested = membership.parse("requested_role", &requested_role.0)?;
    Ok(Member {
        user: place.id,
        email: stored_email(&place, &email)?,
        first_name: first_name.0,
        last_name: last_name.0,
        account_role,
        status: place.name("status", &status.0, &UserStatus::ALL, UserStatus::as_str)?,
        role: MemberRole::new(requested, account_role),
        since: created_at.0,
    })
}
