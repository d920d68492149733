use diesel::{prelude::*, upsert::excluded};

use super::{Conn, Result};
use crate::{
    domain::{
        compatibility_fix::FixCount,
        id::{AccountId, ScimClientId},
    },
    store::{
        error::StoreError,
        schema::scim_repairs,
        sql::{SqlTimestamp, TextValue, UuidValue},
    },
};

pub(crate) fn count_compatibility_fixes(
    conn: &mut Conn,
    account: AccountId,
    client: ScimClientId,
    counts: &[FixCount],
) -> Result<()> {
    for FixCount { fix, request_count, last_at } in counts {
        let times = i64::try_from(*request_count).unwrap_or(i64::MAX);
        let row = (
            scim_repairs::account_id.eq(UuidValue(account.as_uuid())),
            scim_repairs::client_id.eq(UuidValue(client.as_uuid())),
            scim_repairs::kind.eq(TextValue::new(fix.as_str())),
            scim_repairs::times.eq(times),
            scim_repairs::last_at.eq(SqlTimestamp(*last_at)),
        );
        diesel::insert_into(scim_repairs::table)
            .values(row)
            .on_conflict((scim_repairs::client_id, scim_repairs::kind))
            .do_update()
            .set((
                scim_repairs::times.eq(scim_repairs::times + times),
                scim_repairs::last_at.eq(excluded(scim_repairs::last_at)),
            ))
            .execute(conn)?;
    }
    Ok(())
}

pub(crate) fn compatibility_fixes(
    conn: &mut Conn,
    account: AccountId,
    client: ScimClientId,
) -> Result<Vec<FixCount>> {
    let rows: Vec<(TextValue, i64, SqlTimestamp)> = rows_of!(scim_repairs, account)
        .filter(scim_repairs::client_id.eq(UuidValue(client.as_uuid())))
        .order(scim_repairs::kind)
        .select((scim_repairs::kind, scim_repairs::times, scim_repairs::last_at))
        .load(conn)?;
    let to_count = |(kind, times, SqlTimestamp(last_at)): (TextValue, i64, SqlTimestamp)| {
        let corrupt = |what: String| {
            let id = client.to_string();
            StoreError::Corrupt { table: "scim_repairs", id, what }
        };
        let fix = kind.0.parse().map_err(|why| corrupt(format!("kind {why}")))?;
        let request_count =
            u64::try_from(times).map_err(|_| corrupt("times is below 0".to_owned()))?;
        Ok(FixCount { fix, request_count, last_at })
    };
    rows.into_iter().map(to_count).collect()
}
