use diesel::prelude::*;

use super::{
    Asked, Column, Conn, Listed, PlaceRow, Result, Rows, Sql, Test, column, count, in_table, page,
    place, place_in, position, rows,
};
use crate::{
    domain::{
        id::AccountId,
        listing::{Listing, Page, Position},
        lists::TeamAttribute,
        team::Team,
    },
    store::{
        listing::Walk,
        rows::TeamRow,
        schema::teams,
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

impl Listed for TeamAttribute {
    const MADE: Option<Self> = Some(Self::CreatedAt);

    in_table!(teams, TeamRow => Team);

    fn column(self) -> Column<teams::table> {
        match self {
            Self::Id => column!(Id, teams::id),
            Self::Name => column!(Text, teams::name_key),
            Self::Origin => column!(Text, teams::origin),
            Self::CreatedAt => column!(Moment, teams::created_at),
            Self::UpdatedAt => column!(Moment, teams::updated_at),
        }
    }
}
