use diesel::prelude::*;

use super::{Conn, Result, all};
use crate::{
    domain::{
        id::{AccountId, UserId},
        provisioning::KnownTeam,
        role::TeamRole,
        team::{Membership, Team, TeamKey},
    },
    store::{
        error::Row,
        rows::{KnownTeamRow, MembershipRow, TeamRow},
        schema::{memberships, teams},
        sql::{Id, Str},
    },
};

/// How many keys one statement asks for: SQLite takes 32,766 values at most.
const KEYS_AT_ONCE: usize = 500;

pub(crate) fn known_teams(
    conn: &mut Conn,
    account: AccountId,
    keys: &[TeamKey],
) -> Result<Vec<KnownTeam>> {
    let mut known = Vec::new();
    for keys in keys.chunks(KEYS_AT_ONCE) {
        let keys: Vec<_> = keys.iter().map(|key| Str::new(key.as_str())).collect();
        let found = teams::table
            .filter(teams::account_id.eq(Id(account.as_uuid())))
            .filter(teams::name_key.eq_any(keys))
            .select((teams::id, teams::name));
        known.extend(all::<_, KnownTeam>(found.load::<KnownTeamRow>(conn))?);
    }
    Ok(known)
}

pub(crate) fn insert_team(conn: &mut Conn, team: &Team) -> Result<()> {
    TeamRow::from(team).insert_into(teams::table).execute(conn)?;
    Ok(())
}

pub(crate) fn insert_membership(conn: &mut Conn, membership: &Membership) -> Result<()> {
    MembershipRow::from(membership).insert_into(memberships::table).execute(conn)?;
    Ok(())
}

pub(crate) fn teams_of(
    conn: &mut Conn,
    account: AccountId,
    user: UserId,
) -> Result<Vec<(Team, TeamRole)>> {
    let found = memberships::table
        .inner_join(teams::table.on(teams::id.eq(memberships::team_id)))
        .filter(memberships::account_id.eq(Id(account.as_uuid())))
        .filter(memberships::user_id.eq(Id(user.as_uuid())))
        .order(teams::name_key)
        .select((TeamRow::as_select(), memberships::role));
    let rows: Vec<(TeamRow, Str)> = found.load(conn)?;
    let read = rows.into_iter().map(|(team, role)| {
        let team = Team::try_from(team)?;
        let place = Row { table: "memberships", id: format!("{}, {user}", team.id) };
        let role = role.0.parse().map_err(|why| place.corrupt(format_args!("role {why}")))?;
        Ok((team, role))
    });
    read.collect()
}
