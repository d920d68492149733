use std::collections::HashMap;

use diesel::{
    dsl::{count_star, sql},
    prelude::*,
};

use super::{
    Column, Condition, Conn, ListSource, Result, Rows, ScanQuery, Sql, column, count_filter,
    load_page, position, position_columns,
};
use crate::{
    domain::{
        id::{AccountId, TeamId},
        lists::{IndexScan, Listing, Member, MemberAttribute, Page, PagePosition},
    },
    store::{
        rows::{MemberRow, MemberUserRow, read_member},
        schema::{memberships, teams, users},
        sql::{Text, Uuid, UuidValue},
    },
};

pub(crate) fn list_members(
    conn: &mut Conn,
    account: AccountId,
    team: TeamId,
    listing: &Listing<MemberAttribute>,
) -> Result<Page<Member>> {
    load_page(conn, (account, team), listing)
}

/// The members of a team of an account. Filters the account on the team, not on the
/// memberships: otherwise the database might scan the account's index.
macro_rules! team_memberships {
    ($select:expr, $account:expr, $team:expr) => {{
        let team = teams::table
            .filter(teams::account_id.eq(UuidValue($account.as_uuid())))
            .filter(teams::id.eq(UuidValue($team.as_uuid())))
            .select(teams::id)
            .single_value();
        memberships::table
            .select($select)
            .into_boxed()
            .filter(memberships::team_id.nullable().eq(team))
    }};
}

/// The role in effect, as [`MemberRole`](crate::domain::membership::MemberRole)
/// computes it, so that a filter finds what a list shows.
macro_rules! effective_role {
    () => {
        users::table
            .filter(users::id.eq(memberships::user_id))
            .select(sql::<Text>(
                "CASE WHEN 'ADMIN' IN (users.role, memberships.requested_role) THEN 'ADMIN' \
                 WHEN 'USER' IN (users.role, memberships.requested_role) THEN 'USER' \
                 WHEN 'RESPONDER' IN (users.role, memberships.requested_role) THEN 'RESPONDER' \
                 ELSE 'STAKEHOLDER' END",
            ))
            .single_value()
            .assume_not_null()
    };
}

/// The IDs of the first members of a scan.
pub(super) fn ids(
    conn: &mut Conn,
    account: AccountId,
    team: TeamId,
    scan: &IndexScan<MemberAttribute>,
    limit: i64,
) -> Result<Vec<UuidValue>> {
    let found = team_memberships!(memberships::user_id, account, team).limit(limit);
    Ok(ScanQuery::new(account, scan, true).apply_to(found).load(conn)?)
}

impl ListSource for MemberAttribute {
    type Table = memberships::table;
    type Item = Member;
    type Scope = (AccountId, TeamId);

    fn bytes(member: &Member) -> usize {
        member.first_name.len().saturating_add(member.last_name.len())
    }

    fn column(self) -> Column<memberships::table> {
        match self {
            Self::User => column!(Id, memberships::user_id),
            Self::Role => column!(Text, effective_role!()),
            // A subquery for each row: with a join, the database might start with the
            // users.
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

    fn account() -> Option<Sql<memberships::table, Uuid>> {
        None
    }

    fn load_rows(
        conn: &mut Conn,
        (account, team): Self::Scope,
        scan: &IndexScan<Self>,
        limit: i64,
    ) -> Rows<Member> {
        let found = team_memberships!(MemberRow::as_select(), account, team).limit(limit);
        let members: Vec<MemberRow> =
            ScanQuery::new(account, scan, true).apply_to(found).load(conn)?;
        let ids: Vec<UuidValue> = members.iter().map(|member| member.user_id).collect();
        let users: Vec<MemberUserRow> = rows_of!(users, account)
            .filter(users::id.eq_any(ids))
            .select(MemberUserRow::as_select())
            .load(conn)?;
        let mut users: HashMap<_, _> = users.into_iter().map(|user| (user.id.0, user)).collect();
        let pairs = members.into_iter().filter_map(|member| {
            let user = users.remove(&member.user_id.0)?;
            Some((PagePosition { key: None, id: member.user_id.0 }, read_member(member, user)))
        });
        pairs.map(|(position, member)| Ok((position, member?))).collect()
    }

    fn load_position(
        conn: &mut Conn,
        (account, team): Self::Scope,
        scan: &IndexScan<Self>,
        before: i64,
    ) -> Result<Option<PagePosition>> {
        let found =
            team_memberships!(position_columns(scan), account, team).limit(1).offset(before);
        let row =
            ScanQuery::new(account, scan, false).apply_to(found).get_result(conn).optional()?;
        Ok(row.map(position))
    }

    fn count_rows(
        conn: &mut Conn,
        (account, team): Self::Scope,
        condition: Option<&Condition<Self>>,
    ) -> Result<i64> {
        let all = team_memberships!(count_star(), account, team);
        Ok(condition
            .map(count_filter)
            .into_iter()
            .fold(all, |all, test| all.filter(test))
            .get_result(conn)?)
    }
}
