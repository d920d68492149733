use diesel::prelude::*;
use uuid::Uuid;

use super::{Conn, Result, convert_optional};
use crate::{
    domain::{
        Timestamp,
        id::{AccountId, ImportId},
        import::{ImportCounts, ImportJob, JobState},
    },
    store::{
        ImportLease,
        rows::{ImportEndRow, ImportJobRow, StoredAs},
        schema::{import_jobs, import_parts, import_results},
        sql::{SqlTimestamp, TextValue, UuidValue},
    },
};

queries! { import_jobs, ImportJobRow, ImportJob, ImportId:
    insert insert_import;
    find import_job;
    delete delete_import;
}

fn name(state: JobState) -> TextValue {
    TextValue::new(state.as_str())
}

/// Jobs whose lease has expired.
macro_rules! left_behind {
    ($now:expr) => {
        import_jobs::table
            .filter(import_jobs::state.eq(name(JobState::Running)))
            .filter(import_jobs::lease_until.lt(SqlTimestamp($now)))
    };
}

/// Jobs that wait to be run.
macro_rules! pending {
    () => {
        import_jobs::table.filter(import_jobs::state.eq(name(JobState::Pending)))
    };
}

/// The job of a lease.
macro_rules! leased_by {
    ($lease:expr) => {
        import_jobs::table
            .filter(import_jobs::account_id.eq(UuidValue($lease.account.as_uuid())))
            .filter(import_jobs::id.eq(UuidValue($lease.job.as_uuid())))
            .filter(import_jobs::state.eq(name(JobState::Running)))
            .filter(import_jobs::lease_holder.eq(UuidValue($lease.holder)))
    };
}

pub(crate) fn unfinished_imports(conn: &mut Conn, account: AccountId) -> Result<u64> {
    let mut count = 0;
    for state in [JobState::Receiving, JobState::Pending, JobState::Running] {
        let found: i64 = rows_of!(import_jobs, account)
            .filter(import_jobs::state.eq(name(state)))
            .count()
            .get_result(conn)?;
        count += u64::try_from(found).unwrap_or_default();
    }
    Ok(count)
}

pub(crate) fn insert_import_part(
    conn: &mut Conn,
    job: ImportId,
    number: i64,
    sealed: &[u8],
) -> Result<()> {
    let part = (
        import_parts::job_id.eq(UuidValue(job.as_uuid())),
        import_parts::number.eq(number),
        import_parts::sealed.eq(sealed.to_vec()),
    );
    diesel::insert_into(import_parts::table).values(part).execute(conn)?;
    Ok(())
}

pub(crate) fn import_part(conn: &mut Conn, job: ImportId, number: i64) -> Result<Option<Vec<u8>>> {
    let part = import_parts::table.find((UuidValue(job.as_uuid()), number));
    Ok(part.select(import_parts::sealed).get_result(conn).optional()?)
}

pub(crate) fn submit_import(
    conn: &mut Conn,
    account: AccountId,
    job: ImportId,
    rows: u64,
    expires_at: Timestamp,
) -> Result<bool> {
    let received =
        by_id!(import_jobs, account, job).filter(import_jobs::state.eq(name(JobState::Receiving)));
    let submitted = diesel::update(received).set((
        import_jobs::state.eq(name(JobState::Pending)),
        import_jobs::row_count.eq(rows.to_column()?),
        import_jobs::expires_at.eq(SqlTimestamp(expires_at)),
    ));
    Ok(submitted.execute(conn)? == 1)
}

pub(crate) fn has_runnable_import(conn: &mut Conn, now: Timestamp) -> Result<bool> {
    let left: Option<UuidValue> =
        left_behind!(now).select(import_jobs::id).limit(1).get_result(conn).optional()?;
    if left.is_some() {
        return Ok(true);
    }
    let pending: Option<UuidValue> =
        pending!().select(import_jobs::id).limit(1).get_result(conn).optional()?;
    Ok(pending.is_some())
}

