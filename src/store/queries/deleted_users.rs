use diesel::prelude::*;

use super::{
    Conn, Result, convert_optional, load_by_texts,
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

queries! { deleted_users, DeletedUserRow, DeletedUser, UserId:
    find deleted_user;
    delete delete_deleted_user;
}

pub(crate) fn deleted_by_subject(
    conn: &mut Conn,
    account: AccountId,
    connection: ConnectionId,
    subject: &SubjectKey,
) -> Result<Option<UserId>> {
    let mut find = |text: &str, comparisons: &[SubjectComparison]| {
        let found = rows_of!(deleted_identities, account)
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
    let ids: Vec<UuidValue> = load_by_texts(keys, EmailKey::as_str, |keys| {
        let found = rows_of!(deleted_users, account).filter(deleted_users::email_key.eq_any(keys));
        found.select(deleted_users::id).load(conn)
    })?;
    Ok(ids.into_iter().map(|id| id.0.into()).collect())
}

pub(crate) fn insert_deleted_user(
    conn: &mut Conn,
    user: &DeletedUser,
    identities: &[Identity],
) -> Result<()> {
    let before = rows_of!(deleted_users, user.account)
        .filter(deleted_users::email_key.eq(TextValue::new(user.email.key().as_str())));
    diesel::delete(before).execute(conn)?;
    DeletedUserRow::try_from(user)?.insert_into(deleted_users::table).execute(conn)?;
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
