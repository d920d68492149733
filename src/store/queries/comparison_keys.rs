//! The keys by which names are compared, computed anew when their rule changes.

use diesel::prelude::*;

use super::{Conn, Result};
use crate::{
    domain::{subject::SubjectComparison, text::fold, user::full_name},
    store::{
        schema::{api_keys, attempts, deleted_users, identities, teams, users},
        sql::{TextValue, UuidValue},
    },
};

/// How many rows are read at once.
const CHUNK: i64 = 1_000;

/// Computes all keys anew. Returns a note for each row that keeps its old key,
/// because another row of its account has the new one.
pub(crate) fn recompute_comparison_keys(conn: &mut Conn) -> Result<Vec<String>> {
    let notes = recompute(conn)?;
    // A key that another row has had until now is free now.
    if notes.is_empty() { Ok(notes) } else { recompute(conn) }
}

fn recompute(conn: &mut Conn) -> Result<Vec<String>> {
    let mut notes = Vec::new();
    recompute_users(conn, &mut notes)?;
    recompute_user_names(conn)?;
    recompute_teams(conn, &mut notes)?;
    recompute_deleted_users(conn, &mut notes)?;
    recompute_keys(conn)?;
    recompute_attempts(conn)?;
    recompute_subjects(conn)?;
    Ok(notes)
}

/// Runs `$each` on every row of a table, in the order of its IDs. The first
/// column of `$columns` is the ID.
macro_rules! each_row {
    ($conn:expr, $table:ident, $columns:expr, $type:ty, |$row:pat_param| $each:block) => {{
        let mut after = UuidValue(uuid::Uuid::nil());
        loop {
            let rows: Vec<$type> = $table::table
                .filter($table::id.gt(after))
                .order($table::id)
                .limit(CHUNK)
                .select($columns)
                .load($conn)?;
            let Some((last, ..)) = rows.last() else { break };
            after = *last;
            for $row in rows {
                $each
            }
        }
    }};
}

/// Sets a unique key of a row, unless another row of the account has it.
macro_rules! set_unique_key {
    ($conn:expr, $table:ident, $key:ident, $row:expr, $account:expr, $name:literal, $new:expr, $notes:expr) => {{
        let new = TextValue($new);
        let other: Option<UuidValue> = $table::table
            .filter($table::account_id.eq($account))
            .filter($table::$key.eq(&new))
            .filter($table::id.ne($row))
            .select($table::id)
            .get_result($conn)
            .optional()?;
        match other {
            None => {
                diesel::update($table::table.find($row))
                    .set($table::$key.eq(new))
                    .execute($conn)?;
            }
            Some(other) => $notes.push(format!(
                "{}: {} of {} is the same as that of {} now. Rename or delete one of them.",
                stringify!($table),
                $name,
                $row.0,
                other.0,
            )),
        }
    }};
}

type UserKeys = (UuidValue, UuidValue, TextValue, TextValue, Option<TextValue>, TextValue);

fn recompute_users(conn: &mut Conn, notes: &mut Vec<String>) -> Result<()> {
    let columns = (
        users::id,
        users::account_id,
        users::email,
        users::email_key,
        users::user_name,
        users::user_name_key,
    );
    each_row!(conn, users, columns, UserKeys, |row| {
        let (id, account, email, email_key, user_name, user_name_key) = row;
        let new = fold(&email.0);
        if new != email_key.0 {
            set_unique_key!(conn, users, email_key, id, account, "the address", new, notes);
        }
        let name = user_name.unwrap_or(email);
        let new = fold(&name.0);
        if new != user_name_key.0 {
            set_unique_key!(conn, users, user_name_key, id, account, "the userName", new, notes);
        }
    });
    Ok(())
}

type Names = (
    UuidValue,
    (TextValue, TextValue, Option<TextValue>, Option<TextValue>, Option<TextValue>),
    (TextValue, TextValue, TextValue, TextValue, TextValue),
);

