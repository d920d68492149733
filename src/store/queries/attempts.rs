use std::collections::{BTreeSet, HashMap};

use diesel::prelude::*;

use super::{Conn, IDS_PER_STATEMENT, Result};
use crate::{
    domain::{
        Timestamp,
        attempt::{Attempt, AttemptReference},
        id::{AccountId, AttemptId},
    },
    store::{
        rows::{AttemptRow, AttemptTemplate},
        schema::{attempt_messages, attempt_templates, attempts},
        sql::{JsonText, SqlTimestamp, TextValue, UuidValue},
    },
};

pub(crate) fn insert_attempt(conn: &mut Conn, attempt: &Attempt) -> Result<()> {
    let (row, template) = AttemptRow::new(attempt)?;
    if let Some(template) = template {
        template
            .insert_into(attempt_templates::table)
            .on_conflict(attempt_templates::id)
            .do_nothing()
            .execute(conn)?;
    }
    row.insert_into(attempts::table).execute(conn)?;
    Ok(())
}

/// Reads rows, each with its template.
pub(super) fn read_rows(conn: &mut Conn, rows: Vec<AttemptRow>) -> Result<Vec<Attempt>> {
    let ids: BTreeSet<_> = rows.iter().filter_map(AttemptRow::template_id).collect();
    let ids: Vec<_> = ids.into_iter().map(<[u8]>::to_vec).collect();
    let mut templates = HashMap::new();
    for ids in ids.chunks(IDS_PER_STATEMENT) {
        let found: Vec<(Vec<u8>, JsonText)> = attempt_templates::table
            .filter(attempt_templates::id.eq_any(ids))
            .select((attempt_templates::id, attempt_templates::content))
            .load(conn)?;
        for (id, content) in found {
            let template = AttemptTemplate::read(&id, &content)?;
            templates.insert(id, template);
        }
    }
    rows.into_iter().map(|row| row.read(&templates)).collect()
}

fn read_row(conn: &mut Conn, row: QueryResult<AttemptRow>) -> Result<Option<Attempt>> {
    let row = row.optional()?.into_iter().collect();
    Ok(read_rows(conn, row)?.pop())
}

pub(crate) fn attempt(
    conn: &mut Conn,
    account: AccountId,
    attempt: AttemptId,
) -> Result<Option<Attempt>> {
    let found = attempts::table
        .filter(attempts::id.eq(UuidValue(attempt.as_uuid())))
        .filter(attempts::account_id.eq(UuidValue(account.as_uuid())));
    let row = found.select(AttemptRow::as_select()).get_result(conn);
    read_row(conn, row)
}

pub(crate) fn insert_attempt_message(
    conn: &mut Conn,
    account: AccountId,
    attempt: AttemptId,
    sealed: &[u8],
    attributes: Option<&[u8]>,
    until: Timestamp,
) -> Result<()> {
    diesel::insert_into(attempt_messages::table)
        .values((
            attempt_messages::attempt_id.eq(UuidValue(attempt.as_uuid())),
            attempt_messages::account_id.eq(UuidValue(account.as_uuid())),
            attempt_messages::sealed.eq(sealed),
            attempt_messages::attributes.eq(attributes),
            attempt_messages::expires_at.eq(SqlTimestamp(until)),
        ))
        .execute(conn)?;
    Ok(())
}

pub(crate) fn attempt_message(
    conn: &mut Conn,
    account: AccountId,
    attempt: AttemptId,
    now: Timestamp,
) -> Result<Option<Vec<u8>>> {
    // An expired row counts as deleted, whether or not it was swept.
    let found = attempt_messages::table
        .filter(attempt_messages::attempt_id.eq(UuidValue(attempt.as_uuid())))
        .filter(attempt_messages::account_id.eq(UuidValue(account.as_uuid())))
        .filter(attempt_messages::expires_at.gt(SqlTimestamp(now)));
    Ok(found.select(attempt_messages::sealed).get_result(conn).optional()?)
}

pub(crate) fn attempt_attributes(
    conn: &mut Conn,
    account: AccountId,
    attempt: AttemptId,
    now: Timestamp,
) -> Result<Option<Vec<u8>>> {
    let found = attempt_messages::table
        .filter(attempt_messages::attempt_id.eq(UuidValue(attempt.as_uuid())))
        .filter(attempt_messages::account_id.eq(UuidValue(account.as_uuid())))
        .filter(attempt_messages::expires_at.gt(SqlTimestamp(now)));
    let found = found.select(attempt_messages::attributes).get_result(conn).optional()?;
    Ok(found.flatten())
}

pub(crate) fn attempts_with_message(
    conn: &mut Conn,
    account: AccountId,
    attempts: &[AttemptId],
    now: Timestamp,
) -> Result<Vec<AttemptId>> {
    let ids = attempts.iter().map(|attempt| UuidValue(attempt.as_uuid()));
    let found: Vec<UuidValue> = attempt_messages::table
        .filter(attempt_messages::attempt_id.eq_any(ids))
        .filter(attempt_messages::account_id.eq(UuidValue(account.as_uuid())))
        .filter(attempt_messages::expires_at.gt(SqlTimestamp(now)))
        .select(attempt_messages::attempt_id)
        .load(conn)?;
    Ok(found.into_iter().map(|id| id.0.into()).collect())
}

pub(crate) fn attempt_of_any_account(
    conn: &mut Conn,
    reference: &AttemptReference,
) -> Result<Option<Attempt>> {
    let found = attempts::table.filter(attempts::reference.eq(TextValue::new(reference.as_str())));
    let row = found.select(AttemptRow::as_select()).get_result(conn);
    read_row(conn, row)
}
