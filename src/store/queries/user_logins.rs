use diesel::prelude::*;

use super::{Conn, Result, prepared::change_rows};
use crate::{
    domain::{
        Timestamp,
        id::{AccountId, ConnectionId, UserId},
        user::UserStatus,
    },
    store::{
        error::StoreError,
        schema::{identities, users},
        sql::{SqlTimestamp, TextValue, UuidValue},
    },
};

pub(crate) fn record_first_login(
    conn: &mut Conn,
    account: AccountId,
    user: UserId,
    now: Timestamp,
) -> Result<()> {
    // The status for which the plan was created, so that a concurrent change to DISABLED is
    // not overwritten.
    let staged = TextValue::new(UserStatus::Staged.as_str());
    let stored = by_id!(users, account, user).filter(users::status.eq(staged));
    let update = diesel::update(stored).set((
        users::status.eq(TextValue::new(UserStatus::Active.as_str())),
        users::first_login_at.eq(Some(SqlTimestamp(now))),
        users::last_login_at.eq(Some(SqlTimestamp(now))),
        users::updated_at.eq(SqlTimestamp(now)),
        users::version.eq(users::version + 1),
    ));
    let changed = change_rows(conn, update)?;
    if changed == 1 { Ok(()) } else { Err(StoreError::Stale { table: "users" }) }
}

pub(crate) fn lock_for_login(
    conn: &mut Conn,
    account: AccountId,
    user: UserId,
    identity_on: Option<ConnectionId>,
) -> Result<Option<Timestamp>> {
    let active = TextValue::new(UserStatus::Active.as_str());
    let stored = by_id!(users, account, user).filter(users::status.eq(active));
    let found: Option<Option<SqlTimestamp>> = match identity_on {
        None => {
            let stored = stored.select(users::last_login_at);
            locked_but_for_references!(stored).get_result(conn).optional()?
        }
        // The identity is locked as well: one that is deleted meanwhile is not found.
        Some(connection) => {
            let stored = stored
                .inner_join(identities::table.on(identities::user_id.eq(users::id)))
                .filter(identities::account_id.eq(UuidValue(account.as_uuid())))
                .filter(identities::connection_id.eq(UuidValue(connection.as_uuid())))
                .select(users::last_login_at);
            locked_but_for_references!(stored).get_result(conn).optional()?
        }
    };
    let last_login_at = found.ok_or(StoreError::Stale { table: "users" })?;
    Ok(last_login_at.map(|at| at.0))
}

pub(crate) fn record_last_login(
    conn: &mut Conn,
    account: AccountId,
    user: UserId,
    now: Timestamp,
) -> Result<()> {
    let is_due = is_due!(users::last_login_at, now);
    let stored = by_id!(users, account, user).filter(is_due);
    let update = diesel::update(stored).set(users::last_login_at.eq(Some(SqlTimestamp(now))));
    change_rows(conn, update)?;
    Ok(())
}