fn recompute_user_names(conn: &mut Conn) -> Result<()> {
    let columns = (
        users::id,
        (
            users::first_name,
            users::last_name,
            users::position,
            users::department,
            users::display_name,
        ),
        (
            users::first_name_key,
            users::last_name_key,
            users::position_key,
            users::department_key,
            users::display_name_key,
        ),
    );
    each_row!(conn, users, columns, Names, |row| {
        let (id, (first, last, position, department, display), old) = row;
        let display = display.unwrap_or_else(|| TextValue(full_name(&first.0, &last.0)));
        let key =
            |text: Option<TextValue>| TextValue(fold(&text.map(|text| text.0).unwrap_or_default()));
        let new =
            (key(Some(first)), key(Some(last)), key(position), key(department), key(Some(display)));
        if new != old {
            let (first, last, position, department, display) = new;
            diesel::update(users::table.find(id))
                .set((
                    users::first_name_key.eq(first),
                    users::last_name_key.eq(last),
                    users::position_key.eq(position),
                    users::department_key.eq(department),
                    users::display_name_key.eq(display),
                ))
                .execute(conn)?;
        }
    });
    Ok(())
}

type NameKey = (UuidValue, UuidValue, TextValue, TextValue);

fn recompute_teams(conn: &mut Conn, notes: &mut Vec<String>) -> Result<()> {
    let columns = (teams::id, teams::account_id, teams::name, teams::name_key);
    each_row!(conn, teams, columns, NameKey, |(id, account, name, key)| {
        let new = fold(&name.0);
        if new != key.0 {
            set_unique_key!(conn, teams, name_key, id, account, "the name", new, notes);
        }
    });
    Ok(())
}

fn recompute_deleted_users(conn: &mut Conn, notes: &mut Vec<String>) -> Result<()> {
    let columns = (
        deleted_users::id,
        deleted_users::account_id,
        deleted_users::email,
        deleted_users::email_key,
    );
    each_row!(conn, deleted_users, columns, NameKey, |(id, account, email, key)| {
        let new = fold(&email.0);
        if new != key.0 {
            set_unique_key!(conn, deleted_users, email_key, id, account, "the address", new, notes);
        }
    });
    Ok(())
}

fn recompute_keys(conn: &mut Conn) -> Result<()> {
    let columns = (api_keys::id, api_keys::name, api_keys::name_key);
    each_row!(conn, api_keys, columns, (UuidValue, TextValue, TextValue), |(id, name, key)| {
        let new = TextValue(fold(&name.0));
        if new != key {
            diesel::update(api_keys::table.find(id))
                .set(api_keys::name_key.eq(new))
                .execute(conn)?;
        }
    });
    Ok(())
}

type AttemptKey = (UuidValue, Option<TextValue>, Option<TextValue>);

fn recompute_attempts(conn: &mut Conn) -> Result<()> {
    let columns = (attempts::id, attempts::email, attempts::email_key);
    each_row!(conn, attempts, columns, AttemptKey, |(id, email, key)| {
        let new = email.map(|email| TextValue(fold(&email.0)));
        if new != key {
            diesel::update(attempts::table.find(id))
                .set(attempts::email_key.eq(new))
                .execute(conn)?;
        }
    });
    Ok(())
}

type SubjectKeys = (UuidValue, UuidValue, TextValue, TextValue);

/// Folds the subjects of earlier releases that were the key of an address. They match in
/// any case until the next login, because each may be an exact subject as well.
fn recompute_subjects(conn: &mut Conn) -> Result<()> {
    let columns =
        (identities::id, identities::connection_id, identities::subject, identities::comparison);
    let folded = || TextValue::new(SubjectComparison::Folded.as_str());
    each_row!(conn, identities, columns, SubjectKeys, |(id, connection, subject, comparison)| {
        let new = TextValue(fold(&subject.0));
        let is_legacy = comparison.0.parse().is_ok_and(SubjectComparison::is_legacy);
        if !is_legacy || new == subject || subject.0.to_lowercase() != subject.0 {
            continue;
        }
        let taken: Option<UuidValue> = identities::table
            .filter(identities::connection_id.eq(connection))
            .filter(identities::subject.eq(&new))
            .filter(identities::comparison.eq(folded()))
            .select(identities::id)
            .first(conn)
            .optional()?;
        if taken.is_none() {
            diesel::update(identities::table.find(id))
                .set((identities::subject.eq(new), identities::comparison.eq(folded())))
                .execute(conn)?;
        }
    });
    Ok(())
}
