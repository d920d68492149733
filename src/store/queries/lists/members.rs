use std::collections::HashMap;

use diesel::prelude::*;

use super::{Asked, Column, Conn, Listed, Result, Rows, Sql, Test, column, page, place, position};
use crate::{
    domain::{
        id::{AccountId, TeamId},
        listing::{Listing, Page, Position},
        lists::{Member, MemberAttribute},
    },
    store::{
        listing::Walk,
        rows::{MemberRow, MemberUserRow, read_member},
        schema::{memberships, users},
        sql::{Id, Uuid},
    },
};

pub(crate) fn list_members(
    conn: &mut Conn,
    account: AccountId,
    team: TeamId,
    listing: &Listing<MemberAttribute>,
) -> Result<Page<Member>> {
    page(conn, (account, team), listing)
}

/// The first users of a walk along a team.
pub(super) fn ids(
    conn: &mut Conn,
    account: AccountId,
    team: TeamId,
    walk: &Walk<MemberAttribute>,
    limit: i64,
) -> Result<Vec<Id>> {
    let found = memberships::table
        .select(memberships::user_id)
        .into_boxed()
        .filter(memberships::account_id.eq(Id(account.as_uuid())))
        .filter(memberships::team_id.eq(Id(team.as_uuid())))
        .limit(limit);
    Ok(Asked::rows(walk, true).put(found).load(conn)?)
}

impl Listed for MemberAttribute {
    type Table = memberships::table;
    type Item = Member;
    type Scope = (AccountId, TeamId);

    fn column(self) -> Column<memberships::table> {
        match self {
            Self::User => column!(Id, memberships::user_id),
            Self::Role => column!(Text, memberships::role),
            // Looked up for each row: a join might be begun from the users.
            Self::Email => column!(
                Text,
                users::table
                    .filter(users::id.eq(memberships::user_id))
                    .select(users::email_key)
                    .single_value()
                    .assume_not_null()
            ),
        }
    }

    fn id() -> Sql<memberships::table, Uuid> {
        Box::new(memberships::user_id)
    }

    fn rows(
        conn: &mut Conn,
        (account, team): Self::Scope,
        walk: &Walk<Self>,
        limit: i64,
    ) -> Rows<Member> {
        let found = memberships::table
            .select(MemberRow::as_select())
            .into_boxed()
            .filter(memberships::account_id.eq(Id(account.as_uuid())))
            .filter(memberships::team_id.eq(Id(team.as_uuid())))
            .limit(limit);
        let members: Vec<MemberRow> = Asked::rows(walk, true).put(found).load(conn)?;
        let ids: Vec<Id> = members.iter().map(|member| member.user_id).collect();
        let users: Vec<MemberUserRow> = users::table
            .filter(users::account_id.eq(Id(account.as_uuid())))
            .filter(users::id.eq_any(ids))
            .select(MemberUserRow::as_select())
            .load(conn)?;
        let mut users: HashMap<_, _> = users.into_iter().map(|user| (user.id.0, user)).collect();
        let pairs = members.into_iter().filter_map(|member| {
            let user = users.remove(&member.user_id.0)?;
            Some((Position { key: None, id: member.user_id.0 }, read_member(member, user)))
        });
        pairs.map(|(position, member)| Ok((position, member?))).collect()
    }

    fn place(
        conn: &mut Conn,
        (account, team): Self::Scope,
        walk: &Walk<Self>,
        before: i64,
    ) -> Result<Option<Position>> {
        let found = memberships::table
            .select(place(walk))
            .into_boxed()
            .filter(memberships::account_id.eq(Id(account.as_uuid())))
            .filter(memberships::team_id.eq(Id(team.as_uuid())))
            .limit(1)
            .offset(before);
        let row = Asked::rows(walk, false).put(found).get_result(conn).optional()?;
        Ok(row.map(position))
    }

    fn count(
        conn: &mut Conn,
        (account, team): Self::Scope,
        test: Option<Test<memberships::table>>,
    ) -> Result<i64> {
        let all = memberships::table
            .count()
            .into_boxed()
            .filter(memberships::account_id.eq(Id(account.as_uuid())))
            .filter(memberships::team_id.eq(Id(team.as_uuid())));
        Ok(test.into_iter().fold(all, |all, test| all.filter(test)).get_result(conn)?)
    }
}
