//! The deadline of a request, after which the result of a query is useless.

use std::{
    cell::Cell,
    time::{Duration, Instant},
};

use super::error::StoreError;

thread_local! {
    static DEADLINE: Cell<Option<Instant>> = const { Cell::new(None) };
}

/// Runs work with a deadline. After the deadline, none of its transactions begins or
/// commits.
pub fn with_deadline<T>(until: Instant, work: impl FnOnce() -> T) -> T {
    /// Restores the previous deadline, even if the work panics.
    struct Restore(Option<Instant>);
    impl Drop for Restore {
        fn drop(&mut self) {
            DEADLINE.set(self.0);
        }
    }
    let _restore = Restore(DEADLINE.replace(Some(until)));
    work()
}

/// The deadline of the work that runs, if it has one.
pub(super) fn current() -> Option<Instant> {
    DEADLINE.get()
}

/// Limits a waiting time to the deadline.
pub(super) fn limit_to_deadline(wait: Duration) -> Duration {
    remaining().map_or(wait, |remaining| wait.min(remaining).max(Duration::from_millis(1)))
}

/// The time until the deadline of the work that runs, if it has one.
pub(super) fn remaining() -> Option<Duration> {
    DEADLINE.get().map(|until| until.saturating_duration_since(Instant::now()))
}

/// Whether so much time is left.
pub(super) fn leaves(time: Duration) -> bool {
    remaining().is_none_or(|remaining| remaining >= time)
}

/// Fails if the deadline has passed.
pub(super) fn check() -> Result<(), StoreError> {
    match DEADLINE.get() {
        Some(until) if Instant::now() >= until => Err(StoreError::Unavailable(
            "it did not answer before the request's deadline; nothing was changed".into(),
        )),
        _ => Ok(()),
    }
}
