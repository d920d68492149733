use diesel::{prelude::*, upsert::excluded};

use super::{Conn, Result};
use crate::{
    domain::{
        Timestamp,
        connection::CertificateUse,
        id::{AccountId, ConnectionId},
        last_use,
    },
    store::{
        schema::{certificate_uses as uses, idp_metadata},
        sql::{SqlTimestamp, TextValue, UuidValue},
    },
};

pub(crate) fn record_certificate_uses(
    conn: &mut Conn,
    account: AccountId,
    connection: ConnectionId,
    fingerprints: &[String],
    now: Timestamp,
) -> Result<()> {
    let known = certificate_uses(conn, account, connection)?;
    let recent = |usage: &CertificateUse| !last_use::is_due(Some(usage.last_used_at), now);
    let are_recent = fingerprints.iter().all(|fingerprint| {
        known.iter().any(|usage| &usage.fingerprint == fingerprint && recent(usage))
    });
    let latest = |of_these: bool| {
        let of_these =
            known.iter().filter(|usage| fingerprints.contains(&usage.fingerprint) == of_these);
        of_these.map(|usage| usage.last_used_at).max()
    };
    if are_recent && latest(true) > latest(false) {
        return Ok(());
    }
    // In the same order for all logins, to prevent deadlocks.
    let mut fingerprints = fingerprints.to_vec();
    fingerprints.sort();
    for fingerprint in fingerprints {
        diesel::insert_into(uses::table)
            .values((
                uses::connection_id.eq(UuidValue(connection.as_uuid())),
                uses::fingerprint.eq(TextValue(fingerprint)),
                uses::account_id.eq(UuidValue(account.as_uuid())),
                uses::last_used_at.eq(SqlTimestamp(now)),
            ))
            .on_conflict((uses::connection_id, uses::fingerprint))
            .do_update()
            .set(uses::last_used_at.eq(excluded(uses::last_used_at)))
            .execute(conn)?;
    }
    Ok(())
}

pub(crate) fn certificate_uses(
    conn: &mut Conn,
    account: AccountId,
    connection: ConnectionId,
) -> Result<Vec<CertificateUse>> {
    let rows: Vec<(TextValue, SqlTimestamp)> = rows_of!(uses, account)
        .filter(uses::connection_id.eq(UuidValue(connection.as_uuid())))
        .order(uses::fingerprint)
        .select((uses::fingerprint, uses::last_used_at))
        .load(conn)?;
    let read = |(TextValue(fingerprint), SqlTimestamp(last_used_at))| CertificateUse {
        fingerprint,
        last_used_at,
    };
    Ok(rows.into_iter().map(read).collect())
}

pub(crate) fn forget_certificate_use(
    conn: &mut Conn,
    account: AccountId,
    connection: ConnectionId,
    fingerprint: &str,
) -> Result<()> {
    let gone = rows_of!(uses, account)
        .filter(uses::connection_id.eq(UuidValue(connection.as_uuid())))
        .filter(uses::fingerprint.eq(TextValue::new(fingerprint)));
    diesel::delete(gone).execute(conn)?;
    Ok(())
}

pub(crate) fn put_idp_metadata(
    conn: &mut Conn,
    account: AccountId,
    connection: ConnectionId,
    xml: &str,
) -> Result<()> {
    diesel::insert_into(idp_metadata::table)
        .values((
            idp_metadata::connection_id.eq(UuidValue(connection.as_uuid())),
            idp_metadata::account_id.eq(UuidValue(account.as_uuid())),
            idp_metadata::xml.eq(TextValue::new(xml)),
        ))
        .on_conflict(idp_metadata::connection_id)
        .do_update()
        .set(idp_metadata::xml.eq(excluded(idp_metadata::xml)))
        .execute(conn)?;
    Ok(())
}

pub(crate) fn idp_metadata(
    conn: &mut Conn,
    account: AccountId,
    connection: ConnectionId,
) -> Result<Option<String>> {
    let found = rows_of!(idp_metadata, account)
        .filter(idp_metadata::connection_id.eq(UuidValue(connection.as_uuid())));
    let xml = found.select(idp_metadata::xml).get_result(conn).optional()?;
    Ok(xml.map(|TextValue(xml)| xml))
}

pub(crate) fn delete_idp_metadata(
    conn: &mut Conn,
    account: AccountId,
    connection: ConnectionId,
) -> Result<()> {
    let gone = rows_of!(idp_metadata, account)
        .filter(idp_metadata::connection_id.eq(UuidValue(connection.as_uuid())));
    diesel::delete(gone).execute(conn)?;
    Ok(())
}
