//! Runs use cases, which block on the database or the CPU, on threads that do
//! not accept requests.

use std::time::{Duration, Instant};

use actix_web::{rt, web};

use super::problem::Problem;
use crate::app;

/// The time limit of a request for one resource or one page. It leaves time to
/// wait for a connection and for a lock.
pub(super) const DEADLINE: Duration = Duration::from_secs(15);

/// The time limit of a request that works on many resources.
pub(super) const BULK_DEADLINE: Duration = Duration::from_secs(60);

/// The time limit of an import whose client waits.
pub(super) const IMPORT_DEADLINE: Duration = Duration::from_secs(600);

/// The time to wait for a result after the database's deadline: the error of the
/// use case is more precise than a time-out.
const DEADLINE_MARGIN: Duration = Duration::from_millis(500);

/// Runs a use case on the blocking pool, within [`DEADLINE`].
///
/// # Errors
/// Returns the error of the use case, or an error if the time limit has passed or
/// the pool is stopping.
pub(super) async fn run<T, F>(work: F) -> Result<T, Problem>
where
    T: Send + 'static,
    F: FnOnce() -> Result<T, app::Error> + Send + 'static,
{
    run_within(DEADLINE, work).await?.map_err(Problem::App)
}

/// Runs work on the blocking pool, within a time limit. When the limit has passed,
/// the request is answered, and nothing that the work does later is committed.
/// The client gets a response even if the database does not respond.
///
/// # Errors
/// Returns an error if the time limit has passed, or if the pool is stopping.
pub(super) async fn run_within<R, F>(limit: Duration, work: F) -> Result<R, Problem>
where
    R: Send + 'static,
    F: FnOnce() -> R + Send + 'static,
{
    let until = Instant::now() + limit;
    let work = web::block(move || app::with_deadline(until, work));
    match rt::time::timeout(limit + DEADLINE_MARGIN, work).await {
        Ok(Ok(result)) => Ok(result),
        Ok(Err(_)) => Err(Problem::Cancelled),
        Err(_) => Err(Problem::App(app::Error::deadline_exceeded())),
    }
}
