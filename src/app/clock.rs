//! The clock. All other code receives the time as a parameter.

use std::{fmt, sync::Arc};

use crate::domain::Timestamp;

/// A clock with a precision of microseconds.
#[derive(Clone)]
pub struct Clock(Arc<dyn Fn() -> Timestamp + Send + Sync>);

impl Clock {
    /// The system clock.
    #[must_use]
    pub fn system() -> Self {
        #[expect(clippy::disallowed_methods, reason = "the one place that reads the wall clock")]
        Self::new(chrono::Utc::now)
    }

    /// A clock that calls a function, for tests.
    pub fn new(tell: impl Fn() -> Timestamp + Send + Sync + 'static) -> Self {
        Self(Arc::new(tell))
    }

    /// The current time in UTC, truncated to the precision of both databases.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        let now = (self.0)();
        Timestamp::from_timestamp_micros(now.timestamp_micros()).unwrap_or(now)
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Clock")
    }
}
