use diesel::{
    dsl::{exists, sql},
    prelude::*,
    sql_types::{Bool, Nullable},
    upsert::excluded,
};

use super::{Conn, IDS_PER_STATEMENT, Result, convert_rows, load_by_ids, prepared::Prepared};
use crate::{
    domain::{
        id::{AccountId, TeamId, UserId},
        lists::Member,
        membership::{MemberRole, MembershipUser},
        role::TeamRole,
        team::Membership,
    },
    store::{
        MemberState,
        error::RowRef,
        rows::{MemberRow, MemberUserRow, MembershipRow, read_member},
        schema::{memberships, users},
        sql::{Text, TextValue, UuidValue},
    },
};

/// How many memberships one statement writes: each is six values, and SQLite
/// takes 32,766 at most.
const ROWS_PER_STATEMENT: usize = 5_000;

/// The locks of a user: a JSON array, as text.
const LOCKS: &str = "users.profile ->> 'locks'";

/// The name of the memberships in that array.
const LOCKED_TEAMS: &str = "\"teams\"";

/// A member's role, out of the requested role and the account role.
pub(super) fn member_role<Id: std::fmt::Display + Copy>(
    row_ref: &RowRef<Id>,
    requested: &TextValue,
    account: &TextValue,
) -> Result<MemberRole> {
    let requested = row_ref.parse("requested_role", &requested.0)?;
    Ok(MemberRole::new(requested, row_ref.parse("role of the user", &account.0)?))
}

pub(crate) fn member(
    conn: &mut Conn,
    account: AccountId,
    team: TeamId,
    user: UserId,
) -> Result<Option<Member>> {
    let found = memberships::table
        .inner_join(users::table.on(users::id.eq(memberships::user_id)))
        .filter(memberships::account_id.eq(UuidValue(account.as_uuid())))
        .filter(memberships::team_id.eq(UuidValue(team.as_uuid())))
        .filter(memberships::user_id.eq(UuidValue(user.as_uuid())))
        .select((MemberRow::as_select(), MemberUserRow::as_select()));
    let row: Option<(MemberRow, MemberUserRow)> = found.get_result(conn).optional()?;
    row.map(|(member, user)| read_member(member, user)).transpose()
}

pub(crate) fn membership_users_for_update(
    conn: &mut Conn,
    account: AccountId,
    users: &[UserId],
) -> Result<Vec<(UserId, MembershipUser)>> {
    // Always in the same order, to prevent deadlocks.
    let mut sorted = users.to_vec();
    sorted.sort_unstable();
    let rows: Vec<(UuidValue, TextValue, Option<TextValue>)> = load_by_ids(&sorted, |ids| {
        let found = rows_of!(users, account)
            .filter(users::id.eq_any(ids))
            .order(users::id)
            .select((users::id, users::role, sql::<Nullable<Text>>(LOCKS)));
        locked_but_for_references!(found).load(conn)
    })?;
    let read = |(id, role, locks): (UuidValue, TextValue, Option<TextValue>)| {
        let row_ref = RowRef { table: "users", id: UserId::from(id.0) };
        Ok((row_ref.id, read_membership_user(&row_ref, &role, locks)?))
    };
    rows.into_iter().map(read).collect()
}

/// A user's ID, version, account role and locks, their requested team role, and whether the team
/// has other members.
type MemberStateColumns = (UuidValue, i64, TextValue, Option<TextValue>, Option<TextValue>, bool);

pub(crate) fn member_states(
    conn: &mut Conn,
    account: AccountId,
    team: TeamId,
    users: &[UserId],
) -> Result<(Vec<MemberState>, bool)> {
    let others = diesel::alias!(memberships as others);
    let is_other = others.field(memberships::user_id).ne_all(ids(users));
    let others = others
        .filter(others.field(memberships::team_id).eq(UuidValue(team.as_uuid())))
        .filter(is_other)
        .select(others.field(memberships::user_id));
    let is_member =
        memberships::user_id.eq(users::id).and(memberships::team_id.eq(UuidValue(team.as_uuid())));
    let found = users::table
        .left_join(memberships::table.on(is_member))
        .filter(users::account_id.eq(UuidValue(account.as_uuid())))
        .filter(users::id.eq_any(ids(users)))
        .select((
            users::id,
            users::version,
            users::role,
            sql::<Nullable<Text>>(LOCKS),
            memberships::requested_role.nullable(),
            exists(others),
        ));
    let rows: Vec<MemberStateColumns> = Prepared(found).load(conn)?;
    let has_others = rows.first().is_some_and(|(.., has_others)| *has_others);
    let read = |(id, version, role, locks, requested, _): MemberStateColumns| {
        let row_ref = RowRef { table: "users", id: UserId::from(id.0) };
        let membership = RowRef { table: "memberships", id: row_ref.id };
        Ok(MemberState {
            id: row_ref.id,
            version,
            user: read_membership_user(&row_ref, &role, locks)?,
            requested_role: requested
                .map(|role| membership.parse("requested_role", &role.0))
                .transpose()?,
        })
    };
    Ok((rows.into_iter().map(read).collect::<Result<_>>()?, has_others))
}

