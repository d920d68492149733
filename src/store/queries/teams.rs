use diesel::prelude::*;

use super::{ASKED_AT_ONCE, Conn, Result, all, members::member_role, one};
use crate::{
    domain::{
        id::{AccountId, TeamId, UserId},
        membership::MemberRole,
        provisioning::ExistingTeam,
        team::{Membership, Team, TeamKey},
    },
    store::{
        error::{Row, StoreError},
        rows::{KnownTeamRow, MembershipRow, TeamRow},
        schema::{memberships, teams, users},
        sql::{Id, Str},
    },
};

pub(crate) fn known_teams(
    conn: &mut Conn,
    account: AccountId,
    keys: &[TeamKey],
) -> Result<Vec<ExistingTeam>> {
    let mut known = Vec::new();
    for keys in keys.chunks(ASKED_AT_ONCE) {
        let keys: Vec<_> = keys.iter().map(|key| Str::new(key.as_str())).collect();
        let found = teams::table
            .filter(teams::account_id.eq(Id(account.as_uuid())))
            .filter(teams::name_key.eq_any(keys))
            .select((teams::id, teams::name));
        known.extend(all::<_, ExistingTeam>(found.load::<KnownTeamRow>(conn))?);
    }
    Ok(known)
}

pub(crate) fn known_teams_by_id(
    conn: &mut Conn,
    account: AccountId,
    ids: &[TeamId],
) -> Result<Vec<ExistingTeam>> {
    let mut known = Vec::new();
    for ids in ids.chunks(ASKED_AT_ONCE) {
        let ids: Vec<_> = ids.iter().map(|id| Id(id.as_uuid())).collect();
        let found = teams::table
            .filter(teams::account_id.eq(Id(account.as_uuid())))
            .filter(teams::id.eq_any(ids))
            .select((teams::id, teams::name));
        known.extend(all::<_, ExistingTeam>(found.load::<KnownTeamRow>(conn))?);
    }
    Ok(known)
}

pub(crate) fn insert_team(conn: &mut Conn, team: &Team) -> Result<()> {
    TeamRow::from(team).insert_into(teams::table).execute(conn)?;
    Ok(())
}

pub(crate) fn team(conn: &mut Conn, account: AccountId, team: TeamId) -> Result<Option<Team>> {
    let found = teams::table
        .filter(teams::account_id.eq(Id(account.as_uuid())))
        .filter(teams::id.eq(Id(team.as_uuid())));
    one(found.select(TeamRow::as_select()).get_result(conn))
}

pub(crate) fn team_for_update(
    conn: &mut Conn,
    account: AccountId,
    team: TeamId,
) -> Result<Option<Team>> {
    let found = teams::table
        .filter(teams::account_id.eq(Id(account.as_uuid())))
        .filter(teams::id.eq(Id(team.as_uuid())));
    one(locked!(found.select(TeamRow::as_select())).get_result(conn))
}

pub(crate) fn team_held(conn: &mut Conn, account: AccountId, team: TeamId) -> Result<Option<Team>> {
    let found = teams::table
        .filter(teams::account_id.eq(Id(account.as_uuid())))
        .filter(teams::id.eq(Id(team.as_uuid())));
    one(share_lock!(found.select(TeamRow::as_select())).get_result(conn))
}

pub(crate) fn update_team(conn: &mut Conn, team: &Team) -> Result<()> {
    let stored = teams::table
        .filter(teams::account_id.eq(Id(team.account.as_uuid())))
        .filter(teams::id.eq(Id(team.id.as_uuid())))
        .filter(teams::version.eq(team.version.saturating_sub(1)));
    match diesel::update(stored).set(TeamRow::from(team)).execute(conn)? {
        0 => Err(StoreError::Stale { table: "teams" }),
        _ => Ok(()),
    }
}

pub(crate) fn delete_team(conn: &mut Conn, account: AccountId, team: TeamId) -> Result<usize> {
    let members = memberships::table
        .filter(memberships::account_id.eq(Id(account.as_uuid())))
        .filter(memberships::team_id.eq(Id(team.as_uuid())));
    let members = diesel::delete(members).execute(conn)?;
    let gone = teams::table
        .filter(teams::account_id.eq(Id(account.as_uuid())))
        .filter(teams::id.eq(Id(team.as_uuid())));
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
        .filter(memberships::account_id.eq(Id(account.as_uuid())))
        .filter(memberships::user_id.eq(Id(user.as_uuid())))
        .order(teams::name_key)
        .select((TeamRow::as_select(), memberships::requested_role, users::role));
    let rows: Vec<(TeamRow, Str, Str)> = found.load(conn)?;
    let read = rows.into_iter().map(|(team, requested, account)| {
        let team = Team::try_from(team)?;
        let place = Row { table: "memberships", id: user };
        Ok((team, member_role(&place, &requested, &account)?))
    });
    read.collect()
}
