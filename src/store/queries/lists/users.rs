use diesel::{dsl::sql, prelude::*};

use super::{
    Column, Condition, Conn, ItemPage, ListSource, PositionRow, Result, RowPredicate, Rows,
    ScanQuery, Sql, Value, column, count_filter, count_rows, find_position, in_table,
    load_position, load_rows, nullable, position, position_columns,
    user_ids::UserIdScan,
    user_values::{any_custom_value, any_value, text_column},
};
use crate::{
    domain::{
        custom_attribute::CustomAttributeName,
        filter::{CustomValueCondition, ValueCondition},
        id::AccountId,
        lists::{DeletedUserAttribute, IndexScan, Listing, PagePosition, UserAttribute},
        multi_valued::MultiValuedField,
        profile_field::ProfileField,
        user::{DeletedUser, User},
    },
    store::{
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

    fn page_by_ids(
        conn: &mut Conn,
        account: AccountId,
        scan: &IndexScan<Self>,
        count: usize,
    ) -> Result<Option<ItemPage<User>>> {
        UserIdScan::new(scan).map(|ids| ids.page(conn, account, count)).transpose()
    }

    fn load_rows(
        conn: &mut Conn,
        account: AccountId,
        scan: &IndexScan<Self>,
        limit: i64,
    ) -> Rows<User> {
        match UserIdScan::new(scan) {
            Some(scan) => scan.load_rows(conn, account, limit),
            None => load_rows!(
                users,
                UserRow,
                |_, rows| super::super::convert_rows(Ok::<_, crate::store::StoreError>(rows)),
                conn,
                account,
                scan,
                limit
            ),
        }
    }

    fn load_position(
        conn: &mut Conn,
        account: AccountId,
        scan: &IndexScan<Self>,
        before: i64,
    ) -> Result<Option<PagePosition>> {
        match UserIdScan::new(scan) {
            Some(scan) => scan.load_position(conn, account, before),
            None => load_position!(users, conn, account, scan, before),
        }
    }

    fn count_rows(
        conn: &mut Conn,
        account: AccountId,
        condition: Option<&Condition<Self>>,
    ) -> Result<i64> {
        let Some(condition) = condition else {
            // Triggers count all users.
            let all = rows_of!(user_counts, account).select(user_counts::users);
            return Ok(all.load::<i64>(conn)?.into_iter().sum());
        };
        let listing = Listing { condition: Some(condition.clone()), ..Listing::first(1) };
        let scan = IndexScan::from_listing(&listing);
        let counted = match scan.as_ref().and_then(UserIdScan::new) {
            Some(scan) => scan.count_rows(conn, account)?,
            None => None,
        };
        match counted {
            Some(count) => Ok(count),
            None => count_rows!(users, conn, account, Some(condition)),
        }
    }

    fn any_value(
        field: MultiValuedField,
        condition: &ValueCondition,
    ) -> Option<RowPredicate<users::table>> {
        Some(any_value(field, condition))
    }

    fn any_custom_value(
        name: CustomAttributeName,
        condition: &CustomValueCondition,
    ) -> Option<RowPredicate<users::table>> {
        Some(any_custom_value(name, condition))
    }

    fn column(self) -> Column<users::table> {
        match self {
            Self::Id => column!(Id, users::id),
            Self::Profile(field) => field_column(field),
            // Conditions on values are not on columns.
            Self::Value(..) | Self::Custom(..) => {
                column!(Text, TextValue::new("").into_sql::<Text>())
            }
            Self::Status => column!(Text, users::status),
            Self::MobileE164 => nullable!(Text, users::mobile_e164),
            Self::Origin => column!(Text, users::origin),
            Self::CreatedAt => column!(Moment, users::created_at),
            Self::UpdatedAt => column!(Moment, users::updated_at),
            Self::FirstLoginAt => nullable!(Moment, users::first_login_at),
            Self::LastLoginAt => nullable!(Moment, users::last_login_at),
            Self::Team => Column { value: Value::Related(is_team_member), is_present: None },
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
            is_present: Some(Box::new(users::department.is_not_null())),
            ..column!(Text, users::department_key)
        },
        ProfileField::Position => Column {
            is_present: Some(Box::new(users::position.is_not_null())),
            ..column!(Text, users::position_key)
        },
        ProfileField::Manager => nullable!(Text, users::manager),
        // By default, first and last name.
        ProfileField::FormattedName => column!(
            Text,
            sql::<Text>(
                "coalesce((SELECT stored.value_key FROM user_values AS stored \
                 WHERE stored.user_id = users.id AND stored.field = 'formattedName' \
                 AND stored.place = 0), \
                 trim(users.first_name_key || ' ' || users.last_name_key))"
            )
        ),
        text => text_column(text),
    }
}

/// Whether a user is in a team, or in any team. This does not use EXISTS, because
/// PostgreSQL might then read the whole team first. Members belong to the account of their
/// team.
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
