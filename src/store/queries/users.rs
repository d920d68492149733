use diesel::prelude::*;

use super::{
    Conn, IDS_PER_STATEMENT, Result, convert_optional, convert_rows, load_by_texts,
    prepared::{Prepared, change_rows},
    user_values,
};
use crate::{
    domain::{
        email::EmailKey,
        id::{AccountId, ConnectionId, IdentityId, TeamId, UserId},
        provisioning::ExistingUser,
        role::AccountRole,
        subject::{SubjectComparison, SubjectKey},
        user::{Identity, User, UserStatus},
        user_name::UserNameKey,
    },
    store::{
        error::StoreError,
        rows::{ExistingUserRow, IdentityRow, UserRow},
        schema::{identities, memberships, users},
        sql::{TextValue, UuidValue},
    },
};

queries! { users, UserRow, User, UserId:
    delete delete_user;
    find user;
    find_for_update user_for_update;
}

queries! { identities, IdentityRow, Identity, IdentityId:
    insert insert_identity;
    delete delete_identity;
}

/// How many users one statement writes: each is 30 values.
const USERS_PER_STATEMENT: usize = 1_000;

pub(crate) fn existing_user_by_identity(
    conn: &mut Conn,
    account: AccountId,
    connection: ConnectionId,
    subject: &SubjectKey,
) -> Result<Option<ExistingUser>> {
    let mut find = |text: &str, comparisons: &[SubjectComparison]| {
        let found = identities::table
            .inner_join(users::table.on(users::id.eq(identities::user_id)))
            .filter(identities::account_id.eq(UuidValue(account.as_uuid())))
            .filter(identities::connection_id.eq(UuidValue(connection.as_uuid())))
            .filter(identities::subject.eq(TextValue::new(text)))
            .filter(identities::comparison.eq_any(names_of(comparisons)))
            .order(identities::comparison)
            .limit(1)
            .select((
                users::id,
                users::status,
                identities::subject.nullable(),
                identities::comparison.nullable(),
                users::last_login_at,
            ));
        convert_optional(Prepared(found).get_result::<ExistingUserRow>(conn))
    };
    find_subject(subject, &mut find)
}

/// Finds a subject: under its text if it is compared in the same way, or was stored by
/// an earlier release; or else as a release stored it that folded every address.
pub(super) fn find_subject<T>(
    subject: &SubjectKey,
    find: &mut impl FnMut(&str, &[SubjectComparison]) -> Result<Option<T>>,
) -> Result<Option<T>> {
    let SubjectKey { text, comparison } = subject;
    let found = find(text, &[*comparison, SubjectComparison::Unknown, SubjectComparison::Folded])?;
    match (found, subject.folded_text()) {
        (None, Some(folded)) => find(&folded, &[SubjectComparison::Folded]),
        (found, _) => Ok(found),
    }
}

pub(super) fn names_of(comparisons: &[SubjectComparison]) -> Vec<TextValue> {
    comparisons.iter().map(|comparison| TextValue::new(comparison.as_str())).collect()
}

/// A user who is found by a column, with their subject on a connection.
macro_rules! known {
    ($conn:expr, $account:expr, $connection:expr, $found:expr) => {{
        let on_connection = identities::user_id
            .eq(users::id)
            .and(identities::connection_id.eq(UuidValue($connection.as_uuid())));
        let found = users::table
            .left_join(identities::table.on(on_connection))
            .filter(users::account_id.eq(UuidValue($account.as_uuid())))
            .filter($found)
            .select((
                users::id,
                users::status,
                identities::subject.nullable(),
                identities::comparison.nullable(),
                users::last_login_at,
            ));
        convert_optional(found.get_result::<ExistingUserRow>($conn))
    }};
}

pub(crate) fn existing_user_by_email(
    conn: &mut Conn,
    account: AccountId,
    connection: ConnectionId,
    email: &EmailKey,
) -> Result<Option<ExistingUser>> {
    known!(conn, account, connection, users::email_key.eq(TextValue::new(email.as_str())))
}

pub(crate) fn existing_user_by_user_name(
    conn: &mut Conn,
    account: AccountId,
    connection: ConnectionId,
    name: &UserNameKey,
) -> Result<Option<ExistingUser>> {
    known!(conn, account, connection, users::user_name_key.eq(TextValue::new(name.as_str())))
}

pub(crate) fn insert_user(conn: &mut Conn, user: &User) -> Result<()> {
    UserRow::try_from(user)?.insert_into(users::table).execute(conn)?;
    user_values::insert_values(conn, std::slice::from_ref(user))
}

pub(crate) fn insert_users(conn: &mut Conn, users: &[User]) -> Result<()> {
    // A statement for one is prepared once; for many, each time.
    if let [user] = users {
        return insert_user(conn, user);
    }
    for some in users.chunks(USERS_PER_STATEMENT) {
        let rows = some.iter().map(UserRow::try_from).collect::<Result<Vec<_>>>()?;
        rows.insert_into(users::table).execute(conn)?;
        user_values::insert_values(conn, some)?;
    }
    Ok(())
}

pub(crate) fn users_with_email(
    conn: &mut Conn,
    account: AccountId,
    keys: &[EmailKey],
) -> Result<Vec<User>> {
    convert_rows(load_by_texts(keys, EmailKey::as_str, |keys| {
        let found = rows_of!(users, account).filter(users::email_key.eq_any(keys));
        found.select(UserRow::as_select()).load(conn)
    }))
}

