use diesel::prelude::*;

use super::{Conn, Result, one};
use crate::{
    domain::{
        Timestamp,
        email::EmailKey,
        id::{AccountId, ConnectionId, UserId},
        provisioning::KnownUser,
        text::fold,
        user::{Identity, User, UserStatus},
    },
    store::{
        error::StoreError,
        rows::{IdentityRow, KnownUserRow, UserRow},
        schema::{identities, users},
        sql::{At, Id, Str},
    },
};

pub(crate) fn known_by_identity(
    conn: &mut Conn,
    account: AccountId,
    connection: ConnectionId,
    subject: &str,
) -> Result<Option<KnownUser>> {
    let found = identities::table
        .inner_join(users::table.on(users::id.eq(identities::user_id)))
        .filter(identities::account_id.eq(Id(account.as_uuid())))
        .filter(identities::connection_id.eq(Id(connection.as_uuid())))
        .filter(identities::subject.eq(Str::new(subject)))
        .select((users::id, users::status, identities::subject.nullable()));
    one(found.get_result::<KnownUserRow>(conn))
}

pub(crate) fn known_by_email(
    conn: &mut Conn,
    account: AccountId,
    connection: ConnectionId,
    email: &EmailKey,
) -> Result<Option<KnownUser>> {
    let on_connection = identities::user_id
        .eq(users::id)
        .and(identities::connection_id.eq(Id(connection.as_uuid())));
    let found = users::table
        .left_join(identities::table.on(on_connection))
        .filter(users::account_id.eq(Id(account.as_uuid())))
        .filter(users::email_key.eq(Str::new(email.as_str())))
        .select((users::id, users::status, identities::subject.nullable()));
    one(found.get_result::<KnownUserRow>(conn))
}

pub(crate) fn insert_user(conn: &mut Conn, user: &User) -> Result<()> {
    UserRow::from(user).insert_into(users::table).execute(conn)?;
    Ok(())
}

pub(crate) fn user(conn: &mut Conn, account: AccountId, user: UserId) -> Result<Option<User>> {
    let found = users::table
        .filter(users::account_id.eq(Id(account.as_uuid())))
        .filter(users::id.eq(Id(user.as_uuid())));
    one(found.select(UserRow::as_select()).get_result(conn))
}

pub(crate) fn record_login(
    conn: &mut Conn,
    account: AccountId,
    user: UserId,
    now: Timestamp,
    becomes_active: bool,
) -> Result<()> {
    // The status that the plan was made for: whoever disabled the user
    // meanwhile must not be overruled.
    let before = if becomes_active { UserStatus::Staged } else { UserStatus::Active };
    let stored = users::table
        .filter(users::account_id.eq(Id(account.as_uuid())))
        .filter(users::id.eq(Id(user.as_uuid())))
        .filter(users::status.eq(Str::new(before.as_str())));
    let changed = if becomes_active {
        let active = Str::new(UserStatus::Active.as_str());
        diesel::update(stored)
            .set((
                users::status.eq(active),
                users::first_login_at.eq(Some(At(now))),
                users::last_login_at.eq(Some(At(now))),
                users::updated_at.eq(At(now)),
                users::version.eq(users::version + 1),
            ))
            .execute(conn)?
    } else {
        diesel::update(stored).set(users::last_login_at.eq(Some(At(now)))).execute(conn)?
    };
    if changed == 1 { Ok(()) } else { Err(StoreError::Stale { table: "users" }) }
}

pub(crate) fn insert_identity(conn: &mut Conn, identity: &Identity) -> Result<()> {
    IdentityRow::from(identity).insert_into(identities::table).execute(conn)?;
    Ok(())
}

type Names = (Id, Str, Str, Option<Str>, Option<Str>);

pub(crate) fn fold_names(conn: &mut Conn) -> Result<()> {
    let mut after = Id(uuid::Uuid::nil());
    loop {
        let names: Vec<Names> = users::table
            .filter(users::id.gt(after))
            .order(users::id)
            .limit(1_000)
            .select((
                users::id,
                users::first_name,
                users::last_name,
                users::position,
                users::department,
            ))
            .load(conn)?;
        let Some((last, ..)) = names.last() else { return Ok(()) };
        after = *last;
        for (id, first_name, last_name, position, department) in names {
            let key = |text: Option<Str>| Str(fold(&text.map(|text| text.0).unwrap_or_default()));
            diesel::update(users::table.find(id))
                .set((
                    users::first_name_key.eq(key(Some(first_name))),
                    users::last_name_key.eq(key(Some(last_name))),
                    users::position_key.eq(key(position)),
                    users::department_key.eq(key(department)),
                ))
                .execute(conn)?;
        }
    }
}
