//! The queries, one module for each thing. Compiled once for each database:
//! `Conn` is that database's connection, and `locked!` its way to hold a row
//! until the transaction ends. Nothing else in here knows which one it is.

// The macros use the types of diesel that are in scope at the call.

/// The rows of an account.
macro_rules! rows_of {
    ($table:ident, $account:expr) => {
        $table::table.filter($table::account_id.eq(UuidValue($account.as_uuid())))
    };
}

/// The row of an account with an ID.
macro_rules! by_id {
    ($table:ident, $account:expr, $id:expr) => {
        rows_of!($table, $account).filter($table::id.eq(UuidValue($id.as_uuid())))
    };
}

/// The condition that a use is recorded: see [`crate::domain::last_use::is_due`].
macro_rules! is_due {
    ($table:ident :: $column:ident, $now:expr) => {{
        let (now, precision) = ($now, crate::domain::last_use::PRECISION);
        let is_old = $table::$column.le(SqlTimestamp(now - precision)).assume_not_null();
        let is_ahead = $table::$column.ge(SqlTimestamp(now + precision)).assume_not_null();
        $table::$column.is_null().or(is_old).or(is_ahead)
    }};
}

/// Declares queries of a table: the kind and the name of each.
macro_rules! queries {
    ($table:ident, $row:ident, $model:ident, $id:ident: $($kind:ident $name:ident;)+) => {
        $(query!($kind $name, $table, $row, $model, $id);)+
    };
}

/// Declares a query of its kind.
macro_rules! query {
    (insert $name:ident, $table:ident, $row:ident, $model:ident, $id:ident) => {
        pub(crate) fn $name(conn: &mut Conn, new: &$model) -> Result<()> {
            $row::try_from(new)?.insert_into($table::table).execute(conn)?;
            Ok(())
        }
    };
    (update $name:ident, $table:ident, $row:ident, $model:ident, $id:ident) => {
        pub(crate) fn $name(conn: &mut Conn, changed: &$model) -> Result<()> {
            let stored = by_id!($table, changed.account, changed.id)
                .filter($table::version.eq(changed.version.saturating_sub(1)));
            let update = diesel::update(stored).set($row::try_from(changed)?);
            match super::prepared::change_rows(conn, update)? {
                0 => Err($crate::store::StoreError::Stale { table: stringify!($table) }),
                _ => Ok(()),
            }
        }
    };
    (delete $name:ident, $table:ident, $row:ident, $model:ident, $id:ident) => {
        pub(crate) fn $name(conn: &mut Conn, account: AccountId, id: $id) -> Result<bool> {
            Ok(diesel::delete(by_id!($table, account, id)).execute(conn)? == 1)
        }
    };
    (find $name:ident, $table:ident, $row:ident, $model:ident, $id:ident) => {
        pub(crate) fn $name(
            conn: &mut Conn,
            account: AccountId,
            id: $id,
        ) -> Result<Option<$model>> {
            let found = by_id!($table, account, id).select($row::as_select());
            convert_optional(found.get_result(conn))
        }
    };
    (find_for_update $name:ident, $table:ident, $row:ident, $model:ident, $id:ident) => {
        pub(crate) fn $name(
            conn: &mut Conn,
            account: AccountId,
            id: $id,
        ) -> Result<Option<$model>> {
            let found = by_id!($table, account, id).select($row::as_select());
            convert_optional(locked!(found).get_result(conn))
        }
    };
    (find_for_share $name:ident, $table:ident, $row:ident, $model:ident, $id:ident) => {
        pub(crate) fn $name(
            conn: &mut Conn,
            account: AccountId,
            id: $id,
        ) -> Result<Option<$model>> {
            let found = by_id!($table, account, id).select($row::as_select());
            convert_optional(share_lock!(found).get_result(conn))
        }
    };
    (find_by_name $name:ident, $table:ident, $row:ident, $model:ident, $id:ident) => {
        pub(crate) fn $name(
            conn: &mut Conn,
            account: AccountId,
            name: &str,
        ) -> Result<Option<$model>> {
            let name_key = TextValue($crate::domain::text::fold(name));
            let found = rows_of!($table, account).filter($table::name_key.eq(name_key));
            convert_optional(found.select($row::as_select()).get_result(conn))
        }
    };
}

pub(crate) mod accounts;
pub(crate) mod api_keys;
pub(crate) mod attempts;
pub(crate) mod attribute_definitions;
pub(crate) mod attribute_removals;
pub(crate) mod audit;
pub(crate) mod certificates;
pub(crate) mod comparison_keys;
pub(crate) mod compatibility;
pub(crate) mod connections;
pub(crate) mod deleted_users;
pub(crate) mod expiry;
pub(crate) mod external_ids;
pub(crate) mod idempotency;
pub(crate) mod imports;
pub(crate) mod key_pairs;
pub(crate) mod lists;
pub(crate) mod members;
pub(crate) mod planned_writes;
pub(crate) mod prepared;
pub(crate) mod replay_cache;
pub(crate) mod scim_clients;
pub(crate) mod scim_views;
pub(crate) mod sessions;
pub(crate) mod sign_in;
pub(crate) mod teams;
pub(crate) mod together;
pub(crate) mod user_logins;
pub(crate) mod user_values;
pub(crate) mod users;

use diesel::{OptionalExtension, QueryResult};
use uuid::Uuid;

use super::Conn;
use crate::store::{
    error::StoreError,
    sql::{TextValue, UuidValue},
};

/// How many identifiers or keys one statement asks for: SQLite takes 32,766
/// values at most.
const IDS_PER_STATEMENT: usize = 500;

/// The database.
type Backend = <Conn as diesel::Connection>::Backend;

type Result<T, E = StoreError> = std::result::Result<T, E>;

/// Runs a query for some IDs at a time. Returns the rows of all.
fn load_by_ids<I: Copy + Into<Uuid>, R>(
    ids: &[I],
    mut load: impl FnMut(Vec<UuidValue>) -> QueryResult<Vec<R>>,
) -> Result<Vec<R>> {
    let mut rows = Vec::new();
    for ids in ids.chunks(IDS_PER_STATEMENT) {
        rows.extend(load(ids.iter().map(|id| UuidValue((*id).into())).collect())?);
    }
    Ok(rows)
}

/// Runs a query for some texts at a time. Returns the rows of all.
fn load_by_texts<K, R>(
    keys: &[K],
    text: impl Fn(&K) -> &str,
    mut load: impl FnMut(Vec<TextValue>) -> QueryResult<Vec<R>>,
) -> Result<Vec<R>> {
    let mut rows = Vec::new();
    for keys in keys.chunks(IDS_PER_STATEMENT) {
        rows.extend(load(keys.iter().map(|key| TextValue::new(text(key))).collect())?);
    }
    Ok(rows)
}

/// Converts an optional row. An error of the query stays an error, and is never treated
/// as "not found".
fn convert_optional<R, T>(row: QueryResult<R>) -> Result<Option<T>>
where
    T: TryFrom<R, Error = StoreError>,
{
    row.optional()?.map(T::try_from).transpose()
}

/// Converts every row.
fn convert_rows<R, T, E>(rows: Result<Vec<R>, E>) -> Result<Vec<T>>
where
    T: TryFrom<R, Error = StoreError>,
    StoreError: From<E>,
{
    rows?.into_iter().map(T::try_from).collect()
}
