//! The external IDs of users and teams: the same queries for both.

use diesel::prelude::*;

use super::{ASKED_AT_ONCE, Conn, Result};
use crate::{
    domain::id::{AccountId, ScimClientId, TeamId, UserId},
    store::{
        schema::{team_external_ids, user_external_ids},
        sql::{Id, Str},
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
                .filter($table::client_id.eq(Id(client.as_uuid())))
                .filter($table::$column.eq(Id(of.as_uuid())));
            diesel::delete(before).execute(conn)?;
            let Some(external_id) = external_id else { return Ok(()) };
            let row = (
                $table::account_id.eq(Id(account.as_uuid())),
                $table::client_id.eq(Id(client.as_uuid())),
                $table::$column.eq(Id(of.as_uuid())),
                $table::external_id.eq(Str::new(external_id)),
            );
            diesel::insert_into($table::table).values(row).execute(conn)?;
            Ok(())
        }

        pub(crate) fn $of(
            conn: &mut Conn,
            client: ScimClientId,
            ids: &[$id],
        ) -> Result<Vec<($id, String)>> {
            let mut found = Vec::new();
            for ids in ids.chunks(ASKED_AT_ONCE) {
                let ids: Vec<_> = ids.iter().map(|id| Id(id.as_uuid())).collect();
                let some: Vec<(Id, Str)> = $table::table
                    .filter($table::client_id.eq(Id(client.as_uuid())))
                    .filter($table::$column.eq_any(ids))
                    .select(($table::$column, $table::external_id))
                    .load(conn)?;
                found.extend(some.into_iter().map(|(id, text)| (id.0.into(), text.0)));
            }
            Ok(found)
        }

        pub(crate) fn $called(
            conn: &mut Conn,
            client: ScimClientId,
            external_id: &str,
            limit: u32,
        ) -> Result<Vec<$id>> {
            let found: Vec<Id> = $table::table
                .filter($table::client_id.eq(Id(client.as_uuid())))
                .filter($table::external_id.eq(Str::new(external_id)))
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
    users_called
);
external_ids!(
    team_external_ids,
    team_id,
    TeamId,
    put_team_external_id,
    team_external_ids,
    teams_called
);
