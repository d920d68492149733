use diesel::prelude::*;

use super::{
    Conn, IDS_PER_STATEMENT, Result, convert_optional, convert_rows, members::member_role,
};
use crate::{
    domain::{
        id::{AccountId, TeamId, UserId},
        membership::MemberRole,
        provisioning::ExistingTeam,
        team::{Membership, Team, TeamKey},
    },
    store::{
        error::{RowRef, StoreError},
        rows::{ExistingTeamRow, MembershipRow, TeamRow},
        schema::{memberships, teams, users},
        sql::{TextValue, UuidValue},
    },
};

pub(crate) fn existing_teams(
    conn: &mut Conn,
    account: AccountId,
    keys: &[TeamKey],
) -> Result<Vec<ExistingTeam>> {
    let mut known = Vec::new();
    for keys in keys.chunks(IDS_PER_STATEMENT) {
        let keys: Vec<_> = keys.iter().map(|key| TextValue::new(key.as_str())).collect();
        let found = teams::table
            .filter(teams::account_id.eq(UuidValue(account.as_uuid())))
            .filter(teams::name_key.eq_any(keys))
            .select((teams::id, teams::name));
        known.extend(convert_rows::<_, ExistingTeam>(found.load::<ExistingTeamRow>(conn))?);
    }
    Ok(known)
}

pub(crate) fn existing_teams_by_id(
    conn: &mut Conn,
    account: AccountId,
    ids: &[TeamId],
) -> Result<Vec<ExistingTeam>> {
    let mut known = Vec::new();
    for ids in ids.chunks(IDS_PER_STATEMENT) {
        let ids: Vec<_> = ids.iter().map(|id| UuidValue(id.as_uuid())).collect();
        let found = teams::table
            .filter(teams::account_id.eq(UuidValue(account.as_uuid())))
            .filter(teams::id.eq_any(ids))
            .select((teams::id, teams::name));
        known.extend(convert_rows::<_, ExistingTeam>(found.load::<ExistingTeamRow>(conn))?);
    }
    Ok(known)
}

pub(crate) fn insert_team(conn: &mut Conn, team: &Team) -> Result<()> {
    TeamRow::from(team).insert_into(teams::table).execute(conn)?;
    Ok(())
}

pub(crate) fn team(conn: &mut Conn, account: AccountId, team: TeamId) -> Result<Option<Team>> {
    let found = by_id!(teams, account, team);
    convert_optional(found.select(TeamRow::as_select()).get_result(conn))
}

pub(crate) fn team_for_update(
    conn: &mut Conn,
    account: AccountId,
    team: TeamId,
) -> Result<Option<Team>> {
    let found = by_id!(teams, account, team);
    convert_optional(locked!(found.select(TeamRow::as_select())).get_result(conn))
}

pub(crate) fn team_for_share(
    conn: &mut Conn,
    account: AccountId,
    team: TeamId,
) -> Result<Option<Team>> {
    let found = by_id!(teams, account, team);
    convert_optional(share_lock!(found.select(TeamRow::as_select())).get_result(conn))
}

pub(crate) fn update_team(conn: &mut Conn, team: &Team) -> Result<()> {
    let stored = teams::table
        .filter(teams::account_id.eq(UuidValue(team.account.as_uuid())))
        .filter(teams::id.eq(UuidValue(team.id.as_uuid())))
        .filter(teams::version.eq(team.version.saturating_sub(1)));
    match diesel::update(stored).set(TeamRow::from(team)).execute(conn)? {
        0 => Err(StoreError::Stale { table: "teams" }),
        _ => Ok(()),
    }
}

pub(crate) fn delete_team(conn: &mut Conn, account: AccountId, team: TeamId) -> Result<usize> {
    let members = memberships::table
        .filter(memberships::account_id.eq(UuidValue(account.as_uuid())))
        .filter(memberships::team_id.eq(UuidValue(team.as_uuid())));
    let members = diesel::delete(members).execute(conn)?;
    let gone = by_id!(teams, account, team);
    diesel::delete(gone).execute(conn)?;
    Ok(members)
}

pub(crate) fn insert_membership(conn: &mut Conn, membership: &Membership) -> Result<()> {
    MembershipRow::from(membership).insert_into(memberships::table).execute(conn)?;
    Ok(())
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
