use diesel::prelude::*;

use super::super::convert_rows;
use super::{
    Column, Conn, ListSource, PositionRow, Result, RowPredicate, Rows, ScanQuery, Sql, Value,
    column, count, find_position, in_table, members, nullable, place, place_in, position, rows,
    unindexed,
};
use crate::{
    domain::{
        id::{AccountId, TeamId},
        lists::{
            DeletedUserAttribute, IndexScan, Key, Listing, MemberAttribute, PagePosition,
            SortOrder, UserAttribute,
        },
        profile_field::ProfileField,
        user::{DeletedUser, User},
    },
    store::{
        SCAN_LIMIT,
        rows::{DeletedUserRow, UserRow},
        schema::{deleted_users, memberships, user_counts, users},
        sql::{Text, TextValue, Uuid, UuidValue},
    },
};

pub(crate) fn list_users_at(
    conn: &mut Conn,
    account: AccountId,
    listing: &Listing<UserAttribute>,
    before: u64,
) -> Result<Option<PagePosition>> {
    find_position(conn, account, listing, before)
}

impl ListSource for UserAttribute {
    type Table = users::table;
    type Item = User;
    type Scope = AccountId;

    fn id() -> Sql<users::table, Uuid> {
        Box::new(users::id)
    }

    fn account() -> Option<Sql<users::table, Uuid>> {
        Some(Box::new(users::account_id))
    }

    fn bytes(user: &User) -> usize {
        user.text_bytes()
    }

    fn rows(conn: &mut Conn, account: AccountId, walk: &IndexScan<Self>, limit: i64) -> Rows<User> {
        match scanned_team(walk) {
            Some(team) => load_team_rows(conn, account, team, walk, limit),
            None => rows!(users, UserRow, conn, account, walk, limit),
        }
    }

    fn place(
        conn: &mut Conn,
        account: AccountId,
        walk: &IndexScan<Self>,
        before: i64,
    ) -> Result<Option<PagePosition>> {
        match scanned_team(walk) {
            Some(team) => MemberAttribute::place(conn, (account, team), &walk.of_ids(), before),
            None => place_in!(users, conn, account, walk, before),
        }
    }

    fn count(
        conn: &mut Conn,
        account: AccountId,
        test: Option<RowPredicate<users::table>>,
    ) -> Result<i64> {
        if test.is_none() {
            // The database keeps count of all.
            let all = user_counts::table
                .filter(user_counts::account_id.eq(UuidValue(account.as_uuid())))
                .select(user_counts::users);
            return Ok(all.load::<i64>(conn)?.into_iter().sum());
        }
        count!(users, conn, account, test)
    }

    fn column(self) -> Column<users::table> {
        match self {
            Self::Id => column!(Id, users::id),
            Self::Profile(field) => field_column(field),
            Self::Status => column!(Text, users::status),
            Self::MobileE164 => nullable!(Text, users::mobile_e164),
            Self::Origin => column!(Text, users::origin),
            Self::CreatedAt => column!(Moment, users::created_at),
            Self::UpdatedAt => column!(Moment, users::updated_at),
            Self::FirstLoginAt => nullable!(Moment, users::first_login_at),
            Self::LastLoginAt => nullable!(Moment, users::last_login_at),
            Self::Team => Column { value: Value::Several(is_team_member), there: None },
        }
    }
}

/// The column of an attribute that has a definition.
fn field_column(field: ProfileField) -> Column<users::table> {
    match field {
        ProfileField::Email => column!(Text, users::email_key),
        ProfileField::UserName => column!(Text, users::user_name_key),
        ProfileField::ExternalId => nullable!(Text, users::external_id),
        ProfileField::Role => column!(Text, users::role),
        ProfileField::FirstName => column!(Text, users::first_name_key),
        ProfileField::LastName => column!(Text, users::last_name_key),
        ProfileField::DisplayName => column!(Text, users::display_name_key),
        // Their keys are empty where there is no value.
        ProfileField::Department => Column {
            there: Some(Box::new(users::department.is_not_null())),
            ..column!(Text, users::department_key)
        },
        ProfileField::Position => Column {
            there: Some(Box::new(users::position.is_not_null())),
            ..column!(Text, users::position_key)
        },
        ProfileField::Manager => nullable!(Text, users::manager),
        // No list is filtered by the others.
        _ => column!(Text, TextValue::new("").into_sql::<Text>()),
    }
}

/// The team whose users are walked, if it is those.
fn scanned_team(walk: &IndexScan<UserAttribute>) -> Option<TeamId> {
    match walk.fixed.as_slice() {
        [(UserAttribute::Team, Key::Id(team))] => Some(TeamId::from(*team)),
        _ => None,
    }
}

/// How many users one statement asks for by their ids.
const USERS_PER_STATEMENT: usize = 500;

/// The first rows of a walk along a team.
fn load_team_rows(
    conn: &mut Conn,
    account: AccountId,
    team: TeamId,
    walk: &IndexScan<UserAttribute>,
    limit: i64,
) -> Rows<User> {
    // Each of them is on the page if nothing is held against them; else the
    // walk ends where it has gone far enough.
    let member_limit = if walk.residual.is_none() { limit } else { SCAN_LIMIT };
    let ids = members::ids(conn, account, team, &walk.of_ids(), member_limit)?;
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let mut found = Vec::new();
    for ids in ids.chunks(USERS_PER_STATEMENT) {
        let mut query = users::table
            .select(UserRow::as_select())
            .into_boxed()
            .filter(users::account_id.eq(UuidValue(account.as_uuid())))
            .filter(users::id.eq_any(ids.to_vec()));
        if let Some(residual) = &walk.residual {
            query = query.filter(unindexed(residual));
        }
        let mut batch: Vec<User> = convert_rows(query.load::<UserRow>(conn))?;
        batch.sort_unstable_by_key(|user| user.id);
        if walk.order == SortOrder::Descending {
            batch.reverse();
        }
        found.extend(batch);
        if found.len() >= limit {
            found.truncate(limit);
            break;
        }
    }
    let rows =
        found.into_iter().map(|user| (PagePosition { key: None, id: user.id.as_uuid() }, user));
    Ok(rows.collect())
}

/// Whether a user is in a team, or in any. Not by EXISTS: PostgreSQL may take
/// that for a reason to read the whole team first. (Who is in a team is of its
/// account.)
fn is_team_member(team: Option<UuidValue>) -> RowPredicate<users::table> {
    let membership = memberships::table
        .filter(memberships::user_id.eq(users::id))
        .select(memberships::user_id)
        .limit(1);
    match team {
        Some(team) => {
            Box::new(membership.filter(memberships::team_id.eq(team)).single_value().is_not_null())
        }
        None => Box::new(
            membership
                .filter(memberships::account_id.eq(users::account_id))
                .single_value()
                .is_not_null(),
        ),
    }
}

impl ListSource for DeletedUserAttribute {
    in_table!(deleted_users, DeletedUserRow => DeletedUser);

    fn bytes(user: &DeletedUser) -> usize {
        user.email.as_str().len()
    }

    fn column(self) -> Column<deleted_users::table> {
        match self {
            Self::Id => column!(Id, deleted_users::id),
            Self::Email => column!(Text, deleted_users::email_key),
            Self::DeletedAt => column!(Moment, deleted_users::deleted_at),
        }
    }
}