fn read_membership_user(
    row_ref: &RowRef<UserId>,
    role: &TextValue,
    locks: Option<TextValue>,
) -> Result<MembershipUser> {
    let role = row_ref.parse("role", &role.0)?;
    let has_locked_teams = locks.is_some_and(|locks| locks.0.contains(LOCKED_TEAMS));
    Ok(MembershipUser { role, has_locked_teams })
}

pub(crate) fn requested_roles(
    conn: &mut Conn,
    account: AccountId,
    team: TeamId,
    users: &[UserId],
) -> Result<Vec<(UserId, TeamRole)>> {
    let rows: Vec<(UuidValue, TextValue)> = load_by_ids(users, |ids| {
        let found = rows_of!(memberships, account)
            .filter(memberships::team_id.eq(UuidValue(team.as_uuid())))
            .filter(memberships::user_id.eq_any(ids));
        found.select((memberships::user_id, memberships::requested_role)).load(conn)
    })?;
    let read = |(id, role): (UuidValue, TextValue)| {
        let row_ref = RowRef { table: "memberships", id: UserId::from(id.0) };
        Ok((row_ref.id, row_ref.parse("requested_role", &role.0)?))
    };
    rows.into_iter().map(read).collect()
}

pub(crate) fn all_members(
    conn: &mut Conn,
    account: AccountId,
    team: TeamId,
) -> Result<Vec<(UserId, MemberRole)>> {
    let rows: Vec<(UuidValue, UuidValue, TextValue, TextValue)> = memberships::table
        .filter(memberships::team_id.eq(UuidValue(team.as_uuid())))
        .order(memberships::user_id)
        .select((
            memberships::account_id,
            memberships::user_id,
            memberships::requested_role,
            // Looked up for each row: a join might be begun from the users.
            users::table
                .filter(users::id.eq(memberships::user_id))
                .select(users::role)
                .single_value()
                .assume_not_null(),
        ))
        .load(conn)?;
    // Not asked of the database, which might look along the account.
    let ours = rows.into_iter().filter(|(own, ..)| own.0 == account.as_uuid());
    let read = ours.map(|(_, user, requested, account)| {
        let row_ref = RowRef { table: "memberships", id: UserId::from(user.0) };
        Ok((row_ref.id, member_role(&row_ref, &requested, &account)?))
    });
    read.collect()
}

pub(crate) fn member_with_locked_teams(
    conn: &mut Conn,
    account: AccountId,
    team: TeamId,
) -> Result<Option<UserId>> {
    let first: Option<UuidValue> = memberships::table
        .inner_join(users::table.on(users::id.eq(memberships::user_id)))
        .filter(memberships::account_id.eq(UuidValue(account.as_uuid())))
        .filter(memberships::team_id.eq(UuidValue(team.as_uuid())))
        .filter(sql::<Bool>(LOCKS).sql(" LIKE '%\"teams\"%'"))
        .select(memberships::user_id)
        .first(conn)
        .optional()?;
    Ok(first.map(|user| user.0.into()))
}

pub(crate) fn has_members(conn: &mut Conn, account: AccountId, team: TeamId) -> Result<bool> {
    let first: Option<UuidValue> = memberships::table
        .filter(memberships::team_id.eq(UuidValue(team.as_uuid())))
        .select(memberships::account_id)
        .first(conn)
        .optional()?;
    // Not asked of the database, which might look along the account.
    Ok(first.is_some_and(|own| own.0 == account.as_uuid()))
}

/// Writes one membership, or some at once.
macro_rules! put {
    ($conn:expr, $rows:expr) => {
        diesel::insert_into(memberships::table)
            .values($rows)
            .on_conflict((memberships::team_id, memberships::user_id))
            .do_update()
            .set((
                memberships::requested_role.eq(excluded(memberships::requested_role)),
                memberships::provenance.eq(excluded(memberships::provenance)),
            ))
            .execute($conn)
    };
}

pub(crate) fn put_memberships(conn: &mut Conn, put: &[Membership]) -> Result<()> {
    // A statement for one is prepared once; for many, each time.
    if let [membership] = put {
        put!(conn, MembershipRow::try_from(membership)?)?;
        return Ok(());
    }
    for put in put.chunks(ROWS_PER_STATEMENT) {
        let rows = put.iter().map(MembershipRow::try_from).collect::<Result<Vec<_>>>()?;
        put!(conn, rows)?;
    }
    Ok(())
}

pub(crate) fn memberships_of_user(
    conn: &mut Conn,
    account: AccountId,
    user: UserId,
) -> Result<Vec<Membership>> {
    let found = rows_of!(memberships, account)
        .filter(memberships::user_id.eq(UuidValue(user.as_uuid())))
        .order(memberships::team_id)
        .select(MembershipRow::as_select());
    convert_rows(found.load(conn))
}

pub(crate) fn delete_memberships(
    conn: &mut Conn,
    account: AccountId,
    team: TeamId,
    users: &[UserId],
) -> Result<usize> {
    let mut gone = 0;
    for users in users.chunks(IDS_PER_STATEMENT) {
        let found = rows_of!(memberships, account)
            .filter(memberships::team_id.eq(UuidValue(team.as_uuid())))
            .filter(memberships::user_id.eq_any(ids(users)));
        gone += diesel::delete(found).execute(conn)?;
    }
    Ok(gone)
}

fn ids(users: &[UserId]) -> Vec<UuidValue> {
    users.iter().map(|user| UuidValue(user.as_uuid())).collect()
}
