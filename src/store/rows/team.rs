use diesel::prelude::*;

use super::{provenance, user::stored_email};
use crate::{
    domain::{
        id::{TeamId, UserId},
        lists::Member,
        membership::MemberRole,
        provisioning::ExistingTeam,
        team::{Membership, Team, TeamName},
    },
    store::{
        error::{RowRef, StoreError},
        schema::{memberships, teams, users},
        sql::{JsonText, SqlTimestamp, TextValue, UuidValue},
    },
};

#[derive(Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = teams, treat_none_as_default_value = false)]
pub(crate) struct TeamRow {
    id: UuidValue,
    account_id: UuidValue,
    name: TextValue,
    name_key: TextValue,
    origin: TextValue,
    created_at: SqlTimestamp,
    updated_at: SqlTimestamp,
    version: i64,
}

impl From<&Team> for TeamRow {
    fn from(team: &Team) -> Self {
        let Team { id, account, name, origin, created_at, updated_at, version } = team;
        Self {
            id: id.as_uuid().into(),
            account_id: account.as_uuid().into(),
            name: TextValue::new(name.as_str()),
            name_key: TextValue::new(name.key().as_str()),
            origin: TextValue::new(origin.as_str()),
            created_at: SqlTimestamp(*created_at),
            updated_at: SqlTimestamp(*updated_at),
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
        let row_ref = RowRef { table: "teams", id: TeamId::from(id.0) };
        Ok(Self {
            id: row_ref.id,
            account: account_id.0.into(),
            name: TeamName::from_stored(&name.0),
            origin: row_ref.parse("origin", &origin.0)?,
            created_at: created_at.0,
            updated_at: updated_at.0,
            version,
        })
    }
}

#[derive(Queryable)]
pub(crate) struct ExistingTeamRow {
    id: UuidValue,
    name: TextValue,
}

impl TryFrom<ExistingTeamRow> for ExistingTeam {
    type Error = StoreError;

    fn try_from(row: ExistingTeamRow) -> Result<Self, StoreError> {
        let ExistingTeamRow { id, name } = row;
        let row_ref = RowRef { table: "teams", id: TeamId::from(id.0) };
        Ok(Self { id: row_ref.id, name: TeamName::from_stored(&name.0) })
    }
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = memberships, treat_none_as_default_value = false)]
pub(crate) struct MembershipRow {
    account_id: UuidValue,
    team_id: UuidValue,
    user_id: UuidValue,
    requested_role: TextValue,
    created_at: SqlTimestamp,
    provenance: Option<JsonText>,
}

impl From<&Membership> for MembershipRow {
    fn from(membership: &Membership) -> Self {
        let Membership { account, team, user, requested_role, created_at, provenance } = membership;
        Self {
            account_id: account.as_uuid().into(),
            team_id: team.as_uuid().into(),
            user_id: user.as_uuid().into(),
            requested_role: TextValue::new(requested_role.as_str()),
            created_at: SqlTimestamp(*created_at),
            provenance: provenance::write(provenance.as_ref()),
        }
    }
}

impl TryFrom<MembershipRow> for Membership {
    type Error = StoreError;

    fn try_from(row: MembershipRow) -> Result<Self, StoreError> {
        let MembershipRow { account_id, team_id, user_id, requested_role, created_at, provenance } =
            row;
        let row_ref = RowRef { table: "memberships", id: UserId::from(user_id.0) };
        Ok(Self {
            account: account_id.0.into(),
            team: team_id.0.into(),
            user: row_ref.id,
            requested_role: row_ref.parse("requested_role", &requested_role.0)?,
            created_at: created_at.0,
            provenance: provenance::read(&row_ref, provenance.as_ref())?,
        })
    }
}

/// A membership, as a list of members shows it.
#[derive(Queryable, Selectable)]
#[diesel(table_name = memberships)]
pub(crate) struct MemberRow {
    pub(crate) user_id: UuidValue,
    requested_role: TextValue,
    created_at: SqlTimestamp,
}

/// A user, as a list of members shows them.
#[derive(Queryable, Selectable)]
#[diesel(table_name = users)]
pub(crate) struct MemberUserRow {
    pub(crate) id: UuidValue,
    email: TextValue,
    first_name: TextValue,
    last_name: TextValue,
    role: TextValue,
    status: TextValue,
}

/// The two as one.
pub(crate) fn read_member(member: MemberRow, user: MemberUserRow) -> Result<Member, StoreError> {
    let MemberRow { user_id, requested_role, created_at } = member;
    let MemberUserRow { id, email, first_name, last_name, role: account_role, status } = user;
    let membership = RowRef { table: "memberships", id: UserId::from(user_id.0) };
    let row_ref = RowRef { table: "users", id: UserId::from(id.0) };
    let account_role = row_ref.parse("role", &account_role.0)?;
    let requested = membership.parse("requested_role", &requested_role.0)?;
    Ok(Member {
        user: row_ref.id,
        email: stored_email(&row_ref, &email)?,
        first_name: first_name.0,
        last_name: last_name.0,
        account_role,
        status: row_ref.parse("status", &status.0)?,
        role: MemberRole::new(requested, account_role),
        since: created_at.0,
    })
}
