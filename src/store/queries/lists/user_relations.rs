use diesel::prelude::*;

use super::{
    super::{convert_rows, members::member_role},
    Conn, Result,
};
use crate::{
    domain::{
        id::{AccountId, UserId},
        membership::MemberRole,
        team::Team,
        user::{Identity, full_name},
    },
    store::{
        error::RowRef,
        rows::{IdentityRow, TeamRow},
        schema::{identities, memberships, teams, users},
        sql::{TextValue, UuidValue},
    },
};

/// The maximum number of users in one statement: those of a page. SQLite takes at most
/// 32,766 values.
const USERS_PER_STATEMENT: usize = 1_000;

fn ids(users: &[UserId]) -> Vec<UuidValue> {
    users.iter().map(|user| UuidValue(user.as_uuid())).collect()
}

pub(crate) fn teams_of_users(
    conn: &mut Conn,
    account: AccountId,
    users: &[UserId],
) -> Result<Vec<(UserId, Team, MemberRole)>> {
    let mut found = Vec::new();
    for users in users.chunks(USERS_PER_STATEMENT) {
        let some = memberships::table
            .inner_join(teams::table.on(teams::id.eq(memberships::team_id)))
            .inner_join(users::table.on(users::id.eq(memberships::user_id)))
            .filter(memberships::account_id.eq(UuidValue(account.as_uuid())))
            .filter(memberships::user_id.eq_any(ids(users)))
            .select((
                memberships::user_id,
                TeamRow::as_select(),
                memberships::requested_role,
                users::role,
            ));
        let rows: Vec<(UuidValue, TeamRow, TextValue, TextValue)> = some.load(conn)?;
        for (user, team, requested, account) in rows {
            let row_ref = RowRef { table: "memberships", id: UserId::from(user.0) };
            let role = member_role(&row_ref, &requested, &account)?;
            found.push((row_ref.id, Team::try_from(team)?, role));
        }
    }
    found.sort_by(|(user, team, _), (other, its_team, _)| {
        let by_name = || team.name.key().as_str().cmp(its_team.name.key().as_str());
        user.cmp(other).then_with(by_name)
    });
    Ok(found)
}

/// The display names of users, which may be empty.
pub(crate) fn display_names(
    conn: &mut Conn,
    account: AccountId,
    users: &[UserId],
) -> Result<Vec<(UserId, String)>> {
    let mut found = Vec::new();
    for users in users.chunks(USERS_PER_STATEMENT) {
        let some = users::table
            .filter(users::account_id.eq(UuidValue(account.as_uuid())))
            .filter(users::id.eq_any(ids(users)))
            .select((users::id, users::display_name, users::first_name, users::last_name));
        let rows: Vec<(UuidValue, Option<TextValue>, TextValue, TextValue)> = some.load(conn)?;
        found.extend(rows.into_iter().map(|(id, display_name, first, last)| {
            let name = display_name.map(|name| name.0);
            (UserId::from(id.0), name.unwrap_or_else(|| full_name(&first.0, &last.0)))
        }));
    }
    Ok(found)
}

pub(crate) fn identities_of_users(
    conn: &mut Conn,
    account: AccountId,
    users: &[UserId],
) -> Result<Vec<Identity>> {
    let mut found: Vec<Identity> = Vec::new();
    for users in users.chunks(USERS_PER_STATEMENT) {
        let some = identities::table
            .filter(identities::account_id.eq(UuidValue(account.as_uuid())))
            .filter(identities::user_id.eq_any(ids(users)))
            .select(IdentityRow::as_select());
        found.extend(convert_rows::<_, Identity>(some.load::<IdentityRow>(conn))?);
    }
    found.sort_by_key(|identity| (identity.user, identity.id));
    Ok(found)
}
