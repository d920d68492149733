//! Use cases block: on the database, on arithmetic. They run beside the
//! threads that take requests, never on them.

use actix_web::web;

use super::problem::Problem;
use crate::app;

/// Runs a use case on the blocking pool.
///
/// # Errors
/// What the use case says, or that the pool is stopping.
pub(super) async fn run<T, F>(work: F) -> Result<T, Problem>
where
    T: Send + 'static,
    F: FnOnce() -> Result<T, app::Error> + Send + 'static,
{
    match web::block(work).await {
        Ok(result) => result.map_err(Problem::App),
        Err(_) => Err(Problem::Cancelled),
    }
}
