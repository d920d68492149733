//! Outages of the database: one line of the log for each, and one for its end.

use std::{
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use super::error::StoreError;

/// The time after an outage in which another one is not reported, so that an intermittent
/// outage does not fill the log.
const QUIET_PERIOD: Duration = Duration::from_secs(5);

/// The operation that failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Operation {
    /// To read.
    Read,
    /// To write.
    Write,
}

/// Whether the database can be used, as far as transactions have seen.
#[derive(Debug, Default)]
pub(super) struct Outages(Mutex<OutageState>);

#[derive(Debug, Default)]
struct OutageState {
    current: Option<Outage>,
    ended: Option<Instant>,
}

#[derive(Debug)]
struct Outage {
    since: Instant,
    /// The operation that failed first: a successful read does not end an outage of writes.
    operation: Operation,
    is_reported: bool,
    /// The data is damaged, so a successful write does not end the outage.
    is_damage: bool,
}

impl Outages {
    /// Records the result of a transaction.
    pub(super) fn record(&self, attempted: Operation, error: Option<&StoreError>) {
        match error.filter(|error| error.is_outage()) {
            Some(error) => self.begin(attempted, error),
            None if error.is_none() => self.end(attempted, false),
            // An error of another kind says nothing about the database.
            None => {}
        }
    }

    /// Whether damage was found, and no later check has passed.
    pub(super) fn has_damage(&self) -> bool {
        self.lock().current.as_ref().is_some_and(|outage| outage.is_damage)
    }

    /// Records that a full check found no damage.
    pub(super) fn end_damage(&self) {
        self.end(Operation::Write, true);
    }

    fn begin(&self, attempted: Operation, error: &StoreError) {
        let mut state = self.lock();
        let now = Instant::now();
        let is_quiet = state.ended.is_none_or(|ended| now - ended >= QUIET_PERIOD);
        let outage = state.current.get_or_insert(Outage {
            since: now,
            operation: attempted,
            is_reported: false,
            is_damage: false,
        });
        outage.is_damage |= matches!(error, StoreError::Damaged(_));
        if !outage.is_reported && is_quiet {
            outage.is_reported = true;
            tracing::error!(
                %error,
                "the database can't be used; requests are answered 503 until it can"
            );
        }
    }

    fn end(&self, attempted: Operation, is_sound: bool) {
        let mut state = self.lock();
        let ended = state.current.take_if(|outage| {
            (outage.operation == Operation::Read || attempted == Operation::Write)
                && (!outage.is_damage || is_sound)
        });
        if let Some(Outage { since, is_reported: true, .. }) = ended {
            state.ended = Some(Instant::now());
            let seconds = since.elapsed().as_secs();
            tracing::info!(seconds, "the database can be used again");
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, OutageState> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
