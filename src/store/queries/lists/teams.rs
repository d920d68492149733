use diesel::prelude::*;

use super::{
    Column, Conn, ListRequest, Listed, PlaceRow, Result, Rows, Sql, Test, Value, at, column, count,
    in_table, page, place, place_in, position, rows,
};
use crate::{
    domain::{
        id::AccountId,
        lists::{IndexScan, Listing, Page, Position, TeamAttribute},
        team::Team,
    },
    store::{
        rows::TeamRow,
        schema::{memberships, teams},
        sql::{Id, Uuid},
    },
};

pub(crate) fn list_teams(
    conn: &mut Conn,
    account: AccountId,
    listing: &Listing<TeamAttribute>,
) -> Result<Page<Team>> {
    page(conn, account, listing)
}

pub(crate) fn list_teams_at(
    conn: &mut Conn,
    account: AccountId,
    listing: &Listing<TeamAttribute>,
    before: u64,
) -> Result<Option<Position>> {
    at(conn, account, listing, before)
}

impl Listed for TeamAttribute {
    in_table!(teams, TeamRow => Team);

    fn bytes(team: &Team) -> usize {
        team.name.as_str().len()
    }

    fn column(self) -> Column<teams::table> {
        match self {
            Self::Id => column!(Id, teams::id),
            Self::Name => column!(Text, teams::name_key),
            Self::Member => Column { value: Value::Several(has), there: None },
            Self::Origin => column!(Text, teams::origin),
            Self::CreatedAt => column!(Moment, teams::created_at),
            Self::UpdatedAt => column!(Moment, teams::updated_at),
        }
    }
}

/// Whether a user is in a team, or anybody. (Who is in a team is of its account.)
fn has(user: Option<Id>) -> Test<teams::table> {
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
