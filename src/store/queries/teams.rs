use diesel::prelude::*;

use super::{Conn, Result, convert_optional, load_by_ids, load_by_texts, members::member_role};
use crate::{
    domain::{
        id::{AccountId, TeamId, UserId},
        membership::MemberRole,
        provisioning::ExistingTeam,
        team::{Membership, Team, TeamKey, TeamName},
    },
    store::{
        error::RowRef,
        rows::{MembershipRow, TeamRow},
        schema::{memberships, teams, users},
        sql::{TextValue, UuidValue},
    },
};

queries! { memberships, MembershipRow, Membership, UserId:
    insert insert_membership;
}

queries! { teams, TeamRow, Team, TeamId:
    insert insert_team;
    update update_team;
    find team;
    find_for_update team_for_update;
    find_for_share team_for_share;
}

pub(crate) fn existing_teams(
    conn: &mut Conn,
    account: AccountId,
    keys: &[TeamKey],
) -> Result<Vec<ExistingTeam>> {
    let rows = load_by_texts(keys, TeamKey::as_str, |keys| {
        let found = rows_of!(teams, account).filter(teams::name_key.eq_any(keys));
        found.select((teams::id, teams::name)).load(conn)
    })?;
    Ok(rows.into_iter().map(existing_team).collect())
}

pub(crate) fn existing_teams_by_id(
    conn: &mut Conn,
    account: AccountId,
    ids: &[TeamId],
) -> Result<Vec<ExistingTeam>> {
    let rows = load_by_ids(ids, |ids| {
        let found = rows_of!(teams, account).filter(teams::id.eq_any(ids));
        found.select((teams::id, teams::name)).load(conn)
    })?;
    Ok(rows.into_iter().map(existing_team).collect())
}

fn existing_team((id, name): (UuidValue, TextValue)) -> ExistingTeam {
    ExistingTeam { id: id.0.into(), name: TeamName::from_stored(&name.0) }
}

pub(crate) fn delete_team(conn: &mut Conn, account: AccountId, team: TeamId) -> Result<usize> {
    let members =
        rows_of!(memberships, account).filter(memberships::team_id.eq(UuidValue(team.as_uuid())));
    let members = diesel::delete(members).execute(conn)?;
    let gone = by_id!(teams, account, team);
    diesel::delete(gone).execute(conn)?;
    Ok(members)
}

pub(crate) fn teams_of(
    conn: &mut Conn,
    account: AccountId,
    user: UserId,
) -> Result<Vec<(Team, MemberRole)>> {
    let found = memberships::table
        .inner_join(teams::table.on(teams::id.eq(memberships::team_id)))
        .inner_join(users::table.on(users::id.eq(memberships::user_id)))
        .filter(memberships::account_id.eq(UuidValue(account.as_uuid())))
        .filter(memberships::user_id.eq(UuidValue(user.as_uuid())))
        .order(teams::name_key)
        .select((TeamRow::as_select(), memberships::requested_role, users::role));
    let rows: Vec<(TeamRow, TextValue, TextValue)> = found.load(conn)?;
    let read = rows.into_iter().map(|(team, requested, account)| {
        let team = Team::try_from(team)?;
        let row_ref = RowRef { table: "memberships", id: user };
        Ok((team, member_role(&row_ref, &requested, &account)?))
    });
    read.collect()
}
