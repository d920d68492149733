use diesel::prelude::*;

use super::{Conn, Result};
use crate::{
    domain::{Timestamp, id::AttemptId},
    store::{
        EXPIRED_AT_ONCE,
        schema::{
            attempt_messages, attempt_templates, attempts, idempotent_responses, import_jobs,
            seen_assertions, sessions,
        },
        sql::{SqlTimestamp, UuidValue},
    },
};

/// Deletes expired rows of a table, the oldest first, and a limited number at once.
macro_rules! sweep {
    ($conn:expr, $table:ident.$key:ident, $time:ident < $limit:expr) => {{
        let over = diesel::alias!($table as over);
        let keys = over
            .filter(over.field($table::$time).lt($limit))
            .order(over.field($table::$time))
            .limit(EXPIRED_AT_ONCE)
            .select(over.field($table::$key));
        let swept =
            $table::table.filter($table::$key.eq_any(keys)).filter($table::$time.lt($limit));
        diesel::delete(swept).execute($conn)?
    }};
}

pub(crate) fn delete_expired(
    conn: &mut Conn,
    now: Timestamp,
    attempts_before: Timestamp,
) -> Result<usize> {
    let now = SqlTimestamp(now);
    let templates_before = SqlTimestamp(attempts_before);
    // Identifiers sort by the moment at which they were made, which is that of
    // the attempt.
    let first_retained = UuidValue(AttemptId::new(attempts_before, [0; 10]).as_uuid());
    let attempts = sweep!(conn, attempts.id, id < first_retained);
    // A template goes after its attempts, of which there may be more.
    let has_more_attempts =
        i64::try_from(attempts).is_ok_and(|attempts| attempts >= EXPIRED_AT_ONCE);
    let templates = if has_more_attempts {
        0
    } else {
        sweep!(conn, attempt_templates.id, ends_at < templates_before)
    };
    Ok(sweep!(conn, seen_assertions.hash, expires_at < now)
        + sweep!(conn, sessions.id, expires_at < now)
        + sweep!(conn, idempotent_responses.key_hash, expires_at < now)
        + sweep!(conn, import_jobs.id, expires_at < now)
        + sweep!(conn, attempt_messages.attempt_id, expires_at < now)
        + attempts
        + templates)
}
