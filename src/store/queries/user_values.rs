//! Writes the index table `user_values`: the keys of texts and values that have no columns
//! in `users`.

use std::collections::{HashMap, hash_map::Entry};

use diesel::prelude::*;

use super::{Conn, Result, attribute_definitions::attribute_definitions, prepared::insert_rows};
use crate::{
    domain::{
        custom_attribute::AttributeDefinition,
        id::{AccountId, UserId},
        user::{Profile, User},
    },
    store::{
        error::RowRef,
        rows::{StoredProfile, UserValueRow},
        schema::{user_values, users},
        sql::{JsonText, UuidValue},
    },
};

/// How many rows one statement writes. Each row has 14 values.
const ROWS_PER_STATEMENT: usize = 1_000;

/// How many users are read at once.
const USERS_AT_ONCE: i64 = 1_000;

/// Adds the rows of new users.
pub(super) fn insert_values(conn: &mut Conn, users: &[User]) -> Result<()> {
    let mut rows = Vec::new();
    for users in users.chunk_by(|one, other| one.account == other.account) {
        let definitions = load_definitions(conn, users.iter())?;
        rows.extend(users.iter().flat_map(|user| rows_of_user(user, &definitions)));
    }
    write_rows(conn, &rows)
}

/// Replaces the rows of a user whose texts or values have changed.
pub(super) fn replace_values(conn: &mut Conn, before: &User, after: &User) -> Result<()> {
    let (old, new) = (&before.profile, &after.profile);
    if (&old.texts, &old.values, &old.custom) == (&new.texts, &new.values, &new.custom) {
        return Ok(());
    }
    if !rows_of_user(before, &[]).is_empty() {
        let stored = rows_of!(user_values, after.account)
            .filter(user_values::user_id.eq(UuidValue(after.id.as_uuid())));
        diesel::delete(stored).execute(conn)?;
    }
    let definitions = load_definitions(conn, [after])?;
    write_rows(conn, &rows_of_user(after, &definitions))
}

fn rows_of_user(user: &User, definitions: &[AttributeDefinition]) -> Vec<UserValueRow> {
    UserValueRow::from_profile(user.account, user.id, &user.profile, definitions)
}

/// Loads the definitions that the rows of users of one account need: none if no user has
/// custom attributes.
fn load_definitions<'a>(
    conn: &mut Conn,
    users: impl IntoIterator<Item = &'a User>,
) -> Result<Vec<AttributeDefinition>> {
    match users.into_iter().find(|user| !user.profile.custom.is_empty()) {
        Some(user) => attribute_definitions(conn, user.account),
        None => Ok(Vec::new()),
    }
}

fn write_rows(conn: &mut Conn, rows: &[UserValueRow]) -> Result<()> {
    for rows in rows.chunks(ROWS_PER_STATEMENT) {
        insert_rows!(user_values, rows, conn)?;
    }
    Ok(())
}

/// Replaces the rows of all users.
pub(crate) fn fill_user_values(conn: &mut Conn) -> Result<()> {
    diesel::delete(user_values::table).execute(conn)?;
    let mut after = UuidValue(uuid::Uuid::nil());
    let mut definitions = HashMap::new();
    loop {
        let found: Vec<(UuidValue, UuidValue, JsonText)> = users::table
            .filter(users::id.gt(after))
            .filter(users::profile.ne(JsonText("{}".into())))
            .order(users::id)
            .limit(USERS_AT_ONCE)
            .select((users::id, users::account_id, users::profile))
            .load(conn)?;
        let Some((last, ..)) = found.last() else { return Ok(()) };
        after = *last;
        let mut rows = Vec::new();
        for (id, account, profile) in &found {
            let row_ref = RowRef { table: "users", id: UserId::from(id.0) };
            let profile: Profile = StoredProfile::read(&row_ref, profile)?.into();
            let account = AccountId::from(account.0);
            let definitions = match definitions.entry(account) {
                Entry::Vacant(place) if !profile.custom.is_empty() => {
                    place.insert(attribute_definitions(conn, account)?).as_slice()
                }
                Entry::Vacant(_) => &[],
                Entry::Occupied(loaded) => loaded.into_mut().as_slice(),
            };
            rows.extend(UserValueRow::from_profile(account, row_ref.id, &profile, definitions));
        }
        write_rows(conn, &rows)?;
    }
}
