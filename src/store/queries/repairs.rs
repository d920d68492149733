use diesel::{prelude::*, upsert::excluded};

use super::{Conn, Result};
use crate::{
    domain::{
        Timestamp,
        id::{AccountId, ScimClientId},
        repair::{Counted, Repair},
    },
    store::{
        error::StoreError,
        schema::scim_repairs,
        sql::{At, Id, Str},
    },
};

pub(crate) fn count_repairs(
    conn: &mut Conn,
    account: AccountId,
    client: ScimClientId,
    repairs: &[Repair],
    now: Timestamp,
) -> Result<()> {
    for repair in repairs {
        let row = (
            scim_repairs::account_id.eq(Id(account.as_uuid())),
            scim_repairs::client_id.eq(Id(client.as_uuid())),
            scim_repairs::kind.eq(Str::new(repair.as_str())),
            scim_repairs::times.eq(1),
            scim_repairs::last_at.eq(At(now)),
        );
        diesel::insert_into(scim_repairs::table)
            .values(row)
            .on_conflict((scim_repairs::client_id, scim_repairs::kind))
            .do_update()
            .set((
                scim_repairs::times.eq(scim_repairs::times + 1),
                scim_repairs::last_at.eq(excluded(scim_repairs::last_at)),
            ))
            .execute(conn)?;
    }
    Ok(())
}

pub(crate) fn repairs(
    conn: &mut Conn,
    account: AccountId,
    client: ScimClientId,
) -> Result<Vec<Counted>> {
    let rows: Vec<(Str, i64, At)> = scim_repairs::table
        .filter(scim_repairs::account_id.eq(Id(account.as_uuid())))
        .filter(scim_repairs::client_id.eq(Id(client.as_uuid())))
        .order(scim_repairs::kind)
        .select((scim_repairs::kind, scim_repairs::times, scim_repairs::last_at))
        .load(conn)?;
    let counted = |(kind, times, At(last_at)): (Str, i64, At)| {
        let corrupt = |what: String| {
            let id = client.to_string();
            StoreError::Corrupt { table: "scim_repairs", id, what }
        };
        let repair = kind.0.parse().map_err(|why| corrupt(format!("kind {why}")))?;
        let times = u64::try_from(times).map_err(|_| corrupt("times is below 0".to_owned()))?;
        Ok(Counted { repair, times, last_at })
    };
    rows.into_iter().map(counted).collect()
}
