//! The external IDs of users and teams: the same queries for both.

use diesel::prelude::*;

use super::{Conn, Result, load_by_ids};
use crate::{
    domain::id::{AccountId, ScimClientId, TeamId, UserId},
    store::{
        schema::{team_external_ids, user_external_ids},
        sql::{TextValue, UuidValue},
    },
};

macro_rules! external_ids {
    ($table:ident, $column:ident, $id:ty, $put:ident, $of:ident, $called:ident) => {
        pub(crate) fn $put(
            conn: &mut Conn,
            account: AccountId,
            client: ScimClientId,
            of: $id,
            external_id: Option<&str>,
        ) -> Result<()> {
            let before = $table::table
                .filter($table::client_id.eq(UuidValue(client.as_uuid())))
                .filter($table::$column.eq(UuidValue(of.as_uuid())));
            diesel::delete(before).execute(conn)?;
            let Some(external_id) = external_id else { return Ok(()) };
            let row = (
                $table::account_id.eq(UuidValue(account.as_uuid())),
                $table::client_id.eq(UuidValue(client.as_uuid())),
                $table::$column.eq(UuidValue(of.as_uuid())),
                $table::external_id.eq(TextValue::new(external_id)),
            );
            diesel::insert_into($table::table).values(row).execute(conn)?;
            Ok(())
        }

        pub(crate) fn $of(
            conn: &mut Conn,
            client: ScimClientId,
            ids: &[$id],
        ) -> Result<Vec<($id, String)>> {
            let rows: Vec<(UuidValue, TextValue)> = load_by_ids(ids, |ids| {
                $table::table
                    .filter($table::client_id.eq(UuidValue(client.as_uuid())))
                    .filter($table::$column.eq_any(ids))
                    .select(($table::$column, $table::external_id))
                    .load(conn)
            })?;
            Ok(rows.into_iter().map(|(id, text)| (id.0.into(), text.0)).collect())
        }

        pub(crate) fn $called(
            conn: &mut Conn,
            client: ScimClientId,
            external_id: &str,
            limit: u32,
        ) -> Result<Vec<$id>> {
            let found: Vec<UuidValue> = $table::table
                .filter($table::client_id.eq(UuidValue(client.as_uuid())))
                .filter($table::external_id.eq(TextValue::new(external_id)))
                .order($table::$column)
                .select($table::$column)
                .limit(i64::from(limit))
                .load(conn)?;
            Ok(found.into_iter().map(|id| id.0.into()).collect())
        }
    };
}

external_ids!(
    user_external_ids,
    user_id,
    UserId,
    put_user_external_id,
    user_external_ids,
    users_by_scim_external_id
);
external_ids!(
    team_external_ids,
    team_id,
    TeamId,
    put_team_external_id,
    team_external_ids,
    teams_by_scim_external_id
);
