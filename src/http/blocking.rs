//! Use cases block: on the database, on arithmetic. They run beside the
//! threads that take requests, never on them.

use std::time::{Duration, Instant};

use actix_web::{rt, web};

use super::problem::Problem;
use crate::app;

/// How long a request may take that works on one resource or one page. Enough
/// to wait for a connection and for a lock.
pub(super) const DEADLINE: Duration = Duration::from_secs(15);

/// How long a request may take that works on many resources at once.
pub(super) const DEADLINE_OF_MANY: Duration = Duration::from_secs(60);

/// How long an import may take while its client waits.
pub(super) const DEADLINE_OF_IMPORT: Duration = Duration::from_secs(600);

/// How much longer than the database's deadline the answer is waited for: the
/// use case says best what went wrong.
const MARGIN: Duration = Duration::from_millis(500);

/// Runs a use case on the blocking pool, within [`DEADLINE`].
///
/// # Errors
/// What the use case says, that it took too long, or that the pool is stopping.
pub(super) async fn run<T, F>(work: F) -> Result<T, Problem>
where
    T: Send + 'static,
    F: FnOnce() -> Result<T, app::Error> + Send + 'static,
{
    run_within(DEADLINE, work).await?.map_err(Problem::App)
}

/// Runs work on the blocking pool, within a limit. When that has passed, the
/// request is answered, and what the work still does is not committed: also if
/// the database is silent, the client is not.
///
/// # Errors
/// That it took too long, or that the pool is stopping.
pub(super) async fn run_within<R, F>(limit: Duration, work: F) -> Result<R, Problem>
where
    R: Send + 'static,
    F: FnOnce() -> R + Send + 'static,
{
    let until = Instant::now() + limit;
    let work = web::block(move || app::with_deadline(until, work));
    match rt::time::timeout(limit + MARGIN, work).await {
        Ok(Ok(done)) => Ok(done),
        Ok(Err(_)) => Err(Problem::Cancelled),
        Err(_) => Err(Problem::App(app::Error::no_answer())),
    }
}
