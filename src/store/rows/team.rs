use diesel::prelude::*;

use super::row::{StoredAs, row};
use crate::{
    domain::{
        lists::Member,
        membership::MemberRole,
        team::{Membership, Team},
    },
    store::{
        error::{RowRef, StoreError},
        schema::{memberships, teams, users},
        sql::{JsonText, SqlTimestamp, TextValue, UuidValue},
    },
};

row! {
    #[derive(AsChangeset)]
    TeamRow in teams by id {
        id: UuidValue = id,
        account_id: UuidValue = account,
        name: TextValue = name,
        origin: TextValue = origin,
        created_at: SqlTimestamp = created_at,
        updated_at: SqlTimestamp = updated_at,
        version: i64 = version,
    }
    derived |team| { name_key: TextValue = TextValue::new(team.name.key().as_str()), }
    Team { id, account, name, origin, created_at, updated_at, version }
}

row! {
    MembershipRow in memberships by user_id {
        account_id: UuidValue = account,
        team_id: UuidValue = team,
        user_id: UuidValue = user,
        requested_role: TextValue = requested_role,
        created_at: SqlTimestamp = created_at,
        provenance: Option<JsonText> = provenance,
    }
    Membership { account, team, user, requested_role, created_at, provenance }
}

impl MembershipRow {
    /// The columns that a change of the role changes.
    pub(crate) fn into_changes(self) -> (TextValue, Option<JsonText>) {
        (self.requested_role, self.provenance)
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
    let membership = RowRef { table: "memberships", id: user_id.0 };
    let row_ref = RowRef { table: "users", id: id.0 };
    let account_role = row_ref.parse("role", &account_role.0)?;
    let requested = membership.parse("requested_role", &requested_role.0)?;
    Ok(Member {
        user: id.0.into(),
        email: StoredAs::from_column(email, &row_ref, "email")?,
        first_name: first_name.0,
        last_name: last_name.0,
        account_role,
        status: row_ref.parse("status", &status.0)?,
        role: MemberRole::new(requested, account_role),
        since: created_at.0,
    })
}
