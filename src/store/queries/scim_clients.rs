use diesel::prelude::*;

use super::{Conn, Result, convert_optional, convert_rows, load_by_ids};
use crate::{
    domain::{
        id::{AccountId, ScimClientId},
        scim_client::ScimClient,
        text::fold,
        unique_name::make_unique,
    },
    store::{
        rows::ScimClientRow,
        schema::{scim_clients, team_external_ids, user_external_ids},
        sql::{TextValue, UuidValue},
    },
};

queries! { scim_clients, ScimClientRow, ScimClient, ScimClientId:
    insert insert_scim_client;
    update update_scim_client;
    delete delete_scim_client;
    find scim_client;
    find_for_update scim_client_for_update;
    find_by_name scim_client_by_name;
}

pub(crate) fn scim_clients(
    conn: &mut Conn,
    account: AccountId,
    clients: &[ScimClientId],
) -> Result<Vec<ScimClient>> {
    convert_rows(load_by_ids(clients, |ids| {
        let found = rows_of!(scim_clients, account).filter(scim_clients::id.eq_any(ids));
        found.select(ScimClientRow::as_select()).load(conn)
    }))
}

pub(crate) fn count_external_ids(conn: &mut Conn, client: ScimClientId) -> Result<(u64, u64)> {
    let users: i64 = user_external_ids::table
        .filter(user_external_ids::client_id.eq(UuidValue(client.as_uuid())))
        .count()
        .get_result(conn)?;
    let teams: i64 = team_external_ids::table
        .filter(team_external_ids::client_id.eq(UuidValue(client.as_uuid())))
        .count()
        .get_result(conn)?;
    Ok((users.unsigned_abs(), teams.unsigned_abs()))
}

/// Computes the keys of all names. Renames clients whose names are not unique.
pub(crate) fn fill_scim_client_keys(conn: &mut Conn) -> Result<Vec<String>> {
    let rows: Vec<(UuidValue, UuidValue, TextValue)> = scim_clients::table
        .order((scim_clients::account_id, scim_clients::created_at, scim_clients::id))
        .select((scim_clients::account_id, scim_clients::id, scim_clients::name))
        .load(conn)?;
    // A new key may be the old one of another client. No name begins with a blank.
    for (_, id, _) in &rows {
        diesel::update(scim_clients::table.find(*id))
            .set(scim_clients::name_key.eq(TextValue(format!(" {}", id.0))))
            .execute(conn)?;
    }
    let mut notes = Vec::new();
    for account in rows.chunk_by(|one, next| one.0 == next.0) {
        let names = account.iter().map(|(_, _, TextValue(name))| name.as_str()).collect::<Vec<_>>();
        for ((account, id, TextValue(before)), after) in account.iter().zip(make_unique(&names)) {
            let name_key = scim_clients::name_key.eq(TextValue(fold(&after)));
            diesel::update(scim_clients::table.find(*id))
                .set((scim_clients::name.eq(TextValue::new(&after)), name_key))
                .execute(conn)?;
            if *before != after {
                notes.push(format!(
                    "Named the SCIM client {} of the account {} {after:?}: another client has the \
                     name {before:?}.",
                    id.0, account.0
                ));
            }
        }
    }
    Ok(notes)
}
