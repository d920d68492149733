//! Logging of requests that failed.

use super::kind::Problem;
use crate::app;

/// Logs a request that failed, with every cause. An outage of the
/// database is not logged for each request: the store reports when it begins and
/// when it ends.
pub(in crate::http) fn log_failure(problem: &Problem) {
    let error: &(dyn std::error::Error + 'static) = problem;
    let mut causes = Vec::new();
    let mut next = error.source();
    while let Some(cause) = next {
        causes.push(cause.to_string());
        next = cause.source();
    }
    match problem {
        Problem::App(app::Error::Unavailable(_)) | Problem::Cancelled => {
            tracing::debug!(error = %error, causes = ?causes, "a request failed");
        }
        Problem::App(app::Error::Busy(_)) => {
            tracing::warn!(error = %error, causes = ?causes, "a request failed");
        }
        _ => tracing::error!(error = %error, causes = ?causes, "a request failed"),
    }
}
