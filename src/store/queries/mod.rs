//! The queries, one module for each thing. Compiled once for each database:
//! `Conn` is that database's connection, and `locked!` its way to hold a row
//! until the transaction ends. Nothing else in here knows which one it is.

/// The row of an account with an ID. The macro uses the types of diesel that are in scope
/// at the call.
macro_rules! by_id {
    ($table:ident, $account:expr, $id:expr) => {
        $table::table
            .filter($table::account_id.eq(UuidValue($account.as_uuid())))
            .filter($table::id.eq(UuidValue($id.as_uuid())))
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
pub(crate) mod replay_cache;
pub(crate) mod scim_clients;
pub(crate) mod sessions;
pub(crate) mod teams;
pub(crate) mod user_values;
pub(crate) mod users;

use diesel::{OptionalExtension, QueryResult};

use super::Conn;
use crate::store::error::StoreError;

/// How many identifiers or keys one statement asks for: SQLite takes 32,766
/// values at most.
const IDS_PER_STATEMENT: usize = 500;

type Result<T, E = StoreError> = std::result::Result<T, E>;

/// Converts an optional row. An error of the query stays an error, and is never treated
/// as "not found".
fn convert_optional<R, T>(row: QueryResult<R>) -> Result<Option<T>>
where
    T: TryFrom<R, Error = StoreError>,
{
    row.optional()?.map(T::try_from).transpose()
}

/// Converts every row.
fn convert_rows<R, T>(rows: QueryResult<Vec<R>>) -> Result<Vec<T>>
where
    T: TryFrom<R, Error = StoreError>,
{
    rows?.into_iter().map(T::try_from).collect()
}
