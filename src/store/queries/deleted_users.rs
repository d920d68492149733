use diesel::prelude::*;

use super::{
    Conn, IDS_PER_STATEMENT, Result, convert_optional,
    users::{find_subject, names_of},
};
use crate::{
    domain::{
        email::EmailKey,
        id::{AccountId, ConnectionId, UserId},
        subject::{SubjectComparison, SubjectKey},
        user::{DeletedUser, Identity},
    },
    store::{
        rows::DeletedUserRow,
        schema::{deleted_identities, deleted_users},
        sql::{TextValue, UuidValue},
    },
};

pub(crate) fn deleted_user(
    conn: &mut Conn,
    account: AccountId,
    user: UserId,
) -> Result<Option<DeletedUser>> {
    let found = by_id!(deleted_users, account, user);
    convert_optional(found.select(DeletedUserRow::as_select()).get_result(conn))
}

pub(crate) fn deleted_by_subject(
    conn: &mut Conn,
    account: AccountId,
    connection: ConnectionId,
    subject: &SubjectKey,
) -> Result<Option<UserId>> {
    let mut find = |text: &str, comparisons: &[SubjectComparison]| {
        let found = deleted_identities::table
            .filter(deleted_identities::account_id.eq(UuidValue(account.as_uuid())))
            .filter(deleted_identities::connection_id.eq(UuidValue(connection.as_uuid())))
            .filter(deleted_identities::subject.eq(TextValue::new(text)))
            .filter(deleted_identities::comparison.eq_any(names_of(comparisons)))
            .order(deleted_identities::comparison)
            .select(deleted_identities::user_id);
        Ok(found.first::<UuidValue>(conn).optional()?)
    };
    let id = find_subject(subject, &mut find)?;
    Ok(id.map(|id| id.0.into()))
}

pub(crate) fn deleted_by_email(
    conn: &mut Conn,
    account: AccountId,
    keys: &[EmailKey],
) -> Result<Vec<UserId>> {
    let mut users = Vec::new();
    for keys in keys.chunks(IDS_PER_STATEMENT) {
        let keys: Vec<_> = keys.iter().map(|key| TextValue::new(key.as_str())).collect();
        let found: Vec<UuidValue> = deleted_users::table
            .filter(deleted_users::account_id.eq(UuidValue(account.as_uuid())))
            .filter(deleted_users::email_key.eq_any(keys))
            .select(deleted_users::id)
            .load(conn)?;
        users.extend(found.into_iter().map(|id| UserId::from(id.0)));
    }
    Ok(users)
}

pub(crate) fn insert_deleted_user(
    conn: &mut Conn,
    user: &DeletedUser,
    identities: &[Identity],
) -> Result<()> {
    let before = deleted_users::table
        .filter(deleted_users::account_id.eq(UuidValue(user.account.as_uuid())))
        .filter(deleted_users::email_key.eq(TextValue::new(user.email.key().as_str())));
    diesel::delete(before).execute(conn)?;
    DeletedUserRow::from(user).insert_into(deleted_users::table).execute(conn)?;
    for identity in identities {
        let SubjectKey { text, comparison } = &identity.subject;
        let its_user = deleted_identities::user_id.eq(UuidValue(user.id.as_uuid()));
        diesel::insert_into(deleted_identities::table)
            .values((
                deleted_identities::account_id.eq(UuidValue(user.account.as_uuid())),
                deleted_identities::connection_id.eq(UuidValue(identity.connection.as_uuid())),
                deleted_identities::subject.eq(TextValue::new(text)),
                deleted_identities::comparison.eq(TextValue::new(comparison.as_str())),
                its_user,
            ))
            .on_conflict((
                deleted_identities::connection_id,
                deleted_identities::subject,
                deleted_identities::comparison,
            ))
            .do_update()
            .set(its_user)
            .execute(conn)?;
    }
    Ok(())
}

pub(crate) fn delete_deleted_user(
    conn: &mut Conn,
    account: AccountId,
    user: UserId,
) -> Result<bool> {
    let gone = by_id!(deleted_users, account, user);
    Ok(diesel::delete(gone).execute(conn)? == 1)
}