pub(crate) fn claim_import(
    conn: &mut Conn,
    holder: Uuid,
    now: Timestamp,
    until: Timestamp,
) -> Result<Option<ImportJob>> {
    let left = left_behind!(now).order(import_jobs::id).limit(1).select(ImportJobRow::as_select());
    let pending = pending!().order(import_jobs::id).limit(1).select(ImportJobRow::as_select());
    let next = match convert_optional::<_, ImportJob>(locked!(left).get_result(conn))? {
        Some(job) => Some(job),
        None => convert_optional::<_, ImportJob>(locked!(pending).get_result(conn))?,
    };
    let Some(job) = next else { return Ok(None) };
    let job = ImportJob {
        state: JobState::Running,
        started_at: Some(job.started_at.unwrap_or(now)),
        ..job
    };
    diesel::update(by_id!(import_jobs, job.author.account, job.id))
        .set((
            import_jobs::state.eq(name(job.state)),
            import_jobs::started_at.eq(job.started_at.map(SqlTimestamp)),
            import_jobs::lease_holder.eq(Some(UuidValue(holder))),
            import_jobs::lease_until.eq(Some(SqlTimestamp(until))),
        ))
        .execute(conn)?;
    Ok(Some(job))
}

pub(crate) fn advance_import(
    conn: &mut Conn,
    lease: &ImportLease,
    until: Timestamp,
    processed: u64,
    counts: Option<&ImportCounts>,
) -> Result<bool> {
    let advanced = diesel::update(leased_by!(lease)).set((
        import_jobs::processed.eq(processed.to_column()?),
        import_jobs::lease_until.eq(Some(SqlTimestamp(until))),
        counts
            .map(ImportCounts::to_column)
            .transpose()?
            .map(|counts| import_jobs::counts.eq(counts)),
    ));
    Ok(advanced.execute(conn)? == 1)
}

pub(crate) fn end_import(conn: &mut Conn, lease: &ImportLease, ended: &ImportJob) -> Result<bool> {
    let end = ImportEndRow::try_from(ended)?;
    let changed = diesel::update(leased_by!(lease)).set(end).execute(conn)?;
    if changed == 1 {
        delete_parts(conn, lease.job)?;
    }
    Ok(changed == 1)
}

pub(crate) fn insert_import_results(
    conn: &mut Conn,
    job: ImportId,
    number: i64,
    sealed: &[u8],
) -> Result<()> {
    let results = (
        import_results::job_id.eq(UuidValue(job.as_uuid())),
        import_results::number.eq(number),
        import_results::sealed.eq(sealed.to_vec()),
    );
    diesel::insert_into(import_results::table).values(results).execute(conn)?;
    Ok(())
}

pub(crate) fn import_results(conn: &mut Conn, job: ImportId) -> Result<Vec<(i64, Vec<u8>)>> {
    let found = import_results::table
        .filter(import_results::job_id.eq(UuidValue(job.as_uuid())))
        .order(import_results::number)
        .select((import_results::number, import_results::sealed));
    Ok(found.load(conn)?)
}

pub(crate) fn cancel_import(
    conn: &mut Conn,
    account: AccountId,
    job: ImportId,
    now: Timestamp,
    expires_at: Timestamp,
) -> Result<bool> {
    let unfinished = by_id!(import_jobs, account, job).filter(
        import_jobs::state
            .eq(name(JobState::Pending))
            .or(import_jobs::state.eq(name(JobState::Running))),
    );
    let cancelled = diesel::update(unfinished)
        .set((
            import_jobs::state.eq(name(JobState::Cancelled)),
            import_jobs::finished_at.eq(Some(SqlTimestamp(now))),
            import_jobs::expires_at.eq(SqlTimestamp(expires_at)),
        ))
        .execute(conn)?;
    if cancelled == 1 {
        delete_parts(conn, job)?;
    }
    Ok(cancelled == 1)
}

pub(crate) fn end_import_leases(conn: &mut Conn, now: Timestamp) -> Result<usize> {
    let running = import_jobs::table.filter(import_jobs::state.eq(name(JobState::Running)));
    let before = now - chrono::TimeDelta::seconds(1);
    let ended =
        diesel::update(running).set(import_jobs::lease_until.eq(Some(SqlTimestamp(before))));
    Ok(ended.execute(conn)?)
}

fn delete_parts(conn: &mut Conn, job: ImportId) -> Result<()> {
    let parts = import_parts::table.filter(import_parts::job_id.eq(UuidValue(job.as_uuid())));
    diesel::delete(parts).execute(conn)?;
    Ok(())
}
