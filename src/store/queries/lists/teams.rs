use diesel::prelude::*;

use super::{
    Column, Condition, Conn, ListSource, PositionRow, Result, RowPredicate, Rows, ScanQuery, Sql,
    Value, column, count_filter, count_rows, find_position, in_table, load_position, load_rows,
    position, position_columns,
};
use crate::{
    domain::{
        id::AccountId,
        lists::{IndexScan, Listing, PagePosition, TeamAttribute},
        team::Team,
    },
    store::{
        rows::TeamRow,
        schema::{memberships, teams},
        sql::{Uuid, UuidValue},
    },
};

pub(crate) fn list_teams_at(
    conn: &mut Conn,
    account: AccountId,
    listing: &Listing<TeamAttribute>,
    before: u64,
) -> Result<Option<PagePosition>> {
    find_position(conn, account, listing, before)
}

impl ListSource for TeamAttribute {
    in_table!(teams, TeamRow => Team);

    fn bytes(team: &Team) -> usize {
        team.name.as_str().len()
    }

    fn column(self) -> Column<teams::table> {
        match self {
            Self::Id => column!(Id, teams::id),
            Self::Name => column!(Text, teams::name_key),
            Self::Member => Column { value: Value::Related(has_member), is_present: None },
            Self::Origin => column!(Text, teams::origin),
            Self::CreatedAt => column!(Moment, teams::created_at),
            Self::UpdatedAt => column!(Moment, teams::updated_at),
        }
    }
}

/// Whether a user, or any user, is in a team. Members belong to the team's account.
fn has_member(user: Option<UuidValue>) -> RowPredicate<teams::table> {
    let membership = memberships::table
        .filter(memberships::team_id.eq(teams::id))
        .select(memberships::user_id)
        .limit(1);
    match user {
        Some(user) => {
            Box::new(membership.filter(memberships::user_id.eq(user)).single_value().is_not_null())
        }
        None => Box::new(membership.single_value().is_not_null()),
    }
}
