use diesel::prelude::*;

use super::{
    super::{convert_rows, load_by_ids, members::member_role},
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

pub(crate) fn teams_of_users(
    conn: &mut Conn,
    account: AccountId,
    users: &[UserId],
) -> Result<Vec<(UserId, Team, MemberRole)>> {
    let rows: Vec<(UuidValue, TeamRow, TextValue, TextValue)> = load_by_ids(users, |ids| {
        let found = memberships::table
            .inner_join(teams::table.on(teams::id.eq(memberships::team_id)))
            .inner_join(users::table.on(users::id.eq(memberships::user_id)))
            .filter(memberships::account_id.eq(UuidValue(account.as_uuid())))
            .filter(memberships::user_id.eq_any(ids));
        let columns = (memberships::requested_role, users::role);
        found.select((memberships::user_id, TeamRow::as_select(), columns.0, columns.1)).load(conn)
    })?;
    let read = |(user, team, requested, account): (UuidValue, TeamRow, TextValue, TextValue)| {
        let row_ref = RowRef { table: "memberships", id: UserId::from(user.0) };
        let role = member_role(&row_ref, &requested, &account)?;
        Ok((row_ref.id, Team::try_from(team)?, role))
    };
    let mut found = rows.into_iter().map(read).collect::<Result<Vec<_>>>()?;
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
    let rows: Vec<(UuidValue, Option<TextValue>, TextValue, TextValue)> =
        load_by_ids(users, |ids| {
            rows_of!(users, account)
                .filter(users::id.eq_any(ids))
                .select((users::id, users::display_name, users::first_name, users::last_name))
                .load(conn)
        })?;
    let read =
        |(id, display_name, first, last): (UuidValue, Option<TextValue>, TextValue, TextValue)| {
            let name = display_name.map(|name| name.0);
            (id.0.into(), name.unwrap_or_else(|| full_name(&first.0, &last.0)))
        };
    Ok(rows.into_iter().map(read).collect())
}

pub(crate) fn identities_of_users(
    conn: &mut Conn,
    account: AccountId,
    users: &[UserId],
) -> Result<Vec<Identity>> {
    let mut found: Vec<Identity> = convert_rows(load_by_ids(users, |ids| {
        let found = rows_of!(identities, account).filter(identities::user_id.eq_any(ids));
        found.select(IdentityRow::as_select()).load(conn)
    }))?;
    found.sort_by_key(|identity| (identity.user, identity.id));
    Ok(found)
}
