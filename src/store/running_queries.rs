//! Detection of queries that a server never answers: after a failover, a connection to
//! the old server can hang for ever.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use diesel::connection::{Instrumentation, InstrumentationEvent, get_default_instrumentation};

/// The start times of the running queries of some connections.
#[derive(Debug, Default)]
pub(super) struct RunningQueries {
    connections: AtomicU64,
    started: Mutex<HashMap<u64, Instant>>,
}

impl RunningQueries {
    /// Follows the queries of one more connection.
    pub(super) fn observe(self: &Arc<Self>) -> QueryObserver {
        let connection = self.connections.fetch_add(1, Ordering::Relaxed);
        QueryObserver {
            connection,
            queries: Arc::clone(self),
            default: get_default_instrumentation(),
        }
    }

    /// Whether a query has run for longer than this.
    pub(super) fn has_older_than(&self, limit: Duration) -> bool {
        self.lock().values().any(|started| started.elapsed() > limit)
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<u64, Instant>> {
        self.started.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Follows the queries of a connection.
pub(super) struct QueryObserver {
    connection: u64,
    queries: Arc<RunningQueries>,
    /// The instrumentation that it replaces.
    default: Option<Box<dyn Instrumentation>>,
}

impl Instrumentation for QueryObserver {
    fn on_connection_event(&mut self, event: InstrumentationEvent<'_>) {
        match &event {
            InstrumentationEvent::StartQuery { .. } => {
                self.queries.lock().insert(self.connection, Instant::now());
            }
            InstrumentationEvent::FinishQuery { .. } => {
                self.queries.lock().remove(&self.connection);
            }
            _ => {}
        }
        if let Some(default) = &mut self.default {
            default.on_connection_event(event);
        }
    }
}

impl Drop for QueryObserver {
    fn drop(&mut self) {
        self.queries.lock().remove(&self.connection);
    }
}
