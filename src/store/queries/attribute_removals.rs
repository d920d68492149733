use diesel::{dsl::sql, prelude::*, sql_types::Bool};

use super::{Conn, IDS_PER_STATEMENT, Result, convert_optional, convert_rows, load_by_ids};
use crate::{
    domain::{
        custom_attribute::{AttributeRemoval, CustomAttributeName},
        id::{AccountId, UserId},
        user::User,
    },
    store::{
        error::StoreError,
        rows::{AttributeRemovalRow, UserRow, custom_field, profile_column},
        schema::{attribute_removals, user_values, users},
        sql::{SqlTimestamp, Text, TextValue, UuidValue},
    },
};

queries! { attribute_removals, AttributeRemovalRow, AttributeRemoval, AuditId:
    insert insert_attribute_removal;
}

/// The row of a removal.
macro_rules! by_name {
    ($account:expr, $name:expr) => {
        attribute_removals::table
            .filter(attribute_removals::account_id.eq(UuidValue($account.as_uuid())))
            .filter(attribute_removals::name_key.eq(TextValue($name.key())))
    };
}

pub(crate) fn attribute_removal(
    conn: &mut Conn,
    account: AccountId,
    name: CustomAttributeName,
) -> Result<Option<AttributeRemoval>> {
    let found = by_name!(account, name).select(AttributeRemovalRow::as_select());
    convert_optional(found.get_result(conn))
}

pub(crate) fn lock_attribute_removal(conn: &mut Conn, removal: &AttributeRemoval) -> Result<bool> {
    let found = by_name!(removal.account, removal.name).select(AttributeRemovalRow::as_select());
    let found = convert_optional::<_, AttributeRemoval>(share_lock!(found).get_result(conn))?;
    Ok(found.as_ref() == Some(removal))
}

pub(crate) fn attribute_removals(conn: &mut Conn, limit: u32) -> Result<Vec<AttributeRemoval>> {
    let first = attribute_removals::table.limit(i64::from(limit));
    convert_rows(first.select(AttributeRemovalRow::as_select()).load(conn))
}

pub(crate) fn delete_attribute_removal(conn: &mut Conn, removal: &AttributeRemoval) -> Result<()> {
    let AttributeRemoval { account, name, deletion } = *removal;
    let ended = by_name!(account, name)
        .filter(attribute_removals::audit_id.eq(UuidValue(deletion.as_uuid())));
    diesel::delete(ended).execute(conn)?;
    Ok(())
}

pub(crate) fn find_attribute_users(
    conn: &mut Conn,
    account: AccountId,
    name: CustomAttributeName,
    after: UserId,
    limit: u32,
) -> Result<Vec<(UserId, bool)>> {
    // In values, locks and provenance, a quotation mark follows the name.
    // LIKE also finds similar names, which does not matter.
    let is_named = sql::<Bool>("CAST(users.profile AS text) LIKE ")
        .bind::<Text, _>(TextValue(format!("%{name}\"%")));
    let page = rows_of!(users, account)
        .filter(users::id.gt(UuidValue(after.as_uuid())))
        .order(users::id)
        .limit(i64::from(limit))
        .select((users::id, is_named));
    let rows: Vec<(UuidValue, bool)> = page.load(conn)?;
    Ok(rows.into_iter().map(|(id, is_named)| (id.0.into(), is_named)).collect())
}

pub(crate) fn users_for_update(
    conn: &mut Conn,
    account: AccountId,
    ids: &[UserId],
) -> Result<Vec<User>> {
    convert_rows(load_by_ids(ids, |ids| {
        let found = rows_of!(users, account)
            .filter(users::id.eq_any(ids))
            // Always in the same order, to prevent deadlocks.
            .order(users::id)
            .select(UserRow::as_select());
        locked_but_for_references!(found).load(conn)
    }))
}

pub(crate) fn remove_attribute(
    conn: &mut Conn,
    account: AccountId,
    name: CustomAttributeName,
    changed: &[User],
) -> Result<()> {
    for user in changed {
        let stored = by_id!(users, account, user.id).filter(users::version.eq(user.version - 1));
        let columns = (
            users::profile.eq(profile_column(user)),
            users::updated_at.eq(SqlTimestamp(user.updated_at)),
            users::version.eq(user.version),
        );
        if diesel::update(stored).set(columns).execute(conn)? != 1 {
            return Err(StoreError::Stale { table: "users" });
        }
    }
    let field = custom_field(name, None);
    for users in changed.chunks(IDS_PER_STATEMENT) {
        let ids: Vec<_> = users.iter().map(|user| UuidValue(user.id.as_uuid())).collect();
        let is_part = user_values::field
            .gt(TextValue(format!("{field}.")))
            .and(user_values::field.lt(TextValue(format!("{field}/"))));
        let rows = rows_of!(user_values, account)
            .filter(user_values::user_id.eq_any(ids))
            .filter(user_values::field.eq(TextValue(field.clone())).or(is_part));
        diesel::delete(rows).execute(conn)?;
    }
    Ok(())
}