pub(crate) fn users_by_email(
    conn: &mut Conn,
    account: AccountId,
    keys: &[EmailKey],
) -> Result<Vec<(String, UserId)>> {
    let rows: Vec<(TextValue, UuidValue)> = load_by_texts(keys, EmailKey::as_str, |keys| {
        let found = rows_of!(users, account).filter(users::email_key.eq_any(keys));
        found.select((users::email_key, users::id)).load(conn)
    })?;
    Ok(rows.into_iter().map(|(key, id)| (key.0, id.0.into())).collect())
}

pub(crate) fn users_by_user_name(
    conn: &mut Conn,
    account: AccountId,
    keys: &[UserNameKey],
) -> Result<Vec<(String, UserId)>> {
    let rows: Vec<(TextValue, UuidValue)> = load_by_texts(keys, UserNameKey::as_str, |keys| {
        let found = rows_of!(users, account).filter(users::user_name_key.eq_any(keys));
        found.select((users::user_name_key, users::id)).load(conn)
    })?;
    Ok(rows.into_iter().map(|(key, id)| (key.0, id.0.into())).collect())
}

pub(crate) fn users_by_external_id(
    conn: &mut Conn,
    account: AccountId,
    ids: &[String],
) -> Result<Vec<(String, UserId)>> {
    let rows: Vec<(Option<TextValue>, UuidValue)> = load_by_texts(ids, String::as_str, |ids| {
        let found = rows_of!(users, account).filter(users::external_id.eq_any(ids));
        found.select((users::external_id, users::id)).load(conn)
    })?;
    Ok(rows.into_iter().filter_map(|(its, id)| Some((its?.0, id.0.into()))).collect())
}

/// The first administrators who are not disabled.
macro_rules! enabled_admins {
    ($account:expr, $limit:expr) => {
        rows_of!(users, $account)
            .filter(users::role.eq(TextValue::new(AccountRole::Admin.as_str())))
            .filter(users::status.ne(TextValue::new(UserStatus::Disabled.as_str())))
            .order(users::id)
            .select(users::id)
            .limit($limit)
    };
}

pub(crate) fn enabled_admins_for_update(
    conn: &mut Conn,
    account: AccountId,
) -> Result<Vec<UserId>> {
    let ids: Vec<UuidValue> = locked!(enabled_admins!(account, 2)).load(conn)?;
    Ok(ids.into_iter().map(|id| id.0.into()).collect())
}

pub(crate) fn enabled_admins(
    conn: &mut Conn,
    account: AccountId,
    limit: u32,
) -> Result<Vec<UserId>> {
    let ids: Vec<UuidValue> = enabled_admins!(account, i64::from(limit)).load(conn)?;
    Ok(ids.into_iter().map(|id| id.0.into()).collect())
}

pub(crate) fn update_user(conn: &mut Conn, before: &User, user: &User) -> Result<()> {
    let stored = by_id!(users, user.account, user.id).filter(users::version.eq(user.version - 1));
    let update = diesel::update(stored).set(UserRow::try_from(user)?);
    let changed = change_rows(conn, update)?;
    if changed != 1 {
        return Err(StoreError::Stale { table: "users" });
    }
    user_values::replace_values(conn, before, user)
}

pub(crate) fn clear_external_ids(
    conn: &mut Conn,
    account: AccountId,
    external_ids: &[String],
) -> Result<()> {
    for ids in external_ids.chunks(IDS_PER_STATEMENT) {
        let ids: Vec<_> = ids.iter().map(|id| TextValue::new(id)).collect();
        let owners = rows_of!(users, account).filter(users::external_id.eq_any(ids));
        diesel::update(owners).set(users::external_id.eq(None::<TextValue>)).execute(conn)?;
    }
    Ok(())
}

pub(crate) fn leave_teams(
    conn: &mut Conn,
    account: AccountId,
    user: UserId,
    teams: &[TeamId],
) -> Result<()> {
    for teams in teams.chunks(IDS_PER_STATEMENT) {
        let teams: Vec<_> = teams.iter().map(|team| UuidValue(team.as_uuid())).collect();
        let left = rows_of!(memberships, account)
            .filter(memberships::user_id.eq(UuidValue(user.as_uuid())))
            .filter(memberships::team_id.eq_any(teams));
        diesel::delete(left).execute(conn)?;
    }
    Ok(())
}

/// Replaces the subject of a user's identity on a connection, which an earlier release
/// stored.
pub(crate) fn update_identity_subject(
    conn: &mut Conn,
    account: AccountId,
    connection: ConnectionId,
    user: UserId,
    subject: &SubjectKey,
) -> Result<()> {
    // Another login may have recorded the comparison since the plan was made.
    let legacy = names_of(&[SubjectComparison::Unknown, SubjectComparison::Folded]);
    let stored = rows_of!(identities, account)
        .filter(identities::connection_id.eq(UuidValue(connection.as_uuid())))
        .filter(identities::user_id.eq(UuidValue(user.as_uuid())))
        .filter(identities::comparison.eq_any(legacy));
    let SubjectKey { text, comparison } = subject;
    let key = (
        identities::subject.eq(TextValue::new(text)),
        identities::comparison.eq(TextValue::new(comparison.as_str())),
    );
    let changed = change_rows(conn, diesel::update(stored).set(key))?;
    if changed == 1 { Ok(()) } else { Err(StoreError::Stale { table: "identities" }) }
}

pub(crate) fn has_identity(
    conn: &mut Conn,
    account: AccountId,
    connection: ConnectionId,
    user: UserId,
) -> Result<bool> {
    let found = rows_of!(identities, account)
        .filter(identities::connection_id.eq(UuidValue(connection.as_uuid())))
        .filter(identities::user_id.eq(UuidValue(user.as_uuid())))
        .select(identities::id);
    Ok(found.first::<UuidValue>(conn).optional()?.is_some())
}
