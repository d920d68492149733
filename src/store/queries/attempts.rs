use diesel::prelude::*;

use super::{Conn, Result, all, one};
use crate::{
    domain::{
        attempt::{Attempt, Reference},
        id::AccountId,
    },
    store::{
        AttemptFilter,
        rows::AttemptRow,
        schema::attempts,
        sql::{At, Id, Str},
    },
};

pub(crate) fn insert_attempt(conn: &mut Conn, attempt: &Attempt) -> Result<()> {
    AttemptRow::try_from(attempt)?.insert_into(attempts::table).execute(conn)?;
    Ok(())
}

pub(crate) fn attempt_by_reference(
    conn: &mut Conn,
    account: AccountId,
    reference: &Reference,
) -> Result<Option<Attempt>> {
    let found = attempts::table
        .filter(attempts::reference.eq(Str::new(reference.as_str())))
        .filter(attempts::account_id.eq(Id(account.as_uuid())));
    one(found.select(AttemptRow::as_select()).get_result(conn))
}

pub(crate) fn attempt_of_any_account(
    conn: &mut Conn,
    reference: &Reference,
) -> Result<Option<Attempt>> {
    let found = attempts::table.filter(attempts::reference.eq(Str::new(reference.as_str())));
    one(found.select(AttemptRow::as_select()).get_result(conn))
}

pub(crate) fn attempts(
    conn: &mut Conn,
    account: AccountId,
    filter: &AttemptFilter,
) -> Result<Vec<Attempt>> {
    let AttemptFilter { connection, outcome, before, limit } = filter;
    let mut found = attempts::table
        .filter(attempts::account_id.eq(Id(account.as_uuid())))
        .order((attempts::at.desc(), attempts::id.desc()))
        .limit(i64::from(*limit))
        .select(AttemptRow::as_select())
        .into_boxed();
    if let Some(connection) = connection {
        found = found.filter(attempts::connection_id.eq(Id(connection.as_uuid())));
    }
    if let Some(outcome) = outcome {
        found = found.filter(attempts::outcome.eq(Str::new(outcome.as_str())));
    }
    if let Some(before) = before {
        found = found.filter(attempts::at.lt(At(*before)));
    }
    all(found.load(conn))
}
